"""The averaging network: rows of a table, their mean, one hidden layer. Drawn in notebook 19."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

MOST = 4  # words side by side
WIDE = 1.9


def _check(words: Sequence[str]) -> None:
    if not 1 <= len(words) <= MOST or not all(isinstance(one, str) and one for one in words):
        raise ValueError(f"words is {list(words)}, expected 1 to {MOST} words, none of them empty.")


@typed
@checked_by(_check)
def averaging_network(words: Sequence[str], lit: Sequence[str] = ()) -> Axes:
    """Draw a sentence on its way to a verdict: rows of a table, their mean, two maps.

    The parts that can be lit are, for each word from 1, "w1" (word) and "x1" (its row), then
    "mean", "drop1" (dropout on the mean), "hidden", "relu", "drop2" (on the hidden layer),
    "output" and "odds".

    Raises ``ValueError`` for no words or more than four, and for an unknown name in ``lit``.

    >>> axes = averaging_network(["a", "dull", "film"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][-3:]
    ['dropout', 'b + u h', 'log odds']
    """
    width = WIDE * len(words)
    drawing = Drawing(width / 2 + 13.2, 3.6, lit)
    for place, word in enumerate(words, start=1):
        x = 0.3 + WIDE * (place - 0.5)
        drawing.box(f"w{place}", (x, 0.6), word, WIDE - 0.25, 0.7, kind="value")
        drawing.box(f"x{place}", (x, 1.8), f"row {word}", WIDE - 0.15, 0.7)
        drawing.arrow(f"w{place}", f"x{place}")
    drawing.box("mean", (0.3 + width / 2, 3.0), "mean", 1.5, 0.7, kind="step")
    for place in range(1, len(words) + 1):
        drawing.arrow(f"x{place}", "mean")
    across = [
        ("drop1", "dropout", 1.5, "step"),
        ("hidden", "d + H x", 1.6, "layer"),
        ("relu", "ReLU", 1.1, "step"),
        ("drop2", "dropout", 1.5, "step"),
        ("output", "b + u h", 1.5, "layer"),
        ("odds", "log odds", 1.6, "value"),
    ]
    before, x = "mean", 0.3 + width / 2 + 2.2
    for name, text, wide, kind in across:
        drawing.box(name, (x, 3.0), text, wide, 0.7, kind=kind)  # type: ignore[arg-type]
        drawing.arrow(before, name)
        before, x = name, x + wide / 2 + 1.2
    return drawing.finish()
