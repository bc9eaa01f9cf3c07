"""Copies of a built notebook for a class: the student's workbook and the lecturer's key."""

import re
from copy import deepcopy
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tools.lecture.slips import sentences
from tools.lesson import exercises
from tools.notebook.files import cell_ids, code_cells, tags
from tools.notebook.normalise import RECORD
from tools.notebook.slicing import defines, uses

GOES_WRONG = "**What goes wrong, and what it is told.**\n"
FOLDS = ("jupyter", "cellView")

_DETAILS = re.compile(
    r"<details>\s*<summary>(Hint|Solution)</summary>\n*(.*?)\n*</details>\n*", re.DOTALL
)
_BLOCK = re.compile(r"^```python\n(.*?)^```\n*", re.MULTILINE | re.DOTALL)
_CHECKS = re.compile(r"^from lmteach\.exercises import (\w+) as check$", re.MULTILINE)


def workbook(built: NotebookNode) -> NotebookNode:
    """The notebook without solutions and outputs: each is seen when its cell is run."""
    copy = _copied(built)
    for _, cell in code_cells(copy):
        cell.outputs, cell.execution_count = [], None
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = _DETAILS.sub(_hint_alone, cell.source).strip()
    copy.cells = [cell for cell in copy.cells if cell.source]
    return _named(copy)


def key(built: NotebookNode, lesson: list[NotebookNode], checks: Path, plan: str) -> NotebookNode:
    """The notebook with nothing folded: outputs, right answers in their places, likely mistakes.

    ``lesson`` are the cells of its lesson, from which the answers come; ``checks`` is the folder
    of the modules that judge them, from which the mistakes come. The plan of the lecture is first.
    """
    copy = _copied(built)
    answers = iter([c.source for c in lesson if c.cell_type == "code" and "exercise" in tags(c)])
    module, cells = checks / "none.py", [new_markdown_cell(plan)]
    theirs: set[str] = set()  # the names that a learner writes
    for cell in copy.cells:
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = _DETAILS.sub(_opened, cell.source).strip()
            continue
        for fold in FOLDS:
            cell.metadata.pop(fold, None)
        if found := _CHECKS.search(cell.source):
            module = checks / f"{found[1]}.py"
        if "exercise" in tags(cell):
            cell.source = exercises.answer(next(answers))
            theirs |= defines(cell.source)
        if theirs & uses(cell.source):
            cell.outputs, cell.execution_count = [], None  # the blank's: run it to see yours
        if "exercise" in tags(cell):
            name = cell.source.rpartition("check.")[2].partition("(")[0]
            if said := sentences(module).get(name):
                lines = "\n".join(f"- {sentence}" for sentence in said)
                cells.append(
                    new_markdown_cell(f"**What goes wrong, and what it is told.**\n\n{lines}")
                )
    copy.cells = [cell for cell in cells if cell.source]
    return _named(copy)


def _copied(built: NotebookNode) -> NotebookNode:
    copy = deepcopy(built)
    copy.metadata.pop(RECORD, None)  # it is no build of the lesson that make lift could read
    return copy


def _named(copy: NotebookNode) -> NotebookNode:
    for cell, name in zip(copy.cells, cell_ids(copy.cells), strict=True):
        cell.id = name
    return copy


def _hint_alone(details: re.Match[str]) -> str:
    return details[0] if details[1] == "Hint" else ""


def _opened(details: re.Match[str]) -> str:
    """The words that were folded; the code stands in the exercise's cell."""
    words = _BLOCK.sub("", details[2]).strip() if details[1] == "Solution" else details[2]
    return f"**{details[1]}.** {words}\n\n" if words else ""
