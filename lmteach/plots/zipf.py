"""How often against which rank: Zipf's law. Drawn in notebook 02."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_table, checked_by
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import GREY, use_style
from lmteach.typed import typed


def _check(counts: Mapping[str, ArrayLike]) -> None:
    for name, values in counts.items():
        if np.size(values):
            check_table(f"the counts of {name!r}", values, (None,), "(N,)")


@typed
@checked_by(_check)
def rank_frequency(counts: Mapping[str, ArrayLike], axes: Axes | None = None) -> Axes:
    """Draw counts against their rank, the commonest first, both on a scale of factors.

    ``counts`` maps a name to counts (N,) of at least 1, in any order. The dashed line falls as
    1 / rank, from the commonest of the first (Zipf 1935).

    Raises ``ValueError`` if there is nothing to draw or a count is below 1.

    >>> axes = rank_frequency({"words": [1, 8, 2]})
    >>> axes.lines[0].get_ydata().tolist()
    [8, 2, 1]
    """
    if not counts or not all(np.size(some) and np.min(some) >= 1 for some in counts.values()):
        raise ValueError("counts is empty or has a count below 1, expected counts of what occurs.")
    use_style()
    if axes is None:
        _, axes = plt.subplots()
    for name, values in counts.items():
        falling = np.sort(np.asarray(values))[::-1]
        axes.plot(np.arange(1, len(falling) + 1), falling, label=name)
    first = np.sort(np.asarray(next(iter(counts.values()))))[::-1]
    ranks = np.array([1, len(first)])
    axes.plot(ranks, first[0] / ranks, color=GREY, linestyle="--", label="1 / rank")
    axes.set(xlabel="rank", ylabel="how often", xscale="log", yscale="log")
    axes.set_ylim(0.7, None)
    name_lines(axes)
    return literal(axes)
