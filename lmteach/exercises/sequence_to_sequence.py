"""The checks of notebook 08: attention in four steps, words that are wrong, the best of a beam."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "score_keys",
    "attend",
    "mix",
    "attention_step",
    "share_of_wrong_words",
    "best_per_symbol",
)

Sounds = tuple[str, ...]
Answers = Sequence[Sequence[Sounds]]
Hypotheses = Sequence[tuple[Sequence[int], float]]

_SAID = [("L", "AY", "V"), ("K", "AE", "T", "S"), ("S", "IY"), ("AY",)]
_RIGHT = [
    (("L", "IH", "V"), ("L", "AY", "V")),
    (("K", "AE", "T"),),
    (("S", "IY"),),
    (("AY",),),
]
# (tokens, log probability): each list tells some mistake from the right answer
_BEAM = [([7, 4], -2.0), ([7, 4, 5, 5], -2.6), ([], -1.8), ([7, 9], -2.1)]
_LONG = [([5, 6, 7, 8], -1.0), ([5], -1.3)]
_CLOSE = [([5], -1.0), ([5, 6, 7], -1.95)]
_ENDS = [([5], -1.0), ([5, 6, 7], -2.2), ([5, 6], -1.8)]


@exercise
def share_of_wrong_words(answer: Callable[[Sequence[Sounds], Answers], float]) -> None:
    """Check ``share_of_wrong_words(said, right)``: words that equal none of their pronunciations.

    >>> share_of_wrong_words(lambda said, right: 0.75)  # doctest: +ELLIPSIS
    share_of_wrong_words: for ... you gave 0.75, expected 0.25. That is the share of *right*...
    """

    def wrong(said: Sequence[Sounds], right: Answers) -> float:
        pairs = zip(said, right, strict=True)
        return sum(sounds not in variants for sounds, variants in pairs) / len(said)

    def by_the_first(said: Sequence[Sounds], right: Answers) -> float:
        pairs = zip(said, right, strict=True)
        return sum(sounds != variants[0] for sounds, variants in pairs) / len(said)

    def number(said: Sequence[Sounds], right: Answers) -> float:
        return wrong(said, right) * len(said)

    expect(
        answer,
        [(_SAID, _RIGHT), (_SAID[1:2], _RIGHT[1:2])],
        wrong,
        slips=[
            (lambda said, right: 1 - wrong(said, right), "That is the share of *right* words."),
            (by_the_first, "A word may have several pronunciations, and any of them is right."),
            (number, "That is a number of words: divide by how many there are."),
        ],
    )


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


@exercise
def attend(answer: Callable[[np.ndarray, np.ndarray], ArrayLike]) -> None:
    """Check ``attend(scores, mask)``: a softmax (B, S) in which masked places get exactly 0."""

    def masked(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return _softmax(np.where(mask, scores, -np.inf))

    def over_columns(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return masked(scores.T, mask.T).T

    def turned(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
        return masked(scores, ~mask)  # in a row in which nothing is left, this is NaN

    def overflowing(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            powers = np.exp(np.where(mask, scores, -np.inf))
            return np.asarray(powers / powers.sum(axis=-1, keepdims=True))

    scores = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]])
    mask = np.array([[True, True, False], [True, False, True]])
    # in each row of this, only very low scores are left: what masks must be lower still
    low = scores - np.array([[100.0, 100.0, 0.0], [400.0, 0.0, 400.0]])
    expect(
        answer,
        [(scores, mask), (scores[:1, :2], mask[:1, :2]), (low, mask), (800 + scores, mask)],
        masked,
        slips=[
            (lambda scores, mask: _softmax(scores), "The padding still gets its share: use mask."),
            (
                lambda scores, mask: _softmax(scores) * mask,
                "Set to 0 after the softmax: the rest of the row doesn't sum to 1 any more.",
            ),
            (
                lambda scores, mask: _softmax(scores * mask),
                "A score of 0 is not a weight of 0, for exp(0) is 1: which score gives 0?",
            ),
            (
                lambda scores, mask: _softmax(np.where(mask, scores, -100.0)),
                "A low score can still be the highest of its row: only that of −∞ never is.",
            ),
            (
                overflowing,
                "exp(800) is more than a number holds: take each row's maximum off first.",
            ),
            (turned, "The mask is True where attention is allowed: yours is turned around."),
            (over_columns, "Summed over the batch: a row is one query's weights, axis -1."),
            (
                lambda scores, mask: masked(scores.reshape(1, -1), mask.reshape(1, -1)).reshape(
                    scores.shape
                ),
                "The softmax runs over all words at once: each row should sum to 1, axis -1.",
            ),
        ],
    )


Array = np.ndarray
# A batch of two words with three places and vectors of two numbers; no number like another.
_QUERIES = np.array([[0.5, -1.0], [1.5, 0.25]])
_KEYS = np.array([[[0.2, -0.7], [1.1, 0.4], [-0.6, 0.9]], [[0.8, 0.3], [-1.2, 0.5], [0.1, -0.4]]])
_MASK = np.array([[True, True, True], [True, True, False]])
_W, _U = np.array([[0.7, -0.3], [0.2, 1.1]]), np.array([[-0.5, 0.6], [0.9, 0.4]])
_B, _V = np.array([0.3, -0.2]), np.array([1.4, -0.8])


@exercise
def score_keys(answer: Callable[[Array, Array, Array, Array, Array], ArrayLike]) -> None:
    """Check ``score_keys(query, keys, W, U, v)``: the scores (S,) of all keys for one query.

    >>> score_keys(lambda query, keys, W, U, v: keys @ query)  # doctest: +ELLIPSIS
    score_keys: for (...) you gave ..., expected ... That is the dot product of query and key...
    """

    def scored(query: Array, keys: Array, W: Array, U: Array, v: Array) -> Array:
        return np.tanh(W @ query + keys @ U.T) @ v

    expect(
        answer,
        [(_QUERIES[0], _KEYS[0], _W, _U, _V), (_QUERIES[1], _KEYS[1, :1], _U, _W, -_V)],
        scored,
        slips=[
            (
                lambda query, keys, W, U, v: keys @ query,
                "That is the dot product of query and key, which has no weights: see equation 8.3.",
            ),
            (
                lambda query, keys, W, U, v: (W @ query + keys @ U.T) @ v,
                "The tanh is missing: without it, the query adds the same to every score.",
            ),
            (
                lambda query, keys, W, U, v: np.tanh(W @ query + keys @ U) @ v,
                "U k_j for each row is keys @ U.T: yours multiplies from the other side.",
            ),
            (
                lambda query, keys, W, U, v: scored(query, keys, W.T, U, v),
                "W q is W @ query: yours multiplies from the other side.",
            ),
            (
                lambda query, keys, W, U, v: np.tanh((W @ query + keys @ U.T) @ v),
                "The tanh comes too late: squash each number first, then let v add them up.",
            ),
            (
                lambda query, keys, W, U, v: scored(query, keys, U, W, v),
                "W is for the query, U for the keys: yours are swapped.",
            ),
            (
                lambda query, keys, W, U, v: _softmax(scored(query, keys, W, U, v)),
                "Those are weights already; the softmax comes in the next step.",
            ),
        ],
    )


@exercise
def mix(answer: Callable[[Array, Array], ArrayLike]) -> None:
    """Check ``mix(weights, keys)``: the contexts (B, D) from weights (B, S) and keys (B, S, D).

    >>> mix(lambda weights, keys: keys.mean(axis=1))  # doctest: +ELLIPSIS
    mix: for (...) you gave ..., expected ... That is the plain mean...
    """
    weights = np.array([[0.5, 0.2, 0.3], [0.9, 0.1, 0.0]])
    expect(
        answer,
        [(weights, _KEYS), (weights[1:], _KEYS[:1])],
        lambda weights, keys: np.einsum("bs,bsd->bd", weights, keys),
        slips=[
            (lambda weights, keys: keys.mean(axis=1), "That is the plain mean: use the weights."),
            (
                lambda weights, keys: weights[:, :, None] * keys,
                "Weighted, and not added up: sum over the places, axis 1.",
            ),
            (
                lambda weights, keys: (weights[:, :, None] * keys).mean(axis=1),
                "The weights sum to 1 already: add, and don't divide once more.",
            ),
            (
                lambda weights, keys: (weights[:, :, None] * keys).sum(axis=-1),
                "Summed over the width of the keys: a context is a vector, so sum over the places.",
            ),
            (
                lambda weights, keys: (weights[:, :, None] * keys).sum(axis=0),
                "Summed over the batch: each word has a context of its own.",
            ),
            (
                lambda weights, keys: weights @ keys,
                "Each row of weights met every word: it belongs to its own word's keys alone.",
            ),
        ],
    )


@exercise
def attention_step(answer: Callable[..., tuple[ArrayLike, ArrayLike]]) -> None:
    """Check ``attention_step``: contexts (B, D) and weights (B, S) for queries (B, D)."""

    def step(
        queries: Array, keys: Array, mask: Array, W: Array, U: Array, b: Array, v: Array
    ) -> tuple[Array, Array]:
        scores = np.tanh((queries @ W.T)[:, None] + keys @ U.T + b) @ v
        weights = _softmax(np.where(mask, scores, -np.inf))
        return np.einsum("bs,bsd->bd", weights, keys), weights

    def without_mask(*given: Array) -> tuple[Array, Array]:
        queries, keys, mask, W, U, b, v = given
        return step(queries, keys, np.ones_like(mask), W, U, b, v)

    def without_bias(*given: Array) -> tuple[Array, Array]:
        queries, keys, mask, W, U, b, v = given
        return step(queries, keys, mask, W, U, 0 * b, v)

    def of_projected(*given: Array) -> tuple[Array, Array]:
        weights = step(*given)[1]
        return np.einsum("bs,bsd->bd", weights, given[1] @ given[4].T + given[5]), weights

    def swapped(*given: Array) -> tuple[Array, Array]:
        queries, keys, mask, W, U, b, v = given
        return step(queries, keys, mask, U, W, b, v)

    expect(
        answer,
        [
            (_QUERIES, _KEYS, _MASK, _W, _U, _B, _V),
            (_QUERIES[::-1], _KEYS, _MASK[::-1], _U, _W, -_B, _V),
        ],
        step,
        slips=[
            (lambda *given: step(*given)[::-1], "The contexts first, then the weights."),
            (without_mask, "The padding gets a share: hand the mask on."),
            (without_bias, "The keys' bias b is missing."),
            (of_projected, "Mix the keys themselves, and not U k + b, which is for the scores."),
            (swapped, "W is for the queries, U for the keys: yours are swapped."),
        ],
    )


@exercise
def best_per_symbol(answer: Callable[[Hypotheses], Sequence[int]]) -> None:
    """Check ``best_per_symbol(hypotheses)``: tokens with the best log probability per symbol.

    Each hypothesis is (tokens, log probability), with the end mark in the probability only.
    """

    def best(hypotheses: Hypotheses) -> list[int]:
        return list(max(hypotheses, key=lambda found: found[1] / (len(found[0]) + 1))[0])

    def likeliest(hypotheses: Hypotheses) -> list[int]:
        return list(max(hypotheses, key=lambda found: found[1])[0])

    def worst(hypotheses: Hypotheses) -> list[int]:
        return list(min(hypotheses, key=lambda found: found[1] / (len(found[0]) + 1))[0])

    def of_probability(hypotheses: Hypotheses) -> list[int]:
        return list(max(hypotheses, key=lambda f: np.exp(f[1]) / (len(f[0]) + 1))[0])

    def without_end(hypotheses: Hypotheses) -> list[int]:
        return list(max(hypotheses, key=lambda f: f[1] / max(len(f[0]), 1))[0])

    expect(
        answer,
        [(_BEAM[:1] + _BEAM[3:],), (_LONG,), (_ENDS,), (_BEAM,), (_CLOSE,)],
        best,
        slips=[
            (
                lambda hypotheses: list(max(hypotheses, key=lambda f: f[1] / (len(f[0]) + 2))[0]),
                "One symbol more than tokens, the end mark: no start was written.",
            ),
            (likeliest, "That is the likeliest in all: divide by the number of symbols first."),
            (of_probability, "Divide the *logarithm*, as it is a sum of one number per symbol."),
            (worst, "Log probabilities are negative, and the greatest is the best: take the max."),
            (without_end, "The end mark was written, too: there is one symbol more than tokens."),
            (
                lambda hypotheses: max(hypotheses, key=lambda f: f[1] / (len(f[0]) + 1)),
                "That is the pair: return its tokens alone.",
            ),
        ],
    )
