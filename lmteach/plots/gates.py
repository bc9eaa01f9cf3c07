"""What happens inside a network at each letter of a text: strips of gates, and coloured text.

Drawn in notebook 07.
"""

import textwrap
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, check_number, checked_by
from lmteach.plots.literal import literal
from lmteach.plots.style import monospace, use_style
from lmteach.plots.symbols import visible
from lmteach.typed import typed


def _check_ends(lowest: float, highest: float) -> None:
    check_finite("lowest", lowest, ())
    check_number("highest", highest, above=lowest, mend="The lowest is dark, the highest light.")


@typed
@checked_by(_check_ends)
def gate_strips(
    rows: Mapping[str, ArrayLike],
    text: str,
    axes: Axes | None = None,
    title: str = "",
    lowest: float = 0.0,
    highest: float = 1.0,
) -> Axes:
    """Draw a coloured strip for each name, a square for each letter of ``text``; return the axes.

    ``rows`` maps a name to values (T,), one for each of the T letters; colours run from
    ``lowest`` to ``highest`` in all strips, so that they can be compared.

    Raises ``ValueError`` if there is no row, no text, or a row of another length, a value is
    not finite, or ``highest`` is not above ``lowest``.

    >>> axes = gate_strips({"forget": [0.9, 0.1]}, "a ")
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['a', '␣']
    """
    if not rows:
        raise ValueError("rows is empty, expected at least one name with its values.")
    values = np.stack([_values(name, row, text) for name, row in rows.items()])
    use_style()
    if axes is None:
        size = (max(5.0, 2.5 + 0.21 * len(text)), 1.3 + 0.55 * len(rows))
        _, axes = plt.subplots(figsize=size)
    image = axes.imshow(values, aspect="auto", vmin=lowest, vmax=highest)
    axes.set_xticks(range(len(text)), [visible(letter) for letter in text])
    axes.tick_params(length=0)
    for label in axes.get_xticklabels():
        label.set(family=monospace(), parse_math=False)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.xaxis.set_ticks_position("top")
    axes.spines[:].set_visible(False)
    axes.set_title(title)
    axes.figure.colorbar(image, ax=axes, pad=0.02)
    return literal(axes)


@typed
@checked_by(_check_ends)
def coloured_text(
    values: ArrayLike,
    text: str,
    axes: Axes | None = None,
    title: str = "",
    width: int = 60,
    lowest: float = -1.0,
    highest: float = 1.0,
) -> Axes:
    """Write ``text`` in lines of ``width`` letters on grounds of the colour of its values.

    ``values`` (T,) has one number for each of the T letters, from ``lowest`` (dark) to
    ``highest`` (light). Returns the axes.

    Raises ``ValueError`` for no text, another number of values, one that is not finite, a width
    below 1, or a ``highest`` that is not above ``lowest``.

    >>> axes = coloured_text([-1.0, 0.0, 1.0], "a b")
    >>> [letter.get_text() for letter in axes.texts]
    ['a', '␣', 'b']
    """
    numbers = _values("values", values, text)
    if width < 1:
        raise ValueError(f"width is {width}, expected at least 1 letter in a line.")
    use_style()
    lines = -(-len(text) // width)
    if axes is None:
        _, axes = plt.subplots(figsize=(0.17 * min(width, len(text)) + 1.5, 0.42 * lines + 0.7))
    scale = ScalarMappable(Normalize(lowest, highest))
    for place, (letter, number) in enumerate(zip(text, numbers, strict=True)):
        row, column = divmod(place, width)
        ground = scale.to_rgba(number)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, color=ground, linewidth=0))
        ink = "white" if number < (lowest + highest) / 2 else "black"
        axes.text(
            column,
            row,
            visible(letter),
            color=ink,
            family=monospace(),
            ha="center",
            va="center",
            fontsize=13,
            parse_math=False,
        )
    axes.set(xlim=(-0.5, min(width, len(text)) - 0.5), ylim=(lines - 0.5, -0.5), title=title)
    axes.set_axis_off()
    axes.figure.colorbar(scale, ax=axes, pad=0.02)
    return literal(axes)


def _values(name: str, values: ArrayLike, text: str) -> np.ndarray:
    numbers = np.asarray(values, dtype=float)
    if not text or numbers.shape != (len(text),):
        raise ValueError(
            f"{name} has shape {numbers.shape}, and the text {textwrap.shorten(text, 20)!r} has "
            f"{len(text)} letters; expected one value for each letter, and at least one."
        )
    return check_finite(name, numbers, numbers.shape)
