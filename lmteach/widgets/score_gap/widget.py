"""Move two systems' scores apart, and see from how many items on the difference is real.

Played in notebook 18.
"""

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from lmteach.checks import check_finite, check_number, check_sizes, checked_by
from lmteach.plots.style import use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

ITEMS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)
DEVIATIONS = 1.96  # on each side of the mean: 95 % of a normal distribution
RANGE = (0.0, 10.0)  # points of a hundred
_CHOSEN, _REST = "#0072b2", "#767676"


def _check_gap(gap: float, deviation: float, items: int) -> None:
    check_number("gap", gap)
    check_number("deviation", deviation, at_least=0)
    check_sizes(items=items)


@typed
@checked_by(_check_gap)
def gap_interval(gap: float, deviation: float, items: int) -> tuple[float, float]:
    """Return the 95 % interval of a mean difference ``gap`` over some items.

    ``deviation`` is the standard deviation of the differences. By the central limit theorem their
    mean is normal, which for many items is what the bootstrap finds, too.

    Raises ``ValueError`` for a negative deviation, or no items.

    >>> [round(end, 3) for end in gap_interval(1.0, deviation=10.0, items=100)]
    [-0.96, 2.96]
    """
    half = DEVIATIONS * deviation / math.sqrt(items)
    return gap - half, gap + half


def _check_scores(ours: np.ndarray, theirs: np.ndarray) -> None:
    for name, scores in (("ours", ours), ("theirs", theirs)):
        check_finite(name, scores, (None,), "(N,)")
        if len(scores) < 2:
            raise ValueError(f"{name} has {len(scores)} score, expected at least 2: a spread.")


class ScoreGap(TeachingWidget):
    """A slider for the gain of one system over another, and its interval for more and more items.

    ``ours`` and ``theirs`` (N,) are the scores of two systems, from 0 to 1, on the same items. Only
    their spread is taken, that of the differences if ``paired``, or else of both rows as if each
    had had items of its own; ``gap`` is the slider, in points of a hundred.

    Raises ``ValueError`` for rows of different lengths or with less than two scores, or numbers
    that are not finite.

    >>> widget = ScoreGap(np.array([0.5, 0.7, 0.9]), np.array([0.4, 0.7, 0.7]))
    >>> [round(widget.deviation(paired), 1) for paired in (True, False)]
    [10.0, 26.5]
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    gap = traitlets.Float(1.0).tag(sync=True)
    paired = traitlets.Bool(True).tag(sync=True)
    _spreads = traitlets.List(traitlets.Float()).tag(sync=True)  # paired, and not
    _items = traitlets.List(traitlets.Int(), default_value=list(ITEMS)).tag(sync=True)

    @typed
    @checked_by(_check_scores)
    def __init__(
        self,
        ours: Float[np.ndarray, " batch"],
        theirs: Float[np.ndarray, " batch"],
        **options: Any,
    ) -> None:
        """Set up the slider; ``options`` go to ipywidgets (``layout``, for one)."""
        alone = [float(scores.var(ddof=1)) for scores in (ours, theirs)]
        differences = ours.astype(float) - theirs.astype(float)
        spreads = [100 * float(differences.std(ddof=1)), 100 * math.sqrt(sum(alone))]
        super().__init__(_spreads=spreads, **options)

    @traitlets.validate("gap")
    def _check_slider(self, proposal: dict[str, Any]) -> float:
        """Let in only what the slider can show."""
        value, (low, high) = float(proposal["value"]), RANGE
        if not low <= value <= high:
            raise ValueError(f"gap is {value}, expected {low:g} to {high:g} points.")
        return value

    @typed
    def deviation(self, paired: bool = True) -> float:
        """Return the standard deviation of a difference, in points of a hundred.

        >>> round(ScoreGap(np.array([0.5, 0.7]), np.array([0.4, 0.7])).deviation(), 1)
        7.1
        """
        return float(self._spreads[0 if paired else 1])

    @typed
    def intervals(self, paired: bool = True) -> list[tuple[float, float]]:
        """Return the interval of the gap, in points, for each number of items of the chart.

        >>> widget = ScoreGap(np.array([0.5, 0.7, 0.9]), np.array([0.4, 0.7, 0.7]))
        >>> [round(end, 2) for end in widget.intervals()[1]]  # 50 items
        [-1.77, 3.77]
        """
        return [gap_interval(self.gap, self.deviation(paired), items) for items in ITEMS]

    def picture(self) -> Figure:
        """Draw the intervals, paired and not."""
        use_style()
        figure, panels = plt.subplots(1, 2, figsize=(12, 4.5), sharey=True)
        for axes, paired in zip(panels, (True, False), strict=True):
            for place, (low, high) in enumerate(self.intervals(paired)):
                real = low > 0 or high < 0
                axes.plot([place] * 2, [low, high], lw=6, color=_CHOSEN if real else _REST)
            axes.axhline(0, color=_REST, lw=1, ls="--")
            names = [f"{n // 1000}k" if n >= 1000 else str(n) for n in ITEMS]
            axes.set_xticks(range(len(ITEMS)), names)
            axes.set_xlabel("items")
            axes.set_title("the same items for both" if paired else "other items for each")
        panels[0].set_ylabel("points")
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        told = []
        for paired, words in ((True, "on the same items"), (False, "on other items for each")):
            real = [n for n, (low, _) in zip(ITEMS, self.intervals(paired), strict=True) if low > 0]
            told.append(f"{words} " + (f"from {real[0]:,} items on" if real else "with none"))
        return (
            f"Two charts of the 95 % interval of a gain of {self.gap:.2f} points, a bar for each "
            f"of {ITEMS[0]} to {ITEMS[-1]:,} items; bars get shorter to the right. They leave 0 "
            f"out {told[0]}, {told[1]}."
        )
