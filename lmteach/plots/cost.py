"""What each model costs and how good it is, every one with its name. Drawn in notebook 13."""

from collections.abc import Iterator, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from lmteach.plots.levels import draw_levels
from lmteach.plots.style import GREEN, GREY, use_style

Points = Mapping[str, Mapping[str, tuple[float, float]]]

FONT, MARK, GAP = 13, 9, 3.0  # points
DIRECTIONS = ((1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1))
SIDES = {-1: "right", 0: "center", 1: "left"}
HEIGHTS = {-1: "top", 0: "center", 1: "bottom"}
FARTHEST = 8  # steps that a name may stand away from its point


def _check_points(points: Points, band: tuple[str, float, float] | None) -> None:
    if not any(points.values()):
        raise ValueError("points is empty, expected groups of names with (seconds, value).")
    for group in points.values():
        for name, (seconds, value) in group.items():
            if not (0 < seconds < np.inf and np.isfinite(value)):
                raise ValueError(
                    f"{name!r} has ({seconds}, {value}), expected seconds above 0 and a finite "
                    "value: there is no 0 on a scale of factors."
                )
    if band is not None and not band[1] < band[2]:
        raise ValueError(f"band runs from {band[1]} to {band[2]}, expected lower < upper.")


def cost_and_quality(
    points: Points,
    marks: Mapping[str, float] | None = None,
    band: tuple[str, float, float] | None = None,
    axes: Axes | None = None,
    xlabel: str = "seconds of training",
    ylabel: str = "bits per character",
) -> Axes:
    """Draw value against seconds for each model and write its name beside it; return the axes.

    ``points`` maps a group, which has a colour, to names with (seconds, value). The seconds are
    on a scale of factors. ``marks`` are dashed levels with names; ``band`` is a name, a lower and
    an upper end. Names are moved until none lies on another or on a point; one that had to go far
    has a line to its point.

    Raises ``ValueError`` for no points, a time that is not above 0, a value that is not finite,
    or a band whose ends are the wrong way round.

    >>> axes = cost_and_quality({"counted": {"bigram": (0.3, 3.6)}}, marks={"gzip": 2.96})
    >>> [text.get_text() for text in axes.texts]
    ['gzip', 'bigram']
    """
    _check_points(points, band)
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(11, 7))
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log")
    axes.xaxis.set_major_formatter("{x:g}")
    if band is not None:
        axes.axhspan(*band[1:], color=GREEN, alpha=0.3, lw=0, label=band[0], zorder=0.4)
    everything = []
    for group, models in points.items():
        if models:
            places = np.array(list(models.values()))
            axes.plot(*places.T, "o", markersize=MARK, label=group)
            everything += [(name, *at) for name, at in models.items()]
    axes.margins(x=0.14, y=0.1)
    taken = []
    draw_levels(axes, marks or {})
    axes.legend(ncols=len(points) + 1, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    radius = MARK / 2 * axes.figure.dpi / 72
    for _, x, y in everything:
        middle = axes.transData.transform((x, y))
        taken.append(Bbox([middle - radius, middle + radius]))
    for name, x, y in sorted(everything, key=lambda row: row[1:3]):
        taken.append(_name_at(axes, name, (x, y), taken))
    return axes


def _offsets() -> Iterator[tuple[int, int, float]]:
    """Where a name may stand, seen from its point: directions and a distance, the nearest first."""
    for step in range(FARTHEST):
        for right, up in DIRECTIONS:
            yield right, up, MARK / 2 + GAP + step * FONT


def _name_at(axes: Axes, name: str, place: tuple[float, float], taken: list[Bbox]) -> Bbox:
    """Write a name where nothing else is, and return the box that it takes."""
    inside = axes.get_window_extent()
    best: tuple[float, int, int, float] | None = None
    for right, up, distance in _offsets():
        text = _write(axes, name, place, right, up, distance)
        box = _box(text)
        text.remove()
        outside = not (inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0)
        clashes = sum(box.overlaps(other) for other in taken) + 100 * outside
        if best is None or clashes < best[0]:
            best = clashes, right, up, distance
        if not clashes:
            break
    assert best is not None
    return _box(_write(axes, name, place, *best[1:]))


def _box(text: Annotation) -> Bbox:
    """The box of the letters alone: an annotation's own would hold its line, too."""
    text.get_window_extent()  # moves the letters to their place
    return Text.get_window_extent(text)


def _write(
    axes: Axes,
    name: str,
    place: tuple[float, float],
    right: int,
    up: int,
    distance: float,
) -> Annotation:
    far = distance > FONT
    shift = distance / (2**0.5 if right and up else 1)
    return axes.annotate(
        name,
        place,
        (right * shift, up * shift),
        textcoords="offset points",
        ha=SIDES[right],
        va=HEIGHTS[up],
        fontsize=FONT,
        parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8, "shrinkB": 4} if far else None,
    )
