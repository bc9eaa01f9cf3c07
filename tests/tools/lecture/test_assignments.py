"""Every assignment judges right, wrong, blank and cheating answers as it must, without nbgrader."""

import json
import subprocess
import sys

import pytest
from nbformat import NotebookNode

from tools.grading_check import handed_in, students
from tools.lecture.assignments import assignment
from tools.lesson import cells
from tools.lesson.builds import Lesson, names
from tools.lesson.exercises import stub
from tools.lesson.filling import ROOT

SOURCES = {name: assignment(name, cells.read(Lesson(ROOT, name).text())) for name in names(ROOT)}


# Cells run one after the other, as nbgrader runs them; the tests that pass are points.
GRADE = """
import json, sys
points = {}
for name, cells in json.load(sys.stdin).items():
    kernel, points[name] = {"__name__": "__main__"}, 0
    for source, worth in cells:
        try:
            exec(source, kernel)
        except Exception:
            continue
        points[name] += worth
print(json.dumps(points))
"""


def graded(submitted: dict[str, NotebookNode]) -> dict[str, int]:
    """The points of each, in a process of its own: cheats spoil what they can reach."""
    sources = {
        name: [
            (cell.source, cell.metadata.nbgrader.get("points", 0))
            for cell in notebook.cells
            if cell.cell_type == "code"
        ]
        for name, notebook in submitted.items()
    }
    done = subprocess.run(
        [sys.executable, "-c", GRADE],
        input=json.dumps(sources),
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def released(source: NotebookNode) -> NotebookNode:
    copy = source.copy()
    copy.cells = [cell.copy() for cell in source.cells]
    for cell in copy.cells:
        if cell.cell_type == "code" and cell.metadata.nbgrader.solution:
            cell.source = stub(cell.source)
    return copy


def test_each_student_gets_what_the_work_is_worth() -> None:
    submitted, worth = {}, {}
    for student in ("right", "wrong", "blank", "cheating"):
        for name, source in SOURCES.items():
            solved, worth[f"{student} {name}"] = students(source)[student]
            submitted[f"{student} {name}"] = handed_in(released(source), solved)
    assert graded(submitted) == worth


@pytest.mark.parametrize("name", SOURCES)
def test_marks_are_those_of_nbgrader(name: str) -> None:
    marks = [cell.metadata.nbgrader for cell in SOURCES[name].cells]
    assert len({mark.grade_id for mark in marks}) == len(marks)
    solutions = [mark for mark in marks if mark.solution]
    tests = [mark for mark in marks if mark.grade]
    assert len(solutions) == len(tests) >= 2
    assert all(mark.locked != mark.solution for mark in marks)


def test_the_cheat_fools_a_check_that_trusts_the_kernel() -> None:
    source = SOURCES["01_bigrams"]
    cheating, worth = students(source)["cheating"]
    trusting = handed_in(released(source), cheating)
    trusting.cells[-1].source = "assert check.count_trigrams(count_trigrams).right"
    assert graded({"trusting": trusting}) == {"trusting": worth + 1}


def test_words_hold_no_solution() -> None:
    for source in SOURCES.values():
        for cell in source.cells:
            assert cell.cell_type == "code" or "Solution</summary>" not in cell.source
