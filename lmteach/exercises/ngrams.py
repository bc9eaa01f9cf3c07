"""The checks of notebook 02: continuation counts, the discount, and what is passed down."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("continuation_count", "estimate_discount", "discounted")

_TOKENS = [0, 1, 2, 0, 1, 0, 1, 3, 1, 2, 2, 0]
_COUNTS = [1, 1, 1, 2, 5, 1, 2, 0, 7]


@exercise
def continuation_count(answer: Callable[[Sequence[int], int], int]) -> None:
    """Check ``continuation_count(tokens, token)``: after how many different tokens it came.

    >>> continuation_count(lambda tokens, token: tokens.count(token))  # doctest: +ELLIPSIS
    continuation_count: ...That is how often it came. Asked is after how many different tokens.
    """

    def before(tokens: Sequence[int], token: int) -> list[int]:
        return [a for a, b in pairwise(tokens) if b == token]

    def after(tokens: Sequence[int], token: int) -> set[int]:
        return {b for a, b in pairwise(tokens) if a == token}

    expect(
        answer,
        [(_TOKENS, 0), (_TOKENS, 1), (_TOKENS, 3), (_TOKENS, 2)],
        lambda tokens, token: len(set(before(tokens, token))),
        slips=[
            (
                lambda tokens, token: list(tokens).count(token),
                "That is how often it came. Asked is after how many different tokens.",
            ),
            (
                lambda tokens, token: len(before(tokens, token)),
                "Each pair is counted again when it comes again: a set keeps each once.",
            ),
            (
                lambda tokens, token: len(after(tokens, token)),
                "Those are the tokens after it. Which came before?",
            ),
            (
                lambda tokens, token: len(set(before(tokens, token)) - {token}),
                "A token may stand before itself, and that counts, too.",
            ),
        ],
    )


@exercise
def estimate_discount(answer: Callable[[Sequence[int]], float]) -> None:
    """Check ``estimate_discount(counts)``: n1 / (n1 + 2 n2)."""

    def seen(counts: Sequence[int], times: int) -> int:
        return sum(1 for count in counts if count == times)

    expect(
        answer,
        [(_COUNTS,), ([1, 2, 2, 3],), ([2, 1, 4, 2, 2],)],
        lambda counts: seen(counts, 1) / (seen(counts, 1) + 2 * seen(counts, 2)),
        slips=[
            (
                lambda counts: seen(counts, 1) / (seen(counts, 1) + seen(counts, 2)),
                "The 2 before n2 is missing.",
            ),
            (
                lambda counts: seen(counts, 1) / (seen(counts, 1) + 2 + seen(counts, 2)),
                "2 *times* n2, not 2 more.",
            ),
            (
                lambda counts: counts[0] / (counts[0] + 2 * counts[1]),
                "Those are the first two counts. n1 is how many counts are 1.",
            ),
            (
                lambda counts: seen(counts, 1) / len(counts),
                "That is the share of n-grams seen once; the formula asks for n2, too.",
            ),
            (
                lambda counts: 2 * seen(counts, 2) / (seen(counts, 1) + 2 * seen(counts, 2)),
                "That is 1 minus the discount.",
            ),
        ],
    )


@exercise
def discounted(answer: Callable[[np.ndarray, np.ndarray, float], ArrayLike]) -> None:
    """Check ``discounted(counts, lower, discount)``: one context's distribution (V,).

    ``counts`` (V,) followed the context, ``lower`` (V,) is the distribution after the shorter one.
    """

    def kept(counts: np.ndarray, discount: float) -> np.ndarray:
        return np.maximum(counts - discount, 0) / counts.sum()

    def right(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        weight = discount * (counts > 0).sum() / counts.sum()
        return kept(counts, discount) + weight * lower

    def only_unseen(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        weight = discount * (counts > 0).sum() / counts.sum()
        return kept(counts, discount) + weight * lower * (counts == 0)

    def negative(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        weight = discount * (counts > 0).sum() / counts.sum()
        return (counts - discount) / counts.sum() + weight * lower

    expect(
        answer,
        [
            (np.array([3, 0, 2, 0]), np.array([0.4, 0.3, 0.2, 0.1]), 0.5),
            (np.array([0, 2, 2]), np.array([0.5, 0.25, 0.25]), 0.75),
            (np.array([1, 0, 3]), np.array([0.25, 0.25, 0.5]), 0.5),
        ],
        right,
        slips=[
            (
                lambda counts, lower, discount: kept(counts, discount),
                "What was taken is not given to anyone: this sums to less than 1.",
            ),
            (
                lambda counts, lower, discount: kept(counts, discount) + lower,
                "The lower order needs a weight, or the sum is above 1.",
            ),
            (
                lambda counts, lower, discount: kept(counts, discount) + discount * lower,
                "The weight is what was taken: the discount, once for each token that followed, "
                "divided by the sum of the counts.",
            ),
            (
                lambda counts, lower, discount: (
                    kept(counts, discount) + discount * len(counts) / counts.sum() * lower
                ),
                "Nothing was taken from tokens that never followed: count only those above 0.",
            ),
            (
                lambda counts, lower, discount: (
                    kept(counts, discount) + discount * (counts > 1).sum() / counts.sum() * lower
                ),
                "What followed once gave up its discount, too: count all that are above 0.",
            ),
            (only_unseen, "Interpolated: what was seen gets its part of the lower order as well."),
            (negative, "A count of 0 has nothing to take from: never below 0."),
        ],
    )
