"""Notebooks as HTML pages."""

import re
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

NEXT = re.compile(r'(href="[\w./-]+)\.ipynb(?=["#])')


def write_page(notebook: NotebookNode, name: str, folder: Path) -> Path:
    """Write `folder/name.html`; links between notebooks lead to the other pages."""
    page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": name}})
    path = folder / f"{name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(NEXT.sub(r"\1.html", page), encoding="utf-8", newline="\n")
    return path
