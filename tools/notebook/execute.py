"""Run notebooks from top to bottom in a fresh kernel."""

import copy
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from tools.notebook.files import cell_ids, read, where
from tools.notebook.normalise import normalise

IGNORED = "nbval-ignore-output"
SLOW = 3.0  # seconds from which on a cell is worth a line of its own
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(Exception):
    """A cell failed; the message names the notebook, the cell and the error."""


@contextmanager
def own_scoreboard() -> Iterator[None]:
    """An empty scoreboard for each run, so that nobody's own numbers get into committed outputs."""
    if "LMTEACH_SCOREBOARD" in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LMTEACH_SCOREBOARD"] = str(Path(folder) / "scoreboard.json")
        try:
            yield
        finally:
            del os.environ["LMTEACH_SCOREBOARD"]


def keep_ignored(old: NotebookNode, new: NotebookNode) -> None:
    """Put back the outputs of cells that are never compared, where the source is unchanged."""
    before = {
        cell.id: cell.outputs
        for cell, identity in zip(old.cells, cell_ids(old.cells), strict=True)
        if cell.cell_type == "code" and cell.outputs and cell.get("id") == identity
    }
    for cell, identity in zip(new.cells, cell_ids(new.cells), strict=True):
        if IGNORED in cell.metadata.get("tags", []) and identity in before:
            cell.outputs = before[identity]


def run(path: Path, timeout: int) -> NotebookNode:
    """The notebook with fresh outputs, normalised; the file stays as it is."""
    notebook = read(path)
    began, started, current = time.perf_counter(), 0.0, 0

    def start(cell: NotebookNode, cell_index: int) -> None:
        nonlocal started, current
        started, current = time.perf_counter(), cell_index

    def end(cell: NotebookNode, cell_index: int, **_: object) -> None:
        seconds = time.perf_counter() - started
        if seconds >= SLOW:
            print(f"{path.name}: {where(cell_index, cell)} took {seconds:.1f} s", flush=True)

    print(f"{path.name}: started, {len(notebook.cells)} cells", flush=True)
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.resolve().parent)}},
        on_cell_start=start,
        on_cell_executed=end,
    )
    try:
        with own_scoreboard():
            client.execute()
    except CellTimeoutError as error:
        place = where(current, notebook.cells[current])
        raise NotebookError(f"{path}: {place}: over {timeout} s") from error
    except DeadKernelError as error:
        place = where(current, notebook.cells[current])
        raise NotebookError(f"{path}: {place}: the kernel died (memory?)") from error
    except CellExecutionError as error:
        place = where(current, notebook.cells[current])
        trace = COLOURS.sub("", error.traceback).strip()
        raise NotebookError(f"{path}: {place}: {error.ename}: {error.evalue}\n{trace}") from error
    print(f"{path.name}: done in {time.perf_counter() - began:.1f} s", flush=True)
    return normalise(notebook)


def executed(path: Path, timeout: int, refresh: bool) -> NotebookNode:
    """What `execute` writes: fresh outputs, those never compared kept unless `refresh`."""
    old = read(path)
    new = run(path, timeout)
    if not refresh:
        keep_ignored(copy.deepcopy(old), new)
    return normalise(new)
