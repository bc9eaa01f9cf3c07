"""Bar charts with a label on every bar."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, checked_by
from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, use_style
from lmteach.typed import typed


def _check(values: ArrayLike) -> None:
    check_finite("values", values, [None] * np.ndim(values))


@typed
@checked_by(_check)
def bars(
    values: ArrayLike,
    labels: Sequence[str],
    axes: Axes | None = None,
    title: str = "",
    ylabel: str = "",
    percent: bool = False,
) -> Axes:
    """Draw one bar for each value, labelled below, and return the axes.

    ``values`` (N,) are the heights, ``labels`` N texts. With ``percent`` the axis is labelled
    in per cent. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if there is not one label for each value, or a value is not finite.

    >>> axes = bars([0.71, 0.12], ["e", "a"], percent=True)
    >>> [label.get_text() for label in axes.get_xticklabels()]
    ['e', 'a']
    """
    heights = np.asarray(values, dtype=float)
    if heights.ndim != 1 or len(heights) != len(labels):
        raise ValueError(
            f"values has shape {heights.shape} and there are {len(labels)} labels; "
            "expected one row of values with one label each."
        )
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(max(6, 0.42 * len(heights) + 1), 4))
    axes.bar(range(len(heights)), heights, color=BLUE)
    axes.set_xticks(range(len(heights)), labels)
    axes.set_title(title)
    axes.set_ylabel(ylabel)
    if percent:
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    return literal(axes)
