"""Dashed levels to compare with, each with its name at the right end."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from lmteach.plots.style import GREY
from lmteach.typed import typed

FONT = 12  # points
LINE = 1.25  # times the font's size: what a name needs


@typed
def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Return heights moved up just so far that neighbours are at least ``gap`` apart.

    >>> apart([2.0, 6.0, 5.9], gap=0.5)
    [2.0, 6.4, 5.9]
    """
    moved, floor = [*heights], float("-inf")
    for place in sorted(range(len(heights)), key=heights.__getitem__):
        moved[place] = max(heights[place], floor)
        floor = moved[place] + gap
    return moved


@typed
def draw_levels(axes: Axes, marks: Mapping[str, float]) -> None:
    """Draw a level for each name and height, once all else is drawn.

    The names stand to the right of the axes, moved up where one would lie on another.

    >>> import matplotlib.pyplot as plt
    >>> _, axes = plt.subplots()
    >>> draw_levels(axes, {"gzip": 2.96, "xz": 2.6})
    >>> [text.get_text() for text in axes.texts]
    ['gzip', 'xz']
    """
    for height in marks.values():
        axes.axhline(height, color=GREY, linestyle="--", linewidth=1.2, zorder=0.5)
    low, high = axes.get_ylim()
    points = axes.get_window_extent().height * 72 / axes.get_figure(root=True).dpi  # type: ignore[union-attr]
    places = apart([*marks.values()], LINE * FONT / points * (high - low))
    right = axes.get_yaxis_transform()
    for name, place in zip(marks, places, strict=True):
        axes.text(
            1.01,
            place,
            name,
            color=GREY,
            va="center",
            transform=right,
            fontsize=FONT,
            parse_math=False,
        )
