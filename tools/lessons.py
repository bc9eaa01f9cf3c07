"""Lessons: built into notebooks, edits lifted back, checked, and begun."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when started as a script

from tools.lesson import begin, builds, journey
from tools.lesson.builds import Lesson, State
from tools.lesson.cells import LessonError

ROOT = Path(__file__).resolve().parents[1]


def each(lessons: list[Lesson], work: Callable[[Lesson], str]) -> list[str]:
    """Do something with every lesson, and print what it says; what went wrong."""
    problems, quiet = [], True
    for lesson in lessons:
        try:
            said = work(lesson)
        except LessonError as error:
            problems.append(str(error))
        else:
            print(said, end="\n" if said else "", flush=True)
            quiet = quiet and not said
    if quiet and not problems:
        print("each notebook is as its lesson has it")
    return problems


def build(root: Path, words: list[str], overwrite: bool = False) -> list[str]:
    """Build notebooks, and draw the map if there are more or fewer lessons than it shows."""

    def work(lesson: Lesson) -> str:
        to_run = builds.build(lesson, overwrite)
        if to_run is None:
            return ""
        path = lesson.shown(lesson.notebook)
        run = f"; cells to run: {to_run}; make execute EXECUTE_FLAGS={path}" if to_run else ""
        return f"{path}: written{run}"

    problems = each(builds.find(root, words), work)
    if not journey.is_drawn(root):
        journey.draw(root)
        print(f"{journey.PICTURE}: drawn")
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
    if not journey.is_drawn(root):
        count = len(builds.names(root))
        problems.append(f"{journey.PICTURE} does not show {count} lessons: make build")
    return problems + journey.missing_lines(root)


def new(root: Path, number: str, name: str) -> list[str]:
    """Begin a lesson, build it, and say how to go on."""
    for lesson in builds.find(root, []):  # its neighbours and the map are built anew
        state = lesson.state()
        if state in (State.EDITED, State.BOTH):
            raise LessonError(builds.complaint(lesson, state))
    name = begin.begin(root, number, name)
    for path in begin.paths(name).values():
        print(f"{path}: written")
    problems = build(root, [])
    print(f"Write the mechanism in lmteach/, with its tests, and lessons/{name}.py.")
    print(f"make rules NOTEBOOK={name[:2]} says, as often as you ask, what to write or mend next.")
    return problems


def rules(root: Path, words: list[str]) -> list[str]:
    """What to write or mend next in some notebooks, which are built first."""
    from tests.notebooks.rules import order, outputs

    def work(lesson: Lesson) -> str:
        builds.build(lesson)
        path = lesson.notebook
        problems = (
            order.all_broken(order.WRITTEN, path)
            or begin.still_to_write(root, lesson.name)
            or order.all_broken(order.RUN, path)
            or order.all_broken(order.SHOWN, path)
            or outputs.too_large(path.stat().st_size)
            or [line for line in journey.missing_lines(root) if lesson.name in line]
        )
        if problems:
            raise LessonError("\n".join([f"{lesson.shown(path)}:", *(f"- {p}" for p in problems)]))
        return f"{lesson.shown(path)} keeps every rule"

    return each(builds.find(root, words), work)


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
    command("rules", "say what to write or mend next")
    sub = commands.add_parser("new", help="begin a lesson", description="begin a lesson")
    sub.add_argument("number", help="the next one, as 15")
    sub.add_argument("name", help="the topic in small letters, as bert")
    return parser.parse_args(line)


def main(line: list[str], root: Path = ROOT) -> int:
    """Do what the command line says; 1 if there were problems."""
    options = vars(arguments(line))
    works = {"build": build, "lift": lift, "check": check, "rules": rules, "new": new}
    work: Callable[..., list[str]] = works[options.pop("command")]
    try:
        problems = work(root, **options)
    except LessonError as error:
        problems = [str(error)]
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
