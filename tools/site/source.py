"""What Sphinx reads: notebooks with the folds that myst-nb knows, and the pages around them."""

import re
from copy import deepcopy

from nbformat import NotebookNode

from tools.notebook.files import code_cells, tags

HIDDEN = {"setup", "toggle", "start"}
_BADGE = re.compile(r"!\[([^\]]+)\]\(https?://[^)]+\)")
_LINK = re.compile(r"\]\((?!https?:|#|notebooks/|docs/journey)([^)\s]+)\)")


def folded(notebook: NotebookNode) -> NotebookNode:
    """A copy with myst-nb's tags: answers folded, setup hidden, widgets without their code."""
    copy = deepcopy(notebook)
    for cell in copy.cells:
        if cell.cell_type == "markdown":
            cell.source = _BADGE.sub(r"\1", cell.source)  # a badge is a picture from elsewhere
    for _, cell in code_cells(copy):
        hide = cell.metadata.get("jupyter", {})
        if HIDDEN & set(tags(cell)):
            fold = ["hide-cell"]
        elif "question" in tags(cell):
            fold = ["remove-input"]
        elif hide.get("source_hidden") and hide.get("outputs_hidden"):
            fold = ["hide-cell"]
        elif hide.get("source_hidden"):
            fold = ["hide-input"]
        elif hide.get("outputs_hidden"):
            fold = ["hide-output"]
        else:
            continue
        cell.metadata["tags"] = [*tags(cell), *fold]
    return copy


def index(readme: str, names: list[str], address: str) -> str:
    """The first page: the README's map and boards, and the order of the pages."""
    top, _, rest = readme.partition("## The map")
    rest, _, _ = rest.partition("## What is in here")
    title = top.splitlines()[0]
    rest = "## The map" + _LINK.sub(rf"]({address}/blob/main/\1)", rest)
    kept = re.sub(
        r"\]\(notebooks/(\w+)\.ipynb\)",
        lambda m: m[0] if m[1] in names else f"]({address}/blob/main/notebooks/{m[1]}.ipynb)",
        rest,
    )
    return "\n\n".join(
        [
            title,
            "Read, guess and move things here; take a notebook to change its code.",
            kept.strip(),
            _tree("Notebooks", [f"notebooks/{name}" for name in names]),
            _tree("Questions", [f"quizzes/{name}" for name in names]),
        ]
    ) + "\n"  # fmt: skip


def _tree(caption: str, pages: list[str]) -> str:
    lines = "\n".join(pages)
    return f"```{{toctree}}\n:hidden:\n:caption: {caption}\n:maxdepth: 1\n\n{lines}\n```"
