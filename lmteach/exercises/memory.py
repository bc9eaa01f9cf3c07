"""The checks of notebook 21: a private step, the exposure of a secret, epsilon of a run."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "own_gradients",
    "lengths",
    "clipped",
    "noisy_sum",
    "private_step",
    "exposure_of",
    "epsilon_of_run",
)

Array = np.ndarray[Any, np.dtype[Any]]
_GRADIENTS = np.array([[3.0, 4.0, 0.0], [0.2, 0.1, -0.2], [-300.0, 0.0, 400.0], [0.0, 0.0, 2.0]])
_FEW = np.array([[0.6, 0.0], [0.0, -1.5]])
_X = np.array([[[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]], [[3.0, 0.0, 1.0], [2.0, -2.0, 0.5]]])
_DELTA = np.array([[[0.5, -1.0], [2.0, 1.0]], [[1.0, 0.0], [-1.5, 3.0]]])
_DRAWN, _TWO = np.array([0.5, -1.0, 2.0]), np.array([1.5, -0.5])
_WEIGHTS = np.array([1.0, -1.0, 0.5])


def _own(x: Array, delta: Array) -> Array:
    return np.asarray(np.einsum("bto,bti->boi", delta, x).reshape(len(x), -1))


@exercise
def own_gradients(answer: Callable[[Array, Array], Array]) -> None:
    """Check ``own_gradients(x, delta)``: a row of a linear map's gradient per example (B, O · I).

    >>> own_gradients(lambda x, delta: np.einsum("bto,bti->oi", delta, x)) # doctest: +ELLIPSIS
    own_gradients: for (...) you gave ..., expected ... The batch's gradient...
    """
    expect(
        answer,
        [(_X, _DELTA), (_X[:1], _DELTA[:1])],
        _own,
        slips=[
            (
                lambda x, delta: np.einsum("bto,bti->oi", delta, x),
                "The batch's gradient, summed over the examples: keep each example's own.",
            ),
            (
                lambda x, delta: np.einsum("bto,bti->oi", delta, x).reshape(-1),
                "The batch's gradient, summed over the examples: keep each example's own.",
            ),
            (
                lambda x, delta: np.einsum("bto,bti->bio", delta, x).reshape(len(x), -1),
                "The other way round, (I, O): a row of W belongs to one output.",
            ),
            (
                lambda x, delta: np.einsum("bto,bti->btoi", delta, x).reshape(len(x), -1),
                "One gradient for each place: sum over the places of an example.",
            ),
            (
                lambda x, delta: _own(x, delta) / x.shape[1],
                "The mean over the places: here it is their sum.",
            ),
            (
                lambda x, delta: _own(x[:, -1:], delta[:, -1:]),
                "Only the last place: sum over all of them.",
            ),
            (
                lambda x, delta: _own(x.sum(axis=1)[:, None], delta.sum(axis=1)[:, None]),
                "Summed too early: first the product at each place, then the sum.",
            ),
        ],
    )


def _lengths(gradients: Array) -> Array:
    return np.asarray(np.sqrt((gradients**2).sum(axis=1)))


@exercise
def lengths(answer: Callable[[Array], Array]) -> None:
    """Check ``lengths(gradients)``: the length of each example's gradient (B,).

    >>> lengths(lambda gradients: (gradients**2).sum(axis=1))  # doctest: +ELLIPSIS
    lengths: for (...) you gave ..., expected ... The root is missing...
    """
    expect(
        answer,
        [(_GRADIENTS,), (_FEW,)],
        _lengths,
        slips=[
            (lambda gradients: (gradients**2).sum(axis=1), "The root is missing."),
            (
                lambda gradients: np.sqrt((gradients**2).sum(axis=0)),
                "One length for each weight: along the other axis, one for each example.",
            ),
            (
                lambda gradients: np.sqrt((gradients**2).sum()),
                "One length for the whole batch: each example needs its own.",
            ),
            (
                lambda gradients: np.abs(gradients).sum(axis=1),
                "The sum of the sizes: squares, their sum, and its root.",
            ),
            (
                lambda gradients: np.sqrt((gradients**2).mean(axis=1)),
                "The mean of the squares: take their sum.",
            ),
            (
                lambda gradients: np.abs(gradients.sum(axis=1)),
                "Summed before squaring: square each number first, so that none cancels another.",
            ),
        ],
    )


def _clipped(gradients: Array, clip: float) -> Array:
    return np.asarray(gradients * np.minimum(1.0, clip / _lengths(gradients))[:, None])


@exercise
def clipped(answer: Callable[[Array, float], Array]) -> None:
    """Check ``clipped(gradients, clip)``: each row shortened to a length of at most ``clip``.

    >>> clipped(lambda gradients, clip: np.clip(gradients, -clip, clip))  # doctest: +ELLIPSIS
    clipped: for (...) you gave ..., expected ... Each number was cut...
    """
    expect(
        answer,
        [(_GRADIENTS, 1.0), (_GRADIENTS, 2.5), (_FEW, 0.5)],
        _clipped,
        slips=[
            (
                lambda gradients, clip: np.clip(gradients, -clip, clip),
                "Each number was cut by itself, which turns the gradient: shorten the whole row.",
            ),
            (
                lambda gradients, clip: gradients * (clip / _lengths(gradients))[:, None],
                "Short ones were made longer: a factor of at most 1.",
            ),
            (
                lambda gradients, clip: (
                    gradients * min(1.0, clip / float(np.sqrt((gradients**2).sum())))
                ),
                "One factor for the whole batch: a long gradient then shrinks all the others.",
            ),
            (
                lambda gradients, clip: gradients * (_lengths(gradients) <= clip)[:, None],
                "The long ones were thrown away: they are shortened.",
            ),
            (
                lambda gradients, clip: (
                    gradients * np.maximum(1.0, clip / _lengths(gradients))[:, None]
                ),
                "The greater of the two: the lesser, so that no factor is above 1.",
            ),
            (
                lambda gradients, clip: (
                    gradients * np.minimum(1.0, _lengths(gradients) / clip)[:, None]
                ),
                "Upside down: the longer a row, the smaller its factor.",
            ),
            (
                lambda gradients, clip: np.minimum(1.0, clip / _lengths(gradients)),
                "Those are the factors: now multiply each row by its own.",
            ),
            (
                lambda gradients, clip: _clipped(gradients, clip).sum(axis=0),
                "Summed already: that is the next step.",
            ),
        ],
    )


def _noisy(gradients: Array, clip: float, noise: float, drawn: Array) -> Array:
    return np.asarray(_clipped(gradients, clip).sum(axis=0) + noise * clip * drawn)


@exercise
def noisy_sum(answer: Callable[[Array, float, float, Array], Array]) -> None:
    """Check ``noisy_sum(gradients, clip, noise, drawn)``: the clipped sum, and noise on it (P,).

    >>> noisy_sum(lambda g, clip, noise, drawn: g.sum(axis=0) + noise * clip * drawn)
    ... # doctest: +ELLIPSIS
    noisy_sum: for (...) you gave ..., expected ... Nothing was clipped...
    """
    expect(
        answer,
        [(_GRADIENTS, 0.5, 1.5, _DRAWN), (_FEW, 2.0, 0.7, _TWO)],
        _noisy,
        slips=[
            (
                lambda gradients, clip, noise, drawn: gradients.sum(axis=0) + noise * clip * drawn,
                "Nothing was clipped: use step 3.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients, clip).sum(axis=0) + noise * drawn
                ),
                "The noise must grow with the clip: noise · clip · drawn.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients, clip) + noise * clip * drawn
                ).sum(axis=0),
                "Noise on every example: it is added once, to the sum.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients, clip).mean(axis=0) + noise * clip * drawn
                ),
                "The mean over the examples: here it is their sum.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients.sum(axis=0)[None], clip)[0] + noise * clip * drawn
                ),
                "The sum was clipped, not each example: one of them can then be all of it.",
            ),
            (
                lambda gradients, clip, noise, drawn: _clipped(gradients, clip).sum(axis=0),
                "The noise is missing.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients, clip).sum(axis=0) + clip * drawn
                ),
                "The noise is of the size C alone: times `noise`, which is σ.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients, clip).sum(axis=0) + noise * clip
                ),
                "The same is added everywhere: no chance in it. Times `drawn`.",
            ),
            (
                lambda gradients, clip, noise, drawn: (
                    _clipped(gradients, clip) + noise * clip * drawn
                ),
                "Still a row for each example: their sum, and noise on it once.",
            ),
        ],
    )


@exercise
def private_step(
    answer: Callable[[Array, Array, float, float, Array, float, float], Array],
) -> None:
    """Check ``private_step(weights, gradients, clip, noise, drawn, lot, rate)``: the new weights.

    >>> private_step(lambda w, g, clip, noise, drawn, lot, rate: w)  # doctest: +ELLIPSIS
    private_step: for (...) you gave ..., expected ... The weights did not move...
    """
    expect(
        answer,
        [
            (_WEIGHTS, _GRADIENTS, 0.5, 1.5, _DRAWN, 5.0, 0.1),
            (_WEIGHTS[:2], _FEW, 2.0, 0.7, _TWO, 3.0, 0.5),
        ],
        lambda w, g, clip, noise, drawn, lot, rate: w - rate * _noisy(g, clip, noise, drawn) / lot,
        slips=[
            (
                lambda w, g, clip, noise, drawn, lot, rate: (
                    w - rate * _noisy(g, clip, noise, drawn) / len(g)
                ),
                "Divided by how many were drawn: that is a secret. Divide by `lot`.",
            ),
            (
                lambda w, g, clip, noise, drawn, lot, rate: (
                    w + rate * _noisy(g, clip, noise, drawn) / lot
                ),
                "Uphill: the step goes against the gradient.",
            ),
            (
                lambda w, g, clip, noise, drawn, lot, rate: (
                    w - rate * _noisy(g, clip, noise, drawn)
                ),
                "The sum is to be divided by `lot`.",
            ),
            (
                lambda w, g, clip, noise, drawn, lot, rate: w - _noisy(g, clip, noise, drawn) / lot,
                "The rate is missing.",
            ),
            (lambda w, g, clip, noise, drawn, lot, rate: w, "The weights did not move."),
            (
                lambda w, g, clip, noise, drawn, lot, rate: (
                    rate * _noisy(g, clip, noise, drawn) / lot
                ),
                "That is by how much they move: take it from the weights.",
            ),
            (
                lambda w, g, clip, noise, drawn, lot, rate: (
                    w - rate * (_clipped(g, clip).sum(axis=0) / lot + noise * clip * drawn)
                ),
                "The noise is part of the sum: it is divided by `lot`, too.",
            ),
            (
                lambda w, g, clip, noise, drawn, lot, rate: w - rate * g.sum(axis=0) / lot,
                "Neither clipped nor noisy: use step 4.",
            ),
            (
                lambda w, g, clip, noise, drawn, lot, rate: (
                    w - rate * _clipped(g, clip).sum(axis=0) / lot
                ),
                "The noise is missing: use step 4.",
            ),
        ],
    )


def _exposure(scores: Array, place: int) -> float:
    return math.log2(len(scores)) - math.log2(int((scores >= scores[place]).sum()))


@exercise
def exposure_of(answer: Callable[[Array, int], float]) -> None:
    """Check ``exposure_of(scores, place)``: log₂ of the candidates, less log₂ of the rank.

    >>> exposure_of(lambda scores, place: scores[place])  # doctest: +ELLIPSIS
    exposure_of: for (...) you gave ..., expected ... That is the score itself...
    """
    scores = np.array([-3.0, -1.0, -2.5, -7.0, -2.0, -9.0, -1.5, -4.0, -5.0, -6.0])
    alike = np.full(4, -2.0)
    expect(
        answer,
        [(scores, 3), (scores, 1), (scores, 7), (alike, 2)],
        _exposure,
        slips=[
            (
                lambda scores, place: (
                    math.log2(len(scores)) - math.log2(int((scores <= scores[place]).sum()))
                ),
                "Ranked from the wrong end: rank 1 has the greatest score.",
            ),
            (
                lambda scores, place: (
                    math.log2(len(scores)) - math.log2(1 + int((scores > scores[place]).sum()))
                ),
                "Equal scores count before it: a model that says the same of all knows nothing.",
            ),
            (
                lambda scores, place: (
                    math.log(len(scores)) - math.log(int((scores >= scores[place]).sum()))
                ),
                "In nats: bits are logarithms to base 2.",
            ),
            (
                lambda scores, place: math.log2(int((scores >= scores[place]).sum())),
                "That is log₂ of the rank: take it from log₂ of the number of candidates.",
            ),
            (
                lambda scores, place: int((scores >= scores[place]).sum()),
                "That is the rank: now the two logarithms.",
            ),
            (lambda scores, place: scores[place], "That is the score itself: which rank is it?"),
            (
                lambda scores, place: (
                    math.log2(len(scores))
                    - math.log2(1 + int(np.argsort(np.argsort(-scores, kind="stable"))[place]))
                ),
                "Equal scores were put in some order: all of them count before it.",
            ),
            (
                lambda scores, place: math.log2(len(scores)) - math.log2(place + 1),
                "The place is the candidate's number: its rank is how many score as much or more.",
            ),
            (
                lambda scores, place: (
                    math.log2(len(scores)) - math.log2(int((scores > scores[place]).sum()))
                ),
                "The ranks begin with 1: the candidate itself counts.",
            ),
            (
                lambda scores, place: (
                    math.log2(len(scores)) - math.log2(1 + int(np.argsort(-scores)[place]))
                ),
                "argsort names the candidate at each rank, and not the rank of a candidate.",
            ),
            (
                lambda scores, place: len(scores) / int((scores >= scores[place]).sum()),
                "In bits: the logarithm to base 2 is missing.",
            ),
        ],
    )


@exercise
def epsilon_of_run(answer: Callable[[float, int, float, float], float]) -> None:
    """Check ``epsilon_of_run(step, steps, order, delta)``: equation 21.6, for one order.

    >>> epsilon_of_run(lambda step, steps, order, delta: step * steps)  # doctest: +ELLIPSIS
    epsilon_of_run: for (...) you gave ..., expected ... Delta is missing...
    """
    expect(
        answer,
        [(0.001, 1000, 8.0, 1e-5), (0.02, 50, 3.0, 1e-6)],
        lambda step, steps, order, delta: step * steps + math.log(1 / delta) / (order - 1),
        slips=[
            (
                lambda step, steps, order, delta: step + math.log(1 / delta) / (order - 1),
                "That is one step: the divergences of all steps add up.",
            ),
            (
                lambda step, steps, order, delta: (
                    steps * (step + math.log(1 / delta) / (order - 1))
                ),
                "Delta is paid once, at the end, and not in every step.",
            ),
            (
                lambda step, steps, order, delta: step * steps + math.log(1 / delta) / order,
                "Divided by the order: by the order less 1.",
            ),
            (
                lambda step, steps, order, delta: step * steps + math.log(delta) / (order - 1),
                "The logarithm of delta is below 0: take that of 1 / delta.",
            ),
            (
                lambda step, steps, order, delta: (
                    step * math.sqrt(steps) + math.log(1 / delta) / (order - 1)
                ),
                "By the root of the steps: Rényi's divergences simply add up.",
            ),
            (lambda step, steps, order, delta: step * steps, "Delta is missing."),
            (
                lambda step, steps, order, delta: (
                    (step * steps + math.log(1 / delta)) / (order - 1)
                ),
                "All was divided by the order less 1: only the part of delta is.",
            ),
            (
                lambda step, steps, order, delta: step * steps + math.log2(1 / delta) / (order - 1),
                "To base 2: the divergence is in nats, so the natural logarithm.",
            ),
            (
                lambda step, steps, order, delta: (
                    step * steps + math.log10(1 / delta) / (order - 1)
                ),
                "To base 10: the divergence is in nats, so the natural logarithm.",
            ),
            (
                lambda step, steps, order, delta: step * steps + math.log(1 / delta) / order - 1,
                "Brackets are missing around the order less 1.",
            ),
            (
                lambda step, steps, order, delta: step * steps + math.log(1 / delta),
                "Delta's part is divided by the order less 1.",
            ),
        ],
    )
