"""Try nbgrader's whole cycle on one notebook's exercises: python -m tools.grading_check

A course is released, four students hand in (all right, one wrong, blank, and one who cheats), and
are graded and told. Prints points and seconds; fails unless they are what they must be.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from shutil import rmtree

from nbformat import NotebookNode

from tools.environments import make
from tools.lecture.assignments import CONFIG, assignment
from tools.lesson import builds, cells, exercises
from tools.lesson.filling import ROOT, title
from tools.notebook import files

FOLDER = Path("build/grading")
REQUIREMENTS = ["-c", str(ROOT / "constraints.txt"), "nbgrader>=0.9.5"]
# What a student may put into a cell so that a check which trusts the kernel says "right".
CHEATS = """\
from lmteach.exercises import attempt, feedback

feedback.Verdict.right = property(lambda verdict: True)
feedback.expect = lambda *given, **named: None
attempt.run = lambda function, arguments: {name}(*arguments)
for other in list(vars(check)):
    if callable(getattr(check, other)):
        setattr(check, other, lambda answer: feedback.Verdict("all", "right"))


def {name}(*given):
    return given[0]
"""


def handed_in(released: NotebookNode, solved: dict[str, str]) -> NotebookNode:
    """The released notebook with a student's text in the cells of the exercises named."""
    for cell in released.cells:
        identity = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if identity in solved:
            cell.source = solved[identity]
    return released


def students(source: NotebookNode) -> dict[str, tuple[dict[str, str], int]]:
    """What each student writes into which cell, and the points that it is worth.

    Wrong is the last exercise, on which no other rests.
    """
    right = {
        cell.metadata.nbgrader.grade_id: exercises.answer(cell.source)
        for cell in source.cells
        if cell.metadata.nbgrader.solution
    }
    last = list(right)[-1]
    named = last.removeprefix("exercise-")
    wrong = f"def {named}(*given):\n    return 0\n"
    return {
        "right": (right, len(right)),
        "wrong": (right | {last: wrong}, len(right) - 1),
        "blank": ({}, 0),
        "cheating": ({last: CHEATS.format(name=named)}, 0),
    }


class Course:
    """A course in a folder, and nbgrader's commands in it."""

    def __init__(self, python: Path, folder: Path, name: str) -> None:
        self.python, self.folder, self.name = python, folder, name

    def run(self, command: str, *words: str) -> float:
        """Run one command of nbgrader's; the seconds it took."""
        started = time.perf_counter()
        line = [str(self.python), "-m", "nbgrader", command, self.name, *words]
        done = subprocess.run(
            line, cwd=self.folder, capture_output=True, text=True, env=self._environment()
        )
        if done.returncode:
            sys.exit(f"nbgrader {command} failed:\n{done.stdout}{done.stderr}")
        return time.perf_counter() - started

    def points(self) -> dict[str, float]:
        """What the gradebook says of each student."""
        code = (
            "import json; from nbgrader.api import Gradebook; "
            "book = Gradebook('sqlite:///gradebook.db'); "
            f"found = book.assignment_submissions({self.name!r}); "
            "print(json.dumps({one.student.id: one.score for one in found}))"
        )
        line = [str(self.python), "-c", code]
        done = subprocess.run(line, cwd=self.folder, capture_output=True, text=True, check=True)
        return dict(json.loads(done.stdout.splitlines()[-1]))

    def path(self, *parts: str) -> Path:
        """A notebook of the assignment somewhere in the course."""
        return self.folder.joinpath(*parts, self.name, f"{self.name}.ipynb")

    def _environment(self) -> dict[str, str]:
        """Programs beside nbgrader, lmteach of this checkout, and templates from below."""
        below = Path(sys.prefix, "share", "jupyter")
        found = {"PATH": self.python.parent, "PYTHONPATH": ROOT, "JUPYTER_PATH": below}
        return os.environ | {
            name: os.pathsep.join(filter(None, [str(first), os.environ.get(name, "")]))
            for name, first in found.items()
        }


def main(line: list[str]) -> int:
    """0 if each student got the points that the work is worth."""
    parser = argparse.ArgumentParser(prog="python -m tools.grading_check", description=__doc__)
    parser.add_argument("lesson", nargs="?", default="01")
    (lesson,) = builds.find(ROOT, [parser.parse_args(line).lesson])
    python = make(FOLDER / "environment", REQUIREMENTS, on_top=True)
    folder = FOLDER / "course"
    rmtree(folder, ignore_errors=True)
    course = Course(python, folder.absolute(), lesson.name)
    source = assignment(title(int(lesson.name[:2])), cells.read(lesson.text()))
    files.write(source, course.path("source"))
    files.write_text(CONFIG, folder / "nbgrader_config.py")
    print(f"release: {course.run('generate_assignment'):.1f} s", flush=True)

    wanted = students(source)
    for student, (solved, _) in wanted.items():
        released = files.read(course.path("release"))
        files.write(handed_in(released, solved), course.path("submitted", student))
    seconds = {who: course.run("autograde", "--student", who) for who in wanted}
    told = course.run("generate_feedback")
    failed = False
    for student, points in course.points().items():
        worth = wanted[student][1]
        failed |= points != worth
        print(f"{student}: {points:g} points, {worth} expected, {seconds[student]:.1f} s")
    print(f"feedback: {told:.1f} s")
    for student in wanted:
        page = course.path("feedback", student).with_suffix(".html")
        failed |= not page.is_file()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
