"""Step through the Viterbi algorithm, change a transition, and watch the best path flip.

Played in notebook 03.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Any, cast

import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_distribution, check_tokens
from lmteach.plots.trellis import trellis
from lmteach.widgets.base import TeachingWidget, module, stylesheet
from lmteach.widgets.lattice import Lattice, lattice
from lmteach.widgets.legible import MOST_STATES, checked_names, label, said

MOST_STEPS = 14
_PARTS = [files("lmteach.widgets") / name for name in ("trellis_drawing.js", "lattice.js")]


class Trellis(TeachingWidget):
    """The scores of a hidden Markov model on a few observations, one step at a time.

    ``initial`` (N,), ``transition`` (N, N) and ``emission`` (N, V) are probabilities, every row
    summing to 1; ``observations`` are ids of ``symbols``, which has V names; ``states`` has N
    names. At most 8 states and 14 steps can be read.

    In the browser the arrow keys step through time and choose a state, whose competing sums are
    shown. One transition can be changed: the rest of its row is rescaled, and the best path is
    found again at once. ``transition`` follows those changes, and ``path`` with it: read them in
    a later cell. ``step`` counts the steps shown; one more than there are draws the best path.

    Raises ``ValueError`` for wrong shapes, repeated names, entries that are negative or not
    numbers, rows that don't sum to 1, observations that aren't symbols, and for more states or
    steps than can be read.

    >>> weather = Trellis([0.5, 0.5], [[0.75, 0.25], [0.25, 0.75]], [[0.75, 0.25], [0.25, 0.75]],
    ...                   observations=[0, 0, 1, 1], states=["dry", "wet"], symbols=["sun", "rain"])
    >>> weather.path
    ['dry', 'dry', 'wet', 'wet']
    >>> weather.transition = [[1.0, 0.0], [0.25, 0.75]]  # what the slider in the browser does
    >>> weather.path
    ['dry', 'dry', 'dry', 'dry']
    """

    _esm = "\n".join([module("trellis.js"), *(part.read_text("utf-8") for part in _PARTS)])
    _css = stylesheet("trellis.css")

    states = traitlets.List(traitlets.Unicode()).tag(sync=True)
    observed = traitlets.List(traitlets.Unicode()).tag(sync=True)
    transition = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    step = traitlets.Int(1).tag(sync=True)
    logarithms = traitlets.Bool(True).tag(sync=True)
    cell = traitlets.List(traitlets.Int()).tag(sync=True)  # the chosen one: step from 0, state
    edge = traitlets.List(traitlets.Int()).tag(sync=True)  # the transition to change: from, to
    _initial = traitlets.List(traitlets.Float()).tag(sync=True)
    _original = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    _seen = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)

    def __init__(
        self,
        initial: ArrayLike,
        transition: ArrayLike,
        emission: ArrayLike,
        observations: ArrayLike,
        states: Sequence[str],
        symbols: Sequence[str],
        **options: Any,
    ) -> None:
        """Set up the trellis; ``options`` go to ipywidgets (``layout``, for one)."""
        names = checked_names("states", states, least=2, most=MOST_STATES)
        signs = checked_names("symbols", symbols, least=1, most=None)
        size, kinds = len(names), len(signs)
        first = check_distribution("initial", initial, (size,))
        steps = check_distribution("transition", transition, (size, size))
        emitted = check_distribution("emission", emission, (size, kinds))
        ids = check_tokens(observations, kinds, name="observations")
        if len(ids) > MOST_STEPS:
            raise ValueError(
                f"observations has {len(ids)} steps, expected at most {MOST_STEPS}: with more, the "
                f"picture would not be readable. Show a part: observations[:{MOST_STEPS}]."
            )
        super().__init__(
            states=names,
            observed=[signs[i] for i in ids],
            transition=steps.tolist(),
            cell=[0, 0],
            edge=[0, 1],
            _initial=first.tolist(),
            _original=steps.tolist(),
            _seen=emitted[:, ids].T.tolist(),
            **options,
        )

    @traitlets.validate("transition")
    def _check_transition(self, proposal: dict[str, Any]) -> list[list[float]]:
        """Let in only what a transition matrix can be."""
        size = len(self.states)
        rows = check_distribution("transition", np.array(proposal["value"]), (size, size))
        return [[float(chance) for chance in row] for row in rows]

    @property
    def path(self) -> list[str]:
        """The best path with the transitions as they are now; empty if no path is possible."""
        return [self.states[state] for state in self._lattice(self.transition).path]

    def _lattice(self, transition: list[list[float]]) -> Lattice:
        """Return all scores with these transitions."""
        return lattice(np.array(self._initial), np.array(transition), np.array(self._seen))

    def picture(self) -> Figure:
        """Draw the trellis as it was made, before any change in the browser."""
        found = self._lattice(self._original)
        symbols = [label(symbol) for symbol in self.observed]
        title = "Log scores, and the best path" if len(found.path) else "No path is possible"
        axes = trellis(
            found.scores, found.path, self.states, symbols, found.back_pointers, title=title
        )
        return cast(Figure, axes.figure)

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        found = self._lattice(self._original)
        begin = (
            f"A trellis of the {len(self.states)} states {', '.join(self.states)} over "
            f"{len(self.observed)} steps, with a log score in every circle and an arrow from its "
            "best predecessor. "
        )
        if not len(found.path):
            return begin + "No path can have emitted these observations."
        pairs = ", ".join(
            f"{self.states[state]} for {said(symbol)}"
            for state, symbol in zip(found.path, self.observed, strict=True)
        )
        return (
            f"{begin}The best path, drawn thick: {pairs}. "
            f"Its log score is {found.scores[-1].max():.2f}."
        )
