"""What the build fills in: texts that are the same everywhere, or follow from the collection."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from lmteach.plots.journey import PARTS

ROOT = Path(__file__).resolve().parents[2]
CELLS = ROOT / "tools" / "cells"
HOST = "https://github.com/"
TITLES = tuple(title for titles in PARTS.values() for title in titles)

# The words with which each name stands in a lesson, and what decides about it.
FRAMES = {
    "badges": ("{{badges}}", "pyproject.toml (make publish)"),
    "setup": ("{{setup}}", "tools/cells/setup.py"),
    "toggle": ("{{toggle}}", "tools/cells/toggle.py"),
    "start": ("{{start}}", "tools/cells/start.py"),
    "time": ("**Time.** {{time}}", "the lesson's words, cells and exercises"),
    "next": ("**Next.** {{next}}", "the titles in lmteach/plots/journey.py"),
    "ready": ("journey(ready={{ready}})", "the number of lessons before one is missing"),
    "last": ("Boxes 00 to {{last}}", "the number of lessons before one is missing"),
}
# A cell that is filled in whole, and the metadata that it brings along.
WHOLE = {
    "setup": {
        "jupyter": {"source_hidden": True},
        "slideshow": {"slide_type": "skip"},
        "tags": ["setup"],
    },
    # papermill puts what it was given into a cell after the one tagged "parameters"
    "toggle": {"slideshow": {"slide_type": "-"}, "tags": ["toggle", "parameters"]},
    "start": {"slideshow": {"slide_type": "-"}, "tags": ["start"]},
}


def repository(root: Path) -> str:
    """The owner/name that pyproject.toml gives."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Repository"]).removeprefix(HOST)


def setup_cell(repository: str) -> str:
    """The cell that makes `lmteach` importable, or else installs it."""
    text = (CELLS / "setup.py").read_text(encoding="utf-8").strip()
    return text.replace("{repository}", repository)


def toggle_cell() -> str:
    """The cell that chooses where to compute."""
    return (CELLS / "toggle.py").read_text(encoding="utf-8").strip()


def start_cell() -> str:
    """The cell that begins the session there."""
    return (CELLS / "start.py").read_text(encoding="utf-8").strip()


def title(number: int) -> str:
    """The title of a notebook as the map has it: `01 · Bigrams`."""
    return f"{number:02} · {TITLES[number]}"


def door(number: int, names: Sequence[str]) -> str:
    """The title of a notebook, a link to it if its lesson is among `names`."""
    file = next((name for name in names if name.startswith(f"{number:02}_")), None)
    return f"[{title(number)}]({file}.ipynb)" if file else title(number)


def badges(name: str, names: Sequence[str], repository: str) -> str:
    """One line: open this notebook in Colab or Binder, or go to the one before or after."""
    path, number = f"notebooks/{name}.ipynb", int(name[:2])
    colab = "https://colab.research.google.com"
    line = [
        f"[![Open in Colab]({colab}/assets/colab-badge.svg)]"
        f"({colab}/github/{repository}/blob/main/{path})",
        "[![Launch Binder](https://mybinder.org/badge_logo.svg)]"
        f"(https://mybinder.org/v2/gh/{repository}/main?labpath={quote(path, safe='')})",
    ]
    doors = [f"← {door(number - 1, names)}"] if number > 0 else []
    doors += [f"{door(number + 1, names)} →"] if number + 1 < len(names) else []
    return " ".join([*line, " · ".join(doors)]).strip()


def unbroken(names: Sequence[str]) -> int:
    """How many lessons there are from 00 on before a number is missing."""
    there = {int(name[:2]) for name in names}
    return next(number for number in range(len(there) + 1) if number not in there)


def fillings(name: str, names: Sequence[str], repository: str, time: str) -> dict[str, str]:
    """What stands in one notebook for each name of `FRAMES`, where there is something."""
    number = int(name[:2])
    values = {
        "badges": badges(name, names, repository),
        "setup": setup_cell(repository),
        "toggle": toggle_cell(),
        "start": start_cell(),
        "time": time,
        "ready": str(unbroken(names)),
        "last": f"{unbroken(names) - 1:02}",
    }
    if number + 1 < len(TITLES):
        values["next"] = door(number + 1, names)
    return values


def framed(fillings: dict[str, str]) -> dict[str, tuple[str, str]]:
    """For each name its words as the lesson has them and as the notebook has them."""
    return {
        name: (FRAMES[name][0], FRAMES[name][0].replace("{{" + name + "}}", value))
        for name, value in fillings.items()
    }
