"""How good a judge becomes with more labels: a line for each method. Thread C."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, checked_by
from lmteach.plots.levels import draw_levels
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import use_style
from lmteach.typed import typed

MARKS = "osD^vPX*"
_ASIDE = 0.025  # how far neighbours stand apart, as a share of the axis


def _check(methods: Mapping[str, ArrayLike], labels: Sequence[int]) -> None:
    if not methods or len(methods) > len(MARKS):
        raise ValueError(f"there are {len(methods)} methods, expected 1 to {len(MARKS)}.")
    if len(labels) == 0 or min(labels) <= 0:
        raise ValueError(
            f"labels is {list(labels)}, expected at least one number above 0: there is no 0 on a "
            "scale of factors."
        )
    for name, values in methods.items():
        check_finite(f"the method {name!r}", values, (len(labels), None), "(labels, seeds)")


@typed
@checked_by(_check)
def labels_and_accuracy(
    methods: Mapping[str, ArrayLike],
    labels: Sequence[int],
    marks: Mapping[str, float] | None = None,
    axes: Axes | None = None,
    title: str = "",
    xlabel: str = "labels",
    ylabel: str = "accuracy",
) -> Axes:
    """Draw each method's mean over seeds against its labels, seeds as a bar; return the axes.

    ``methods`` maps a name to its values (labels, seeds), a row for each number of ``labels``,
    which are on a scale of factors. A bar runs from the worst seed to the best. ``marks`` are
    names and heights, dashed levels to compare with, such as how far people agree. Methods stand a
    little apart, so that their bars can be told from each other.

    Raises ``ValueError`` for no methods or more than there are marks, values that are not finite
    or don't fit the labels, or labels that are not above 0.

    >>> axes = labels_and_accuracy(
    ...     {"counting": [[0.5, 0.6], [0.7, 0.7]]}, [50, 200], marks={"a person": 0.94}
    ... )
    >>> [text.get_text() for text in axes.texts], axes.get_xscale()
    (['a person'], 'log')
    """
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 5.5))
    width = np.log(max(labels) / min(labels)) if len({*labels}) > 1 else 1.0
    asides = (np.arange(len(methods)) - (len(methods) - 1) / 2) * _ASIDE * width / 2
    for (name, values), mark, aside in zip(methods.items(), MARKS, asides, strict=False):
        found = np.asarray(values, dtype=float)
        places = np.array(labels) * np.exp(aside)
        [line] = axes.plot(places, found.mean(axis=1), f"{mark}-", markersize=7, label=name)
        bars = found.min(axis=1), found.max(axis=1)
        axes.vlines(places, *bars, colors=line.get_color(), linewidth=3, alpha=0.5)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel, xscale="log")
    axes.set_xticks(labels, [f"{number:,g}" for number in labels])
    axes.minorticks_off()
    draw_levels(axes, marks or {})
    name_lines(axes, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return literal(axes)
