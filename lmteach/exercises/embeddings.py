"""The checks of notebook 05: skip-gram from its loss to a walk over pairs; cosine, analogy."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "pair_loss",
    "pair_errors",
    "pair_gradients",
    "moved",
    "walk",
    "cosine",
    "analogy",
)

_ROW = np.ndarray
_U, _V = np.array([3.0, 4.0, 0.0]), np.array([0.0, 2.0, 1.0])
_NEGATIVES = np.array([[1.0, -1.0, 0.5], [0.2, 0.4, -2.0]])
_TARGETS = np.vstack([[0.5, -0.4, 0.9], _NEGATIVES])  # the near one first
_TABLE_IN = np.array([[0.5, -0.2], [0.1, 0.8], [-0.6, 0.3], [0.9, 0.4]])
_TABLE_OUT = np.array([[-0.3, 0.7], [0.4, 0.2], [0.6, -0.5], [-0.1, -0.9]])
_PAIRS = np.array([[0, 1], [2, 1], [3, 0]])
_DRAWN = np.array([[2, 3], [3, 3], [1, 2]])
# Seven directions, such that each likely mistake leads from the asked three to a row of its own.
_ANGLES = np.radians([0, 40, 75, 110, 200, 260, 325])
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
# All but the three of the question look away from the goal: their scores are below -1.
_AWAY_ANGLES = np.radians([10, 60, 0, 130, 200])
_AWAY = np.stack([np.cos(_AWAY_ANGLES), np.sin(_AWAY_ANGLES)], axis=1)


def _sigmoid(score: np.ndarray | float) -> np.ndarray | float:
    return 1 / (1 + np.exp(-np.asarray(score)))


@exercise
def pair_loss(answer: Callable[[_ROW, _ROW, np.ndarray], float]) -> None:
    """Check ``pair_loss(centre, context, negatives)``: eq. 5.6 of one pair, in nats.

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
            (
                lambda c, o, n: -np.log(_sigmoid(o @ c)) - np.log(_sigmoid(-(n @ c))),
                "A loss is one number: add up the losses of the drawn words.",
            ),
            (softmax, "That is a softmax over all; here each word is a yes or no of its own."),
            (
                lambda c, o, n: loss(c, o, n) / np.log(2),
                "Those are bits; for nats the logarithm is the natural one.",
            ),
        ],
    )


def _errors(centre: _ROW, targets: np.ndarray) -> np.ndarray:
    """What is said of each target less what is wanted: 1 for the first, 0 for the others."""
    return _sigmoid(targets @ centre) - (np.arange(len(targets)) == 0)


@exercise
def pair_errors(answer: Callable[[_ROW, np.ndarray], np.ndarray]) -> None:
    """Check ``pair_errors(centre (D,), targets (M, D))``: the errors (M,), the near word first."""
    expect(
        answer,
        [(_U / 2, _TARGETS), (_V, _NEGATIVES)],
        _errors,
        slips=[
            (
                lambda centre, targets: _sigmoid(targets @ centre),
                "What was said is there; take 1 away for the near word, the first.",
            ),
            (
                lambda centre, targets: -_errors(centre, targets),
                "The sign is turned: what was said, minus what was wanted.",
            ),
            (
                lambda centre, targets: _sigmoid(targets @ centre) - 1,
                "Wanted is 1 for the near word alone; for the drawn ones it is 0.",
            ),
            (
                lambda centre, targets: targets @ centre - (np.arange(len(targets)) == 0),
                "Those are scores; σ makes a probability of each.",
            ),
            (
                lambda centre, targets: np.log(_sigmoid(targets @ centre)),
                "No logarithm here: the error is a difference of probabilities.",
            ),
            (
                lambda centre, targets: _errors(centre, targets).sum(),
                "Each question has an error of its own, (M,): don't add them up.",
            ),
            (
                lambda centre, targets: (
                    _sigmoid(-(targets @ centre)) - (np.arange(len(targets)) == 0)
                ),
                "The sign in the exponent is turned: σ(s) = 1 / (1 + exp(-s)).",
            ),
        ],
    )


def _pushed(centre: _ROW, targets: np.ndarray) -> list[np.ndarray]:
    """Eq. 5.7 by pushing each number: how much the loss changes, to nine digits and more."""

    def loss(vectors: np.ndarray) -> float:
        scores = vectors[1:] @ vectors[0]
        signs = np.where(np.arange(len(scores)) == 0, -1.0, 1.0)
        return float(np.logaddexp(0, signs * scores).sum())

    vectors = np.vstack([centre, targets])
    slopes = np.zeros(vectors.shape)
    for place in np.ndindex(vectors.shape):
        for weight, step in ((8, 1e-3), (-8, -1e-3), (-1, 2e-3), (1, -2e-3)):
            moved = vectors.copy()
            moved[place] += step
            slopes[place] += weight * loss(moved) / 12e-3
    return [slopes[0], slopes[1:]]


