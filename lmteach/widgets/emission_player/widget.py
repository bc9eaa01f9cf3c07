"""Play the iterations of Baum–Welch: what every state emits, and how the likelihood climbs.

Played in notebook 04.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_distribution, check_sizes
from lmteach.plots.curves import curves
from lmteach.plots.heatmap import heatmap
from lmteach.plots.style import ORANGE, use_style
from lmteach.plots.symbols import spoken, visible
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet
from lmteach.widgets.shared.checks import MOST_STATES, checked_names

MOST_SYMBOLS = 40
COLOURS = "cividis"  # as in the style sheet: told apart by readers who are colour-blind


class EmissionPlayer(TeachingWidget):
    """The emission probabilities of a hidden Markov model, iteration by iteration.

    ``emissions`` (I, N, V) holds the emission matrix of each iteration, the start first;
    ``log_likelihoods`` (I,) the log-likelihood of each; ``symbols`` has V names, ``states`` N
    names (if not given: state 0, state 1, …). Two to 8 states and at most 40 symbols can be read.

    In the browser the iterations are played, or picked with the slider; for two states, the
    symbols are also sorted by the state that prefers them. ``iteration`` is the one shown.

    Raises ``ValueError`` for wrong shapes, repeated names, entries that are negative or not
    numbers, rows that don't sum to 1, and for more states or symbols than can be read.

    >>> uniform, learned = [[0.5, 0.5], [0.5, 0.5]], [[0.875, 0.125], [0.25, 0.75]]
    >>> player = EmissionPlayer([uniform, learned], [-1.5, -1.0], symbols=["a", "t"])
    >>> player.favourites(iteration=1)
    {'state 0': ['a', 't'], 'state 1': ['t', 'a']}
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    states = traitlets.List(traitlets.Unicode()).tag(sync=True)
    symbols = traitlets.List(traitlets.Unicode()).tag(sync=True)
    log_likelihoods = traitlets.List(traitlets.Float()).tag(sync=True)
    iteration = traitlets.Int(0).tag(sync=True)
    _emissions = traitlets.Bytes().tag(sync=True)  # little-endian doubles
    _colours = traitlets.Bytes().tag(sync=True)  # red, green, blue of every step of the scale

    @typed
    def __init__(
        self,
        emissions: ArrayLike,
        log_likelihoods: ArrayLike,
        symbols: Sequence[str],
        states: Sequence[str] | None = None,
        **options: Any,
    ) -> None:
        """Set up the player; ``options`` go to ipywidgets (``layout``, for one)."""
        tables = np.asarray(emissions, dtype=float)
        if tables.ndim != 3 or len(tables) == 0:
            raise ValueError(
                f"emissions has shape {tables.shape}, expected (iterations, states, symbols): one "
                "matrix for each iteration, as in np.stack([start.emission, model.emission])."
            )
        numbered = [f"state {i}" for i in range(tables.shape[1])]
        names = checked_names(
            "states", numbered if states is None else states, least=2, most=MOST_STATES
        )
        signs = checked_names("symbols", symbols, least=2, most=MOST_SYMBOLS)
        for place, table in enumerate(tables):
            check_distribution(f"emissions[{place}]", table, (len(names), len(signs)))
        likelihoods = np.asarray(log_likelihoods, dtype=float)
        if likelihoods.shape != (len(tables),):
            raise ValueError(
                f"log_likelihoods has shape {likelihoods.shape}, expected ({len(tables)},): one "
                "for each iteration that emissions holds."
            )
        if not np.isfinite(likelihoods).all():
            bad = likelihoods[~np.isfinite(likelihoods)][0]
            raise ValueError(
                f"log_likelihoods contains {bad}, expected finite numbers. Minus infinity means "
                "that the model of this iteration can't have emitted the text."
            )
        self.emissions: Float[np.ndarray, "iterations states vocab"] = tables
        super().__init__(
            states=names,
            symbols=signs,
            log_likelihoods=likelihoods.tolist(),
            _emissions=tables.astype("<f8").tobytes(),
            _colours=colormaps[COLOURS](np.arange(256), bytes=True)[:, :3].tobytes(),
            **options,
        )

    @traitlets.validate("iteration")
    def _check_iteration(self, proposal: dict[str, Any]) -> int:
        """Let in only an iteration that is there."""
        value, last = int(proposal["value"]), len(self.emissions) - 1
        if not 0 <= value <= last:
            raise ValueError(f"iteration is {value}, expected 0 to {last}.")
        return value

    @typed
    def favourites(self, iteration: int, count: int = 6) -> dict[str, list[str]]:
        """Return the ``count`` likeliest symbols of every state, the likeliest first.

        ``iteration`` may count from the end, as an index does.

        Raises ``ValueError`` for an iteration that isn't there, or a ``count`` below 1.
        """
        check_sizes(count=count)
        last = len(self.emissions) - 1
        if not -last - 1 <= iteration <= last:
            raise ValueError(f"iteration is {iteration}, expected {-last - 1} to {last}.")
        order = np.argsort(-self.emissions[iteration], axis=1, kind="stable")[:, :count]
        return {
            state: [self.symbols[i] for i in row]
            for state, row in zip(self.states, order, strict=True)
        }

    def _stills(self) -> list[int]:
        """Return the iterations that the picture shows: the first, the middle and the last."""
        last = len(self.emissions) - 1
        return sorted({0, last // 2, last})

    def picture(self) -> Figure:
        """Draw the first, the middle and the last iteration as maps, and the likelihood curve."""
        use_style()
        stills, count = self._stills(), len(self.states)
        heights = [1.0 + 0.35 * count] * len(stills) + [3.0]
        figure, panels = plt.subplots(
            len(heights), 1, figsize=(11, sum(heights)), height_ratios=heights
        )
        shades = PowerNorm(0.5, vmin=0, vmax=self.emissions.max())  # one scale for all maps
        columns = [visible(symbol) for symbol in self.symbols]
        for place, axes in zip(stills, panels, strict=False):
            heatmap(
                self.emissions[place],
                rows=self.states,
                columns=columns,
                axes=axes,
                title=f"Iteration {place}",
                colour_label="probability",
            )
            axes.images[0].set(norm=shades, cmap=COLOURS)
        climb = curves(
            {"log-likelihood": self.log_likelihoods},
            axes=panels[-1],
            xlabel="iteration",
            ylabel="log-likelihood",
        )
        climb.plot(stills, np.array(self.log_likelihoods)[stills], "o", color=ORANGE)
        climb.legend(["every iteration", "the maps above"], loc="lower right")
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        stills = self._stills()
        favourites = "; ".join(
            f"{state} {', '.join(spoken(symbol) for symbol in row)}"
            for state, row in self.favourites(-1).items()
        )
        climb = self.log_likelihoods
        digits = 0 if max(climb) - min(climb) > 100 else 4
        return (
            f"Maps of what {len(self.states)} states emit, over {len(self.symbols)} symbols, at "
            f"iteration {', '.join(map(str, stills))} of Baum–Welch. The likeliest symbols at the "
            f"end: {favourites}. Below, the log-likelihood goes from {climb[0]:,.{digits}f} to "
            f"{climb[-1]:,.{digits}f}."
        )
