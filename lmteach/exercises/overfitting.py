"""The checks of notebook 19: dropout, when to stop, a step with decay, what a look promises."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "dropped_out",
    "layer_output",
    "sent_back",
    "best_pass",
    "passes_made",
    "decayed_step",
    "promised_too_much",
)

Array = np.ndarray[Any, np.dtype[Any]]
_X = np.array([[1.0, -2.0, 3.0], [4.0, 5.0, -6.0]])
_DRAWN = np.array([[0.1, 0.25, 0.9], [0.7, 0.2, 0.3]])
_CURVE = [0.69, 0.7, 0.66, 0.62, 0.73, 0.61, 0.8, 0.9, 1.0, 1.1, 0.5, 0.6, 0.7, 0.8, 0.9]


def _dropped(x: Array, drawn: Array, share: float) -> Array:
    return np.asarray(np.where(drawn >= share, x / (1 - share), 0.0))


@exercise
def dropped_out(answer: Callable[[Array, Array, float], Array]) -> None:
    """Check ``dropped_out(x, drawn, share)``: 0 where the number is below the share, else scaled.

    >>> dropped_out(lambda x, drawn, share: x * (drawn >= share))  # doctest: +ELLIPSIS
    dropped_out: for (...) you gave ..., expected ... The scaling is missing...
    """
    expect(
        answer,
        [(_X, _DRAWN, 0.25), (_X[0], _DRAWN[0], 0.8), (_X[1], _DRAWN[1], 0.0)],
        _dropped,
        slips=[
            (
                lambda x, drawn, share: x * (drawn >= share),
                "The scaling is missing: divide by the share that is kept.",
            ),
            (
                lambda x, drawn, share: x * (drawn >= share) / share,
                "Divided by the share that is dropped: take the one that is kept, 1 − share.",
            ),
            (
                lambda x, drawn, share: x * (drawn < share) / (1 - share),
                "Kept is what has a number of at least the share: you kept the others.",
            ),
            (
                lambda x, drawn, share: x * (drawn > share) / (1 - share),
                "At least the share, not above it: >=.",
            ),
            (
                lambda x, drawn, share: x * (drawn >= share) * (1 - share),
                "Made smaller? What is kept is made larger, to make up for what is missing.",
            ),
            (
                lambda x, drawn, share: x * (drawn >= share) / max((drawn >= share).mean(), 1e-9),
                "Divided by the share that happened to be kept: take 1 − share, always the same.",
            ),
            (
                lambda x, drawn, share: x[drawn >= share] / (1 - share),
                "What is dropped is 0, and stays in its place.",
            ),
            (
                lambda x, drawn, share: (drawn >= share) / (1 - share),
                "That is the mask, scaled: it is still to be multiplied with `x`.",
            ),
            (
                lambda x, drawn, share: drawn >= share,
                "That is the mask: which numbers of `x` does it leave, and how large?",
            ),
        ],
    )


@exercise
def layer_output(answer: Callable[[Array, Array, float, bool], Array]) -> None:
    """Check ``layer_output(x, drawn, share, learning)``: step 1 while learning, else ``x``.

    >>> layer_output(lambda x, drawn, share, learning: x)  # doctest: +ELLIPSIS
    layer_output: for (...) you gave ..., expected ... Nothing is dropped while it learns...
    """
    expect(
        answer,
        [(_X, _DRAWN, 0.25, True), (_X, _DRAWN, 0.25, False), (_X[0], _DRAWN[0], 0.5, False)],
        lambda x, drawn, share, learning: _dropped(x, drawn, share) if learning else x,
        slips=[
            (
                lambda x, drawn, share, learning: x,
                "Nothing is dropped while it learns. Or is it the other way round?",
            ),
            (
                lambda x, drawn, share, learning: _dropped(x, drawn, share),
                "Dropout was left on: when it judges, nothing is dropped.",
            ),
            (
                lambda x, drawn, share, learning: (
                    _dropped(x, drawn, share) if learning else x * (1 - share)
                ),
                "Right without the division in step 1. With it, the mean fits already.",
            ),
            (
                lambda x, drawn, share, learning: (
                    _dropped(x, drawn, share) if learning else x / (1 - share)
                ),
                "Nothing is missing when it judges, so nothing has to be made up for.",
            ),
            (
                lambda x, drawn, share, learning: x * (drawn >= share) if learning else x,
                "The scaling of step 1 is missing while it learns.",
            ),
            (
                lambda x, drawn, share, learning: _dropped(x, drawn, share) if learning else 0 * x,
                "When it judges, all is kept, not nothing.",
            ),
        ],
    )


@exercise
def sent_back(answer: Callable[[Array, Array, float], Array]) -> None:
    """Check ``sent_back(gradient, drawn, share)``: the gradient on its way back through step 1.

    >>> sent_back(lambda gradient, drawn, share: gradient)  # doctest: +ELLIPSIS
    sent_back: for (...) you gave ..., expected ... What was dropped had no say...
    """
    expect(
        answer,
        [(_X, _DRAWN, 0.25), (_X[0], _DRAWN[0], 0.8), (_X[1], _DRAWN[1], 0.0)],
        _dropped,
        slips=[
            (
                lambda gradient, drawn, share: gradient,
                "What was dropped had no say in the loss: its gradient is 0.",
            ),
            (
                lambda gradient, drawn, share: gradient / (1 - share),
                "What was dropped had no say in the loss: its gradient is 0.",
            ),
            (
                lambda gradient, drawn, share: gradient * (drawn >= share),
                "What was kept was multiplied on its way up: so is its gradient, by as much.",
            ),
            (
                lambda gradient, drawn, share: gradient * (drawn >= share) * (1 - share),
                "On its way up it was divided by 1 − share. Back, it is the same factor again.",
            ),
            (
                lambda gradient, drawn, share: gradient * (drawn < share) / (1 - share),
                "The other way round: what was kept gets a gradient.",
            ),
            (
                lambda gradient, drawn, share: (drawn >= share) / (1 - share),
                "That is how much each entry was multiplied by: times the gradient from above.",
            ),
        ],
    )


@exercise
def best_pass(answer: Callable[[Sequence[float]], int]) -> None:
    """Check ``best_pass(losses)``: the number of the first least loss, counted from 1.

    >>> best_pass(np.argmin)  # doctest: +ELLIPSIS
    best_pass: for (...) you gave 2, expected 3. Passes are counted from 1...
    """
    expect(
        answer,
        [([0.6, 0.7, 0.5, 0.8, 0.65],), ([0.7, 0.4, 0.6, 0.4, 0.9],), ([0.3],)],
        lambda losses: int(np.argmin(losses)) + 1,
        slips=[
            (lambda losses: int(np.argmin(losses)), "Passes are counted from 1."),
            (lambda losses: int(np.argmax(losses)) + 1, "The greatest loss? The least is best."),
            (lambda losses: min(losses), "That is the loss itself: which pass had it?"),
            (
                lambda losses: len(losses) - int(np.argmin(losses[::-1])),
                "Of several that are equally good, the first.",
            ),
            (lambda losses: len(losses), "That is the last one."),
            (_before_a_rise, "The first rise is not the end: a better pass may come after it."),
        ],
    )


def _before_a_rise(losses: Sequence[float]) -> int:
    places = range(1, len(losses))
    return next((place for place in places if losses[place] > losses[place - 1]), len(losses))


def _made(losses: Sequence[float], patience: int) -> int:
    best, waited = np.inf, 0
    for number, loss in enumerate(losses, start=1):
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited == patience:
            return number
    return len(losses)


@exercise
def passes_made(answer: Callable[[Sequence[float], int], int]) -> None:
    """Check ``passes_made(losses, patience)``: how many passes until patience is lost, from 1.

    >>> passes_made(lambda losses, patience: len(losses))  # doctest: +ELLIPSIS
    passes_made: for (...) you gave 15, expected 9. It never stops...
    """

    def against_the_last(losses: Sequence[float], patience: int) -> int:
        waited = 0
        for place in range(1, len(losses)):
            waited = waited + 1 if losses[place] >= losses[place - 1] else 0
            if waited == patience:
                return place + 1
        return len(losses)

    def never_reset(losses: Sequence[float], patience: int) -> int:
        best, waited = np.inf, 0
        for number, loss in enumerate(losses, start=1):
            best, waited = (loss, waited) if loss < best else (best, waited + 1)
            if waited == patience:
                return number
        return len(losses)

    def first_in_vain(losses: Sequence[float], patience: int) -> int:
        best, waited = losses[0], 0
        for number, loss in enumerate(losses, start=1):
            best, waited = (loss, 0) if loss < best else (best, waited + 1)
            if waited == patience:
                return number
        return len(losses)

    def foreseen(losses: Sequence[float], patience: int) -> int:
        return min(int(np.argmin(losses)) + 1 + patience, len(losses))

    def ties_are_new(losses: Sequence[float], patience: int) -> int:
        best, waited = np.inf, 0
        for number, loss in enumerate(losses, start=1):
            best, waited = (loss, 0) if loss <= best else (best, waited + 1)
            if waited == patience:
                return number
        return len(losses)

    expect(
        answer,
        [
            (_CURVE, 3),
            (_CURVE, 1),
            ([0.5, 0.7, 0.6, 0.55, 0.4], 3),
            ([0.5, 0.5, 0.5, 0.6], 2),
            ([0.7, 0.6, 0.5], 2),
        ],
        _made,
        slips=[
            (never_reset, "In a row: a new best makes the count begin again."),
            (against_the_last, "Compared with the pass before: compare with the best so far."),
            (foreseen, "The best of all passes isn't known yet: look at `losses[:number]` only."),
            (first_in_vain, "The first pass is the best so far, not in vain: begin with infinity."),
            (ties_are_new, "As good as the best is no new best: patience goes on being lost."),
            (lambda losses, patience: len(losses), "It never stops: what became of `patience`?"),
            (
                lambda losses, patience: _made(losses, patience) - patience,
                "That is the best pass: how many were made by then, those in vain included?",
            ),
            (
                lambda losses, patience: _made(losses, patience) - 1,
                "Counted from 0, or one too few: passes are counted from 1.",
            ),
            (
                lambda losses, patience: _made(losses, patience + 1),
                "One too many: it stops after the pass that makes `patience` in a row.",
            ),
        ],
    )


@exercise
def decayed_step(answer: Callable[[Array, Array, float, float], Array]) -> None:
    """Check ``decayed_step(weight, gradient, rate, price)``: equation 19.3.

    >>> decayed_step(lambda weight, gradient, rate, price: weight - rate * gradient)
    ... # doctest: +ELLIPSIS
    decayed_step: for (...) you gave ..., expected ... No decay yet...
    """
    weight, gradient = np.array([1.0, -2.0]), np.array([0.5, 0.25])
    expect(
        answer,
        [(weight, gradient, 0.1, 0.3), (3.0, -1.0, 0.5, 0.2)],
        lambda weight, gradient, rate, price: (1 - rate * price) * weight - rate * gradient,
        slips=[
            (
                lambda weight, gradient, rate, price: weight - rate * gradient,
                "No decay yet: shrink the weight by rate times price.",
            ),
            (
                lambda weight, gradient, rate, price: (1 - price) * weight - rate * gradient,
                "Shrunk by the price alone: times the rate.",
            ),
            (
                lambda weight, gradient, rate, price: (1 - rate * price) * weight + rate * gradient,
                "Uphill: the step goes against the gradient.",
            ),
            (
                lambda weight, gradient, rate, price: (1 + rate * price) * weight - rate * gradient,
                "The weight grows: 1 minus rate times price.",
            ),
            (
                lambda weight, gradient, rate, price: (
                    (1 - rate * price) * (weight - rate * gradient)
                ),
                "The step shrinks, too: shrink the weight first, then step.",
            ),
            (
                lambda weight, gradient, rate, price: (1 - rate * price) * weight - gradient,
                "The gradient is to be multiplied by the rate.",
            ),
            (
                lambda weight, gradient, rate, price: (1 - rate * price) * weight,
                "It shrinks, and does not step: less rate times gradient.",
            ),
            (
                lambda weight, gradient, rate, price: (1 - rate) * weight - rate * gradient,
                "Shrunk by the rate alone: times the price.",
            ),
            (
                lambda weight, gradient, rate, price: (
                    (1 - 2 * rate * price) * weight - rate * gradient
                ),
                "Twice too much: the half in equation 19.2 takes the 2 of the square away.",
            ),
            (
                lambda weight, gradient, rate, price: (
                    weight - rate * (gradient + price * np.sign(weight))
                ),
                "That is the pull of L1, equally hard on all: decay takes a share of each.",
            ),
        ],
    )


def _promised(looked: Array, fresh: Array) -> float:
    return float(looked[np.argmax(looked)] - fresh[np.argmax(looked)])


@exercise
def promised_too_much(answer: Callable[[Array, Array], float]) -> None:
    """Check ``promised_too_much(looked, fresh)``: the best by ``looked``, both figures.

    >>> promised_too_much(lambda looked, fresh: looked.max() - fresh.max())  # doctest: +ELLIPSIS
    promised_too_much: for (...) you gave ..., expected ... Two different networks...
    """
    looked, fresh = np.array([0.62, 0.71, 0.68, 0.71]), np.array([0.66, 0.64, 0.55, 0.6])
    expect(
        answer,
        [(looked, fresh), (fresh, looked), (looked[:1], fresh[:1])],
        _promised,
        slips=[
            (
                lambda looked, fresh: looked.max() - fresh.max(),
                "Two different networks: read `fresh` of the one that `looked` chose.",
            ),
            (
                lambda looked, fresh: looked[np.argmax(fresh)] - fresh[np.argmax(fresh)],
                "Chosen by `fresh`, which nobody has looked at yet: choose by `looked`.",
            ),
            (
                lambda looked, fresh: -_promised(looked, fresh),
                "The other way round: what it promises, less what it keeps.",
            ),
            (
                lambda looked, fresh: (looked - fresh).mean(),
                "The mean over all: only the one that was chosen counts.",
            ),
            (
                lambda looked, fresh: (looked - fresh).max(),
                "The greatest gap of all: read it at the one that was chosen.",
            ),
            (lambda looked, fresh: fresh[np.argmax(looked)], "That is what it keeps, not the gap."),
            (
                lambda looked, fresh: _promised(looked[::-1], fresh[::-1]),
                "Of several that are equally good, the first.",
            ),
            (
                lambda looked, fresh: looked.max() - fresh.mean(),
                "The mean of `fresh`: read it at the one that was chosen.",
            ),
            (
                lambda looked, fresh: 100 * _promised(looked, fresh),
                "In shares, as they came, not in hundredths.",
            ),
        ],
    )
