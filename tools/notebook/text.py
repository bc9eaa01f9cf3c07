"""Notebooks as Python text (percent format) for editing, and back without losing outputs."""

from pathlib import Path

import jupytext
from nbformat import NotebookNode

from tools.notebook.files import cell_ids, read
from tools.notebook.normalise import normalise

FOLDER = Path("build/text")
HEADER = {"cell_metadata_filter": "all", "notebook_metadata_filter": "-all", "cell_markers": '"""'}


def to_text(path: Path) -> str:
    """The notebook without outputs, with all metadata of its cells."""
    notebook = read(path)
    notebook.metadata["jupytext"] = dict(HEADER)
    return jupytext.writes(notebook, fmt="py:percent")


def from_text(content: str, old: NotebookNode | None) -> NotebookNode:
    """The notebook of a text; a cell whose source is found in `old` keeps its outputs."""
    notebook = jupytext.reads(content, fmt="py:percent")
    notebook.nbformat_minor = 5
    before = dict(zip(cell_ids(old.cells), old.cells, strict=True)) if old else {}
    for cell, identity in zip(notebook.cells, cell_ids(notebook.cells), strict=True):
        if cell.cell_type == "code" and identity in before:
            cell.outputs = before[identity].outputs
            cell.execution_count = before[identity].execution_count
    return normalise(notebook)
