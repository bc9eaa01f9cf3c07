"""Step through the Viterbi algorithm, change a transition, and watch the best path flip.

Played in notebook 03. The browser does the same arithmetic; a test compares them.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import traitlets
from jaxtyping import Float, Int
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_distribution, check_table, check_tokens, checked_by
from lmteach.models.hmm.viterbi import viterbi
from lmteach.plots.symbols import spoken, visible
from lmteach.plots.trellis import trellis
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet
from lmteach.widgets.shared.checks import MOST_STATES, checked_names

MOST_STEPS = 14


class ViterbiTable(NamedTuple):
    """All scores (T, N), in nats; where each came from (T, N); and the best path (T,).

    In the first row of ``back_pointers`` stands -1: nothing comes before. The path is empty if
    no path is possible.
    """

    scores: Float[np.ndarray, "time states"]
    back_pointers: Int[np.ndarray, "time states"]
    path: Int[np.ndarray, "..."]


def _check_chances(initial: np.ndarray, transition: np.ndarray, seen: np.ndarray) -> None:
    size = len(initial)
    check_distribution("initial", initial, (None,), "(N,)")
    check_distribution("transition", transition, (size, size), "(N, N)")
    check_table("seen", seen, (None, size), "(T, N)")


@typed
@checked_by(_check_chances)
def viterbi_table(
    initial: Float[np.ndarray, " states"],
    transition: Float[np.ndarray, "states states"],
    seen: Float[np.ndarray, "time states"],
) -> ViterbiTable:
    """Run the Viterbi algorithm on probabilities and keep everything that it computes.

    ``seen[t, j]`` is the probability that state j emits what was observed at step t. Of equal
    scores the first state is taken, as in ``models.hmm.viterbi``.

    Raises ``ValueError`` for what are no probabilities, and for no steps.

    >>> found = viterbi_table(np.array([1.0, 0.0]), np.array([[0.5, 0.5], [0.0, 1.0]]),
    ...                       np.array([[0.5, 0.5], [0.25, 1.0]]))
    >>> found.path.tolist(), bool(np.isclose(found.scores[1, 1], np.log(0.25)))
    ([0, 1], True)
    """
    with np.errstate(divide="ignore"):  # the logarithm of 0 is −∞, and that is meant
        first, steps, emitted = np.log(initial), np.log(transition), np.log(seen)
    scores, back = [first + emitted[0]], [np.full(len(initial), -1)]
    for now in emitted[1:]:
        candidates = scores[-1][:, None] + steps + now  # (N, N): from, to
        back.append(candidates.argmax(axis=0))
        scores.append(candidates.max(axis=0))
    path, best = viterbi(first, steps, emitted)
    return ViterbiTable(np.array(scores), np.array(back), path if best > -np.inf else path[:0])


def _check_row(row: Sequence[float], place: int, original: Sequence[float]) -> None:
    check_table("row", row, (None,), "(N,)")
    check_table("original", original, (len(row),), "(N,)")
    if not 0 <= place < len(row):
        raise ValueError(f"place is {place}, expected 0 to {len(row) - 1}.")


def _check_value(value: object) -> None:
    if isinstance(value, int | float) and not 0 <= value <= 1:
        raise ValueError(f"value is {value}, expected a probability from 0 to 1.")


@checked_by(_check_value)
@typed
@checked_by(_check_row)
def edited_row(
    row: Sequence[float], place: int, value: float, original: Sequence[float]
) -> list[float]:
    """Return a row of probabilities with another ``value`` at ``place``, still summing to 1.

    The other entries keep their ratios. Where they are all 0, they take those of ``original``;
    where those are 0, too, they share equally.

    Raises ``ValueError`` for a value that is no probability, a row with nothing to rescale, a place
    that is not in it, and an ``original`` of another length.

    >>> edited_row([0.5, 0.25, 0.25], place=0, value=0.75, original=[0.5, 0.25, 0.25])
    [0.75, 0.125, 0.125]
    """
    if len(row) < 2:
        raise ValueError(
            f"value is {value} in a row of {len(row)}, expected at least one other entry that "
            "takes the rest."
        )
    for ratios in (row, original, [1.0] * len(row)):
        rest = sum(ratio for other, ratio in enumerate(ratios) if other != place)
        if rest > 1e-12:
            break
    return [
        value if other == place else (1 - value) * ratio / rest
        for other, ratio in enumerate(ratios)
    ]


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

    _esm = module(__file__)
    _css = stylesheet(__file__)

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

    @typed
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
        return [self.states[state] for state in self._table(self.transition).path]

    def _table(self, transition: list[list[float]]) -> ViterbiTable:
        """Return all scores with these transitions."""
        return viterbi_table(np.array(self._initial), np.array(transition), np.array(self._seen))

    def picture(self) -> Figure:
        """Draw the trellis as it was made, before any change in the browser."""
        found = self._table(self._original)
        symbols = [visible(symbol) for symbol in self.observed]
        title = "Log scores, and the best path" if len(found.path) else "No path is possible"
        axes = trellis(
            found.scores, found.path, self.states, symbols, found.back_pointers, title=title
        )
        return cast(Figure, axes.figure)

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        found = self._table(self._original)
        begin = (
            f"A trellis of the {len(self.states)} states {', '.join(self.states)} over "
            f"{len(self.observed)} steps, with a log score in every circle and an arrow from its "
            "best predecessor. "
        )
        if not len(found.path):
            return begin + "No path can have emitted these observations."
        pairs = ", ".join(
            f"{self.states[state]} for {spoken(symbol)}"
            for state, symbol in zip(found.path, self.observed, strict=True)
        )
        return (
            f"{begin}The best path, drawn thick: {pairs}. "
            f"Its log score is {found.scores[-1].max():.2f}."
        )
