"""Rules on guesses: asked, then answered, with nothing between that gives the answer away."""

import ast
import re
from collections.abc import Iterator

from nbformat import NotebookNode

from tests.notebooks.rules.reading import code_cells, parse, tags, where

FEWEST, MOST = 2, 4  # question widgets in a notebook

_GUESS = re.compile(r"\*\*(?:Guess|Think|Predict) first[.:]?\*\*")


def asks(cell: NotebookNode) -> bool:
    """Whether a cell asks for a guess: a question widget, or prose with "Guess first"."""
    if cell.cell_type == "code":
        return "question" in tags(cell)
    return cell.cell_type == "markdown" and bool(_GUESS.search(cell.source))


def _tagged(notebook: NotebookNode, tag: str) -> Iterator[tuple[int, NotebookNode]]:
    return ((index, cell) for index, cell in code_cells(notebook) if tag in tags(cell))


def answered_at_once(notebook: NotebookNode) -> list[str]:
    """Below what asks stands its answer, folded, or a question widget that asks once more."""
    problems = []
    for index, cell in enumerate(notebook.cells):
        if not asks(cell):
            continue
        below = notebook.cells[index + 1 : index + 2]
        if not any("answer" in tags(c) or "question" in tags(c) for c in below):
            problems.append(
                f"{where(index, cell)}: it asks for a guess, and the cell below it is not tagged "
                "'answer' (or 'question'); let nothing stand between a guess and its answer"
            )
        if cell.cell_type == "markdown":
            last = [block for block in re.split(r"\n\s*\n", cell.source.strip()) if block.strip()][
                -1
            ]
            if not _GUESS.search(last):
                problems.append(
                    f'{where(index, cell)}: more paragraphs follow "Guess first"; let it be the '
                    "last one of its cell"
                )
    return problems


def answers_a_guess(notebook: NotebookNode) -> list[str]:
    """A cell tagged `answer` stands below what asks, or below another answer."""
    problems = []
    for index, cell in _tagged(notebook, "answer"):
        above = notebook.cells[index - 1] if index else None
        if above is None or not (asks(above) or "answer" in tags(above)):
            problems.append(
                f"{where(index, cell)}: tagged 'answer', and nothing above it asks; put a question "
                "widget or a paragraph with **Guess first.** right above it"
            )
    return problems


def alt_before_the_figure(notebook: NotebookNode) -> list[str]:
    """An answer whose source says in words what its figure shows, for all to read."""
    return [
        f"{where(index, cell)}: the alt text in this answer says what will be seen; tag it "
        "'folded', too, and move what must be read into a cell of its own"
        for index, cell in _tagged(notebook, "answer")
        if "folded" not in tags(cell)
        for node in ast.walk(parse(cell.source) or ast.Module(body=[], type_ignores=[]))
        if isinstance(node, ast.keyword) and node.arg == "alt"
    ]


def titles(notebook: NotebookNode) -> list[str]:
    """What is folded says in its first line what it is: `# @title The counts, drawn`."""
    return [
        f"{where(index, cell)}: folded, but its first line is {cell.source.splitlines()[0]!r}; "
        "begin with '# @title ' and a few words that give no answer away"
        for tag in ("question", "folded")
        for index, cell in _tagged(notebook, tag)
        if not re.match(r"# @title \S", cell.source)
    ]


def how_many_questions(notebook: NotebookNode) -> list[str]:
    """Two to four question widgets."""
    count = len(list(_tagged(notebook, "question")))
    if FEWEST <= count <= MOST:
        return []
    return [f"{count} cells tagged 'question', {FEWEST} to {MOST} wanted: the best of the guesses"]
