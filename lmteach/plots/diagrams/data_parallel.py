"""Replicas of one model, each with its rows of the batch, and their exchange. Notebook 22."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_whole, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

MOST = 4  # processes above each other
HIGH = 1.3


def _check(processes: int) -> None:
    check_whole("processes", processes)
    if processes > MOST:
        raise ValueError(f"processes is {processes}, expected at most {MOST}: the rows get small.")


@typed
@checked_by(_check)
def data_parallel(processes: int = 2, lit: Sequence[str] = ()) -> Axes:
    """Draw a step of data-parallel training, from the batch on the left to equal weights.

    The parts that can be lit are "batch" and "exchange", which all share, and for each process from
    0 "rows0", "replica0", "gradient0", "mean0" and "step0".

    Raises ``ValueError`` for no processes or more than four, and an unknown name in ``lit``.

    >>> axes = data_parallel(2)
    >>> [text.get_text() for text in axes.texts if text.get_text()][:3]
    ['batch', 'rows 0, 2, …', 'replica 0']
    """
    height = HIGH * processes + 0.5
    drawing = Drawing(17.6, height, lit)
    middle = height / 2
    drawing.box("batch", (1.0, middle), "batch", 1.4, 0.8, kind="value")
    exchange = HIGH * processes - 0.3
    for process in range(processes):
        y = height - 0.9 - HIGH * process
        rows = f"rows {process}, {process + processes}, …" if processes > 1 else "all rows"
        drawing.box(f"rows{process}", (3.7, y), rows, 2.2, 0.7, kind="value")
        drawing.box(f"replica{process}", (6.6, y), f"replica {process}", 1.9, 0.7)
        drawing.box(f"gradient{process}", (9.4, y), f"gradient {process}", 2.1, 0.7, kind="value")
        drawing.box(f"mean{process}", (13.9, y), "mean", 1.3, 0.7, kind="value")
        drawing.box(f"step{process}", (16.3, y), "step", 1.4, 0.7, kind="step")
        drawing.arrow("batch", f"rows{process}")
        drawing.arrow(f"rows{process}", f"replica{process}")
        drawing.arrow(f"replica{process}", f"gradient{process}")
    drawing.box("exchange", (11.9, middle), "all-\nreduce", 1.3, exchange, kind="step")
    for process in range(processes):
        y = height - 0.9 - HIGH * process
        drawing.arrow(f"gradient{process}", (11.25, y))
        drawing.arrow((12.55, y), f"mean{process}")
        drawing.arrow(f"mean{process}", f"step{process}")
    return drawing.finish()
