"""The checks of notebook 04: a round of Baum–Welch built in five steps, and expected visits."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect
from lmteach.models.hmm.baum_welch import expected_counts, re_estimate
from lmteach.models.hmm.model import HMM

EXERCISES = (
    "expected_starts",
    "expected_moves",
    "expected_emissions",
    "new_rows",
    "one_round",
    "expected_visits",
)

_INITIAL = np.array([0.6, 0.4])
_TRANSITION = np.array([[0.7, 0.3], [0.1, 0.9]])
_EMISSION = np.array([[0.5, 0.1, 0.4], [0.2, 0.6, 0.2]])
_THREE = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.25, 0.65]])
_SEEN = np.array([0, 1, 0, 2])
_LONG = np.array([0, 1, 2, 2, 1] * 300)

Table = np.ndarray
Tables = tuple[Table, Table, Table]
_TWO: Tables = (_INITIAL, _TRANSITION, _EMISSION)
_MORE: Tables = (_THREE[0], _THREE, _EMISSION[[0, 1, 0]] @ np.roll(_THREE, 1, axis=1))


def _alpha_beta(tables: Tables, seen: Table) -> tuple[Table, Table]:
    """Log alpha and log beta (T, N), as the learner gets them from ``HMM``."""
    model = HMM(*tables)
    return model.forward(seen), model.backward(seen)


def _shares(alpha: Table, beta: Table) -> Table:
    """Gamma (T, N): how probable each state is at each step."""
    both = alpha + beta
    return np.exp(both - np.logaddexp.reduce(both, axis=1, keepdims=True))


_UNDIVIDED = "Divide by the probability of all that was seen: in logarithms, subtract it."
_IN_PRODUCTS = (
    "0 divided by 0: the probability of a long text is too small to be written. Subtract "
    "logarithms first (np.logaddexp.reduce), then take the exponential."
)


@exercise
def expected_starts(answer: Callable[[Table, Table], ArrayLike]) -> None:
    """Check ``expected_starts(alpha, beta)``: the share of each state in the first step (N,).

    >>> expected_starts(lambda alpha, beta: np.exp(alpha[0] + beta[0]))  # doctest: +ELLIPSIS
    expected_starts: ... Divide by the probability of all that was seen: in logarithms, subtract it.
    """

    def too_small(alpha: Table, beta: Table) -> Table:
        both = np.exp(alpha[0]) * np.exp(beta[0])
        return both / both.sum()

    expect(
        answer,
        [_alpha_beta(_TWO, _SEEN), _alpha_beta(_MORE, _SEEN), _alpha_beta(_TWO, _LONG)],
        lambda alpha, beta: _shares(alpha, beta)[0],
        slips=[
            (too_small, _IN_PRODUCTS),
            (lambda alpha, beta: np.exp(alpha[0] + beta[0]), _UNDIVIDED),
            (
                lambda alpha, beta: _shares(alpha, 0 * beta)[0],
                "Only alpha: it knows the first symbol. What comes later tells of the start, too.",
            ),
            (
                lambda alpha, beta: _shares(0 * alpha, beta)[0],
                "Only beta: it knows what comes later. The start and the first symbol count, too.",
            ),
            (
                lambda alpha, beta: _shares(alpha, beta)[-1],
                "That is the last step; a text starts at its first, row 0.",
            ),
            (
                lambda alpha, beta: np.exp(alpha[0] + beta[0] - alpha[-1].sum()),
                "Asked for is the sum of probabilities, of which alpha holds the logarithms: "
                "np.logaddexp.reduce(alpha[-1]).",
            ),
            (_shares, "That is every step; asked is the first alone, (N,)."),
            (
                lambda alpha, beta: (alpha + beta - np.logaddexp.reduce(alpha[-1]))[0],
                "Those are logarithms still: take e to their power.",
            ),
        ],
    )


@exercise
def expected_moves(answer: Callable[[Table, Table, Table, Table, Table], ArrayLike]) -> None:
    """Check ``expected_moves(alpha, beta, log_transition, log_emission, x)``: counts (N, N).

    >>> expected_moves(lambda alpha, beta, a, b, x: np.exp(a))  # doctest: +ELLIPSIS
    expected_moves: ... That is the table that the model had; count what probably happened in x.
    """

    def moves(alpha: Table, beta: Table, a: Table, b: Table, x: Table, later: int = 1) -> Table:
        seen = b.T[x]
        onward = alpha[:-1, :, None] + a + (beta[later:] + seen[later:])[: len(x) - 1, None, :]
        return np.exp(onward - np.logaddexp.reduce(alpha[-1])).sum(axis=0)

    def old_symbol(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        return moves(alpha, beta, a, b, np.append(x[0], x[:-1]))

    def old_beta(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        return moves(alpha, np.vstack([beta[:1], beta[:-1]]), a, b, x)

    def turned(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        return moves(alpha, beta, a.T, b, x).T

    def undivided(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        whole = np.exp(np.logaddexp.reduce(alpha[-1]))
        return moves(alpha, beta, a, b, x) * whole

    def products(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        before, after = np.exp(alpha[:-1]), np.exp(beta + b.T[x])[1:]
        return np.exp(a) * (before.T @ after) / np.exp(alpha[-1]).sum()

    def independent(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        shares = _shares(alpha, beta)
        return shares[:-1].T @ shares[1:]

    def last(alpha: Table, beta: Table, a: Table, b: Table, x: Table) -> Table:
        return moves(alpha[-2:], beta[-2:], a, b, x[-2:])

    def cases(tables: Tables, seen: Table) -> tuple[Table, ...]:
        _, a, b = tables
        return (*_alpha_beta(tables, seen), np.log(a), np.log(b), seen)

    expect(
        answer,
        [cases(_TWO, _SEEN), cases(_MORE, _SEEN), cases(_TWO, _LONG)],
        moves,
        slips=[
            (products, _IN_PRODUCTS),
            (undivided, _UNDIVIDED),
            (
                lambda alpha, beta, a, b, x: moves(alpha, beta, a, 0 * b, x),
                "The emission is missing: the new state has to emit x[t + 1], which beta[t + 1] "
                "leaves out.",
            ),
            (
                lambda alpha, beta, a, b, x: moves(alpha, beta, a, b, x, later=0),
                "A move leads from step t to step t + 1: alpha[:-1], with beta[1:] and the "
                "emissions of x[1:].",
            ),
            (
                old_symbol,
                "The new state emits the new symbol, x[t + 1]; x[t] is in alpha[t] already.",
            ),
            (old_beta, "What comes after the move is beta[t + 1]; beta[t] tells of the move, too."),
            (
                turned,
                "Where a move comes from is the row of log_transition: alpha[t][:, None], and all "
                "that belongs to t + 1 as it is.",
            ),
            (
                lambda alpha, beta, a, b, x: moves(alpha, 0 * beta, a, b, x),
                "Only alpha: it knows the past. What comes after the move tells of it, too.",
            ),
            (
                lambda alpha, beta, a, b, x: moves(alpha, beta, 0 * a, b, x),
                "The transition is missing: some moves are likelier than others.",
            ),
            (
                independent,
                "The shares of two neighbours, multiplied: as if they knew nothing of each other. "
                "The move between them is in equation 4.5.",
            ),
            (
                lambda *given: moves(*given).T,
                "Transposed: the row is where a move comes from.",
            ),
            (
                lambda *given: moves(*given) / moves(*given).sum(axis=1, keepdims=True),
                "Those are the new probabilities already; asked are the counts. They sum to T - 1.",
            ),
            (last, "That is the last move alone; add them up over all steps."),
            (
                lambda alpha, beta, a, b, x: np.exp(a),
                "That is the table that the model had; count what probably happened in x.",
            ),
        ],
    )


@exercise
def expected_emissions(answer: Callable[[Table, Table, Table, int], ArrayLike]) -> None:
    """Check ``expected_emissions(alpha, beta, x, symbols)``: counts (N, V), V = ``symbols``.

    >>> expected_emissions(lambda alpha, beta, x, symbols: np.ones((2, 3)))  # doctest: +ELLIPSIS
    expected_emissions: for ... you gave [[1. 1. 1.] [1. 1. 1.]], expected ...
    """

    def emitted(alpha: Table, beta: Table, x: Table, symbols: int) -> Table:
        counts = np.zeros((alpha.shape[1], symbols))
        np.add.at(counts.T, x, _shares(alpha, beta))
        return counts

    def overwritten(alpha: Table, beta: Table, x: Table, symbols: int) -> Table:
        counts = np.zeros((alpha.shape[1], symbols))
        counts.T[x] += _shares(alpha, beta)
        return counts

    def decided(alpha: Table, beta: Table, x: Table, symbols: int) -> Table:
        counts = np.zeros((alpha.shape[1], symbols))
        np.add.at(counts, (_shares(alpha, beta).argmax(axis=1), x), 1)
        return counts

    def products(alpha: Table, beta: Table, x: Table, symbols: int) -> Table:
        counts = np.zeros((alpha.shape[1], symbols))
        np.add.at(counts.T, x, np.exp(alpha) * np.exp(beta))
        return counts / np.exp(alpha[-1]).sum()

    expect(
        answer,
        [
            (*_alpha_beta(_TWO, _SEEN), _SEEN, 3),
            (*_alpha_beta(_MORE, _SEEN), _SEEN, 4),  # a symbol that never came
            (*_alpha_beta(_TWO, _LONG), _LONG, 3),
        ],
        emitted,
        slips=[
            (products, _IN_PRODUCTS),
            (
                overwritten,
                "A symbol that came twice was counted once: counts[:, x] += … keeps the last of "
                "several. Use a loop, or np.add.at.",
            ),
            (
                decided,
                "Each step given wholly to its likeliest state: keep the doubt, add probabilities.",
            ),
            (
                lambda *given: emitted(*given)[:, : max(given[2]) + 1],
                "A column for each of `symbols`, those that never came included.",
            ),
            (
                lambda *given: emitted(*given).T,
                "Transposed: a row for each state, a column for each symbol.",
            ),
            (
                lambda alpha, beta, x, symbols: emitted(alpha, 0 * beta, x, symbols),
                "Only alpha: it knows the past. What comes later tells of the state, too.",
            ),
            (
                lambda *given: emitted(*given) / emitted(*given).sum(axis=1, keepdims=True),
                "Those are the new probabilities already; asked are the counts. They sum to T.",
            ),
            (
                lambda *given: emitted(*given) * np.exp(np.logaddexp.reduce(given[0][-1])),
                _UNDIVIDED,
            ),
        ],
    )


@exercise
def new_rows(answer: Callable[[Table, Table], ArrayLike]) -> None:
    """Check ``new_rows(counts, before)``: rows divided by their sums; an empty row stays as it was.

    >>> new_rows(lambda counts, before: counts / counts.sum())  # doctest: +ELLIPSIS
    new_rows: ... Each row has a sum of its own: sum(axis=1, keepdims=True).
    """

    def plainly(counts: Table, before: Table) -> Table:
        return counts / counts.sum(axis=1, keepdims=True)

    def zeros(counts: Table, before: Table) -> Table:
        return re_estimate(counts, otherwise=np.zeros_like(before))

    def even(counts: Table, before: Table) -> Table:
        return re_estimate(counts, otherwise=np.full(before.shape, 1 / before.shape[1]))

    before = np.array([[0.5, 0.25, 0.25], [0.9, 0.1, 0.0]])
    expect(
        answer,
        [
            (np.array([[1.0, 3.0, 1.0], [0.5, 0.25, 0.5]]), before),
            (
                np.array([[0.0, 0.0], [1e-3, 3e-3], [2.0, 0.0]]),
                np.array([[0.75, 0.25], [0.5, 0.5], [0.5, 0.5]]),
            ),
        ],
        lambda counts, before: re_estimate(counts, otherwise=before),
        slips=[
            (
                lambda counts, before: counts / counts.sum(),
                "Each row has a sum of its own: sum(axis=1, keepdims=True).",
            ),
            (
                lambda counts, before: counts / counts.sum(axis=0),
                "Divided down the columns; a row is what one state does.",
            ),
            (plainly, "0 divided by 0: a state that was never visited keeps the row it had."),
            (zeros, "A row of zeros is no distribution: a state never visited keeps what it had."),
            (even, "A state never visited keeps the row it had, which need not be even."),
            (
                lambda counts, before: before,
                "Those are the old rows; the counts should replace them.",
            ),
        ],
    )


@exercise
def one_round(answer: Callable[[Table, Table, Table, Table], Tables]) -> None:
    """Check ``one_round(initial, transition, emission, x)``: three tables after a round of EM."""

    def round_of(initial: Table, transition: Table, emission: Table, x: Table) -> Tables:
        counts = expected_counts(initial, transition, emission, x)
        return (
            re_estimate(counts.initial, otherwise=initial),
            re_estimate(counts.transition, otherwise=transition),
            re_estimate(counts.emission, otherwise=emission),
        )

    def by_the_best_path(initial: Table, transition: Table, emission: Table, x: Table) -> Tables:
        path, _ = HMM(initial, transition, emission).viterbi(x)
        counts = [np.zeros_like(table) for table in (initial, transition, emission)]
        counts[0][path[0]] = 1
        np.add.at(counts[1], (path[:-1], path[1:]), 1)
        np.add.at(counts[2], (path, x), 1)
        first, moves, emitted = map(re_estimate, counts, (initial, transition, emission))
        return first, moves, emitted

    def counts_only(initial: Table, transition: Table, emission: Table, x: Table) -> Tables:
        first, moves, emitted, _ = expected_counts(initial, transition, emission, x)
        return first, moves, emitted

    def without_logarithms(initial: Table, transition: Table, emission: Table, x: Table) -> Tables:
        alpha, beta = _alpha_beta((initial, transition, emission), x)
        onward = alpha[:-1, :, None] + transition + (emission.T[x] + beta)[1:, None, :]
        moved = np.exp(onward - np.logaddexp.reduce(alpha[-1])).sum(axis=0)
        first, _, emitted = round_of(initial, transition, emission, x)
        return first, re_estimate(moved, otherwise=transition), emitted

    resting = (np.array([1.0, 0.0]), np.eye(2), _EMISSION)  # its second state is never visited
    expect(
        answer,
        [(*_TWO, _SEEN), (*_MORE, _SEEN), (*resting, _SEEN), (*_TWO, _LONG)],
        round_of,
        slips=[
            (counts_only, "Those are the counts; divide each row by its sum."),
            (by_the_best_path, "Counted on the best path alone: every path counts, by its share."),
            (
                without_logarithms,
                "expected_moves was given probabilities: it takes log_of(transition) and "
                "log_of(emission).",
            ),
            (
                lambda *given: (given[0], *round_of(*given)[1:]),
                "The start is the old one: the expected starts are its new probabilities.",
            ),
            (
                lambda *given: (round_of(*given)[0], given[1], round_of(*given)[2]),
                "The transitions are the old ones.",
            ),
            (
                lambda *given: (*round_of(*given)[:2], given[2]),
                "The emissions are the old ones.",
            ),
            (
                lambda *given: round_of(*round_of(*given), given[3]),
                "That is two rounds; one, please.",
            ),
            (
                lambda *given: (round_of(*given)[0], given[1], given[2]),
                "Only the start is new: the moves and the emissions are counted, too.",
            ),
        ],
    )


@exercise
def expected_visits(answer: Callable[[np.ndarray, np.ndarray], ArrayLike]) -> None:
    """Check ``expected_visits(alpha, beta)``: how many of T steps were spent in each state (N,).

    ``alpha`` and ``beta`` (T, N) are logarithms, as ``HMM.forward`` and ``HMM.backward`` give
    them. The answer sums to T.
    """

    def visits(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        return _shares(alpha, beta).sum(axis=0)

    def too_small_to_write(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        both = np.exp(alpha) * np.exp(beta)
        return (both / both.sum(axis=1, keepdims=True)).sum(axis=0)

    alpha, beta = _alpha_beta(_TWO, _SEEN)
    expect(
        answer,
        # the last is one of a long text, in which all is less probable
        [(alpha, beta), (alpha[:1], beta[-1:]), (alpha - 1000, beta)],
        visits,
        slips=[
            (
                too_small_to_write,
                "0 divided by 0: the probability of a long text is too small to be written. "
                "Subtract logarithms first (np.logaddexp.reduce), then take the exponential.",
            ),
            (_shares, "That is each step for itself; asked is the sum over all steps."),
            (
                lambda alpha, beta: _shares(alpha, beta).sum(axis=1),
                "Summed over the states, which gives 1 at each step: sum over the steps, axis=0.",
            ),
            (
                lambda alpha, beta: np.exp(alpha + beta).sum(axis=0),
                "Divide by the probability of all that was seen: the visits must sum to T.",
            ),
            (
                lambda alpha, beta: _shares(alpha, 0 * beta).sum(axis=0),
                "Only alpha: it knows the past. What comes later tells of the state, too.",
            ),
            (
                lambda alpha, beta: _shares(alpha, beta).mean(axis=0),
                "That is the share of the steps; asked is their number, so sum, not mean.",
            ),
            (
                lambda alpha, beta: (alpha + beta).sum(axis=0),
                "alpha and beta are logarithms: take the exponential before you sum.",
            ),
            (
                lambda alpha, beta: np.bincount(
                    _shares(alpha, beta).argmax(axis=1), minlength=alpha.shape[1]
                ),
                "Each step given wholly to its likeliest state: keep the doubt, add probabilities.",
            ),
        ],
    )
