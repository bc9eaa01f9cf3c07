"""Roads in a plane, with a name at each turn, and places of note beside them. Notebook 14."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from lmteach.plots.names import Point, write_names
from lmteach.plots.style import use_style

MARKS = "sDP^vX"
_BLACK = "#222222"


def landmarks(
    roads: Mapping[str, Mapping[str, Point]],
    places: Mapping[str, Point],
    axes: Axes | None = None,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
) -> Axes:
    """Draw each road as a line through its named points, each place as a mark; return the axes.

    ``roads`` maps a road's name to its points (x, y) in their order, each with a name that is
    written beside it; ``places`` maps a name to a point. What is nearer to it, and on which side,
    is then seen at a glance. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if a road has no points, a point is not finite, or there are more places
    than marks.

    >>> axes = landmarks({"heat": {"cold": (0.0, 1.0), "hot": (2.0, 3.0)}}, {})
    >>> [text.get_text() for text in axes.texts]
    ['cold', 'hot']
    """
    if not roads or not all(roads.values()):
        raise ValueError("a road has no points, expected at least one, with its name.")
    if len(places) > len(MARKS):
        raise ValueError(f"there are {len(places)} places, expected at most {len(MARKS)}.")
    for point in (point for named in (*roads.values(), places) for point in named.values()):
        if not np.isfinite(point).all():
            raise ValueError(f"a point is {point}, expected two finite numbers (x, y).")
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 5.5))
    for name, road in roads.items():
        axes.plot(*zip(*road.values(), strict=True), "o-", label=name, markersize=6)
    for (name, point), mark in zip(places.items(), MARKS, strict=False):
        axes.plot(*point, mark, color=_BLACK, markersize=10, label=name)
    axes.margins(0.08)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    write_names(axes, (turn for road in roads.values() for turn in road.items()))
    return axes
