"""The checks of notebook 03: one path's log probability, the state right now, the next symbol."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("path_log_probability", "state_now", "next_symbol")

# A small model of two states and three symbols, and another of three states.
_INITIAL = np.array([0.6, 0.4])
_TRANSITION = np.array([[0.7, 0.3], [0.1, 0.9]])
_EMISSION = np.array([[0.5, 0.4, 0.1], [0.05, 0.25, 0.7]])
_THREE = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.0, 0.25, 0.75]])

Table = np.ndarray


def _parts(
    initial: Table, transition: Table, emission: Table, path: Sequence[int], seen: Sequence[int]
) -> tuple[float, float, float]:
    """The log probabilities of the start, of all steps and of all emissions."""
    steps = [transition[one, other] for one, other in pairwise(path)]
    emitted = [emission[state, symbol] for state, symbol in zip(path, seen, strict=True)]
    return np.log(initial[path[0]]), np.log(steps).sum(), np.log(emitted).sum()


@exercise
def path_log_probability(
    answer: Callable[[Table, Table, Table, Sequence[int], Sequence[int]], float],
) -> None:
    """Check ``path_log_probability(initial, transition, emission, path, observations)``.

    It is the logarithm of equation 3.1, as a sum of logarithms.

    >>> path_log_probability(lambda pi, a, b, path, seen: 0.0)  # doctest: +ELLIPSIS
    path_log_probability: for ([0.6 0.4], ..., [0, 1, 1], [0, 2, 1]) you gave 0, expected -4.25628.
    """

    def late_start(pi: Table, a: Table, b: Table, path: Sequence[int], o: Sequence[int]) -> float:
        start, steps, _ = _parts(pi, a, b, path, o)
        return start + steps + _parts(pi, a, b, path[1:], o[1:])[2]

    long = ([0, 0, 1, 1, 0] * 300, [0, 1, 2, 2, 1] * 300)
    expect(
        answer,
        [
            (_INITIAL, _TRANSITION, _EMISSION, [0, 1, 1], [0, 2, 1]),
            (_INITIAL, _TRANSITION, _EMISSION, *long),
        ],
        lambda *given: sum(_parts(*given)),
        slips=[
            (
                lambda *given: np.exp(sum(_parts(*given))),
                "That is the probability; asked is its logarithm.",
            ),
            (
                lambda *given: -np.inf,
                "The product is too small to be written, and the logarithm of 0 is minus infinity: "
                "add logarithms instead.",
            ),
            (lambda *given: sum(_parts(*given)[1:]), "The first state has a probability, too."),
            (
                lambda *given: _parts(*given)[0] + _parts(*given)[2],
                "The transitions are missing: from each state to the next.",
            ),
            (
                lambda pi, a, b, path, o: sum(_parts(pi, a.T, b, path, o)),
                "The transitions run backwards: the row is where the path comes from.",
            ),
            (late_start, "The first state emits a symbol, too."),
        ],
    )


@exercise
def state_now(answer: Callable[[Table], Table]) -> None:
    """Check ``state_now(log_alpha)``: P(state | everything seen so far) at each step.

    >>> state_now(lambda log_alpha: np.exp(log_alpha))  # doctest: +ELLIPSIS
    state_now: for (...) you gave ... Each row must sum to 1: divide it by its sum.
    """

    def share(log_alpha: Table, axis: int) -> Table:
        return np.exp(log_alpha - np.logaddexp.reduce(log_alpha, axis=axis, keepdims=True))

    def from_the_greatest(log_alpha: Table) -> Table:
        shares = np.exp(log_alpha - log_alpha.max())
        return shares / shares.sum(axis=1, keepdims=True)

    steps = np.log([[0.3, 0.1], [0.02, 0.06]])

    expect(
        answer,
        [
            (np.log([[0.3, 0.1], [0.02, 0.06], [0.01, 0.01]]),),
            (steps - 2000.0,),
            (np.log([[0.2, 0.1, 0.4], [0.02, 0.06, 0.01]]),),
            (steps - [[0.0], [2000.0]],),  # a long way apart: each row needs a sum of its own
        ],
        lambda log_alpha: share(log_alpha, axis=1),
        slips=[
            (lambda log_alpha: np.exp(log_alpha), "Each row must sum to 1: divide it by its sum."),
            (
                lambda log_alpha: share(log_alpha, axis=0),
                "Your columns sum to 1; asked is about the states at one step, a row.",
            ),
            (
                lambda log_alpha: np.exp(log_alpha - np.logaddexp.reduce(log_alpha[-1])),
                "Divided by the likelihood of everything: each row has a sum of its own.",
            ),
            (
                lambda log_alpha: np.exp(
                    log_alpha - np.logaddexp(log_alpha[:, 0], log_alpha[:, 1])[:, None]
                ),
                "There may be more than two states: np.logaddexp.reduce adds up whole rows.",
            ),
            (
                lambda log_alpha: log_alpha / log_alpha.sum(axis=1, keepdims=True),
                "These are logarithms: take e to their power before you divide.",
            ),
            (
                lambda log_alpha: share(log_alpha, axis=1)[-1],
                "That is the last step; asked is every step.",
            ),
            (
                from_the_greatest,
                "0 divided by 0: subtracted was the greatest number of all, and far from it "
                "nothing is left. Each row needs its own np.logaddexp.reduce.",
            ),
            (
                lambda log_alpha: np.full(log_alpha.shape, np.nan),
                "0 divided by 0: after so many steps e to the power is too small to be written. "
                "Subtract the row's np.logaddexp.reduce first, then take e to the power.",
            ),
        ],
    )


@exercise
def next_symbol(answer: Callable[[Table, Table, Table], Table]) -> None:
    """Check ``next_symbol(now, transition, emission)``: what will be seen next, (V,).

    ``now`` (N,) is the probability of each state at the last step seen.
    """

    def predicted(now: Table, transition: Table, emission: Table) -> Table:
        return now @ transition @ emission

    def of_the_likeliest(now: Table, transition: Table, emission: Table) -> Table:
        return emission[(now @ transition).argmax()]

    expect(
        answer,
        [
            (np.array([0.25, 0.75]), _TRANSITION, _EMISSION),
            (np.array([0.5, 0.125, 0.375]), _THREE, np.roll(_THREE, 1, axis=1)),
        ],
        predicted,
        slips=[
            (
                lambda now, transition, emission: now @ emission,
                "That is the symbol of this step: the state moves on first.",
            ),
            (
                lambda now, transition, emission: transition @ now @ emission,
                "Transposed: the sum runs over where the state comes from, the rows "
                "(now @ transition).",
            ),
            (
                of_the_likeliest,
                "Only the likeliest state was asked: all of them count, by their probability.",
            ),
            (
                lambda now, transition, emission: predicted(now, transition, emission).argmax(),
                "That is the likeliest symbol; asked is the probability of each.",
            ),
            (
                lambda now, transition, emission: now @ transition,
                "That is the next state; each state then emits a symbol.",
            ),
        ],
    )
