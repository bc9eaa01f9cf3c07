"""The state of a notebook's widgets, so that a page can show them alive without a kernel.

Only the cells that a widget needs are run. What came of it is kept, by a digest of the notebook's
code and of the package, so that the next build runs what has changed and nothing else.
"""

import hashlib
from copy import deepcopy
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.notebook import files
from tools.notebook.execute import own_scoreboard
from tools.notebook.files import code_cells, tags
from tools.notebook.normalise import WIDGET_VIEW
from tools.notebook.slicing import only

SHOWS = {"widget", "question"}
SOURCES = {".py", ".js", ".css"}


def digest(notebook: NotebookNode, package: Path) -> str:
    """What the state depends on: the notebook's code and the package's files."""
    said = hashlib.sha256()
    for _, cell in code_cells(notebook):
        said.update(cell.source.encode() + b"\0")
    for path in sorted(
        path for path in package.rglob("*") if path.suffix in {".py", ".js", ".css"}
    ):
        said.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes())
    return said.hexdigest()[:16]


def alive(notebook: NotebookNode, folder: Path, kept: Path, seconds: int) -> NotebookNode:
    """A copy whose widgets carry their state; the notebook itself where they could not run.

    ``folder`` is where the kernel starts, ``kept`` the file in which the run's outputs stay.
    """
    places = [place for place, cell in code_cells(notebook) if SHOWS & set(tags(cell))]
    if not places:
        return notebook
    if not kept.is_file():
        ran = only(notebook, places)
        try:
            with own_scoreboard():
                NotebookClient(
                    ran, timeout=seconds, kernel_name="python3",
                    resources={"metadata": {"path": str(folder)}},
                ).execute()  # fmt: skip
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(f"pictures instead of widgets: {str(error).splitlines()[0]}", flush=True)
            return notebook
        files.write(ran, kept)
    return with_state(notebook, files.read(kept))


def with_state(notebook: NotebookNode, ran: NotebookNode) -> NotebookNode:
    """The notebook's own outputs, but the widgets' views and state from a run."""
    copy = deepcopy(notebook)
    for (_, cell), (_, other) in zip(code_cells(copy), code_cells(ran), strict=True):
        if SHOWS & set(tags(cell)) and any(WIDGET_VIEW in o.get("data", {}) for o in other.outputs):
            cell.outputs = other.outputs
    copy.metadata["widgets"] = ran.metadata.get("widgets", {})
    return copy
