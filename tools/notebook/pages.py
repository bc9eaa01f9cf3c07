"""Notebooks as HTML pages."""

import re
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from lmteach.files import write_whole

NEXT = re.compile(r'(href="[\w./-]+)\.ipynb(?=["#])')


def write_page(notebook: NotebookNode, name: str, folder: Path) -> Path:
    """Write `folder/name.html`; links between notebooks lead to the other pages."""
    page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": name}})
    path = folder / f"{name}.html"
    write_whole(path, NEXT.sub(r"\1.html", page))
    return path
