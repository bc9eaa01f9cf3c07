"""Models in order, best on top, with a band to measure them against."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lmteach.checks import check_finite, checked_by
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import BLUE, GREEN, use_style
from lmteach.typed import typed


def _check(values: Mapping[str, float]) -> None:
    for name, value in values.items():
        check_finite(f"the value of {name!r}", value, ())


@typed
@checked_by(_check)
def ranking(
    values: Mapping[str, float],
    band: tuple[str, float, float] | None = None,
    axes: Axes | None = None,
    xlabel: str = "bits per character",
) -> Axes:
    """Draw one horizontal bar for each named value, the smallest on top, and return the axes.

    ``band`` is a name, a lower and an upper end, drawn as a coloured strip behind the bars.

    Raises ``ValueError`` if there are no values, one is not finite, or the ends of the band are the
    wrong way round.

    >>> axes = ranking({"gzip": 3.0, "xz": 2.5}, band=("people", 0.6, 1.3))
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['xz', 'gzip']
    """
    if not values:
        raise ValueError("values is empty, expected at least one name with its value.")
    if band is not None and not band[1] < band[2]:
        raise ValueError(f"band runs from {band[1]} to {band[2]}, expected lower < upper.")
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 1.6 + 0.5 * len(values)))
    rows = sorted(values.items(), key=lambda row: row[1])
    heights = [value for _, value in rows]
    drawn = axes.barh(range(len(rows)), heights, color=BLUE, height=0.6)
    axes.bar_label(drawn, labels=[f"{value:.2f}" for value in heights], padding=4)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.12 * max(heights)), xlabel=xlabel)
    if band is not None:
        name, lower, upper = band
        axes.axvspan(lower, upper, color=GREEN, alpha=0.35, lw=0, label=name, zorder=0.5)
        name_lines(axes, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return literal(axes)
