"""Notebooks as HTML pages."""

import re
from copy import deepcopy
from pathlib import Path

from nbconvert import HTMLExporter
from nbformat import NotebookNode

from lmteach.files import write_whole
from tools.notebook.normalise import COVER

NEXT = re.compile(r'(href="[\w./-]+)\.ipynb(?=["#])')


def write_page(notebook: NotebookNode, name: str, folder: Path) -> Path:
    """Write `folder/name.html`; links between notebooks lead to the other pages.

    What covers hidden outputs in JupyterLab is left out: nbconvert warns of an output that holds
    nothing.
    """
    notebook = deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output != COVER]
    page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": name}})
    path = folder / f"{name}.html"
    write_whole(path, NEXT.sub(r"\1.html", page))
    return path
