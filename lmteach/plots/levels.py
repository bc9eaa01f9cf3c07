"""Dashed levels to compare with, each with its name at the right end."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_finite, check_number, checked_by
from lmteach.plots.style import GREY
from lmteach.typed import typed

FONT = 12  # points
LINE = 1.25  # times the font's size: what a name needs


def _check(heights: Sequence[float], gap: float) -> None:
    check_number("gap", gap, at_least=0)
    if len(heights):
        check_finite("heights", heights, (None,), "(N,)")


@typed
@checked_by(_check)
def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Return heights moved up just so far that neighbours are at least ``gap`` apart.

    Raises ``ValueError`` for a height that is not finite, or a gap below 0.

    >>> apart([2.0, 6.0, 5.9], gap=0.5)
    [2.0, 6.4, 5.9]
    """
    moved, floor = [*heights], float("-inf")
    for place in sorted(range(len(heights)), key=heights.__getitem__):
        moved[place] = max(heights[place], floor)
        floor = moved[place] + gap
    return moved


def _check_marks(marks: Mapping[str, float]) -> None:
    for name, height in marks.items():
        check_finite(f"the mark {name!r}", height, ())


@typed
@checked_by(_check_marks)
def draw_levels(axes: Axes, marks: Mapping[str, float]) -> None:
    """Draw a level for each name and height, once all else is drawn.

    The names stand to the right of the axes, moved up where one would lie on another.

    Raises ``ValueError`` for a height that is not finite.

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
