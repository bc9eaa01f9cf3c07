"""Which letters a model looked at while it said each sound: lines between two rows.

Taught in notebook 08.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, use_style
from lmteach.typed import typed

FAINTEST = 0.03  # weights below this are not drawn


@typed
def alignment(
    weights: ArrayLike,
    source: Sequence[str],
    target: Sequence[str],
    axes: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw ``source`` above ``target``, and a line from each target to where it looked.

    ``weights`` (T, S) has a row for each of T targets and a column for each of S sources; the
    width of a line is its weight. Weights below 0.03 are left out. Draws into ``axes`` if given,
    else into a new figure.

    Raises ``ValueError`` if the names don't fit the weights, or a weight is not between 0 and 1.

    >>> axes = alignment([[1.0, 0.0], [0.5, 0.5]], source="ab", target=["A", "B"])
    >>> len(axes.lines), [text.get_text() for text in axes.texts]
    (3, ['a', 'b', 'A', 'B'])
    """
    shares = np.asarray(weights, dtype=float)
    if shares.shape != (len(target), len(source)) or shares.size == 0:
        raise ValueError(
            f"weights has shape {shares.shape}, but there are {len(target)} targets and "
            f"{len(source)} sources; expected shape ({len(target)}, {len(source)}), none of them 0."
        )
    if not ((shares >= 0) & (shares <= 1 + 1e-6)).all():
        raise ValueError("weights has entries outside 0 to 1, expected shares of attention.")
    use_style()
    span = max(len(source), len(target))
    if axes is None:
        _, axes = plt.subplots(figsize=(max(5, 0.95 * span), 3.2))
    above, below = (_places(len(names), span) for names in (source, target))
    for (row, column), share in np.ndenumerate(shares):
        if share >= FAINTEST:
            axes.plot(
                [below[row], above[column]],
                [0.14, 0.86],
                color=BLUE,
                linewidth=9 * share,
                alpha=0.25 + 0.6 * share,
                solid_capstyle="round",
            )
    for names, places, height in ((source, above, 1.0), (target, below, 0.0)):
        for name, place in zip(names, places, strict=True):
            axes.text(place, height, name, ha="center", va="center", fontsize=20, parse_math=False)
    axes.set(xlim=(-0.7, span - 0.3), ylim=(-0.2, 1.2), title=title)
    axes.set_axis_off()
    return literal(axes)


def _places(count: int, span: int) -> np.ndarray:
    """Where ``count`` names stand, in the middle of the room for ``span`` of them."""
    return np.arange(count) + (span - count) / 2
