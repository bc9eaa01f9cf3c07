"""A text cut into tokens, each in a box of its own colour. Seen in notebook 12."""

import unicodedata
from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from lmteach.plots.literal import literal
from lmteach.plots.style import monospace, use_style
from lmteach.typed import typed

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7")  # told apart by the colour-blind, too


def _cells(text: str) -> int:
    """How many letters wide a text is: Chinese signs and emoji take two."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return max(len(text) + wide, 1)


@typed
def token_boxes(tokens: Sequence[str], width: int = 64, axes: Axes | None = None) -> Axes:
    """Draw tokens one after the other, in lines of about ``width`` letters, and return the axes.

    A token that ends with a line end ends its line. Neighbours have different colours, and each
    box has an edge. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if there is no token, or ``width`` is below 1.

    >>> axes = token_boxes(["un", "believ", "able"])
    >>> [text.get_text() for text in axes.texts]
    ['un', 'believ', 'able']
    """
    if not tokens or width < 1:
        raise ValueError(
            f"there are {len(tokens)} tokens for lines of {width}, expected at least one of each."
        )
    use_style()
    places, line, place = [], 0, 0
    for token in tokens:
        if place and place + _cells(token) > width:
            line, place = line + 1, 0
        places.append((line, place))
        place += _cells(token)
        if token.endswith(("\n", "⏎")):
            line, place = line + 1, 0
    lines = places[-1][0] + 1
    if axes is None:
        _, axes = plt.subplots(figsize=(10, 0.45 * lines + 0.3))
    axes.set_axis_off()
    axes.set_xlim(-0.5, width + 0.5)
    axes.set_ylim(lines, -0.1)
    for number, (token, (row, start)) in enumerate(zip(tokens, places, strict=True)):
        cells, colour = _cells(token), COLOURS[number % len(COLOURS)]
        axes.add_patch(
            Rectangle((start + 0.04, row), cells - 0.08, 0.8, fc=colour, alpha=0.35, ec="none")
        )
        axes.add_patch(Rectangle((start + 0.04, row), cells - 0.08, 0.8, fill=False, ec=colour))
        axes.text(
            start + cells / 2,
            row + 0.42,
            token,
            fontsize=13,
            family=monospace(),
            ha="center",
            va="center",
            parse_math=False,
        )
    return literal(axes)
