"""The checks of notebook 22's exercises: ``check.NAME(NAME)`` in the notebook."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "summed_gradient",
    "accumulated_gradient",
    "trained_in_parts",
    "mean_of_replicas",
    "training_days",
    "size_for_loss",
)
Array = NDArray[np.float64]
Part = tuple[Array, Array]

_W = np.array([0.5, -1.0])
_PARTS: list[Part] = [
    (np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 1.0]]), np.array([1.0, 0.0, 2.0])),
    (np.array([[2.0, -1.0]]), np.array([4.0])),
]
_EVEN: list[Part] = [(x[:1], y[:1]) for x, y in _PARTS]


def _summed(w: Array, x: Array, y: Array) -> Array:
    return 2 * (x @ w - y) @ x


def _count(parts: Sequence[Part]) -> int:
    return sum(len(y) for _, y in parts)


def _total(w: Array, parts: Sequence[Part]) -> Array:
    return np.sum([_summed(w, x, y) for x, y in parts], axis=0)


def _accumulated(w: Array, parts: Sequence[Part]) -> Array:
    return _total(w, parts) / _count(parts)


def _trained(w: Array, batches: Sequence[Sequence[Part]], rate: float) -> Array:
    for parts in batches:
        w = w - rate * _accumulated(w, parts)
    return w


@exercise
def summed_gradient(answer: Callable[[Array, Array, Array], Array]) -> None:
    """Check ``summed_gradient(w, x, y)``: of the squared errors of one part, summed.

    >>> summed_gradient(lambda w, x, y: (x @ w - y) @ x)  # doctest: +ELLIPSIS
    summed_gradient: for (...) you gave ..., expected ... The square brings a factor of 2...
    """
    expect(
        answer,
        [(_W, *_PARTS[0]), (_W, *_PARTS[1])],
        _summed,
        slips=[
            (lambda w, x, y: (x @ w - y) @ x, "The square brings a factor of 2."),
            (lambda w, x, y: _summed(w, x, y) / len(y), "That is the mean: here, the sum."),
            (lambda w, x, y: -_summed(w, x, y), "The sign: what is said, minus what is right."),
            (lambda w, x, y: ((x @ w - y) ** 2).sum(), "That is the loss: its gradient is asked."),
            (lambda w, x, y: 2 * (x @ w - y), "Each error goes back by its row of x."),
        ],
    )


@exercise
def accumulated_gradient(answer: Callable[[Array, list[Part]], Array]) -> None:
    """Check ``accumulated_gradient(w, parts)``: of the mean over all rows of all parts.

    >>> accumulated_gradient(lambda w, parts: _total(w, parts))  # doctest: +ELLIPSIS
    accumulated_gradient: for (...) you gave ..., expected ... Divide by the number of rows...
    """
    expect(
        answer,
        [(_W, _PARTS[::-1]), (_W, _EVEN), (_W, _PARTS[:1])],
        _accumulated,
        slips=[
            (_total, "Divide by the number of rows of all parts."),
            (
                lambda w, parts: np.mean([_summed(w, x, y) / len(y) for x, y in parts], axis=0),
                "A mean of means: a row in a short part counts for more than one in a long part.",
            ),
            (
                lambda w, parts: _total(w, parts) / len(parts),
                "Divided by how many parts there are: how many rows are there?",
            ),
            (
                lambda w, parts: _summed(w, *parts[-1]) / _count(parts),
                "Only the last part is in it: the parts before were dropped.",
            ),
            (
                lambda w, parts: _total(w, parts) / len(parts[-1][1]),
                "Divided by the rows of the last part: those of all.",
            ),
        ],
    )


@exercise
def trained_in_parts(answer: Callable[[Array, list[list[Part]], float], Array]) -> None:
    """Check ``trained_in_parts(w, batches, rate)``: one step a batch, each batch in parts.

    >>> trained_in_parts(lambda w, batches, rate: w)  # doctest: +ELLIPSIS
    trained_in_parts: for (...) you gave ..., expected ... No step was made...
    """

    def step_a_part(w: Array, batches: Sequence[Sequence[Part]], rate: float) -> Array:
        for parts in batches:
            for part in parts:
                w = w - rate * _accumulated(w, [part])
        return w

    def never_cleared(w: Array, batches: Sequence[Sequence[Part]], rate: float) -> Array:
        kept = np.zeros_like(w)
        for parts in batches:
            kept = kept + _accumulated(w, parts)
            w = w - rate * kept
        return w

    def at_the_start(w: Array, batches: Sequence[Sequence[Part]], rate: float) -> Array:
        return w - rate * np.sum([_accumulated(w, parts) for parts in batches], axis=0)

    expect(
        answer,
        [(_W, [_PARTS, _EVEN], 0.1), (_W, [_PARTS[::-1]], 0.05)],
        _trained,
        slips=[
            (lambda w, batches, rate: w, "No step was made."),
            (step_a_part, "A step after each part: the step comes when the batch is whole."),
            (never_cleared, "The gradient of the batch before is still in it: begin at 0 again."),
            (at_the_start, "All gradients were taken at the first w: step after each batch."),
            (
                lambda w, batches, rate: _trained(w, batches, -rate),
                "Uphill: the step goes against the gradient.",
            ),
            (
                lambda w, batches, rate: _trained(w, batches[:1], rate),
                "It stops after the first batch.",
            ),
        ],
    )


@exercise
def mean_of_replicas(answer: Callable[[list[Array], list[int]], Array]) -> None:
    """Check ``mean_of_replicas(sums, counts)``: what all processes hold after the exchange.

    >>> mean_of_replicas(lambda sums, counts: np.sum(sums, axis=0))  # doctest: +ELLIPSIS
    mean_of_replicas: for (...) you gave ..., expected ... Divide by all counts together...
    """
    one, other = np.array([4.0, -8.0]), np.array([2.0, 1.0])
    expect(
        answer,
        [([one, other], [3, 1]), ([one, other, one], [2, 2, 2]), ([other], [5])],
        lambda sums, counts: np.sum(sums, axis=0) / sum(counts),
        slips=[
            (lambda sums, counts: np.sum(sums, axis=0), "Divide by all counts together."),
            (
                lambda sums, counts: np.mean(
                    [s / c for s, c in zip(sums, counts, strict=True)], axis=0
                ),
                "A mean of means: processes with few rows count for too much.",
            ),
            (
                lambda sums, counts: np.mean(sums, axis=0),
                "Divided by the number of processes: by the rows of all.",
            ),
            (
                lambda sums, counts: sums[0] / counts[0],
                "That is what the first had: the others never came in.",
            ),
        ],
    )


@exercise
def training_days(answer: Callable[[float, float, float, int, float], float]) -> None:
    """Check ``training_days(parameters, tokens, operations, chips, share)``: eq. 22.5, in days.

    >>> training_days(lambda n, d, operations, chips, share: 6 * n * d)  # doctest: +ELLIPSIS
    training_days: for (...) you gave ..., expected ... That is how many operations there are...
    """

    def days(n: float, d: float, operations: float, chips: int, share: float) -> float:
        return 6 * n * d / (chips * operations * share) / 86400

    expect(
        answer,
        [(1e9, 20e9, 1e15, 8, 0.4), (70e9, 1.4e12, 3e14, 1000, 0.5)],
        days,
        slips=[
            (lambda n, d, o, c, s: 6 * n * d, "That is how many operations there are."),
            (lambda n, d, o, c, s: days(n, d, o, c, s) * 86400, "Those are seconds."),
            (lambda n, d, o, c, s: days(n, d, o, c, s) * 24, "Those are hours."),
            (
                lambda n, d, o, c, s: days(n, d, o, c, s) / 3,
                "Two for each weight and token is the way forward: the way back is twice that.",
            ),
            (
                lambda n, d, o, c, s: days(n, d, o, c, 1.0),
                "No chip does all that its sheet says: where is the share?",
            ),
            (
                lambda n, d, o, c, s: days(n, d, o, c, 1.0) * s,
                "A smaller share takes longer: divide by it.",
            ),
            (lambda n, d, o, c, s: days(n, d, o, 1, s), "How many chips are there?"),
        ],
    )


@exercise
def size_for_loss(answer: Callable[[float, float, float, float], float]) -> None:
    """Check ``size_for_loss(loss, floor, scale, exponent)``: the law, solved for N.

    >>> size_for_loss(lambda loss, floor, scale, exponent: scale)  # doctest: +ELLIPSIS
    size_for_loss: for (...) you gave ..., expected ...
    """

    def right(loss: float, floor: float, scale: float, exponent: float) -> float:
        return (scale / (loss - floor)) ** (1 / exponent) if loss > floor else np.inf

    expect(
        answer,
        [(3.0, 2.0, 10.0, 0.5), (4.5, 4.0, 30.0, 0.4), (2.0, 2.0, 10.0, 0.5), (1.0, 2.0, 9.0, 0.5)],
        right,
        slips=[
            (lambda loss, e, a, alpha: (a / loss) ** (1 / alpha), "Take the floor off the loss."),
            (
                lambda loss, e, a, alpha: (a / (loss - e)) ** alpha if loss > e else np.inf,
                "To undo a power, take the power of one over it.",
            ),
            (
                lambda loss, e, a, alpha: ((loss - e) / a) ** (1 / alpha) if loss > e else np.inf,
                "Upside down: a smaller loss wants a larger model.",
            ),
            (
                lambda loss, e, a, alpha: a / (loss - e) if loss > e else np.inf,
                "The exponent is missing.",
            ),
            (
                lambda loss, e, a, alpha: e + a / loss**alpha,
                "That is the law itself, with a loss in the place of the size.",
            ),
            (
                lambda loss, e, a, alpha: (a / abs(loss - e)) ** (1 / alpha) if loss != e else 0.0,
                "At the floor or below it, no size will do: np.inf.",
            ),
        ],
    )
