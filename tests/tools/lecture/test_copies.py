"""Students get no solutions and no outputs; the lecturer gets all of both."""

import pytest
from nbformat import NotebookNode

from tools.lecture.__main__ import CHECKS, main
from tools.lecture.copies import key, workbook
from tools.lesson import cells, exercises
from tools.lesson.builds import Lesson, names
from tools.lesson.filling import ROOT
from tools.notebook import files
from tools.notebook.files import code_cells, tags

EVERY = pytest.mark.parametrize("name", names(ROOT))


def built(name: str) -> tuple[NotebookNode, list[NotebookNode]]:
    lesson = Lesson(ROOT, name)
    return files.read(lesson.notebook), cells.read(lesson.text())


def answers(lesson: list[NotebookNode]) -> list[str]:
    return [
        exercises.answer(cell.source)
        for cell in lesson
        if cell.cell_type == "code" and "exercise" in tags(cell)
    ]


@EVERY
def test_a_workbook_holds_no_solution_and_no_output(name: str) -> None:
    notebook, lesson = built(name)
    copy = workbook(notebook)
    text = files.text(copy)
    assert not any(cell.outputs or cell.execution_count for _, cell in code_cells(copy))
    assert "<summary>Solution</summary>" not in text
    assert text.count("<summary>Hint</summary>") == len(answers(lesson))
    assert len([*code_cells(copy)]) == len([*code_cells(notebook)])
    for right, (_, cell) in zip(
        answers(lesson), (c for c in code_cells(copy) if "exercise" in tags(c[1])), strict=True
    ):
        assert cell.source != right
        assert "your code here" in cell.source or "..." in cell.source


@EVERY
def test_a_key_holds_every_answer_and_folds_nothing(name: str) -> None:
    notebook, lesson = built(name)
    copy = key(notebook, lesson, CHECKS, "The plan.")
    assert copy.cells[0].source == "The plan."
    files.text(copy)  # it is valid
    shown = [cell.source for _, cell in code_cells(copy) if "exercise" in tags(cell)]
    assert shown == answers(lesson)
    assert not any("jupyter" in cell.metadata for _, cell in code_cells(copy))
    said = [output.get("text", "") for _, cell in code_cells(copy) for output in cell.outputs]
    assert not any("waits for" in "".join(text) for text in said)
    assert not any("not attempted yet" in "".join(text) for text in said)
    prose = "\n".join(cell.source for cell in copy.cells if cell.cell_type == "markdown")
    assert prose.count("**Solution.**") <= len(shown)
    assert prose.count("**Hint.**") == len(shown)
    assert prose.count("**What goes wrong") >= len(shown) - 1
    assert "<summary>Hint</summary>" not in prose


def test_a_copy_is_written_and_is_no_build_of_a_lesson(tmp_path, capsys) -> None:
    assert main(["students", "01", "--folder", str(tmp_path)]) == 0
    assert main(["answers", "01", "--folder", str(tmp_path)]) == 0
    for kind in ("students", "answers"):
        assert "lmteach" not in files.read(tmp_path / kind / "01_bigrams.ipynb").metadata
    assert "01_bigrams.ipynb" in capsys.readouterr().out


def test_what_is_no_lesson_is_named(tmp_path, capsys) -> None:
    assert main(["students", "77", "--folder", str(tmp_path)]) == 1
    assert "77: no such lesson" in capsys.readouterr().err
