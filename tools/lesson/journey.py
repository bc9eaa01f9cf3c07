"""The map of the collection on the front page: a picture, and a line for each notebook."""

import io
from pathlib import Path

from PIL import Image

from lmteach.files import write_whole
from tools.lesson.builds import names
from tools.lesson.filling import title, unbroken

PICTURE, README = Path("docs/journey.png"), Path("README.md")
READY = "Ready"  # a text in the picture's file: how many of its stations are filled


def is_drawn(root: Path) -> bool:
    """Whether the picture shows as many notebooks as there are lessons."""
    if not (root / PICTURE).is_file():
        return False
    with Image.open(root / PICTURE) as picture:
        return picture.info.get(READY) == str(unbroken(names(root)))


def draw(root: Path) -> None:
    """Draw the picture, the notebooks that exist filled."""
    from lmteach.plots.journey import journey

    ready = unbroken(names(root))
    drawn = io.BytesIO()
    metadata = {"Software": None, READY: str(ready)}
    journey(ready).figure.savefig(drawn, format="png", metadata=metadata)
    write_whole(root / PICTURE, drawn.getvalue())


def missing_lines(root: Path) -> list[str]:
    """A sentence for each lesson without a line in the README's table, and what to write."""
    readme = (root / README).read_text(encoding="utf-8")
    return [
        f"{README} has no line for notebooks/{name}.ipynb; add below the others: "
        f"| [{title(int(name[:2]))}](notebooks/{name}.ipynb) | what you build | "
        "what it is proved against |"
        for name in names(root)
        if f"](notebooks/{name}.ipynb) |" not in readme
    ]
