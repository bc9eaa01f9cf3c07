"""The cells of a lesson and the cells of its notebook: filled in, and back again."""

import re
from collections.abc import Iterator
from copy import deepcopy

import jupytext
from nbformat import NotebookNode, from_dict, v4

from tools.lesson import exercises
from tools.lesson.filling import FRAMES, WHOLE, framed
from tools.notebook.files import where
from tools.notebook.normalise import METADATA, SLIDE_TYPES, normalise_metadata

LAYOUT = {"cell_metadata_filter": "all", "notebook_metadata_filter": "-all", "cell_markers": '"""'}
SOLUTION = "{{solution}}"
# What a tag of a code cell folds, until the learner opens it or runs the cell.
FOLDS = {
    "question": {"source_hidden": True},  # the replies stand in its source
    "folded": {"source_hidden": True},  # what is not read for its own sake
    "answer": {"outputs_hidden": True},  # what a guess stands before
}

_SUMMARY = "<summary>Solution</summary>"
_BLOCK = re.compile(r"^```python\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
_LEFT = re.compile(r"\{\{[a-z]{4,}\}\}")


class LessonError(Exception):
    """A lesson can't be built, or a notebook can't be lifted; the message says where and why."""


def read(text: str) -> list[NotebookNode]:
    """The cells that a lesson's text (Jupytext's percent format) holds."""
    return list(jupytext.reads(text, fmt="py:percent").cells)


def write(cells: list[NotebookNode]) -> str:
    """The text of a lesson with these cells."""
    notebook = v4.new_notebook(cells=cells, metadata=METADATA | {"jupytext": LAYOUT})
    return jupytext.writes(notebook, fmt="py:percent")


def filled(lesson: list[NotebookNode], fillings: dict[str, str]) -> list[NotebookNode]:
    """The notebook's cells: names in braces replaced, exercises as blank and solution."""
    cells, solution = deepcopy(lesson), ""
    for index, cell in enumerate(cells):
        for name, (frame, text) in framed(fillings).items():
            if cell.source == frame and name in WHOLE:
                cell.metadata.update(deepcopy(WHOLE[name]))
            cell.source = cell.source.replace(frame, text)
        fold(cell)
        if is_exercise(cell):
            if not exercises.is_marked(cell.source):
                raise LessonError(
                    f"{where(index, cell)}: the exercise does not mark its solution; put the lines "
                    f"that the learner writes between {exercises.BEGIN} and {exercises.END}"
                )
            solution = exercises.solution(cell.source)
            cell.source = exercises.stub(cell.source)
        elif cell.cell_type == "markdown" and SOLUTION in cell.source and solution:
            cell.source = cell.source.replace(SOLUTION, f"```python\n{solution}\n```")
            solution = ""
        if left := _LEFT.search(cell.source):
            known = ", ".join([*(frame for frame, _ in FRAMES.values()), SOLUTION])
            raise LessonError(
                f"{where(index, cell)}: nothing is filled in for {left[0]} here; what is filled in "
                f"is {known} (below an exercise)"
            )
        normalise_metadata(cell)
    return cells


def unfilled(
    notebook: list[NotebookNode], fillings: dict[str, str]
) -> tuple[list[NotebookNode], list[str]]:
    """The lesson's cells, and a sentence for each exercise that can't be put together again."""
    cells, problems = deepcopy(notebook), []
    for cell in cells:
        normalise_metadata(cell)
        whole = folding(cell)
        for name, (frame, text) in framed(fillings).items():
            if name not in WHOLE:
                cell.source = cell.source.replace(text, frame)
            elif cell.source == text:
                cell.source, whole = frame, whole | WHOLE[name]
        usual = {"slideshow": {"slide_type": SLIDE_TYPES.get(cell.cell_type)}} | whole
        kept = {key: value for key, value in cell.metadata.items() if usual.get(key) != value}
        cell.metadata = from_dict(kept)
    for index, cell in enumerate(cells):
        if is_exercise(cell):
            below, block = _solution_below(cells, index)
            together = block and exercises.marked(cell.source, block[1])
            if not together:
                problems.append(
                    f"{where(index, cell)}: this blank and the solution below it don't fit each "
                    "other; undo the edit, and change the exercise in the lesson"
                )
                continue
            cell.source = together
            below.source = below.source[: block.start()] + SOLUTION + below.source[block.end() :]
    return cells, problems


def folding(cell: NotebookNode) -> dict[str, object]:
    """The metadata that folds a code cell as its tags say, in JupyterLab and in Colab."""
    if cell.cell_type != "code":
        return {}
    tags = [tag for tag in FOLDS if tag in cell.metadata.get("tags", [])]
    hidden = {key: value for tag in tags for key, value in FOLDS[tag].items()}
    form = {"cellView": "form"} if "source_hidden" in hidden else {}
    return form | ({"jupyter": hidden} if hidden else {})


def fold(cell: NotebookNode) -> None:
    """Fold a cell as its tags say."""
    cell.metadata.update(from_dict(folding(cell)))


def is_exercise(cell: NotebookNode) -> bool:
    """Whether a cell is tagged as an exercise."""
    return cell.cell_type == "code" and "exercise" in cell.metadata.get("tags", [])


def _solution_below(
    cells: list[NotebookNode], index: int
) -> tuple[NotebookNode | None, re.Match[str] | None]:
    """The cell that prints the solution of the exercise at `index`, and where in it."""
    for cell in _prose_below(cells, index):
        if _SUMMARY in cell.source:
            return cell, _BLOCK.search(cell.source, cell.source.index(_SUMMARY))
    return None, None


def _prose_below(cells: list[NotebookNode], index: int) -> Iterator[NotebookNode]:
    for cell in cells[index + 1 :]:
        if cell.cell_type != "markdown":
            return
        yield cell
