"""What each model costs and how good it is, every one with its name. Drawn in notebook 13."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.levels import draw_levels
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.names import Point, check_points, write_names
from lmteach.plots.style import GREEN, use_style
from lmteach.typed import typed

Points = Mapping[str, Mapping[str, Point]]

MARK = 9  # points


def _check_finite(points: object) -> None:
    for group in points.values() if isinstance(points, Mapping) else ():
        check_points(group)


def _check_points(points: Points, band: tuple[str, float, float] | None) -> None:
    if not any(points.values()):
        raise ValueError("points is empty, expected groups of names with (seconds, value).")
    for group in points.values():
        for name, (seconds, value) in group.items():
            if seconds <= 0:
                raise ValueError(
                    f"{name!r} has ({seconds}, {value}), expected seconds above 0: "
                    "there is no 0 on a scale of factors."
                )
    if band is not None and not band[1] < band[2]:
        raise ValueError(f"band runs from {band[1]} to {band[2]}, expected lower < upper.")


@checked_by(_check_finite)
@typed
@checked_by(_check_points)
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
    an upper end.

    Raises ``ValueError`` for no points, a time that is not above 0, a value that is not finite,
    or a band whose ends are the wrong way round.

    >>> axes = cost_and_quality({"counted": {"bigram": (0.3, 3.6)}}, marks={"gzip": 2.96})
    >>> [text.get_text() for text in axes.texts]
    ['gzip', 'bigram']
    """
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(11, 7))
    axes.set(xlabel=xlabel, ylabel=ylabel, xscale="log")
    axes.xaxis.set_major_formatter("{x:g}")
    if band is not None:
        axes.axhspan(*band[1:], color=GREEN, alpha=0.3, lw=0, label=band[0], zorder=0.4)
    named: list[tuple[str, Point]] = []
    for group, models in points.items():
        if models:
            places = np.array(list(models.values()))
            axes.plot(*places.T, "o", markersize=MARK, label=group)
            named += models.items()
    axes.margins(x=0.14, y=0.1)
    draw_levels(axes, marks or {})
    name_lines(axes, ncols=len(points) + 1, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    write_names(axes, sorted(named, key=lambda pair: pair[1]))
    return literal(axes)
