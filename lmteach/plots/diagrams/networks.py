"""Networks of one step: a table read as a layer. Drawn in notebook 01."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, checked_by
from lmteach.plots.diagrams.drawing import Drawing, Point
from lmteach.typed import typed

MOST = 6  # symbols: the numbers of more can't be read
UP, ACROSS = 0.62, 0.95  # from one symbol to the next, in a column and in a row of W


def _check_layer(
    symbols: Sequence[str], weights: ArrayLike, hot: str, target: str | None, back: bool
) -> None:
    count = len(symbols)
    if not 2 <= count <= MOST or len(set(symbols)) < count or hot not in list(symbols):
        raise ValueError(
            f"hot is {hot!r} and symbols are {list(symbols)}, expected two to {MOST} different "
            "symbols, and one of them."
        )
    check_finite("weights", weights, (count, count), "(symbols, symbols)")
    if target is None and back:
        raise ValueError("target is None and back is True, expected the symbol that came.")
    if target is not None and target not in list(symbols):
        raise ValueError(f"target is {target!r}, expected one of {list(symbols)}.")


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def _column(drawing: Drawing, name: str, at: Point, title: str, entries: Sequence[str]) -> None:
    """Put a frame with a title around entries, one below the other from the top ``at``."""
    x, top = at
    height = UP * len(entries)
    drawing.group(name, (x - 0.5, top - height + UP / 2), 1.0, height)
    drawing.label((x, top + 0.6), title, name)
    for place, entry in enumerate(entries):
        drawing.label((x, top - UP * place), entry, name, small=False)


@typed
@checked_by(_check_layer)
def one_layer(
    symbols: Sequence[str],
    weights: ArrayLike,
    hot: str,
    target: str | None = None,
    back: bool = False,
    lit: Sequence[str] = (),
) -> Axes:
    """Draw a bigram table as a network of one layer, with its numbers, from left to right.

    ``weights`` (V, V) are those of all V ``symbols``; ``hot`` was read. With a ``target``, the
    symbol that came, the loss is drawn, and with ``back`` the gradient of the logits, too. The
    parts that can be lit are "one-hot", "W", "row", "logits", "softmax" and "probabilities", with
    a target "loss", and on the way back "happened" and "gradient".

    Raises ``ValueError`` for fewer than two symbols or more than six, another shape of weights, a
    symbol that is not among them, ``back`` without a target, and an unknown name in ``lit``.

    >>> axes = one_layer("ab", [[0, 0], [1, 1]], hot="b", target="a")
    >>> [text.get_text() for text in axes.texts if "loss" in text.get_text()]
    ['loss = −log 0.50 = 0.69']
    """
    count, table = len(symbols), np.asarray(weights, dtype=float)
    logits = table[symbols.index(hot)]
    chances = np.exp(logits - logits.max())
    chances = chances / chances.sum()
    below = 1.2 if target is not None else 0.2
    last = 3.0 + ACROSS * count  # the right edge of W
    drawing = Drawing(last + (9.1 if back else 6.1), UP * count + 1.4 + below, lit)
    top = below + UP * (count - 0.5)
    middle = below + UP * count / 2

    _column(drawing, "one-hot", (1.4, top), "one-hot", ["1" if s == hot else "0" for s in symbols])
    drawing.group("W", (2.9, below), ACROSS * count + 0.2, UP * count)
    drawing.label(((2.9 + last) / 2, top + 0.95), "W: row = before, column = after", "W")
    for place, symbol in enumerate(symbols):
        y = top - UP * place
        name = "row" if symbol == hot else "W"
        if symbol == hot:
            drawing.box("row", ((3.0 + last) / 2, y), "", ACROSS * count, 0.5)
        drawing.label((0.6, y), symbol, "one-hot", small=False)
        drawing.label((3.0 + ACROSS * (place + 0.5), top + 0.55), symbol, "W")
        for column, value in enumerate(table[place]):
            drawing.label((3.0 + ACROSS * (column + 0.5), y), _number(value), name)
    x = last + 1.3
    _column(drawing, "logits", (x, top), "logits", [_number(value) for value in logits])
    drawing.box("softmax", (x + 1.75, middle), "softmax", 1.4)
    title = f"P( · | {hot})"
    _column(drawing, "probabilities", (x + 3.5, top), title, [_number(p) for p in chances])
    level = top - UP * symbols.index(hot)
    drawing.arrow((1.9, level), "row")
    drawing.arrow("row", (x - 0.5, level))
    drawing.arrow("logits", "softmax")
    drawing.arrow("softmax", "probabilities")
    if target is not None:
        happened = np.array([float(symbol == target) for symbol in symbols])
        said = float(chances @ happened)
        words = f"loss = −log {_number(said)} = {_number(-np.log(said))}"
        drawing.box("loss", (x + 2.3, 0.45), words, 3.9, kind="step")
        drawing.arrow((x + 3.5, below), (x + 3.5, 0.8), name="loss", text=f"of {target}")
        if back:
            came = [f"{value:.0f}" for value in happened]
            _column(drawing, "happened", (x + 5.0, top), "happened", came)
            drawing.label((x + 4.25, middle), "−", "gradient", small=False)
            drawing.label((x + 5.75, middle), "=", "gradient", small=False)
            slopes = [_number(value) for value in chances - happened]
            _column(drawing, "gradient", (x + 6.5, top), "gradient", slopes)
    return drawing.finish()
