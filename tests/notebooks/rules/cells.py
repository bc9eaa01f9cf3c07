"""Rules on code cells: how long, how many in a row, and that they are plain Python."""

import ast
import statistics

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, parse, tags, where

MEDIAN_LINES = 6
USUAL_LINES = 15
MOST_LINES = 25
CODE_IN_A_ROW = 3


def lines_of(cell: NotebookNode) -> int:
    """The number of lines of a cell that are not blank."""
    return sum(1 for line in cell.source.splitlines() if line.strip())


def long_cells(notebook: NotebookNode) -> list[str]:
    """Code cells over 25 lines."""
    return [
        f"{where(index, cell)}: {lines_of(cell)} lines, at most {MOST_LINES} wanted; "
        "split it where a new thought begins, or move plumbing into lmteach"
        for index, cell in code_cells(notebook)
        if lines_of(cell) > MOST_LINES
    ]


def spread_of_lengths(notebook: NotebookNode) -> list[str]:
    """A median over 6 lines, or more than one cell in ten over 15; questions are text, not code."""
    cells = [
        (lines_of(cell), where(index, cell))
        for index, cell in code_cells(notebook)
        if "question" not in tags(cell)
    ]
    if not cells:
        return ["the notebook has no code cell; a notebook shows its mechanism in code"]
    problems = []
    median = statistics.median(length for length, _ in cells)
    if median > MEDIAN_LINES:
        problems.append(
            f"the median code cell has {median:g} lines, at most {MEDIAN_LINES} wanted; "
            "split cells that hold more than one thought"
        )
    long = [f"{place}: {length}" for length, place in cells if length > USUAL_LINES]
    if 10 * len(long) > len(cells):
        problems.append(
            f"{len(long)} of {len(cells)} code cells have over {USUAL_LINES} lines, at most one "
            "in ten wanted; split some of these: " + "; ".join(long)
        )
    return problems


def code_without_prose(notebook: NotebookNode) -> list[str]:
    """More than three code cells with no prose between them."""
    problems, run = [], 0
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            run += 1
        elif cell.cell_type == "markdown" and cell.source.strip():
            run = 0
        if run == CODE_IN_A_ROW + 1:
            problems.append(
                f"{where(index, cell)}: code cell number {run} in a row, at most {CODE_IN_A_ROW} "
                "wanted; put a sentence before it that says what to look for"
            )
    return problems


def empty_cells(notebook: NotebookNode) -> list[str]:
    """Cells with nothing in them."""
    return [
        f"cell {index} ({cell.cell_type}) is empty; delete it"
        for index, cell in enumerate(notebook.cells)
        if not cell.source.strip()
    ]


def star_imports(notebook: NotebookNode) -> list[str]:
    """`from module import *`, after which nobody sees where a name comes from."""
    return [
        f"{where(index, cell)}: from {node.module} import *; import the names by name"
        for index, cell in code_cells(notebook)
        for node in ast.walk(_tree(cell))
        if isinstance(node, ast.ImportFrom) and any(name.name == "*" for name in node.names)
    ]


def magics(notebook: NotebookNode) -> list[str]:
    """Cells that are not plain Python; only %matplotlib may stay."""
    problems = []
    for index, cell in code_cells(notebook):
        if parse(_without_matplotlib(cell.source)) is not None:
            continue
        odd = [
            line.strip()
            for line in cell.source.splitlines()
            if line.strip().startswith(("!", "%", "?")) or line.strip().endswith("?")
        ]
        what = f"{odd[0]!r} is IPython's, not Python's" if odd else "it is not valid Python"
        problems.append(
            f"{where(index, cell)}: {what}; write plain Python, so that every tool can read it"
        )
    return problems


def _without_matplotlib(source: str) -> str:
    lines = source.splitlines()
    return "\n".join(line for line in lines if not line.startswith("%matplotlib"))


def _tree(cell: NotebookNode) -> ast.Module:
    """The cell's syntax tree; an empty one where `magics` reports the cell."""
    return parse(_without_matplotlib(cell.source)) or ast.Module(body=[], type_ignores=[])
