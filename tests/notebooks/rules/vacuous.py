"""Statements that look like checks and check nothing, found in syntax trees.

Used on the cells of notebooks, and by tests/test_assertions.py on the tests themselves.
"""

import ast
from collections.abc import Iterator

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, parse, where

ANSWERS_TRUE_OR_FALSE = frozenset(
    {"allclose", "isclose", "array_equal", "array_equiv", "equal", "all", "any", "isin", "eq"}
)


def called(node: ast.Call) -> str:
    """The last part of the name of what is called: `np.testing.f()` is `f`."""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def bare_comparisons(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Comparisons that nobody looks at, standing as statements: line and problem."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare):
            yield (
                node.lineno,
                f"{ast.unparse(node)!r} is compared and thrown away; write assert before it",
            )


def discarded_answers(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Calls such as `allclose` standing as statements: line and problem."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            continue
        if called(node.value) in ANSWERS_TRUE_OR_FALSE:
            yield (
                node.lineno,
                f"the answer of {ast.unparse(node)!r} is thrown away; write assert before it, "
                "or use assert_allclose or assert_close",
            )


def _always_true(test: ast.expr) -> str:
    """Why a tested expression can't be false, or '' if it can."""
    if isinstance(test, ast.Constant) and test.value:
        return "a constant is always true"
    if isinstance(test, ast.Tuple) and test.elts:
        return "a tuple is always true; drop the parentheses"
    if isinstance(test, ast.JoinedStr | ast.Lambda | ast.GeneratorExp):
        return "such an object is always true"
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.Or):
        return next((why for why in map(_always_true, test.values) if why), "")
    if isinstance(test, ast.BoolOp):
        whys = [_always_true(value) for value in test.values]
        return whys[0] if all(whys) else ""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right, operation = test.left, test.comparators[0], test.ops[0]
        same = ast.dump(left) == ast.dump(right)
        if same and isinstance(operation, ast.Eq | ast.Is | ast.LtE | ast.GtE):
            return "a thing is compared with itself"
        is_length = isinstance(left, ast.Call) and called(left) == "len"
        zero = isinstance(right, ast.Constant) and right.value == 0
        if is_length and zero and isinstance(operation, ast.GtE):
            return "a length is never negative"
    return ""


def empty_assertions(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Assertions that can't fail: line and problem."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            why = _always_true(node.test)
            if why:
                yield node.lineno, f"{ast.unparse(node)!r} can't fail: {why}"


def swallowed_errors(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """`except …: pass`, and suppress(…) around what should be checked: line and problem."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            nothing = all(
                isinstance(line, ast.Pass)
                or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
                for line in node.body
            )
            catches_all = node.type is None or any(
                isinstance(name, ast.Name) and name.id in ("AssertionError", "BaseException")
                for name in ast.walk(node.type)
            )
            raises_again = any(isinstance(line, ast.Raise) for line in ast.walk(node))
            if nothing or (catches_all and not raises_again):
                yield (
                    node.lineno,
                    f"{ast.unparse(node).splitlines()[0]!r} swallows the error; say what is "
                    "expected, and let the rest through",
                )


def _on_cells(notebook: NotebookNode) -> Iterator[tuple[str, ast.Module]]:
    for index, cell in code_cells(notebook):
        tree = parse(cell.source)
        if tree is not None:
            yield where(index, cell), tree


def comparisons_in_cells(notebook: NotebookNode) -> list[str]:
    """Bare comparisons in cells; the last line of a cell shows itself and may be one."""
    problems = []
    for place, tree in _on_cells(notebook):
        last = tree.body[-1] if tree.body else None
        shown = last.lineno if isinstance(last, ast.Expr) else 0
        problems += [
            f"{place}, line {line}: {what}"
            for line, what in bare_comparisons(tree)
            if line != shown
        ]
    return problems


def discarded_in_cells(notebook: NotebookNode) -> list[str]:
    """`allclose` and its like as statements in cells, last line or not: assert it."""
    problems = []
    for place, tree in _on_cells(notebook):
        last = tree.body[-1] if tree.body else None
        for line, what in discarded_answers(tree):
            about_a_check = any(name in what for name in ("close", "equal"))
            if about_a_check or last is None or line != last.lineno:
                problems.append(f"{place}, line {line}: {what}")
    return problems


def empty_assertions_in_cells(notebook: NotebookNode) -> list[str]:
    """Assertions in cells that can't fail."""
    return [
        f"{place}, line {line}: {what}"
        for place, tree in _on_cells(notebook)
        for line, what in empty_assertions(tree)
    ]


def swallowed_errors_in_cells(notebook: NotebookNode) -> list[str]:
    """Errors swallowed in cells."""
    return [
        f"{place}, line {line}: {what}"
        for place, tree in _on_cells(notebook)
        for line, what in swallowed_errors(tree)
    ]
