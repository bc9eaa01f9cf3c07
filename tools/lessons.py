"""Lessons: built into notebooks, edits lifted back, checked, and begun."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when started as a script

from tools.lesson import builds, map
from tools.lesson.builds import Lesson, State
from tools.lesson.cells import LessonError

ROOT = Path(__file__).resolve().parents[1]


def each(lessons: list[Lesson], work: Callable[[Lesson], str]) -> list[str]:
    """Do something with every lesson, and print what it says; what went wrong."""
    problems = []
    for lesson in lessons:
        try:
            said = work(lesson)
        except LessonError as error:
            problems.append(str(error))
        else:
            print(said, end="\n" if said else "", flush=True)
    return problems


def build(root: Path, words: list[str], overwrite: bool = False) -> list[str]:
    """Build notebooks, and draw the map if there are more or fewer lessons than it shows."""

    def work(lesson: Lesson) -> str:
        to_run = builds.build(lesson, overwrite)
        if to_run is None:
            return ""
        path = lesson.shown(lesson.notebook)
        run = f"; {to_run} cells to run: make execute EXECUTE_FLAGS={path}" if to_run else ""
        return f"{path}: written{run}"

    problems = each(builds.find(root, words), work)
    if not map.is_drawn(root):
        map.draw(root)
        print(f"{map.PICTURE}: drawn")
    return problems


def lift(root: Path, words: list[str]) -> list[str]:
    """Bring edited notebooks back into their lessons."""

    def work(lesson: Lesson) -> str:
        if not builds.lift(lesson):
            return ""
        return f"{lesson.shown(lesson.source)}: written; in JupyterLab, reload the notebook"

    return each(builds.find(root, words), work)


def check(root: Path, words: list[str]) -> list[str]:
    """What is stale or edited, and the command that mends it."""

    def work(lesson: Lesson) -> str:
        state = lesson.state()
        if state is not State.BUILT:
            raise LessonError(builds.complaint(lesson, state))
        return ""

    problems = each(builds.find(root, words), work)
    if not map.is_drawn(root):
        problems.append(f"{map.PICTURE} does not show {len(builds.names(root))} lessons: make build")
    return problems + map.missing_lines(root)


def arguments(line: list[str]) -> argparse.Namespace:
    """The parsed command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.lessons", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("words", nargs="*", metavar="lesson", help="as 15 (default: all of them)")
        return sub

    sub = command("build", "make the notebooks out of their lessons")
    sub.add_argument("--overwrite", action="store_true", help="also what was edited in notebooks")
    command("lift", "bring edits made in notebooks back into their lessons")
    command("check", "say which notebook is stale or edited, and how to mend it")
    return parser.parse_args(line)


def main(line: list[str], root: Path = ROOT) -> int:
    """Do what the command line says; 1 if there were problems."""
    options = vars(arguments(line))
    work = {"build": build, "lift": lift, "check": check}[options.pop("command")]
    try:
        problems = work(root, **options)
    except LessonError as error:
        problems = [str(error)]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
