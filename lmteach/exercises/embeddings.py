"""The checks of notebook 05: cosine of two vectors, the loss of one pair, an analogy."""

from collections.abc import Callable

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("cosine", "pair_loss", "analogy")

_ROW = np.ndarray
_U, _V = np.array([3.0, 4.0, 0.0]), np.array([0.0, 2.0, 1.0])
_NEGATIVES = np.array([[1.0, -1.0, 0.5], [0.2, 0.4, -2.0]])
# Seven directions, such that each likely mistake leads from the asked three to a row of its own.
_ANGLES = np.radians([0, 40, 75, 110, 200, 260, 325])
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
# All but the three of the question look away from the goal: their scores are below -1.
_AWAY_ANGLES = np.radians([10, 60, 0, 130, 200])
_AWAY = np.stack([np.cos(_AWAY_ANGLES), np.sin(_AWAY_ANGLES)], axis=1)


def _sigmoid(score: np.ndarray | float) -> np.ndarray | float:
    return 1 / (1 + np.exp(-np.asarray(score)))


@exercise
def cosine(answer: Callable[[_ROW, _ROW], float]) -> None:
    """Check ``cosine(u, v)``: the cosine of the angle between two vectors (D,).

    >>> cosine(lambda u, v: u @ v)
    cosine: for ([3. 4. 0.], [0. 2. 1.]) you gave 8, expected 0.715542. Divide by both lengths.
    """

    def right(u: _ROW, v: _ROW) -> float:
        return u @ v / (np.linalg.norm(u) * np.linalg.norm(v))

    expect(
        answer,
        [(_U, _V), (_U, -2 * _U), (_V, np.array([1.0, -1.0, 2.0]))],
        right,
        slips=[
            (lambda u, v: u @ v, "Divide by both lengths."),
            (lambda u, v: u @ v / np.linalg.norm(u), "Divide by the length of v, too."),
            (lambda u, v: u @ v / np.linalg.norm(v), "Divide by the length of u, too."),
            (
                lambda u, v: u @ v / (np.sum(u**2) * np.sum(v**2)),
                "The length is the root of the sum of squares.",
            ),
            (
                lambda u, v: u @ v / (np.linalg.norm(u) + np.linalg.norm(v)),
                "Divide by the product of the lengths, not by their sum.",
            ),
            (lambda u, v: np.linalg.norm(u - v), "That is the distance; asked is the angle."),
        ],
    )


@exercise
def pair_loss(answer: Callable[[_ROW, _ROW, np.ndarray], float]) -> None:
    """Check ``pair_loss(centre, context, negatives)``: eq. 5.4 of one pair, in nats.

    ``centre`` and ``context`` (D,), ``negatives`` (M, D) are vectors.
    """

    def loss(centre: _ROW, context: _ROW, negatives: np.ndarray) -> float:
        chances = np.append(_sigmoid(context @ centre), _sigmoid(-(negatives @ centre)))
        return float(-np.log(chances).sum())

    def same_sign(centre: _ROW, context: _ROW, negatives: np.ndarray) -> float:
        return float(-np.log(_sigmoid(np.vstack([context, negatives]) @ centre)).sum())

    def mean_of_negatives(centre: _ROW, context: _ROW, negatives: np.ndarray) -> float:
        chances = _sigmoid(-(negatives @ centre))
        return float(-np.log(_sigmoid(context @ centre)) - np.log(chances).mean())

    def softmax(centre: _ROW, context: _ROW, negatives: np.ndarray) -> float:
        scores = np.vstack([context, negatives]) @ centre
        return float(np.log(np.exp(scores).sum()) - scores[0])

    expect(
        answer,
        [(_U / 2, _V, _NEGATIVES), (_V, -_U, _NEGATIVES[:1])],
        loss,
        slips=[
            (same_sign, "The drawn words should score low: turn the sign of their scores."),
            (lambda *given: -loss(*given), "A loss is positive: turn the sign of the logarithms."),
            (mean_of_negatives, "Each drawn word adds its own loss: sum, not mean."),
            (
                lambda c, o, n: float(-np.log(_sigmoid(o @ c))),
                "The drawn words are missing: without them all vectors could be the same.",
            ),
            (softmax, "That is a softmax over all; here each word is a yes or no of its own."),
        ],
    )


@exercise
def analogy(answer: Callable[[np.ndarray, int, int, int], int]) -> None:
    """Check ``analogy(directions, a, b, c)``: the row nearest to a - b + c, none of the three.

    ``directions`` (V, D) has rows of length 1; the answer is a whole number below V.
    """

    def best(
        table: np.ndarray, goal: np.ndarray, without: tuple[int, ...], instead: float = -np.inf
    ) -> int:
        scores = table @ goal
        scores[list(without)] = instead
        return int(scores.argmax())

    def right(table: np.ndarray, a: int, b: int, c: int) -> int:
        return best(table, table[a] - table[b] + table[c], (a, b, c))

    expect(
        answer,
        [(_DIRECTIONS, 0, 3, 6), (_DIRECTIONS, 3, 6, 0), (_DIRECTIONS, 5, 2, 1), (_AWAY, 2, 1, 0)],
        right,
        slips=[
            (
                lambda t, a, b, c: best(t, t[a] - t[b] + t[c], ()),
                "That is a word of the question: leave all three out.",
            ),
            (
                lambda t, a, b, c: best(t, t[a] - t[b] + t[c], (a, b, c), instead=0.0),
                "A score of 0 can still be the best, as here, where all others are below: "
                "which number is below all?",
            ),
            (
                lambda t, a, b, c: best(t, t[a] + t[b] - t[c], (a, b, c)),
                "Take b away, and add c.",
            ),
            (
                lambda t, a, b, c: best(t, t[b] - t[a] + t[c], (a, b, c)),
                "a and b are swapped: it is a - b + c.",
            ),
            (
                lambda t, a, b, c: best(t, t[a] + t[b] + t[c], (a, b, c)),
                "b is taken away, not added.",
            ),
        ],
    )
