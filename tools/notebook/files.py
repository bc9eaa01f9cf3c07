"""Where notebooks are, how they are read and written, and what identifies a cell."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lmteach.files import write_whole

FOLDER = Path("notebooks")


def find(paths: Iterable[Path]) -> list[Path]:
    """The notebooks that are meant: those named, or all of `notebooks/`."""
    chosen = sorted(paths) or sorted(FOLDER.glob("*.ipynb"))
    for path in chosen:
        if not path.is_file():
            raise SystemExit(f"{path}: no such notebook")
    return chosen


def read(path: Path) -> NotebookNode:
    """The notebook in `path`, in format 4.5 or newer (so that cells have ids)."""
    notebook = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    notebook.nbformat_minor = max(notebook.nbformat_minor, 5)
    return notebook


def text(notebook: NotebookNode) -> str:
    """The notebook as it stands in its file: sorted keys, one trailing newline."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def write(notebook: NotebookNode, path: Path) -> bool:
    """Write the file if it would change; says whether it did."""
    return write_text(text(notebook), path)


def write_text(new: str, path: Path) -> bool:
    """Write a text, whole or not at all, if the file would change; says whether it did."""
    if path.is_file() and path.read_text(encoding="utf-8") == new:
        return False
    write_whole(path, new)
    return True


def tags(cell: NotebookNode) -> list[str]:
    """The tags of a cell; none is an empty list."""
    return list(cell.metadata.get("tags", []))


def code_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The code cells with their places in the notebook."""
    return ((i, c) for i, c in enumerate(notebook.cells) if c.cell_type == "code")


def where(index: int, cell: NotebookNode) -> str:
    """How a problem names its cell: place, kind and first line."""
    lines = [line for line in cell.source.splitlines() if line.strip()]
    first = lines[0].strip() if lines else "(empty)"
    return f"cell {index} ({cell.cell_type}, starts {first[:50]!r})"


def cell_ids(cells: Iterable[NotebookNode]) -> list[str]:
    """One id per cell, made of its type and source; repeats are counted.

    A cell whose stored id equals this one has not been edited since it was last normalised.
    """
    seen: Counter[str] = Counter()
    ids = []
    for cell in cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] += 1
        ids.append(digest if seen[digest] == 1 else f"{digest}-{seen[digest]}")
    return ids
