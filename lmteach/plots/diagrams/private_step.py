"""A step of private training: a gradient each, cut to one length, their sum, noise. Notebook 21."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_choice, check_whole, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

MOST = 4  # examples below each other
LIGHTS = ("examples", "gradients", "clip", "sum", "noise", "divide", "step")


def _check(examples: int, lit: Sequence[str]) -> None:
    check_whole("examples", examples)
    if examples > MOST:
        raise ValueError(f"examples is {examples}, expected at most {MOST}: no more fit.")
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check)
def private_step(examples: int = 3, lit: Sequence[str] = ()) -> Axes:
    """Draw a step of DP-SGD: examples, their gradients, clipped, their sum, noise, the step.

    The parts that can be lit are "examples", "gradients", "clip", "sum", "noise", "divide" (by the
    lot) and "step".

    Raises ``ValueError`` for more than four examples, and an unknown name in ``lit``.

    >>> axes = private_step(examples=2)
    >>> [text.get_text() for text in axes.texts if text.get_text()][1:4]
    ['example 1', 'gradient 1', 'length ≤ C']
    """
    rows = range(1, examples + 1)
    parts = {"examples": "x", "gradients": "g", "clip": "c"}
    bright = []
    for name in lit:
        bright += [f"{parts[name]}{row}" for row in rows] if name in parts else [name]
    height = max(1.15 * examples + 0.4, 2.9)
    drawing, middle = Drawing(15.4, height, bright), height / 2
    drawing.circle("sum", (8.0, middle), "+", 0.8)
    for row in rows:
        y = middle + 1.15 * ((examples + 1) / 2 - row)
        drawing.box(f"x{row}", (1.2, y), f"example {row}", 1.9, 0.75, kind="value")
        drawing.box(f"g{row}", (3.7, y), f"gradient {row}", 2.0, 0.75)
        drawing.box(f"c{row}", (6.1, y), "length ≤ C", 1.8, 0.75, kind="step")
        drawing.arrow(f"x{row}", f"g{row}")
        drawing.arrow(f"g{row}", f"c{row}")
        drawing.arrow(f"c{row}", "sum")
    drawing.circle("+", (9.6, middle), "+", 0.8)
    drawing.box("noise", (9.6, middle - 1.05), "noise σC", 1.7, 0.7, kind="value")
    drawing.box("divide", (11.5, middle), "÷ lot L", 1.5, 0.75, kind="step")
    drawing.box("step", (13.9, middle), "weights move", 2.2, 0.75, kind="value")
    drawing.arrow("sum", "+")
    drawing.arrow("noise", "+")
    drawing.arrow("+", "divide")
    drawing.arrow("divide", "step")
    return drawing.finish()
