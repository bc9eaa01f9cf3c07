"""Begin a lesson: a text with every part of a notebook in it, and the checks of two exercises."""

import re
from pathlib import Path

from tools.lesson.builds import names
from tools.lesson.cells import LessonError
from tools.lesson.filling import TITLES, title
from tools.notebook import files

TEMPLATES = Path(__file__).parent / "templates"
TODO = re.compile(r"TODO\b:?[ \t]*(.*)")


def paths(name: str) -> dict[str, Path]:
    """Which file each template becomes for a lesson such as `15_bert`."""
    topic = name[3:]
    return {
        "lesson": Path("lessons", f"{name}.py"),
        "exercises": Path("lmteach", "exercises", f"{topic}.py"),
        "tests": Path("tests", "exercises", f"test_{topic}.py"),
    }


def begin(root: Path, number: str, topic: str) -> str:
    """Write the files of a new lesson; its name."""
    following = len(names(root))
    if not number.isdecimal() or int(number) != following:
        raise LessonError(f"{number}: the next lesson has the number {following}")
    if following >= len(TITLES):
        raise LessonError(f"the map in lmteach/plots/journey.py has no title for {following}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", topic):
        raise LessonError(f"{topic!r}: a name has small letters, digits and _, such as bert")
    name = f"{following:02}_{topic}"
    there = [str(path) for path in paths(name).values() if (root / path).exists()]
    if there:
        raise LessonError(f"{', '.join(there)}: already there; choose another name")
    words = {"NUMBER": name[:2], "CHAPTER": str(following), "NAME": topic}
    words["TITLE"] = title(following).partition(" · ")[2]
    for template, path in paths(name).items():
        text = (TEMPLATES / f"{template}.py").read_text(encoding="utf-8")
        for word, value in words.items():
            text = re.sub(rf"\b{word}\b", value, text)
        files.write_text(text, root / path)
    return name


def still_to_write(root: Path, name: str) -> list[str]:
    """What the files beside a lesson that was begun still have to say."""
    return [
        f"{path}, line {number}: still to write: {match[1].strip(chr(34) + ',)')}"
        for template, path in paths(name).items()
        if template != "lesson" and (root / path).is_file()
        for number, line in enumerate((root / path).read_text("utf-8").splitlines(), start=1)
        for match in TODO.finditer(line)
    ]
