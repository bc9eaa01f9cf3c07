"""Networks of one step: a table read as a layer. Drawn in notebook 01."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed


def _check_symbols(symbols: Sequence[str], hot: str) -> None:
    if len(symbols) < 2 or hot not in symbols:
        raise ValueError(
            f"hot is {hot!r} and symbols are {list(symbols)}, expected two symbols or more, "
            "and one of them."
        )


@typed
@checked_by(_check_symbols)
def one_layer(symbols: Sequence[str], hot: str, lit: Sequence[str] = ()) -> Axes:
    """Draw a bigram table as a network of one layer: one-hot vector, W, logits, softmax.

    ``symbols`` are some of the vocabulary, one of which, ``hot``, was read. The parts that can be
    lit are "one-hot", "W", "row", "logits", "softmax", "probabilities" and "loss".

    Raises ``ValueError`` for fewer than two symbols, a hot one that is not among them, and an
    unknown name in ``lit``.

    >>> drawn = [text.get_text() for text in one_layer("abc", hot="b").texts]
    >>> "row b" in drawn, "P(c | b)" in drawn
    (True, True)
    """
    count = len(symbols)
    drawing = Drawing(14.5, 0.62 * count + 2.0, lit)
    heights = [0.7 + 0.62 * (count - 1 - place) for place in range(count)]
    middle = sum(heights) / count
    top = heights[0] + 0.75
    for name, x, title in (("one-hot", 1.6, "one-hot"), ("logits", 7.9, "logits")):
        drawing.group(name, (x - 0.35, heights[-1] - 0.4), 0.7, heights[0] - heights[-1] + 0.8)
        drawing.label((x, top), title, name)
    drawing.group("W", (3.2, heights[-1] - 0.4), 3.2, heights[0] - heights[-1] + 0.8)
    drawing.label((4.8, top), "W, a row for each letter before", "W")
    for symbol, y in zip(symbols, heights, strict=True):
        drawing.label((0.9, y), symbol, "one-hot", small=False)
        drawing.label((1.6, y), "1" if symbol == hot else "0", "one-hot", small=False)
        if symbol == hot:
            drawing.box("row", (4.8, y), f"row {symbol}", 3.0, 0.5)
        else:
            drawing.label((4.8, y), "·   ·   ·   ·   ·", "W")
        drawing.label((7.9, y), "·", "logits", small=False)
        drawing.label((12.7, y), f"P({symbol} | {hot})", "probabilities" if lit else None)
    drawing.box("softmax", (10.0, middle), "softmax", 1.7)
    drawing.group("probabilities", (11.8, heights[-1] - 0.4), 1.9, heights[0] - heights[-1] + 0.8)
    drawing.label((12.7, top), "probabilities", "probabilities")
    drawing.arrow("one-hot", "W", text="picks")
    drawing.arrow("row", "logits")
    drawing.arrow("logits", "softmax")
    drawing.arrow("softmax", "probabilities")
    return drawing.finish()
