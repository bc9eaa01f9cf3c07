"""The checks of notebook 03: Viterbi built in four steps; the state right now, the next symbol."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect
from lmteach.models.hmm.batch import log_of
from lmteach.models.hmm.forward_backward import backward, forward
from lmteach.models.hmm.viterbi import viterbi

EXERCISES = ("start_scores", "one_step", "trace_back", "decode", "state_now", "next_symbol")

# A small model of two states and three symbols, and another of three states.
_INITIAL = np.array([0.6, 0.4])
_TRANSITION = np.array([[0.7, 0.3], [0.1, 0.9]])
_EMISSION = np.array([[0.5, 0.4, 0.1], [0.05, 0.25, 0.7]])
_THREE = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.0, 0.25, 0.75]])

_LEFT = np.array([[0.5, 0.5, 0.0], [0.0, 0.25, 0.75], [0.125, 0.0, 0.875]])  # some steps are never

Table = np.ndarray
Step = tuple[Table, Table]


@exercise
def start_scores(answer: Callable[[Table, Table, int], ArrayLike]) -> None:
    """Check ``start_scores(log_initial, log_emission, x)``: the first column of the trellis (N,).

    >>> start_scores(lambda log_initial, log_emission, x: log_initial)  # doctest: +ELLIPSIS
    start_scores: ... The first state emits a symbol, too: add its score.
    """
    expect(
        answer,
        [
            (np.log(_INITIAL), np.log(_EMISSION), 2),
            (np.log(_THREE[0]), np.log(_EMISSION[[0, 1, 0]]), 1),
        ],
        lambda pi, b, x: pi + b[:, x],
        slips=[
            (lambda pi, b, x: pi, "The first state emits a symbol, too: add its score."),
            (
                lambda pi, b, x: b[:, x],
                "The start is missing: some states are likelier to be first.",
            ),
            (
                lambda pi, b, x: pi * b[:, x],
                "These are logarithms: where probabilities are multiplied, they are added.",
            ),
            (
                lambda pi, b, x: np.exp(pi + b[:, x]),
                "Stay in logarithms: in later columns e to their power is too small to be written.",
            ),
            (
                lambda pi, b, x: np.full(len(pi), np.nan),
                "Both tables hold logarithms already; numbers below 0 have none.",
            ),
            (
                lambda pi, b, x: (pi + b[:, x]).max(),
                "Every state keeps a score of its own: a row (N,), and no choice yet.",
            ),
        ],
    )


@exercise
def one_step(answer: Callable[[Table, Table, Table, int], Step]) -> None:
    """Check ``one_step(best, log_transition, log_emission, x)``: two rows (N,).

    The new scores, and for each state the one before it on its best way.

    >>> one_step(lambda best, a, b, x: ((best[:, None] + a).max(axis=0), (best[:, None] + a).argmax(
    ...     axis=0)))  # doctest: +ELLIPSIS
    one_step: ... The scores lack the emission: each state has to emit x.
    """

    def step(best: Table, a: Table, b: Table, x: int) -> Step:
        ways = best[:, None] + a
        return ways.max(axis=0) + b[:, x], ways.argmax(axis=0)

    def summed(best: Table, a: Table, b: Table, x: int) -> Step:
        ways = best[:, None] + a
        return np.logaddexp.reduce(ways, axis=0) + b[:, x], ways.argmax(axis=0)

    def onward(best: Table, a: Table, b: Table, x: int) -> Step:
        ways = best[:, None] + a
        return ways.max(axis=1) + b[:, x], ways.argmax(axis=1)

    def without_scores(best: Table, a: Table, b: Table, x: int) -> Step:
        return step(best, a, b, x)[0], a.argmax(axis=0)

    def as_a_row(best: Table, a: Table, b: Table, x: int) -> Step:
        return (best + a).max(axis=0) + b[:, x], (best + a).argmax(axis=0)

    def led(best: Table, a: Table, b: Table, x: int) -> Step:
        return step(best, a, b, x)[0], np.full(len(best), best.argmax())

    def from_the_old_state(best: Table, a: Table, b: Table, x: int) -> Step:
        return step(best + b[:, x], a, 0 * b, x)

    def leader(best: Table, a: Table, b: Table, x: int) -> Step:
        first = best.argmax()
        return best[first] + a[first] + b[:, x], np.full(len(best), first)

    expect(
        answer,
        [
            (np.array([-7.0, -6.5, -7.25]), log_of(_LEFT), np.log(_EMISSION[[0, 1, 0]]), 0),
            (np.array([-1.0, -2.5]), np.log(_TRANSITION), np.log(_EMISSION), 2),
            (np.array([-2000.0, -1999.0]), np.log(_TRANSITION), np.log(_EMISSION), 1),
        ],
        step,
        slips=[
            (
                lambda best, a, b, x: step(best, a, 0 * b, x),
                "The scores lack the emission: each state has to emit x.",
            ),
            (
                lambda best, a, b, x: step(0 * best, a, b, x),
                "The scores so far are missing: add best[:, None], a number for each row of ways.",
            ),
            (summed, "That adds all ways up, which is forward; here the best one counts alone."),
            (
                onward,
                "You chose along rows, where to go to. Each state asks down its column where it "
                "came from: axis=0.",
            ),
            (
                lambda best, a, b, x: step(best, a.T, b, x),
                "Transposed: the row of log_transition is where a way comes from. best[:, None] "
                "adds to rows.",
            ),
            (
                as_a_row,
                "The scores so far belong to where a way comes from, the rows: best[:, None] + "
                "log_transition.",
            ),
            (
                from_the_old_state,
                "The symbol is emitted by the state that a way leads to, not by the one it left.",
            ),
            (led, "The scores are right. The pointers: each state chooses for itself."),
            (without_scores, "The pointers forgot the scores so far: argmax of the same sums."),
            (leader, "Not all ways start from the leader: each state chooses for itself."),
            (
                lambda best, a, b, x: step(best, a, b, x)[::-1],
                "Both are right, in the other order: first the scores, then the pointers.",
            ),
            (
                lambda best, a, b, x: step(best, a, b, x)[0],
                "Those are the scores; give the pointers, too: scores, pointers.",
            ),
        ],
    )


@exercise
def trace_back(answer: Callable[[Table, Sequence[Table]], ArrayLike]) -> None:
    """Check ``trace_back(last, pointers)``: the states of the best path, from the first on (T,).

    ``pointers`` has T - 1 rows; row t says where each state of step t + 1 came from, counted
    from 0.

    >>> trace_back(lambda last, pointers: [last.argmax()] * (len(pointers) + 1))
    ... # doctest: +ELLIPSIS
    trace_back: ... Follow the pointers: from each state to the one that it came from.
    """

    def back(last: Table, pointers: Table) -> list[int]:
        path = [int(last.argmax())]
        for row in pointers[::-1]:
            path.append(int(row[path[-1]]))
        return path[::-1]

    def forth(last: Table, pointers: Table) -> list[int]:
        path = [int(last.argmax())]
        for row in pointers:
            path.append(int(row[path[-1]]))
        return path

    columns = np.array([[1, 1, 2], [2, 1, 1], [1, 2, 0], [2, 2, 0]])
    expect(
        answer,
        [
            (np.array([-9.0, -8.0, -8.5]), columns),
            (np.array([-9.0, -8.0, -7.5]), columns),
            (np.array([-1.0, -0.5]), np.zeros((0, 2), dtype=int)),
        ],
        back,
        slips=[
            (
                lambda last, pointers: back(last, pointers)[::-1],
                "That is the path from its end: turn it round.",
            ),
            (forth, "The walk starts at the end, so the last row of pointers is the first to ask."),
            (
                lambda last, pointers: forth(last, pointers)[::-1],
                "The walk starts at the end, so the last row of pointers is the first to ask.",
            ),
            (
                lambda last, pointers: back(-last, pointers),
                "It ends in the worst state: the scores are logarithms, the best is the greatest.",
            ),
            (
                lambda last, pointers: back(last, pointers)[1:],
                "The first state is missing: T - 1 pointers lead through T states.",
            ),
            (
                lambda last, pointers: back(last, pointers)[:-1],
                "The last state is missing: it is where the walk starts.",
            ),
            (
                lambda last, pointers: [*pointers[:, last.argmax()], last.argmax()],
                "You asked every row for the last state: ask it for the state that you are in.",
            ),
            (
                lambda last, pointers: [int(last.argmax())] * (len(pointers) + 1),
                "Follow the pointers: from each state to the one that it came from.",
            ),
        ],
    )


@exercise
def decode(answer: Callable[[Table, Table, Table, Sequence[int]], ArrayLike]) -> None:
    """Check ``decode(initial, transition, emission, observations)``: the best path (T,).

    The tables are probabilities, and some may be 0.
    """

    def best(pi: Table, a: Table, b: Table, seen: Sequence[int]) -> Table:
        return viterbi(log_of(pi), log_of(a), log_of(b).T[seen])[0]

    def step_by_step(pi: Table, a: Table, b: Table, seen: Sequence[int]) -> Table:
        scores = log_of(b).T[seen]
        both = forward(log_of(pi), log_of(a), scores) + backward(log_of(a), scores)
        return both.argmax(axis=1)

    def leaders(pi: Table, a: Table, b: Table, seen: Sequence[int]) -> list[int]:
        score, path = pi * b[:, seen[0]], []
        for x in [*seen[1:], None]:
            path.append(int(score.argmax()))
            if x is not None:
                score = (score[:, None] * a).max(axis=0) * b[:, x]
        return path

    def without_logarithms(pi: Table, a: Table, b: Table, seen: Sequence[int]) -> Table:
        return viterbi(pi, a, b.T[seen])[0]

    def in_products(pi: Table, a: Table, b: Table, seen: Sequence[int]) -> list[int]:
        score, pointers = pi * b[:, seen[0]], []
        for x in seen[1:]:
            pointers.append((score[:, None] * a).argmax(axis=0))
            score = (score[:, None] * a).max(axis=0) * b[:, x]
        path = [int(score.argmax())]
        for row in pointers[::-1]:
            path.append(int(row[path[-1]]))
        return path[::-1]

    night = (np.array([0.7, 0.3]), np.array([[0.8, 0.2], [0.3, 0.7]]))
    sounds = np.array([[0.80, 0.15, 0.05], [0.20, 0.40, 0.40]])
    expect(
        answer,
        [
            (*night, sounds, [0, 0, 1, 1, 0, 2]),
            (_THREE[0], _LEFT, _EMISSION[[0, 1, 0]] @ _THREE, [2, 0, 1, 1, 0, 2, 2]),
            (np.array([0.1, 0.9]), _TRANSITION, _EMISSION, [1]),
            (*night, sounds, [0, 0, 1, 1, 0, 2] * 200),
        ],
        best,
        slips=[
            (
                step_by_step,
                "That is the likeliest state at each step for itself; asked is the best path as a "
                "whole.",
            ),
            (
                leaders,
                "That is the leader of each column on the way. Wait for the end, and trace back.",
            ),
            (
                in_products,
                "For short texts it is right; then the products underflow. Use logarithms.",
            ),
            (
                without_logarithms,
                "Probabilities were added: take log_of of all three tables first.",
            ),
            (
                lambda pi, a, b, seen: best(pi, a, b, [seen[0], *seen]),
                "The first symbol was counted twice: start_scores has it already, so walk over "
                "observations[1:].",
            ),
            (
                lambda pi, a, b, seen: best(pi, a, b, seen)[::-1],
                "That is the path from its end: turn it round.",
            ),
            (
                lambda pi, a, b, seen: best(np.full(len(pi), 1 / len(pi)), a, b, seen),
                "The start is missing: initial says how likely each first state is.",
            ),
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
                lambda log_alpha: np.log(share(log_alpha, axis=1)),
                "Those are logarithms still: take e to their power.",
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
