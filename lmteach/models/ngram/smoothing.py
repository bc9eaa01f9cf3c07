"""Smoothing: how much of each context's probability is kept, and how much is passed down.

Every method here gives each n-gram a *share* of its context's probability and each context a
*weight* for what it passes on to the next shorter context, and then

    P(w | h) = share(h w) + weight(h) P(w | h without its first token)

ending at the uniform distribution 1 / V. If the shares of a context and its weight sum to 1, so
does every distribution. A context never seen has no shares and weight 1. Taught in notebook 02.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import (
    check_number,
    check_shape,
    check_sizes,
    check_table,
    check_tokens,
    checked_by,
)
from lmteach.models.ngram.counts import (
    CountLevel,
    check_levels,
    continuation_counts,
    ngram_numbers,
)
from lmteach.typed import typed

FALLBACK = np.array([0.0, 0.5, 1.0, 1.5])  # discounts where counts of counts can't tell
MOST_TAKEN = np.array([0, 1, 2, 3])  # off counts of 0, 1, 2, and 3 or more: no more than is there


@dataclass(frozen=True)
class Smoothed:
    """One order after smoothing: shares of the n-grams, weights of the contexts.

    ``to_uniform`` says that the weight goes to 1 / V at once, as add-k does, and not to the
    next shorter context.
    """

    keys: Int[np.ndarray, " ngrams"]
    shares: Float[np.ndarray, " ngrams"]
    weights: Float[np.ndarray, " contexts"]
    to_uniform: bool = False


def check_smoothed(levels: Sequence[Smoothed], vocab_size: int) -> None:
    """Say that smoothed levels are not those of one model, from order 1 up, if so.

    >>> half = Smoothed(np.array([0]), np.array([0.5]), np.array([0.5]))
    >>> check_smoothed([half, half, half], vocab_size=0)
    Traceback (most recent call last):
    ValueError: vocab_size is 0, expected a whole number of at least 1.
    """
    check_sizes(vocab_size=vocab_size)
    if len(levels) == 0:
        raise ValueError("levels is empty, expected those of a fitted model, as smooth gives them.")
    contexts = 1
    for n, level in enumerate(levels, start=1):
        check_shape(f"the weights of level {n}", level.weights.shape, (contexts,), "(contexts,)")
        check_shape(f"the shares of level {n}", level.shares.shape, level.keys.shape, "(ngrams,)")
        if len(level.keys) == 0 or not 0 <= level.keys[0] <= level.keys[-1] < contexts * vocab_size:
            raise ValueError(
                f"level {n} has {len(level.keys)} keys that are not among those of {contexts} "
                f"contexts and {vocab_size} tokens: expected levels and vocab_size of one model."
            )
        contexts = len(level.keys)


@typed
def maximum_likelihood_level(level: CountLevel) -> Smoothed:
    """Keep everything: C(h w) / C(h). Only a context never followed passes all of it down.

    >>> from lmteach.models.ngram.counts import count_levels
    >>> maximum_likelihood_level(count_levels([0, 1, 0, 1, 1], 2, order=2)[1]).shares
    array([1. , 0.5, 0.5])
    """
    totals = level.sum_by_context(level.counts)
    shares = level.counts / totals[level.contexts]
    return Smoothed(level.keys, shares, np.where(totals > 0, 0.0, 1.0))


def _check_k(k: float) -> None:
    check_number("k", k, above=0, mend="For 0, use maximum_likelihood_level.")


@typed
@checked_by(_check_k)
def add_k_level(level: CountLevel, k: float) -> Smoothed:
    """(C(h w) + k) / (C(h) + k V), split into what was seen and what is pretended.

    Raises ``ValueError`` if ``k`` is not above 0.

    >>> from lmteach.models.ngram.counts import count_levels
    >>> add_k_level(count_levels([0, 1, 0, 1, 1], 2, order=2)[1], k=1.0).weights
    array([0.5, 0.5])
    """
    pretended = k * level.vocab_size
    totals = level.sum_by_context(level.counts) + pretended
    shares = level.counts / totals[level.contexts]
    return Smoothed(level.keys, shares, pretended / totals, to_uniform=True)


def _check_weight(weight: float) -> None:
    check_number("weight", weight, at_least=0, at_most=1)


@typed
@checked_by(_check_weight)
def interpolated_level(level: CountLevel, weight: float) -> Smoothed:
    """Keep maximum likelihood with the given weight, pass the rest down (Jelinek & Mercer 1980).

    Raises ``ValueError`` for a weight outside 0 to 1.

    >>> from lmteach.models.ngram.counts import count_levels
    >>> interpolated_level(count_levels([0, 1, 0, 1, 1], 2, order=2)[1], 0.75).weights
    array([0.25, 0.25])
    """
    plain = maximum_likelihood_level(level)
    return Smoothed(level.keys, weight * plain.shares, 1 - weight * (1 - plain.weights))


def _check_discounts(discounts: np.ndarray) -> None:
    check_table("discounts", discounts, (4,))
    if np.any(discounts > MOST_TAKEN):
        raise ValueError(
            f"discounts is {discounts.tolist()}, expected at most {MOST_TAKEN.tolist()}: no more "
            "can be taken off a count than is there."
        )


@typed
@checked_by(_check_discounts)
def discounted_level(level: CountLevel, discounts: Float[np.ndarray, "4"]) -> Smoothed:
    """Take a discount off every count, pass what was taken down.

    ``discounts`` are what is taken off counts of 0, 1, 2, and 3 or more.
    Raises ``ValueError`` for one that is negative, or more than the count.

    >>> from lmteach.models.ngram.counts import count_levels
    >>> discounted_level(count_levels([0, 1, 0, 1, 1], 2, 2)[1], np.array([0, 0.5, 0.5, 0.5]))
    ... # doctest: +ELLIPSIS
    Smoothed(..., shares=array([0.75, 0.25, 0.25]), weights=array([0.25, 0.5 ]), ...)
    """
    taken = discounts[np.minimum(level.counts, 3)]
    totals = level.sum_by_context(level.counts)
    followed = totals > 0
    divisors = np.where(followed, totals, 1.0)
    shares = (level.counts - taken) / divisors[level.contexts]
    return Smoothed(
        level.keys, shares, np.where(followed, level.sum_by_context(taken) / divisors, 1.0)
    )


def _check_discounting(counts: np.ndarray) -> None:
    check_table("counts", counts, (None,), "(ngrams,)")


def _check_one_discount(counts: np.ndarray, discount: float | None) -> None:
    _check_discounting(counts)
    if discount is not None:
        check_number("discount", discount, above=0, below=1)


@typed
@checked_by(_check_one_discount)
def one_discount(
    counts: Int[np.ndarray, " ngrams"], discount: float | None = None
) -> Float[np.ndarray, "4"]:
    """Return the same discount for every count: n1 / (n1 + 2 n2) if none is given.

    n1 and n2 are how many n-grams have the count 1 and 2 (Ney, Essen & Kneser 1994). Where there
    are none, the formula has no answer between 0 and 1, and the discount is 0.5.
    Raises ``ValueError`` for a discount that is not between 0 and 1.

    >>> one_discount(np.array([1, 1, 2, 5]))
    array([0. , 0.5, 0.5, 0.5])
    """
    if discount is None:
        n1, n2 = (int((counts == count).sum()) for count in (1, 2))
        discount = n1 / (n1 + 2 * n2) if n1 and n2 else 0.5
    return discount * np.array([0.0, 1.0, 1.0, 1.0])


@typed
@checked_by(_check_discounting)
def three_discounts(counts: Int[np.ndarray, " ngrams"]) -> Float[np.ndarray, "4"]:
    """Return discounts for counts of 1, 2 and 3 or more (Chen & Goodman 1999, eq. 17).

        D_j = j - (j + 1) Y n_{j+1} / n_j     with     Y = n1 / (n1 + 2 n2)

    n_j is how many n-grams have the count j. Where one of n1 … n4 is 0 or a discount falls
    outside (0, j), which few n-grams can cause, 0.5, 1 and 1.5 are taken.

    >>> three_discounts(np.repeat([1, 2, 3, 4], [40, 10, 4, 2]))
    array([0.        , 0.66666667, 1.2       , 1.66666667])
    """
    n = [int((counts == count).sum()) for count in range(5)]
    if 0 in n[1:]:
        return FALLBACK
    y = n[1] / (n[1] + 2 * n[2])
    discounts = np.array([0.0, *(j - (j + 1) * y * n[j + 1] / n[j] for j in (1, 2, 3))])
    return discounts if (discounts[1:] > 0).all() else FALLBACK


@typed
@checked_by(check_levels)
def with_continuations(levels: Sequence[CountLevel]) -> list[CountLevel]:
    """Replace the counts of every order but the highest by continuation counts (Kneser & Ney 1995).

    >>> from lmteach.models.ngram.counts import count_levels
    >>> [level.counts.tolist() for level in with_continuations(count_levels([0, 1, 0, 1, 1], 2, 2))]
    [[1, 2], [2, 1, 1]]
    """
    replaced = [
        CountLevel(
            level.vocab_size,
            level.keys,
            continuation_counts(level, longer),
            level.suffixes,
            level.context_count,
        )
        for level, longer in pairwise(levels)
    ]
    return [*replaced, levels[-1]]


def _check_fit(
    levels: Sequence[CountLevel], held_out: np.ndarray, iterations: int, tolerance: float
) -> None:
    check_levels(levels)
    check_tokens(held_out, levels[0].vocab_size, name="held_out")
    check_sizes(iterations=iterations)
    check_number("tolerance", tolerance, at_least=0, below=1)


@typed
@checked_by(_check_fit)
def fit_weights(
    levels: Sequence[CountLevel],
    held_out: Int[np.ndarray, " time"],
    iterations: int = 100,
    tolerance: float = 1e-6,
) -> Float[np.ndarray, " order"]:
    """Fit the weight of each order on held-out tokens by expectation maximisation.

    Think of a coin at each order, tossed from the highest down: heads, which has the weight as
    its probability, takes maximum likelihood of this order, tails goes on to the next. Each
    round asks how often each coin was tossed and how often it must have shown heads, given the
    tokens (Jelinek & Mercer 1980). Stops when no weight moves by more than ``tolerance``.

    Weights stay between 0.001 and 0.999, so that nothing is held impossible.
    Raises ``ValueError`` for levels that are not of one count, or ids outside their vocabulary.

    >>> from lmteach.models.ngram.counts import count_levels
    >>> fit_weights(count_levels([0], 2, 1), np.array([0, 0, 0, 1]))  # 3/4 = w + (1 - w) / 2
    array([0.5])
    """
    weights = np.full(len(levels), 0.5)
    plain = [maximum_likelihood_level(level) for level in levels]
    numbers = ngram_numbers([level.keys for level in levels], levels[0].vocab_size, held_out)
    estimates = np.zeros((len(levels), len(held_out)))  # maximum likelihood of each order
    tossed = np.zeros((len(levels), len(held_out)), dtype=bool)  # is the context known?
    for n, (ngrams, contexts) in enumerate(zip(numbers[1:], numbers, strict=False)):
        known = contexts[:-1] >= 0
        known[known] = plain[n].weights[contexts[:-1][known]] == 0
        tossed[n, n:] = known
        estimates[n, n:] = np.where(ngrams >= 0, plain[n].shares[ngrams], 0.0)
    for _ in range(iterations):
        before, below = weights, np.full(len(held_out), 1 / levels[0].vocab_size)
        chances = [below]  # of each token by the orders up to n
        for n, weight in enumerate(weights):
            trust = weight * tossed[n]
            chances.append(trust * estimates[n] + (1 - trust) * chances[-1])
        reached = np.ones(len(held_out))  # the probability that coin n is tossed, given the token
        weights = weights.copy()
        for n in reversed(range(len(levels))):
            heads = before[n] * estimates[n] * tossed[n] / chances[n + 1] * reached
            tosses = (reached * tossed[n]).sum()
            if tosses > 0:
                weights[n] = np.clip(heads.sum() / tosses, 0.001, 0.999)
            reached = reached - heads
        if np.abs(weights - before).max() < tolerance:
            break
    return weights
