"""Finding, loading and taking apart notebooks: what every rule needs."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebook.files import code_cells as code_cells
from tools.notebook.files import tags as tags
from tools.notebook.files import where as where

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "notebooks"

_FENCE = re.compile(r"^[ \t]*(```+|~~~+).*?^[ \t]*\1[ \t]*$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)


def notebook_paths() -> list[Path]:
    """Every notebook of the collection, in reading order."""
    return sorted(FOLDER.glob("*.ipynb"))


def load(path: Path) -> NotebookNode:
    """A notebook as its file holds it, not validated and not changed."""
    return nbformat.read(path, as_version=4)


def number_of(name: str) -> str:
    """The notebook's number as its file name has it: `01_bigrams.ipynb` is `01`."""
    return name.split("_")[0]


def markdown_cells(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode]]:
    """The markdown cells with their places in the notebook."""
    return ((i, c) for i, c in enumerate(notebook.cells) if c.cell_type == "markdown")


def parse(source: str) -> ast.Module | None:
    """The syntax tree of a cell, with `await` at its top allowed; None if it is not Python."""
    try:
        tree = compile(
            source,
            "<cell>",
            "exec",
            flags=ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
            dont_inherit=True,
        )
    except SyntaxError:
        return None
    return tree if isinstance(tree, ast.Module) else None


def comments(source: str) -> list[str]:
    """The comments of a cell, strings that look like comments left out."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return [line[line.index("#") :] for line in source.splitlines() if "#" in line]
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def without_fences(markdown: str) -> str:
    """Markdown without its fenced code."""
    return _FENCE.sub("", markdown)


@dataclass(frozen=True)
class Section:
    """A heading, the cell that it stands in, and the prose below it down to the next heading."""

    cell: int
    level: int
    title: str
    body: str


def sections(notebook: NotebookNode) -> list[Section]:
    """The headings of the notebook in order, each with the prose down to the next one."""
    found: list[Section] = []
    for index, cell in markdown_cells(notebook):
        text = without_fences(cell.source)
        heads = list(_HEADING.finditer(text))
        before = text[: heads[0].start()] if heads else text
        if found and before.strip():
            last = found.pop()
            body = f"{last.body}\n\n{before}"
            found.append(Section(last.cell, last.level, last.title, body))
        ends = [*(head.start() for head in heads[1:]), len(text)]
        for here, end in zip(heads, ends, strict=False):
            body = text[here.end() : end]
            found.append(Section(index, len(here[1]), here[2], body))
    return found