def _gradients(centre: _ROW, targets: np.ndarray) -> list[np.ndarray]:
    errors = _errors(centre, targets)
    return [errors @ targets, np.outer(errors, centre)]


@exercise
def pair_gradients(answer: Callable[[_ROW, np.ndarray], Any]) -> None:
    """Check ``pair_gradients(centre (D,), targets (M, D))`` against pushing every number.

    The gradients with regard to the centre (D,) and to each target (M, D).
    """

    def close(centre: _ROW, targets: np.ndarray) -> list[np.ndarray]:
        """The formula, once it has been compared with the pushes."""
        for found, pushed in zip(
            _gradients(centre, targets), _pushed(centre, targets), strict=True
        ):
            if not np.allclose(found, pushed, rtol=0, atol=1e-9):
                raise ArithmeticError("eq. 5.7 and the pushes disagree.")
        return _gradients(centre, targets)

    expect(
        answer,
        [(_U / 2, _TARGETS), (_V, _NEGATIVES)],
        close,
        slips=[
            (
                lambda centre, targets: _gradients(centre, targets)[::-1],
                "The two are swapped: first that of the centre, then those of the targets.",
            ),
            (
                lambda centre, targets: [
                    _errors(centre, targets)[:, None] * targets,
                    _gradients(centre, targets)[1],
                ],
                "The centre takes part in all questions: sum its shares.",
            ),
            (
                lambda centre, targets: [
                    _gradients(centre, targets)[0] / len(targets),
                    _gradients(centre, targets)[1],
                ],
                "The centre takes part in all questions: sum its shares, don't average.",
            ),
            (
                lambda centre, targets: [
                    _gradients(centre, targets)[0],
                    np.diagonal(_gradients(centre, targets)[1]),
                ],
                "Each target has a gradient of its own, (M, D): errors[:, None] * centre.",
            ),
            (
                lambda centre, targets: [-part for part in _gradients(centre, targets)],
                "The sign is turned: that is the way down, the gradient leads up.",
            ),
            (
                lambda centre, targets: [
                    _gradients(centre, targets)[0],
                    _errors(centre, targets)[:, None] * targets,
                ],
                "Each vector's gradient is the error times the *other* vector: for u it is v.",
            ),
            (
                lambda centre, targets: _gradients(centre, targets)[0],
                "That is the centre's alone: return those of the targets, too.",
            ),
            (
                lambda centre, targets: _gradients(centre, targets)[1],
                "Those are the targets' alone: return that of the centre, too, and first.",
            ),
        ],
    )


_Tables = list[np.ndarray]


def _moved(
    inputs: np.ndarray,
    outputs: np.ndarray,
    centre: int,
    targets: np.ndarray,
    rate: float,
    together: bool = True,
    in_turn: bool = False,
) -> _Tables:
    """Both tables after a step; ``together`` adds twice where a word is there twice."""
    inputs, outputs = inputs.copy(), outputs.copy()
    of_centre, of_targets = _gradients(inputs[centre], outputs[targets])
    inputs[centre] -= rate * of_centre
    if in_turn:
        _, of_targets = _gradients(inputs[centre], outputs[targets])
    if together:
        np.subtract.at(outputs, targets, rate * of_targets)
    else:
        outputs[targets] -= rate * of_targets
    return [inputs, outputs]


