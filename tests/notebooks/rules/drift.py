"""The rule on drift: what a teaching cell shows is what the package holds.

A cell names in its metadata what it defines, as one name or a list of names:
`"lmteach": {"defines": "models.ngram.model.count_bigrams"}`. Both definitions are compared as
syntax trees, without docstrings, annotations and decorators that only guard the door.

A cell that shows a plain form of something that has options in the package says so, too:
`"lmteach": {"plain": "models.transformer.attention.MultiHeadAttention"}`. What such a form computes
is compared in `test_plain_forms.py`.
"""

import ast
import difflib
from pathlib import Path

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, parse, where

# Decorators that look at arguments and results and leave the mechanism as it is.
GUARDS = frozenset(
    {
        "jaxtyped",
        "beartype",
        "typechecked",
        "override",
        "final",
        "checked_by",
        "typed",
        "_with_groups",
    }
)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class _Bare(ast.NodeTransformer):
    """Takes docstrings, annotations and guarding decorators off a definition."""

    def _definition(self, node: Definition) -> Definition:
        self.generic_visit(node)
        body = node.body
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            if isinstance(body[0].value.value, str):
                body = body[1:]
        node.body = body or [ast.Pass()]
        node.decorator_list = [d for d in node.decorator_list if not _is_guard(d)]
        if hasattr(node, "type_params"):
            node.type_params = []
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return self._definition(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self._definition(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self._definition(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if node.value is None:
            return ast.Expr(value=node.target)
        return ast.Assign(targets=[node.target], value=node.value)


def _is_guard(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in GUARDS


def bare(definition: Definition) -> str:
    """The code of a definition, in one layout, with all that may differ taken off."""
    copy = parse(ast.unparse(definition))
    if copy is None:  # pragma: no cover - what came from a tree is a tree again
        raise ValueError(f"{definition.name} can't be read back from its own tree")
    return ast.unparse(ast.fix_missing_locations(_Bare().visit(copy)))


def definition_in(tree: ast.Module, name: str) -> Definition | None:
    """The last top-level function or class of that name; None if there is none."""
    found = [n for n in tree.body if isinstance(n, _DEFINITIONS) and n.name == name]
    return found[-1] if found else None


def _compare(place: str, cell_tree: ast.Module, path: str, package: Path) -> list[str]:
    module, _, name = path.rpartition(".")
    file = package.joinpath(*module.split(".")).with_suffix(".py") if module else package
    if not module or not file.is_file():
        return [
            f"{place}: defines {path!r}, but there is no module {module!r} in lmteach; write "
            "module.name for a top-level function or class, such as models.hmm.viterbi.viterbi"
        ]
    shown = definition_in(cell_tree, name)
    if shown is None:
        return [f"{place}: says that it defines {name}, but does not at its top level"]
    shipped = definition_in(ast.parse(file.read_text(encoding="utf-8")), name)
    if shipped is None:
        return [f"{place}: lmteach.{module} has no top-level function or class {name}"]
    ours, theirs = bare(shown), bare(shipped)
    if ours == theirs:
        return []
    difference = difflib.unified_diff(
        ours.splitlines(), theirs.splitlines(), "this cell", f"lmteach.{module}", lineterm=""
    )
    return [
        f"{place}: {name} is not what lmteach.{module} holds; change one of them:\n"
        + "\n".join(difference)
    ]


def _names(cell: NotebookNode, key: str) -> list[str]:
    value = cell.metadata.get("lmteach", {}).get(key, [])
    return [value] if isinstance(value, str) else list(value)


def defined_names(cell: NotebookNode) -> list[str]:
    """What a cell says that it defines; none is an empty list."""
    return _names(cell, "defines")


def plain_names(cell: NotebookNode) -> list[str]:
    """What a cell says that it shows a plain form of; none is an empty list."""
    return _names(cell, "plain")


def drifted(notebook: NotebookNode, package: Path) -> list[str]:
    """Teaching cells that differ from the package in the folder `package`."""
    problems = []
    for index, cell in code_cells(notebook):
        tree = parse(cell.source)
        for path in defined_names(cell):
            if tree is None:
                problems.append(f"{where(index, cell)}: defines {path!r}, but is not Python")
            else:
                problems += _compare(where(index, cell), tree, path, package)
    return problems


def unknown_keys(notebook: NotebookNode) -> list[str]:
    """Slips in the metadata, after which nothing would be compared."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        extra = set(cell.metadata.get("lmteach", {})) - {"defines", "plain"}
        if extra:
            problems.append(
                f"{where(index, cell)}: metadata.lmteach has {extra}, not 'defines' or 'plain'"
            )
        if cell.cell_type != "code" and (defined_names(cell) or plain_names(cell)):
            problems.append(f"{where(index, cell)}: says what it defines, but holds no code")
    return problems
