"""Names beside points, none on another, for pictures in which each point has a name."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping

from matplotlib.axes import Axes
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from lmteach.checks import checked_by
from lmteach.plots.style import GREY
from lmteach.typed import typed

FONT, GAP = 13, 3.0  # points
DIRECTIONS = ((1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1))
SIDES = {-1: "right", 0: "center", 1: "left"}
HEIGHTS = {-1: "top", 0: "center", 1: "bottom"}
FARTHEST = 8  # steps that a name may stand away from its point

Point = tuple[float, float]


def check_points(points: object) -> None:
    """Say which of some named points is not finite, if any; of what type they are is asked apart.

    >>> check_points({"hot": (0.5, float("nan"))})
    Traceback (most recent call last):
    ValueError: a point is (0.5, nan), expected two finite numbers (x, y); its name is 'hot'.
    """
    for name, point in points.items() if isinstance(points, Mapping) else ():
        numbers = point if isinstance(point, tuple) else ()
        if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
            raise ValueError(
                f"a point is {point}, expected two finite numbers (x, y); its name is {name!r}."
            )


def _check_named(named: Iterable[tuple[str, Point]]) -> None:
    if isinstance(named, Collection):
        check_points(dict(named))


@typed
@checked_by(_check_named)
def write_names(axes: Axes, named: Iterable[tuple[str, Point]]) -> None:
    """Write each name beside its point (x, y), once all else is drawn.

    A name is moved until it lies on no other name, no mark and no whole line; one that had to go
    far has a thin line to its point. Names are black: colours can't be read from far away.

    Raises ``ValueError`` for a point that is not finite.

    >>> import matplotlib.pyplot as plt
    >>> _, axes = plt.subplots()
    >>> _ = axes.plot([1.0, 1.0], [2.0, 2.1], "o")
    >>> write_names(axes, [("bigram", (1.0, 2.0)), ("trigram", (1.0, 2.1))])
    >>> [text.get_text() for text in axes.texts]
    ['bigram', 'trigram']
    """
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    taken = list(_marks(axes))
    for name, point in named:
        taken.append(_name_at(axes, name, point, taken))


def _marks(axes: Axes) -> Iterator[Bbox]:
    """The boxes of all marks that are drawn, in pixels."""
    for line in axes.lines:
        if line.get_marker() != "None":
            radius = line.get_markersize() / 2 * axes.figure.dpi / 72
            for middle in line.get_transform().transform(line.get_xydata()):
                yield Bbox([middle - radius, middle + radius])


def _lines_through(axes: Axes, box: Bbox) -> int:
    """How many whole lines run through a box; names may stand on dashed ones."""
    whole = (line for line in axes.lines if line.get_linestyle() == "-")
    paths = (line.get_transform().transform_path(line.get_path()) for line in whole)
    return sum(path.intersects_bbox(box, filled=False) for path in paths)


def _offsets(nearest: float) -> Iterator[tuple[int, int, float]]:
    """Where a name may stand, seen from its point: directions and a distance, the nearest first."""
    for step in range(FARTHEST):
        for right, up in DIRECTIONS:
            yield right, up, nearest + step * FONT


def _name_at(axes: Axes, name: str, point: Point, taken: list[Bbox]) -> Bbox:
    """Write a name where nothing else is, and return the box that it takes."""
    inside = axes.get_window_extent()
    nearest = max((line.get_markersize() for line in axes.lines), default=0) / 2 + GAP
    best: tuple[float, int, int, float] | None = None
    for right, up, distance in _offsets(nearest):
        text = _write(axes, name, point, right, up, distance)
        box = _box(text)
        text.remove()
        outside = not (inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0)
        clashes = sum(box.overlaps(other) for other in taken) + _lines_through(axes, box)
        if best is None or clashes + 100 * outside < best[0]:
            best = clashes + 100 * outside, right, up, distance
        if not best[0]:
            break
    assert best is not None
    return _box(_write(axes, name, point, *best[1:]))


def _box(text: Annotation) -> Bbox:
    """The box of the letters alone: an annotation's own would hold its line, too."""
    text.get_window_extent()  # moves the letters to their place
    return Text.get_window_extent(text)


def _write(axes: Axes, name: str, point: Point, right: int, up: int, distance: float) -> Annotation:
    far = distance > FONT
    shift = distance / (2**0.5 if right and up else 1)
    return axes.annotate(
        name,
        point,
        (right * shift, up * shift),
        textcoords="offset points",
        ha=SIDES[right],
        va=HEIGHTS[up],
        fontsize=FONT,
        parse_math=False,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.7, "pad": 0.5},
        arrowprops={"arrowstyle": "-", "color": GREY, "lw": 0.8, "shrinkB": 4} if far else None,
    )