@exercise
def moved(answer: Callable[..., Any]) -> None:
    """Check ``moved(inputs (V, D), outputs (V, D), centre, targets (M,), rate)``: both tables."""

    def rows_alone(
        inputs: np.ndarray, outputs: np.ndarray, centre: int, targets: np.ndarray, rate: float
    ) -> list[np.ndarray]:
        of_centre, of_targets = _gradients(inputs[centre], outputs[targets])
        return [inputs[centre] - rate * of_centre, outputs[targets] - rate * of_targets]

    expect(
        answer,
        [
            (_TABLE_IN, _TABLE_OUT, 0, np.array([1, 2, 3]), 0.5),
            (_TABLE_IN, _TABLE_OUT, 2, np.array([1, 3, 3]), 0.25),
        ],
        _moved,
        slips=[
            (
                lambda inputs, outputs, centre, targets, rate: _moved(
                    inputs, outputs, centre, targets, rate, together=False
                ),
                "A word that was drawn twice moves twice: `outputs[targets] -= …` moves it once. "
                "Go through the targets one by one, or use np.subtract.at.",
            ),
            (
                lambda inputs, outputs, centre, targets, rate: _moved(
                    inputs, outputs, centre, targets, rate, in_turn=True
                ),
                "The targets' gradient was taken after the centre had moved: compute both first.",
            ),
            (
                lambda inputs, outputs, centre, targets, rate: _moved(
                    inputs, outputs, centre, targets, -rate
                ),
                "Uphill: a step goes against the gradient.",
            ),
            (
                lambda inputs, outputs, centre, targets, rate: _moved(
                    inputs, outputs, centre, targets, 1.0
                ),
                "The rate is missing.",
            ),
            (
                lambda inputs, outputs, *rest: [_moved(inputs, outputs, *rest)[0], outputs],
                "The targets have not moved: both tables learn.",
            ),
            (
                lambda inputs, outputs, *rest: [inputs, _moved(inputs, outputs, *rest)[1]],
                "The centre has not moved: both tables learn.",
            ),
            (
                rows_alone,
                "Those are the rows that moved; return the two tables whole, with all their rows.",
            ),
        ],
    )


@exercise
def walk(answer: Callable[..., Any]) -> None:
    """Check ``walk(inputs, outputs, pairs (P, 2), drawn (P, M), rate)``: both tables in the end."""

    def right(
        inputs: np.ndarray, outputs: np.ndarray, pairs: np.ndarray, drawn: np.ndarray, rate: float
    ) -> _Tables:
        for (centre, context), others in zip(pairs, drawn, strict=True):
            targets = np.append(context, others)
            inputs, outputs = _moved(inputs, outputs, int(centre), targets, rate)
        return [inputs, outputs]

    def from_the_start(
        inputs: np.ndarray, outputs: np.ndarray, pairs: np.ndarray, drawn: np.ndarray, rate: float
    ) -> _Tables:
        return right(inputs, outputs, pairs[-1:], drawn[-1:], rate)

    def first_alone(
        inputs: np.ndarray, outputs: np.ndarray, pairs: np.ndarray, drawn: np.ndarray, rate: float
    ) -> _Tables:
        return right(inputs, outputs, pairs[:1], drawn[:1], rate)

    def near_last(
        inputs: np.ndarray, outputs: np.ndarray, pairs: np.ndarray, drawn: np.ndarray, rate: float
    ) -> _Tables:
        turned = np.column_stack([pairs[:, 0], drawn[:, 0]])
        return right(inputs, outputs, turned, np.column_stack([drawn[:, 1:], pairs[:, 1]]), rate)

    def without_near(
        inputs: np.ndarray, outputs: np.ndarray, pairs: np.ndarray, drawn: np.ndarray, rate: float
    ) -> _Tables:
        shifted = np.column_stack([pairs[:, 0], drawn[:, 0]])
        return right(inputs, outputs, shifted, drawn[:, 1:], rate)

    def other_way(
        inputs: np.ndarray, outputs: np.ndarray, pairs: np.ndarray, drawn: np.ndarray, rate: float
    ) -> _Tables:
        return right(inputs, outputs, pairs[:, ::-1], drawn, rate)

    expect(
        answer,
        [
            (_TABLE_IN, _TABLE_OUT, _PAIRS, _DRAWN, 0.5),
            (_TABLE_IN, _TABLE_OUT, _PAIRS[::-1], _DRAWN, 0.1),
        ],
        right,
        slips=[
            (from_the_start, "Only the last pair was learned: go on with the tables of the step."),
            (first_alone, "Only the first pair was learned: does `return` stand inside the loop?"),
            (near_last, "The near word comes first among the targets, then those drawn."),
            (without_near, "The near word is missing: it is the first of the targets."),
            (other_way, "A pair is (centre, context): the centre's row is one of inputs."),
        ],
    )


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
            (
                lambda u, v: np.linalg.norm(u - v),
                "That is the distance between their ends; asked is the cosine of the angle.",
            ),
            (
                lambda u, v: 1 - right(u, v),
                "That is 1 minus the cosine, a distance: the nearer, the smaller.",
            ),
            (lambda u, v: np.arccos(right(u, v)), "That is the angle; asked is its cosine."),
            (
                lambda u, v: np.degrees(np.arccos(right(u, v))),
                "That is the angle, in degrees; asked is its cosine.",
            ),
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
            (
                lambda t, a, b, c: t[right(t, a, b, c)],
                "That is the row itself; asked is its number.",
            ),
        ],
    )
