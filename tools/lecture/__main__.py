"""What a class gets out of the lessons: python -m tools.lecture students | answers | …"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lmteach.files import write_whole
from tools.lecture.assignments import CONFIG, assignment
from tools.lecture.copies import key, workbook
from tools.lecture.plan import plan
from tools.lecture.quizzes import gift, page, questions
from tools.lesson import builds, cells
from tools.lesson.builds import Lesson
from tools.lesson.cells import LessonError
from tools.lesson.filling import ROOT, title
from tools.notebook import files

CHECKS = ROOT / "lmteach" / "exercises"


def students(lesson: Lesson, folder: Path) -> list[Path]:
    """Workbooks: no solutions, no outputs."""
    path = folder / "students" / f"{lesson.name}.ipynb"
    files.write(workbook(_built(lesson)), path)
    return [path]


def answers(lesson: Lesson, folder: Path) -> list[Path]:
    """The lecturer's copies: nothing folded, right answers, what goes wrong."""
    path = folder / "answers" / f"{lesson.name}.ipynb"
    files.write(key(_built(lesson), cells.read(lesson.text()), CHECKS, _plan(lesson)), path)
    return [path]


def plans(lesson: Lesson, folder: Path) -> list[Path]:
    """Ninety minutes with each lesson, by the clock."""
    path = folder / "plans" / f"{lesson.name}.md"
    write_whole(path, _plan(lesson))
    return [path]


def assignments(lesson: Lesson, folder: Path) -> list[Path]:
    """A course for nbgrader, an assignment for each lesson."""
    course = folder / "course"
    write_whole(course / "nbgrader_config.py", CONFIG)
    path = course / "source" / lesson.name / f"{lesson.name}.ipynb"
    files.write(assignment(title(int(lesson.name[:2])), cells.read(lesson.text())), path)
    return [path]


def quizzes(lesson: Lesson, folder: Path) -> list[Path]:
    """The questions of each lesson, as GIFT and as a page."""
    asked = questions(lesson.name, cells.read(lesson.text()))
    named = title(int(lesson.name[:2]))
    paths = [folder / "quizzes" / f"{lesson.name}.{ending}" for ending in ("gift", "md")]
    write_whole(paths[0], gift(asked, f"Language models/{named}"))
    write_whole(paths[1], page(named, asked))
    return paths


WORKS: dict[str, Callable[[Lesson, Path], list[Path]]] = {
    work.__name__: work for work in (students, answers, plans, assignments, quizzes)
}


def _plan(lesson: Lesson) -> str:
    return plan(title(int(lesson.name[:2])), cells.read(lesson.text()))


def _built(lesson: Lesson) -> files.NotebookNode:
    """The notebook of a lesson; refused if it is not what the lesson says."""
    state = lesson.state()
    if state is not builds.State.BUILT:
        raise LessonError(builds.complaint(lesson, state))
    return files.read(lesson.notebook)


def main(line: list[str]) -> int:
    """Write what is asked for, for all lessons or those named."""
    parser = argparse.ArgumentParser(prog="python -m tools.lecture", description=__doc__)
    parser.add_argument("work", choices=[*WORKS])
    parser.add_argument("lessons", nargs="*", help="numbers, names or paths; default: all")
    parser.add_argument("--folder", type=Path, default=ROOT / "build", help="(build)")
    options = parser.parse_args(line)
    try:
        for lesson in builds.find(ROOT, options.lessons):
            for path in WORKS[options.work](lesson, options.folder):
                print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    except LessonError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
