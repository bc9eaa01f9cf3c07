"""Small pictures side by side, each with its words below. Notebook 23."""

import textwrap
from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_sizes, checked_by
from lmteach.plots.literal import literal
from lmteach.plots.style import use_style
from lmteach.typed import typed

LETTERS, LINE = 15, 0.34  # in a line below a picture; the height of a line, in pictures


def _check(pictures: ArrayLike, words: Sequence[str] | None, columns: int) -> None:
    check_sizes(columns=columns)
    shape = np.shape(pictures)
    if len(shape) != 4 or shape[-1] != 3 or 0 in shape:
        raise ValueError(
            f"pictures has shape {shape}, expected (B, height, width, 3), none of them 0."
        )
    if words is not None and len(words) != shape[0]:
        raise ValueError(
            f"there are {len(words)} words for {shape[0]} pictures, expected one each."
        )


@typed
@checked_by(_check)
def picture_grid(
    pictures: ArrayLike, words: Sequence[str] | None = None, columns: int = 8, title: str = ""
) -> Axes:
    """Draw pictures (B, H, W, 3) in rows, each with its words below, and return the axes.

    There are ``columns`` in a row. Colours go from 0 to 255, or from 0 to 1. Long words are broken
    into lines.

    Raises ``ValueError`` for another shape, or a number of words that is not that of the pictures.

    >>> axes = picture_grid(np.zeros((3, 8, 8, 3), dtype=np.uint8), ["one", "two", "three"])
    >>> [text.get_text() for text in axes.texts]
    ['one', 'two', 'three']
    """
    colours = np.asarray(pictures)
    if colours.dtype.kind != "f":
        colours = colours / 255
    use_style()
    count, high, wide, _ = colours.shape
    columns = min(columns, count)
    broken = ["\n".join(textwrap.wrap(one, LETTERS)) for one in words or [""] * count]
    below = int(high * LINE * max(1 + text.count("\n") for text in broken)) if words else 0
    step, gap = high + below + high // 8, wide + wide // 6
    rows = -(-count // columns)
    sheet = np.ones((rows * step, columns * gap, 3))
    _, axes = plt.subplots(
        figsize=(1.35 * columns, 1.35 * columns * sheet.shape[0] / sheet.shape[1])
    )
    for place, picture in enumerate(colours):
        row, column = divmod(place, columns)
        sheet[row * step : row * step + high, column * gap : column * gap + wide] = picture
        if words:
            x, y = column * gap + wide / 2, row * step + high * 1.06
            axes.text(x, y, broken[place], ha="center", va="top", fontsize=12)
    axes.imshow(sheet.clip(0, 1), interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(title)
    return literal(axes)
