"""The checks of notebook 08: words that are wrong, attention with a mask, the best of a beam."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("share_of_wrong_words", "attend", "best_per_symbol")

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

    scores = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 3.0]])
    mask = np.array([[True, True, False], [True, False, True]])
    # in each row of this, only very low scores are left: what masks must be lower still
    low = scores - np.array([[100.0, 100.0, 0.0], [400.0, 0.0, 400.0]])
    expect(
        answer,
        [(scores, mask), (scores[:1, :2], mask[:1, :2]), (low, mask)],
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
            (turned, "The mask is True where attention is allowed: yours is turned around."),
            (over_columns, "Summed over the batch: a row is one query's weights, axis -1."),
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
        [(_BEAM[:1] + _BEAM[3:],), (_LONG,), (_BEAM,), (_ENDS,), (_CLOSE,)],
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
        ],
    )
