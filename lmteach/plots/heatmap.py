"""A matrix as a picture: one line, labelled rows and columns."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from lmteach.plots.literal import literal
from lmteach.plots.style import use_style
from lmteach.typed import typed


@typed
def heatmap(
    values: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    axes: Axes | None = None,
    title: str = "",
    row_label: str = "",
    column_label: str = "",
    colour_label: str = "",
    numbers: str = "",
    scale: str = "linear",
    limits: tuple[float, float] | None = None,
    words: Sequence[Sequence[str]] | None = None,
) -> Axes:
    """Draw a matrix as coloured squares and return the axes.

    ``values`` (R, C) with R row names and C column names, both written in full (columns on
    top, where a reader begins), a ``$`` as a dollar. ``numbers`` is a format such as ``"d"`` or
    ``".2f"``: if given, each square bears its value. ``words`` (R rows of C texts) stand in the
    squares instead. ``scale`` is ``"linear"``, or ``"log"`` for counts: then each step of colour
    is a factor, and zeros stay blank. ``limits`` are the values of the darkest and the brightest
    colour, if not the least and the largest. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if the names or words do not fit the matrix, or for another scale.

    >>> axes = heatmap([[1, 2]], rows=["a"], columns=["b", "c"], numbers="d")
    >>> [text.get_text() for text in axes.texts]
    ['1', '2']
    """
    matrix = np.asarray(values)
    if matrix.shape != (len(rows), len(columns)):
        raise ValueError(
            f"values has shape {matrix.shape}, but there are {len(rows)} row names and "
            f"{len(columns)} column names; expected shape ({len(rows)}, {len(columns)})."
        )
    if scale not in ("linear", "log"):
        raise ValueError(f"scale is {scale!r}, expected 'linear' or 'log'.")
    if words is not None and [len(row) for row in words] != len(rows) * [len(columns)]:
        raise ValueError(
            f"words has rows of {[len(row) for row in words]} texts, expected {len(rows)} rows of "
            f"{len(columns)}: one for each square."
        )
    use_style()
    if axes is None:
        width, height = 2.0 + 0.36 * len(columns), 1.2 + 0.33 * len(rows)
        if words is not None:
            longest = max((len(word) for row in words for word in row), default=0)
            width, height = 2.0 + max(0.8, 0.14 * longest) * len(columns), 1.2 + 0.42 * len(rows)
        _, axes = plt.subplots(figsize=(max(5, width), max(2.5, height)))
    lowest, highest = limits or (None, None)
    image = axes.imshow(matrix, aspect="auto", norm=scale, vmin=lowest, vmax=highest)
    axes.set_xticks(range(len(columns)), columns, parse_math=False)
    axes.set_yticks(range(len(rows)), rows, parse_math=False)
    axes.xaxis.set_ticks_position("top")
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_title(title)
    axes.set_xlabel(column_label, labelpad=12)  # or it would look like one of the names
    axes.set_ylabel(row_label)
    if numbers:
        texts = [[format(value.item(), numbers) for value in row] for row in matrix]
        _write(axes, image, matrix, texts)
    else:
        if words is not None:
            _write(axes, image, matrix, words)
        bar = axes.figure.colorbar(image, ax=axes, pad=0.02)
        bar.set_label(colour_label, parse_math=False)
    return literal(axes)


def _write(
    axes: Axes, image: AxesImage, matrix: np.ndarray, texts: Sequence[Sequence[str]]
) -> None:
    """Write a text into each square, white on dark and black on light or blank."""
    dark = np.ma.filled(np.ma.less(image.norm(matrix), 0.5), fill_value=False)
    for row, column in np.ndindex(matrix.shape):
        colour, text = "white" if dark[row, column] else "black", texts[row][column]
        axes.text(column, row, text, ha="center", va="center", color=colour, parse_math=False)
