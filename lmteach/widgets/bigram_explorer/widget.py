"""See what follows each letter, and grow names from it, one letter at a time.

Played in notebook 01.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_distribution, check_seed, check_tokens, check_whole, checked_by
from lmteach.plots.bars import bars
from lmteach.plots.style import ORANGE, use_style
from lmteach.plots.symbols import visible
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet
from lmteach.widgets.shared.checks import checked_names
from lmteach.widgets.shared.random_numbers import draw, uniform

MOST_BARS = 15
MOST_STEPS = 16
LONGEST = 60  # letters; a name without an end is cut here


def _check_grow(
    probabilities: np.ndarray, start: int, end: int | None, seed: int, draws: int
) -> None:
    check_distribution("probabilities", probabilities, (None, None), "(V, V)")
    check_tokens([start], len(probabilities), name="start")
    check_tokens([] if end is None else [end], len(probabilities), at_least=0, name="end")
    check_whole("seed", seed, at_least=0)
    check_whole("draws", draws, at_least=0)


@typed
@checked_by(_check_grow)
def grow(
    probabilities: Float[np.ndarray, "vocab vocab"],
    start: int,
    end: int | None,
    seed: int = 0,
    draws: int = 0,
) -> list[int]:
    """Draw one symbol after another until ``end``, and return the path from ``start``.

    Row i of ``probabilities`` is the distribution of what follows symbol i. ``draws`` says how
    many random numbers were used before. Stops after ``LONGEST`` letters.

    Raises ``ValueError`` for rows that are no distributions, a start or end that is no symbol, and
    a negative ``seed`` or ``draws``.

    >>> grow(np.array([[0.0, 1.0], [1.0, 0.0]]), start=0, end=0)
    [0, 1, 0]
    """
    path = [start]
    while len(path) <= LONGEST and (len(path) == 1 or path[-1] != end):
        path.append(draw(probabilities[path[-1]].tolist(), uniform(seed, draws)))
        draws += 1
    return path


def _check_path(probabilities: np.ndarray, path: Sequence[int]) -> None:
    check_distribution("probabilities", probabilities, (None, None), "(V, V)")
    check_tokens(path, len(probabilities), name="path")


@typed
@checked_by(_check_path)
def step_probabilities(
    probabilities: Float[np.ndarray, "vocab vocab"], path: Sequence[int]
) -> list[float]:
    """Return the probability of every step of ``path``, one fewer than it has symbols.

    Raises ``ValueError`` for rows that are no distributions, or a path of what are no symbols.

    >>> step_probabilities(np.array([[0.25, 0.75], [0.5, 0.5]]), [0, 1, 0])
    [0.75, 0.5]
    """
    return [float(probabilities[a, b]) for a, b in pairwise(path)]


class BigramExplorer(TeachingWidget):
    """Pick a symbol, see what follows it; then draw a name, one symbol at a click.

    ``probabilities`` (V, V) has in row i the distribution of what follows ``symbols[i]``. A name
    begins after the symbol ``start`` and is finished by ``end`` (None: never). ``seed`` fixes
    the random draws, which happen in the browser.

    ``path`` holds the indices of the symbols of the growing name, ``start`` first; ``names`` the
    finished ones; ``draws`` counts the random numbers used; ``selected`` is the symbol whose
    followers are shown.

    Raises ``ValueError`` for a wrong shape, repeated symbols, a start or end not among them, and
    rows that are no distributions (negative, not a number, or not summing to 1).

    >>> explorer = BigramExplorer([[0, 1], [0.5, 0.5]], symbols=["\\n", "a"])
    >>> explorer.followers("a")
    [('⏎', 0.5), ('a', 0.5)]
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    symbols = traitlets.List(traitlets.Unicode()).tag(sync=True)
    start = traitlets.Int().tag(sync=True)
    end = traitlets.Int(allow_none=True).tag(sync=True)
    seed = traitlets.Int().tag(sync=True)
    selected = traitlets.Int().tag(sync=True)
    alphabetical = traitlets.Bool(False).tag(sync=True)
    path = traitlets.List(traitlets.Int()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    draws = traitlets.Int(0).tag(sync=True)
    _table = traitlets.Bytes().tag(sync=True)  # the rows, as little-endian doubles

    @typed
    def __init__(
        self,
        probabilities: ArrayLike,
        symbols: Sequence[str],
        start: str = "\n",
        end: str | None = "\n",
        seed: int = 0,
        **options: Any,
    ) -> None:
        """Set up the explorer; ``options`` go to ipywidgets (``layout``, for one)."""
        check_whole("seed", seed, at_least=0)
        names = checked_names("symbols", symbols, least=1, most=None)
        self.probabilities = _checked_rows(probabilities, names)
        for role, symbol in (("start", start), ("end", end)):
            if symbol is not None and symbol not in names:
                raise ValueError(
                    f"{role} is {symbol!r}, which is not one of the {len(names)} symbols. "
                    f"Name the one that marks the {role} of a name in your data."
                )
        super().__init__(
            symbols=names,
            start=names.index(start),
            end=None if end is None else names.index(end),
            seed=check_seed(seed, most=2**53 - 1),  # as far as the browser counts
            selected=names.index(start),
            path=[names.index(start)],
            _table=self.probabilities.astype("<f8").tobytes(),
            **options,
        )

    @typed
    def followers(self, symbol: str) -> list[tuple[str, float]]:
        """Return the bars shown for ``symbol``: label and probability, the likeliest first.

        With more than 15 symbols to show, the rest is summed in one last bar.
        Raises ``ValueError`` for a symbol that is not in the table.
        """
        if symbol not in self.symbols:
            raise ValueError(f"symbol is {symbol!r}, expected one of {self.symbols}.")
        row = self.probabilities[self.symbols.index(symbol)]
        order = np.argsort(-row, kind="stable")
        shown = [(visible(self.symbols[i]), float(row[i])) for i in order[:MOST_BARS]]
        rest = order[MOST_BARS:]
        return [*shown, ("rest", float(row[rest].sum()))] if len(rest) else shown

    def example(self) -> list[int]:
        """Return the path of the name that the first clicks grow, at most 16 of its letters."""
        return grow(self.probabilities, self.start, self.end, self.seed)[: MOST_STEPS + 1]

    def picture(self) -> Figure:
        """Draw what follows one letter, and one name with the cost of each of its steps."""
        use_style()
        figure, (above, below) = plt.subplots(2, 1, figsize=(9, 7.5))
        after = self._after()
        labels, values = zip(*self.followers(after), strict=True)
        title = f"What follows {visible(after)}"
        bars(np.array(values), labels, axes=above, title=title, percent=True)
        path = self.example()
        odds = step_probabilities(self.probabilities, path)
        total = np.cumsum([-math.log2(p) for p in odds])
        bars(
            total,
            [visible(self.symbols[i]) for i in path[1:]],
            axes=below,
            title="A name grown step by step, with the probability of each",
            ylabel="bits so far",
        )
        below.patches[-1].set_color(ORANGE)
        for place, (chance, height) in enumerate(zip(odds, total, strict=True)):
            below.text(place, height, _percent(chance), ha="center", va="bottom", fontsize=12)
        below.set_ylim(0, 1.15 * total[-1] + 0.1)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        after = self._after()
        first = ", ".join(f"{_said(s)} {_percent(p)}" for s, p in self.followers(after)[:3])
        path = self.example()
        odds = step_probabilities(self.probabilities, path)
        steps = ", ".join(
            f"{_said(visible(self.symbols[i]))} {_percent(p)}"
            for i, p in zip(path[1:], odds, strict=True)
        )
        bits = -sum(math.log2(p) for p in odds)
        return (
            f"Above, bars of what follows {_said(visible(after))}; the first are {first}. "
            f"Below, a name grown letter by letter with the probability of each step: {steps}. "
            f"Together they cost {bits:.1f} bits."
        )

    def _after(self) -> str:
        """Return the symbol whose row the picture shows: the first letter of the example."""
        return str(self.symbols[self.example()[1]])


def _checked_rows(probabilities: ArrayLike, symbols: list[str]) -> Float[np.ndarray, "vocab vocab"]:
    """Return the table as doubles, or say what is wrong with it."""
    rows = np.array(probabilities, dtype=float)
    size = len(symbols)
    if rows.shape != (size, size):
        raise ValueError(
            f"probabilities has shape {rows.shape} and there are {size} symbols, expected a "
            "square table with one row and one column for each symbol."
        )
    for symbol, row in zip(symbols, rows, strict=True):
        if not np.isfinite(row).all() or (row < 0).any():
            bad = row[~(np.isfinite(row) & (row >= 0))][0]
            raise ValueError(
                f"the row of {symbol!r} contains {bad}, expected probabilities of at least 0. "
                "A row that was never counted divides 0 by 0: add one to every count first."
            )
        if abs(row.sum() - 1) > 1e-6:  # what single precision leaves over a hundred symbols
            raise ValueError(
                f"the row of {symbol!r} sums to {row.sum():.6g}, expected 1: divide each row of "
                "the counts by its own sum (not by the sum of all, and not each column)."
            )
    return rows


def _said(label: str) -> str:
    """Return a label as it is said aloud."""
    return {"␣": "space", "⏎": "end", "⇥": "tab"}.get(label, label)


def _percent(chance: float) -> str:
    """Return a probability in per cent, with a digit more where it is small."""
    return f"{100 * chance:.0f} %" if chance >= 0.1 else f"{100 * chance:.1f} %"
