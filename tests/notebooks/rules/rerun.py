"""Any cell can be run again: no cell changes a name that an earlier one reads."""

import ast
import symtable

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, parse, where

# Names that may be given again: what is under way at the time, and read by nobody later.
LOOSE = {"_"}


def names_given(tree: ast.Module) -> set[str]:
    """The names that a cell gives at its top level, and those whose value it changes in place."""
    given = set()
    for node in _top_level(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            given |= {(name.asname or name.name).split(".")[0] for name in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            given.add(node.id)
    return given - LOOSE


def names_read(source: str) -> set[str]:
    """The names that a cell takes from elsewhere: read before it gives them itself."""
    tree = parse(source)
    if tree is None:
        return set()
    given: set[str] = set()
    read: set[str] = set()
    whole = names_given(tree)
    for statement in tree.body:
        stored = names_given(ast.Module([statement], []))
        before = given | stored if hasattr(statement, "body") else given  # a block gives as it goes
        read |= (_at_once(statement) - before) | (_later(statement) - whole)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            read |= {statement.target.id} - given
        given |= stored
    return read


def _top_level(tree: ast.AST) -> list[ast.AST]:
    """All nodes of a cell that are not inside a function, a class or a comprehension."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
    inner += (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    found, waiting = [], list(ast.iter_child_nodes(tree))
    while waiting:
        node = waiting.pop()
        found.append(node)
        if not isinstance(node, inner):
            waiting.extend(ast.iter_child_nodes(node))
    return found


def _at_once(statement: ast.stmt) -> set[str]:
    """The names that a statement reads when it runs."""
    nodes = _top_level(ast.Module([statement], []))
    found = {node.id for node in nodes if _is_load(node)}
    for node in nodes:
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            found |= {n.id for n in ast.walk(node.generators[0].iter) if _is_load(n)}
    if isinstance(statement, ast.For):  # the variable of a loop is given before its body reads it
        found -= {n.id for n in ast.walk(statement.target) if isinstance(n, ast.Name)}
    return found


def _later(statement: ast.stmt) -> set[str]:
    """The names of the cell that the functions and comprehensions of a statement read."""
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    return set().union(*(_free(inner) for inner in table.get_children()))


def _is_load(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)


def _free(table: symtable.SymbolTable) -> set[str]:
    own = {s.get_name() for s in table.get_symbols() if s.is_global() and s.is_referenced()}
    return own.union(*(_free(inner) for inner in table.get_children()))


def changed_names(notebook: NotebookNode) -> list[str]:
    """Names that an earlier cell reads, and that this one gives another value."""
    problems = []
    reads: dict[str, str] = {}
    origins: dict[str, str | None] = {}  # what was imported under a name, None for all else
    for index, cell in code_cells(notebook):
        tree = parse(cell.source)
        if tree is None:
            continue
        given = _origins(tree)
        problems += [
            f"{where(index, cell)}: it changes {name!r}, which {reads[name]} reads: run again "
            "after this one, that cell would do something else; take another name"
            for name in sorted(given.keys() & reads.keys())
            if given[name] is None or given[name] != origins.get(name, given[name])
        ]
        origins |= given
        for name in names_read(cell.source):
            reads.setdefault(name, where(index, cell))
    return problems


def _origins(tree: ast.Module) -> dict[str, str | None]:
    """The names that a cell gives, with what it imports under them; None where it does not."""
    imported: dict[str, str | None] = {}
    for node in _top_level(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = getattr(node, "module", "")
            for name in node.names:
                imported[(name.asname or name.name).split(".")[0]] = f"{module}.{name.name}"
    rest = [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    return imported | dict.fromkeys(names_given(ast.Module(rest, [])))
