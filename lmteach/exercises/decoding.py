"""The checks of notebook 14: how many tokens stay, another cut, and attention with a cache."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("nucleus_size", "keep_min_p", "attend_one")

Array = np.ndarray[Any, np.dtype[Any]]


def _nucleus(probabilities: Array, p: float) -> int:
    before = np.sort(probabilities)[::-1].cumsum() - np.sort(probabilities)[::-1]
    return int((before < p - 1e-12).sum())


@exercise
def nucleus_size(answer: Callable[[Array, float], int]) -> None:
    """Check ``nucleus_size(probabilities, p)``: how many tokens top-p keeps.

    >>> nucleus_size(lambda probabilities, p: sum(np.sort(probabilities)[::-1].cumsum() < p))
    ... # doctest: +ELLIPSIS
    nucleus_size: for (..., 0.7) you gave ..., expected 1. The token that crosses p stays...
    """
    peaked = np.array([0.05, 0.9, 0.03, 0.02])
    mixed = np.array([0.1, 0.4, 0.2, 0.3])

    def falling(probabilities: Array) -> Array:
        return np.asarray(np.sort(probabilities)[::-1].cumsum())

    expect(
        answer,
        [(peaked, 0.7), (mixed, 0.8), (mixed, 0.35), (np.full(10, 0.1), 0.75), (mixed, 1.0)],
        _nucleus,
        slips=[
            (
                lambda probabilities, p: int((falling(probabilities) < p).sum()),
                "The token that crosses p stays, too: else a sure model would be left with none.",
            ),
            (
                lambda probabilities, p: int((falling(probabilities) <= p).sum()),
                "The token that crosses p stays, too: else a sure model would be left with none.",
            ),
            (
                lambda probabilities, p: int((probabilities.cumsum() < p).sum()) + 1,
                "Sort first: the likeliest tokens go in first, whatever their ids.",
            ),
            (
                lambda probabilities, p: int((np.sort(probabilities).cumsum() < p).sum()) + 1,
                "You began with the least likely token; np.sort puts the smallest first.",
            ),
            (
                lambda probabilities, p: int((probabilities >= p).sum()),
                "p is not a threshold for each token: it is what those that stay hold together.",
            ),
            (
                lambda probabilities, p: math.ceil(p * len(probabilities)),
                "p is a share of the probability, not of the vocabulary.",
            ),
        ],
    )


def _min_p(probabilities: Array, ratio: float, scale: bool = True) -> Array:
    kept = np.where(probabilities >= ratio * probabilities.max(), probabilities, 0.0)
    return np.asarray(kept / kept.sum() if scale else kept)


@exercise
def keep_min_p(answer: Callable[[Array, float], Array]) -> None:
    """Check ``keep_min_p(probabilities, ratio)``: cut what is far less likely than the likeliest.

    >>> keep_min_p(lambda probabilities, ratio: probabilities * (probabilities >= ratio))
    ... # doctest: +ELLIPSIS
    keep_min_p: for (...) you gave ... The threshold is not ratio itself...
    """
    mixed = np.array([0.1, 0.4, 0.2, 0.3])

    def threshold(probabilities: Array, ratio: float) -> Array:
        kept = np.where(probabilities >= ratio, probabilities, 0.0)
        return np.asarray(kept / kept.sum() if kept.any() else kept)

    def threshold_alone(probabilities: Array, ratio: float) -> Array:
        return np.where(probabilities >= ratio, probabilities, 0.0)

    def strictly(probabilities: Array, ratio: float) -> Array:
        kept = np.where(probabilities > ratio * probabilities.max(), probabilities, 0.0)
        return np.asarray(kept / kept.sum() if kept.any() else kept)

    def softmax_again(probabilities: Array, ratio: float) -> Array:
        powers = np.exp(_min_p(probabilities, ratio, scale=False))
        return np.asarray(powers / powers.sum())

    own = "The threshold is not ratio itself: it is ratio times the *largest* probability."
    expect(
        answer,
        [(mixed, 0.6), (mixed, 0.1), (np.array([0.4, 0.2, 0.2, 0.2]), 0.5), (np.ones(1), 1.0)],
        _min_p,
        slips=[
            (threshold, own),
            (threshold_alone, own),
            (
                lambda probabilities, ratio: _min_p(probabilities, ratio, scale=False),
                "What is left doesn't sum to 1: divide by its sum.",
            ),
            (strictly, "A token that is exactly at the threshold stays: ≥, not >."),
            (
                softmax_again,
                "These are probabilities already, no logits: divide by the sum, without exp.",
            ),
            (
                lambda probabilities, ratio: np.sort(_min_p(probabilities, ratio))[::-1],
                "Each token keeps its place: a sorted row forgets whose probabilities they are.",
            ),
        ],
    )


def _attend_one(
    query: Array,
    key: Array,
    value: Array,
    keys: Array,
    values: Array,
    root: bool = True,
    softmax: bool = True,
) -> Array:
    """Attention of one query to all that is kept; the options are the slips."""
    scores = np.vstack([keys, key]) @ query / (math.sqrt(len(query)) if root else 1.0)
    powers = np.exp(scores)
    weights = powers / powers.sum() if softmax else scores
    return np.asarray(weights @ np.vstack([values, value]))


@exercise
def attend_one(answer: Callable[[Array, Array, Array, Array, Array], Array]) -> None:
    """Check ``attend_one(query, key, value, keys, values)``: what the newest token sees, (any,).

    >>> attend_one(lambda query, key, value, keys, values: value)  # doctest: +ELLIPSIS
    attend_one: for (...) you gave ..., expected ... The new token looks back, too...
    """
    rng = np.random.default_rng(14)
    query, key, value = rng.normal(size=4), rng.normal(size=4), rng.normal(size=3)
    keys, values = rng.normal(size=(5, 4)), rng.normal(size=(5, 3))

    def reversed_order(q: Array, k: Array, v: Array, ks: Array, vs: Array) -> Array:
        scores = np.vstack([k, ks]) @ q / math.sqrt(len(q))
        return np.asarray(np.exp(scores) / np.exp(scores).sum() @ np.vstack([vs, v]))

    expect(
        answer,
        [(query, key, value, keys, values), (query, key, value, keys[:1], values[:1])],
        _attend_one,
        slips=[
            (
                lambda q, k, v, ks, vs: _attend_one(q, ks[-1], vs[-1], ks[:-1], vs[:-1]),
                "The new token's own key and value are missing: it looks at itself, too.",
            ),
            (lambda q, k, v, ks, vs: v, "The new token looks back, too: at all that is kept."),
            (
                lambda q, k, v, ks, vs: _attend_one(q, k, v, ks, vs, root=False),
                "Divide the scores by √K, the root of the query's length.",
            ),
            (
                lambda q, k, v, ks, vs: _attend_one(q, k, v, ks, vs, softmax=False),
                "The scores are not weights yet: the softmax is missing.",
            ),
            (
                reversed_order,
                "The new key stands first and the new value last: put both at the end.",
            ),
            (
                lambda q, k, v, ks, vs: _attend_one(k, q, v, ks, vs),
                "Query and key are swapped: the newest *query* asks all keys.",
            ),
        ],
    )
