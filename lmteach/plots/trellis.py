"""States against time: every score of the Viterbi algorithm, and the best path through them.

Drawn in notebook 03.
"""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch
from numpy.typing import ArrayLike

from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, GREY, use_style
from lmteach.typed import typed

RADIUS = 0.37


@typed
def trellis(
    scores: ArrayLike,
    path: ArrayLike,
    states: Sequence[str],
    symbols: Sequence[str],
    back_pointers: ArrayLike | None = None,
    axes: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw a trellis and return the axes: one circle for each state at each step.

    ``scores`` (T, N) stand in the circles, −∞ where a state can't be reached; ``path`` (T,) is
    the best path, drawn thick (empty: none); ``states`` N names; ``symbols`` the T observed
    symbols, written below. ``back_pointers`` (T, N) say from which state each score came: they
    are the thin arrows, from the second step on. Draws into ``axes`` if given, else into a new
    figure.

    Raises ``ValueError`` if the shapes don't fit each other, a score is not a number, or a path
    or pointer leads to a state that isn't there.

    >>> axes = trellis([[-1, -2], [-4, -3]], path=[0, 1], states=["A", "B"], symbols=["x", "y"])
    >>> [text.get_text() for text in axes.texts[:4]]
    ['−1.00', '−2.00', '−4.00', '−3.00']
    """
    cells = _checked_scores(scores, states, symbols)
    best = _checked_pointers("path", path, cells, shapes=((len(cells),), (0,)))
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=_size(cells))
    if back_pointers is not None:
        pointers = _checked_pointers("back_pointers", back_pointers, cells, shapes=(cells.shape,))
        for time, state in np.argwhere(np.isfinite(cells[1:])).tolist():
            _arrow(axes, time, int(pointers[time + 1, state]), state, color=GREY, width=1.5)
    for time, (source, target) in enumerate(pairwise(best.tolist())):
        _arrow(axes, time, source, target, color=BLUE, width=5.0)
    digits = 2 if len(cells) < 10 else 1
    for (time, state), score in np.ndenumerate(cells):
        on_path = bool(len(best) and best[time] == state)
        _cell(axes, time, state, _written(float(score), digits), on_path)
    _label(axes, states, symbols)
    axes.set_title(title)
    return literal(axes)


def _size(cells: np.ndarray) -> tuple[float, float]:
    """Return the width and height, in inches, of a figure for so many cells."""
    steps, states = cells.shape
    return max(5.0, min(12.5, 1.5 + 1.05 * steps)), 1.3 + 0.95 * states


def _arrow(axes: Axes, time: int, source: int, target: int, color: str, width: float) -> None:
    """Draw an arrow from one state to one of the next step, from rim to rim."""
    start, end = np.array([time, source]), np.array([time + 1, target])
    rim = RADIUS * (end - start) / np.linalg.norm(end - start)
    arrow = FancyArrowPatch(
        tuple(start + rim),
        tuple(end - rim),
        arrowstyle="-|>",
        color=color,
        linewidth=width,
        mutation_scale=10 + 3 * width,
        shrinkA=0,
        shrinkB=0,
    )
    axes.add_patch(arrow)


def _cell(axes: Axes, time: int, state: int, score: str, on_path: bool) -> None:
    """Draw one circle with its score."""
    circle = Circle(
        (time, state),
        RADIUS,
        facecolor=BLUE if on_path else "white",
        edgecolor=BLUE if on_path else GREY,
        linewidth=2,
    )
    axes.add_patch(circle)
    colour = "white" if on_path else "black"
    axes.text(time, state, score, color=colour, ha="center", va="center", fontsize=12)


def _written(score: float, digits: int) -> str:
    """Return a score as short as a circle is wide."""
    if score == -np.inf:
        return "−∞"
    return f"{score:.{digits if abs(score) < 99 else 0}f}".replace("-", "−")


def _label(axes: Axes, states: Sequence[str], symbols: Sequence[str]) -> None:
    """Write the names of the states on the left and the observed symbols below."""
    axes.set_xticks(range(len(symbols)), symbols, parse_math=False, fontsize=16)
    axes.set_yticks(range(len(states)), states, parse_math=False)
    axes.set(xlim=(-0.6, len(symbols) - 0.4), ylim=(len(states) - 0.4, -0.6), aspect="equal")
    axes.set_xlabel("observed")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def _checked_scores(scores: ArrayLike, states: Sequence[str], symbols: Sequence[str]) -> np.ndarray:
    """Return the scores as doubles, or say what doesn't fit."""
    cells = np.asarray(scores, dtype=float)
    if cells.size == 0 or cells.shape != (len(symbols), len(states)):
        raise ValueError(
            f"scores has shape {cells.shape}, and there are {len(symbols)} observed symbols and "
            f"{len(states)} states; expected one row for each symbol and one column for each "
            "state, at least one of both."
        )
    if np.isnan(cells).any() or (cells == np.inf).any():
        bad = cells[np.isnan(cells) | (cells == np.inf)][0]
        raise ValueError(f"scores contains {bad}, expected numbers, or −∞ for what can't be.")
    return cells


def _checked_pointers(
    name: str, pointers: ArrayLike, cells: np.ndarray, shapes: tuple[tuple[int, ...], ...]
) -> np.ndarray:
    """Return states as whole numbers, or say what is wrong with them."""
    found = np.asarray(pointers)
    if found.shape == (0,):  # an empty list has no type of its own
        found = found.astype(np.int64)
    if found.shape not in shapes or not np.issubdtype(found.dtype, np.integer):
        raise ValueError(
            f"{name} has shape {found.shape} and type {found.dtype}, expected whole numbers of "
            f"shape {shapes[0]}, to go with scores of shape {cells.shape}."
        )
    used = found[1:] if name == "back_pointers" else found  # nothing comes before the first step
    if used.size and not 0 <= used.min() <= used.max() < cells.shape[1]:
        wrong = used.min() if used.min() < 0 else used.max()
        raise ValueError(
            f"{name} contains {wrong}, expected states from 0 to {cells.shape[1] - 1}."
        )
    return found
