"""Two measures against each other: methods as lines through their settings. Notebook 14."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.names import Point, check_points, write_names
from lmteach.plots.style import use_style
from lmteach.typed import typed

MARKS = "sDP^vX"
_BLACK = "#222222"


def _check_points(methods: object, references: object) -> None:
    groups = methods.values() if isinstance(methods, Mapping) else ()
    for points in (*groups, references):
        check_points(points)


@checked_by(_check_points)
@typed
def trade_off(
    methods: Mapping[str, Mapping[str, Point]],
    references: Mapping[str, Point],
    axes: Axes | None = None,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
) -> Axes:
    """Draw each method as a line through its settings, each reference as a mark; return the axes.

    ``methods`` maps a method's name to its settings in their order, each with a name, which is
    written beside it, and what was measured there, (x, y); ``references`` maps a name to such a
    point. Which setting is nearest to it, and on which side, is then seen at a glance. Draws into
    ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if a method has no settings, a point is not finite, or there are more
    references than marks.

    >>> axes = trade_off({"heat": {"cold": (0.0, 1.0), "hot": (2.0, 3.0)}}, {})
    >>> [text.get_text() for text in axes.texts]
    ['cold', 'hot']
    """
    if not methods or not all(methods.values()):
        raise ValueError("a method has no settings, expected at least one, with its point.")
    if len(references) > len(MARKS):
        raise ValueError(f"there are {len(references)} references, expected at most {len(MARKS)}.")
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 5.5))
    for name, settings in methods.items():
        axes.plot(*zip(*settings.values(), strict=True), "o-", label=name, markersize=6)
    for (name, point), mark in zip(references.items(), MARKS, strict=False):
        axes.plot(*point, mark, color=_BLACK, markersize=10, label=name)
    axes.margins(0.08)
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    name_lines(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
    write_names(axes, (named for settings in methods.values() for named in settings.items()))
    return literal(axes)
