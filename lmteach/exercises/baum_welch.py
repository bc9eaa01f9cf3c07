"""The checks of notebook 04: shares of two coins, new biases, expected visits of states."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("shares_of_coins", "new_biases", "expected_visits")

_HEADS = np.array([9, 3, 8])
_SHARES = np.array([[0.9, 0.1], [0.2, 0.8], [0.75, 0.25]])
# log alpha and log beta (T, N) of a small model, worked out by hand from its tables
_FIRST, _STEP = np.array([0.6, 0.4]), np.array([[0.7, 0.3], [0.1, 0.9]])
_SEEN = np.array([[0.5, 0.2], [0.1, 0.6], [0.5, 0.2], [0.4, 0.2]])


def _likelihoods(heads: ArrayLike, tosses: int, biases: ArrayLike) -> np.ndarray:
    """P(heads of one round | coin), without the binomial factor that is the same for both."""
    k, bias = np.asarray(heads)[:, None], np.asarray(biases)
    return bias**k * (1 - bias) ** (tosses - k)


@exercise
def shares_of_coins(answer: Callable[[ArrayLike, int, ArrayLike], ArrayLike]) -> None:
    """Check ``shares_of_coins(heads, tosses, biases)``: the E-step, a share (rounds, 2) each.

    >>> shares_of_coins(lambda heads, tosses, biases: _likelihoods(heads, tosses, biases))
    ... # doctest: +ELLIPSIS
    shares_of_coins: ...Each round's shares sum to 1: divide by their sum.
    """

    def shares(heads: ArrayLike, tosses: int, biases: ArrayLike) -> np.ndarray:
        odds = _likelihoods(heads, tosses, biases)
        return odds / odds.sum(axis=1, keepdims=True)

    def of_columns(heads: ArrayLike, tosses: int, biases: ArrayLike) -> np.ndarray:
        odds = _likelihoods(heads, tosses, biases)
        return odds / odds.sum(axis=0)

    def heads_only(heads: ArrayLike, tosses: int, biases: ArrayLike) -> np.ndarray:
        odds = np.asarray(biases) ** np.asarray(heads)[:, None]
        return odds / odds.sum(axis=1, keepdims=True)

    def winner(heads: ArrayLike, tosses: int, biases: ArrayLike) -> np.ndarray:
        odds = _likelihoods(heads, tosses, biases)
        return (odds == odds.max(axis=1, keepdims=True)).astype(float)

    expect(
        answer,
        [
            (_HEADS, 10, np.array([0.6, 0.5])),
            (np.array([0, 4]), 4, np.array([0.9, 0.3])),
            (_HEADS, 10, np.array([0.6, 0.5, 0.8])),
        ],
        shares,
        slips=[
            (_likelihoods, "Each round's shares sum to 1: divide by their sum."),
            (of_columns, "Divided down the columns: the two coins share a round, so along rows."),
            (heads_only, "Tails count, too: bias^heads · (1 - bias)^tails."),
            (
                lambda heads, tosses, biases: shares(heads, tosses, biases[:2]),
                "There may be more coins than two: as many columns as there are biases.",
            ),
            (winner, "All to the likelier coin: that is a decision. EM keeps the doubt."),
        ],
    )


@exercise
def new_biases(answer: Callable[[ArrayLike, int, ArrayLike], ArrayLike]) -> None:
    """Check ``new_biases(heads, tosses, shares)``: the M-step, expected heads by tosses (2,)."""

    def biases(heads: ArrayLike, tosses: int, shares: np.ndarray) -> np.ndarray:
        return np.asarray(heads) @ shares / (tosses * shares.sum(axis=0))

    def of_all_tosses(heads: ArrayLike, tosses: int, shares: np.ndarray) -> np.ndarray:
        return np.asarray(heads) @ shares / (tosses * len(shares))

    def sum_to_one(heads: ArrayLike, tosses: int, shares: np.ndarray) -> np.ndarray:
        expected = np.asarray(heads) @ shares
        return expected / expected.sum()

    def heads_a_round(heads: ArrayLike, tosses: int, shares: np.ndarray) -> np.ndarray:
        return np.asarray(heads) @ shares / shares.sum(axis=0)

    expect(
        answer,
        [
            (_HEADS, 10, _SHARES),
            (np.array([1, 5]), 5, np.array([[0.5, 0.5], [0.1, 0.9]])),
            (np.array([1, 5]), 5, np.array([[0.5, 0.25, 0.25], [0.0, 0.9, 0.1]])),
        ],
        biases,
        slips=[
            (of_all_tosses, "Divide by the tosses that the coin is expected to have had, not all."),
            (
                lambda heads, tosses, shares: biases(heads, tosses, shares[:, :2]),
                "There may be more coins than two: as many as `shares` has columns.",
            ),
            (sum_to_one, "The two biases need not sum to 1: divide each by its own tosses."),
            (heads_a_round, "That is heads in a round; a round has more than one toss."),
        ],
    )


def _tables() -> tuple[np.ndarray, np.ndarray]:
    """Forward and backward tables, summed as in notebook 03."""
    alpha, beta = [_FIRST * _SEEN[0]], [np.ones(2)]
    for seen in _SEEN[1:]:
        alpha.append(alpha[-1] @ _STEP * seen)
    for seen in _SEEN[:0:-1]:
        beta.append(_STEP @ (seen * beta[-1]))
    return np.log(alpha), np.log(beta[::-1])


@exercise
def expected_visits(answer: Callable[[np.ndarray, np.ndarray], ArrayLike]) -> None:
    """Check ``expected_visits(alpha, beta)``: how many of T steps were spent in each state (N,).

    ``alpha`` and ``beta`` (T, N) are logarithms, as ``HMM.forward`` and ``HMM.backward`` give
    them. The answer sums to T.
    """

    def posterior(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        both = alpha + beta
        return np.exp(both - np.logaddexp.reduce(both, axis=1, keepdims=True))

    def visits(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        return posterior(alpha, beta).sum(axis=0)

    def too_small_to_write(alpha: np.ndarray, beta: np.ndarray) -> np.ndarray:
        both = np.exp(alpha) * np.exp(beta)
        return (both / both.sum(axis=1, keepdims=True)).sum(axis=0)

    alpha, beta = _tables()
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
            (posterior, "That is each step for itself; asked is the sum over all steps."),
            (
                lambda alpha, beta: np.exp(alpha + beta).sum(axis=0),
                "Divide by the probability of all that was seen: the visits must sum to T.",
            ),
            (
                lambda alpha, beta: posterior(alpha, 0 * beta).sum(axis=0),
                "Only alpha: it knows the past. What comes later tells of the state, too.",
            ),
            (
                lambda alpha, beta: posterior(alpha, beta).mean(axis=0),
                "That is the share of the steps; asked is their number, so sum, not mean.",
            ),
            (
                lambda alpha, beta: (alpha + beta).sum(axis=0),
                "alpha and beta are logarithms: take the exponential before you sum.",
            ),
            (
                lambda alpha, beta: np.bincount(
                    posterior(alpha, beta).argmax(axis=1), minlength=alpha.shape[1]
                ),
                "Each step given wholly to its likeliest state: keep the doubt, add probabilities.",
            ),
        ],
    )
