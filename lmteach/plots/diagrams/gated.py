"""Cells whose memory is a line, with valves on it: LSTM and GRU. Drawn in notebook 07."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes

from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

LINE = 5.6  # the height of the memory line


@typed
def lstm_cell(lit: Sequence[str] = ()) -> Axes:
    """Draw one step of an LSTM: the memory line on top, its three valves, the candidate.

    The parts that can be lit are "c before", "c", "h before", "x" and "h" (what flows), the blocks
    "forget", "input", "candidate" and "output", and what is done with them: "keep" and "add" on
    the line, "write" below it, "squash" and "show" on the way out.

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> [text.get_text() for text in lstm_cell().texts if text.get_text()][:3]
    ['cₜ₋₁', 'cₜ', 'hₜ₋₁']
    """
    drawing = Drawing(15.2, 6.6, lit)
    _line(drawing, "c before", "cₜ₋₁", "c", "cₜ", 14.3)
    _seen(drawing, "h before")
    blocks = {
        "forget": (3.6, "f = σ(…)"),
        "input": (6.0, "i = σ(…)"),
        "candidate": (8.6, "g = tanh(…)"),
        "output": (11.2, "o = σ(…)"),
    }
    for name, (x, text) in blocks.items():
        drawing.box(name, (x, 2.4), f"{name}\n{text}", 2.1, 1.2)
    drawing.circle("keep", (3.6, LINE), "×")
    drawing.circle("write", (7.3, 4.0), "×")
    drawing.circle("add", (7.3, LINE), "+")
    drawing.box("squash", (12.6, 4.6), "tanh", 1.3, 0.6, kind="step")
    drawing.circle("show", (12.6, 3.4), "×")
    drawing.box("h", (14.3, 3.4), "hₜ", 1.1, 0.7, kind="value")
    _carry(drawing, ["c before", "keep", "add", "c"])
    drawing.arrow("forget", "keep")
    drawing.arrow("input", "write")
    drawing.arrow("candidate", "write")
    drawing.arrow("write", "add")
    drawing.arrow((12.6, LINE), "squash", name="squash")
    drawing.arrow("squash", "show")
    drawing.arrow("output", "show")
    drawing.arrow("show", "h")
    for name in blocks:
        _feed(drawing, name)
    return drawing.finish()


@typed
def gru_cell(lit: Sequence[str] = ()) -> Axes:
    """Draw one step of a GRU: one state on the line, one gate for two valves, and a reset.

    The parts that can be lit are "h before", "h again", "x" and "h" (what flows), the blocks
    "reset", "update", "remembered", "read" and "candidate", and what is done with them: "keep" and
    "add" on the line, "write" below it, and "look back", where the reset gate meets what is
    remembered.

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> [text.get_text() for text in gru_cell().texts if text.get_text()][:3]
    ['hₜ₋₁', 'hₜ', 'hₜ₋₁']
    """
    drawing = Drawing(15.2, 6.6, lit)
    _line(drawing, "h before", "hₜ₋₁", "h", "hₜ", 14.3)
    _seen(drawing, "h again")
    drawing.box("reset", (3.6, 2.4), "reset\nr = σ(…)", 2.1, 1.2)
    drawing.box("remembered", (3.6, 4.0), "Uₙ hₜ₋₁", 2.0, 0.8)
    drawing.circle("look back", (5.9, 4.0), "×")
    drawing.box("candidate", (8.0, 4.0), "n = tanh(+)", 2.1, 0.8)
    drawing.box("read", (8.0, 2.4), "Wₙ xₜ", 2.1, 0.8)
    drawing.box("update", (10.6, 2.4), "update\nz = σ(…)", 2.1, 1.2)
    drawing.circle("keep", (10.6, LINE), "×")
    drawing.circle("write", (12.6, 4.0), "×")
    drawing.circle("add", (12.6, LINE), "+")
    _carry(drawing, ["h before", "keep", "add", "h"])
    drawing.arrow((1.9, LINE), "remembered", via=[(1.9, 4.0)], name="remembered")
    drawing.arrow("remembered", "look back")
    drawing.arrow("reset", "look back", via=[(5.9, 2.4)])
    drawing.arrow("look back", "candidate")
    drawing.arrow("read", "candidate")
    drawing.arrow("candidate", "write")
    drawing.arrow("update", "keep", text="z", text_at=(10.4, 4.7))
    drawing.arrow("update", "write", via=[(12.6, 2.4)], text="1 − z", text_at=(13.2, 3.2))
    drawing.arrow("write", "add")
    for name in ("reset", "read", "update"):
        _feed(drawing, name)
    return drawing.finish()


def _line(drawing: Drawing, before: str, old: str, after: str, new: str, right: float) -> None:
    """What comes in and goes out at the two ends of the memory line."""
    drawing.box(before, (0.9, LINE), old, 1.1, 0.7, kind="value")
    drawing.box(after, (right, LINE), new, 1.1, 0.7, kind="value")


def _seen(drawing: Drawing, output: str) -> None:
    """What every gate looks at: the last output and the new input, side by side."""
    drawing.group("seen", (0.2, 0.2), 2.5, 1.0)
    drawing.box(output, (0.85, 0.7), "hₜ₋₁", 1.1, 0.7, kind="value")
    drawing.box("x", (2.05, 0.7), "xₜ", 1.1, 0.7, kind="value")


def _feed(drawing: Drawing, block: str) -> None:
    """The way from there to a block; lit when the block is."""
    drawing.arrow("seen", block, via=[(drawing.parts[block].x, 0.7)], name=block)


def _carry(drawing: Drawing, names: Sequence[str]) -> None:
    for start, end in pairwise(names):
        drawing.arrow(start, end)
