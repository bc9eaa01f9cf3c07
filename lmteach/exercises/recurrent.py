"""The checks of notebook 06: back through time, step by step; clip by norm, count the steps."""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "states_of",
    "errors",
    "one_step_back",
    "walk_back",
    "collected",
    "gradients",
    "clipped",
    "steps_until",
)

_INPUTS = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, -1.0]])
_W_IH = np.array([[0.5, -0.3], [0.8, 0.1], [-0.6, 0.9]])  # (D, E), three states, two inputs
_W_HH = np.array([[0.4, -0.7, 0.2], [0.1, 0.3, -0.5], [0.6, 0.0, 0.9]])
_BIAS = np.array([0.1, -0.2, 0.3])
_W_HO = np.array([[0.7, -0.4, 0.1], [-0.2, 0.9, 0.5], [0.3, 0.2, -0.8], [0.0, -0.6, 0.4]])  # (V, D)
_TARGETS = np.array([2, 0, 3])
_STATES = np.array([[0.0, 0.0, 0.0], [0.9, -0.4, 0.2], [-0.3, 0.6, 0.5], [0.1, 0.7, -0.8]])
_SHARES = np.array([[0.2, -1.0, 0.4], [0.5, 0.3, -0.6], [-0.7, 0.8, 0.1]])


def _states(
    inputs: np.ndarray,
    w_ih: np.ndarray,
    w_hh: np.ndarray,
    bias: np.ndarray,
    squash: Callable[[np.ndarray], np.ndarray] = np.tanh,
) -> np.ndarray:
    """The states (T + 1, D): zeros at the start, then one after each input."""
    states = [np.zeros(len(w_hh))]
    for x in inputs:
        states.append(squash(w_ih @ x + w_hh @ states[-1] + bias))
    return np.array(states)


@exercise
def states_of(answer: Callable[..., ArrayLike]) -> None:
    """Check ``states_of(inputs (T, E), w_ih (D, E), w_hh (D, D), bias (D,))``: (T + 1, D)."""

    def forgetful(
        inputs: np.ndarray, w_ih: np.ndarray, w_hh: np.ndarray, bias: np.ndarray
    ) -> np.ndarray:
        return np.vstack([np.zeros(len(w_hh)), np.tanh(inputs @ w_ih.T + bias)])

    expect(
        answer,
        [(_INPUTS, _W_IH, _W_HH, _BIAS), (_INPUTS[:1], _W_IH, _W_HH, _BIAS)],
        _states,
        slips=[
            (forgetful, "The state is never used: feed each new one into the next step."),
            (
                lambda inputs, w_ih, w_hh, bias: _states(
                    inputs, w_ih, w_hh, bias, squash=lambda z: z
                ),
                "Not squashed: the new state is tanh of the sum.",
            ),
            (
                lambda inputs, w_ih, w_hh, bias: _states(inputs, w_ih, w_hh.T, bias),
                "w_hh is used from the wrong side: its columns belong to the old state.",
            ),
            (
                lambda *given: _states(*given)[-1],
                "That is the last state alone; asked are all of them, one row a step.",
            ),
            (
                lambda *given: _states(*given)[1:],
                "The zeros at the start are missing: the way back needs them, too.",
            ),
        ],
    )


def _chances(logits: np.ndarray, axis: int = 1) -> np.ndarray:
    scaled = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return scaled / scaled.sum(axis=axis, keepdims=True)


def _errors(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Softmax less one-hot, a row for each step, divided by the number of steps."""
    return (_chances(logits) - np.eye(logits.shape[1])[targets]) / len(targets)


@exercise
def errors(answer: Callable[..., ArrayLike]) -> None:
    """Check ``errors(logits (T, V), targets (T,))``: the gradient of the mean loss (T, V)."""

    def along_time(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
        return (_chances(logits, axis=0) - np.eye(logits.shape[1])[targets]) / len(targets)

    def over_all(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
        chances = _chances(logits.reshape(1, -1)).reshape(logits.shape)
        return (chances - np.eye(logits.shape[1])[targets]) / len(targets)

    def whole_columns(logits: np.ndarray, targets: np.ndarray) -> np.ndarray:
        taken = np.eye(logits.shape[1])[targets].max(axis=0)
        return (_chances(logits) - taken) / len(targets)

    def loss(logits: np.ndarray, targets: np.ndarray) -> float:
        return float(-np.log(_chances(logits)[np.arange(len(targets)), targets]).mean())

    expect(
        answer,
        [
            (np.array([[2.0, 0.0, -1.0, 0.5], [0.0, 1.0, 3.0, -2.0]]), np.array([0, 1])),
            (_STATES @ _W_HO.T, np.array([3, 3, 0, 2])),
        ],
        _errors,
        slips=[
            (
                lambda logits, targets: _errors(logits, targets) * len(targets),
                "That is for the sum of the losses; for their mean, divide by the number of steps.",
            ),
            (
                lambda logits, targets: -_errors(logits, targets),
                "The sign is turned: what was said, minus what happened.",
            ),
            (
                lambda logits, targets: _chances(logits) / len(targets),
                "What was said is there, what happened is not: take 1 away at each target.",
            ),
            (
                lambda logits, targets: _chances(logits),
                "What was said is there, what happened is not: take 1 away at each target.",
            ),
            (along_time, "The softmax runs over time: each row should sum to 1, axis=1."),
            (
                over_all,
                "The softmax runs over all steps at once: each row should sum to 1, axis=1.",
            ),
            (
                whole_columns,
                "1 was taken from whole columns: of each row, only its own target is meant.",
            ),
            (loss, "That is the loss; asked is its gradient, a number for each logit."),
        ],
    )


@exercise
def one_step_back(answer: Callable[..., Sequence[ArrayLike]]) -> None:
    """Check ``one_step_back(arriving (D,), share (D,), state (D,), w_hh (D, D))``: two vectors.

    They are eq. 6.4's delta of this step, and what arrives at the step before.
    """

    def back(
        arriving: np.ndarray, share: np.ndarray, state: np.ndarray, w_hh: np.ndarray
    ) -> list[np.ndarray]:
        delta = (1 - state**2) * (share + arriving)
        return [delta, delta @ w_hh]

    def slope_before_sum(
        arriving: np.ndarray, share: np.ndarray, state: np.ndarray, w_hh: np.ndarray
    ) -> list[np.ndarray]:
        delta = share + (1 - state**2) * arriving
        return [delta, delta @ w_hh]

    def slope_of_share(
        arriving: np.ndarray, share: np.ndarray, state: np.ndarray, w_hh: np.ndarray
    ) -> list[np.ndarray]:
        delta = (1 - state**2) * share + arriving
        return [delta, delta @ w_hh]

    def squared_late(
        arriving: np.ndarray, share: np.ndarray, state: np.ndarray, w_hh: np.ndarray
    ) -> list[np.ndarray]:
        delta = (1 - state) ** 2 * (share + arriving)
        return [delta, delta @ w_hh]

    def turned(
        arriving: np.ndarray, share: np.ndarray, state: np.ndarray, w_hh: np.ndarray
    ) -> list[np.ndarray]:
        delta = (1 - state**2) * (share + arriving)
        return [delta, w_hh @ delta]

    expect(
        answer,
        [
            (np.array([1.0, -2.0, 0.5]), _SHARES[0], _STATES[1], _W_HH),
            (np.array([0.3]), np.array([-0.1]), np.array([-0.8]), np.array([[1.5]])),
        ],
        back,
        slips=[
            (turned, "w_hh the wrong way round: it led forward, so its transpose leads back."),
            (
                lambda arriving, share, state, w_hh: back(arriving, share, 0 * state, w_hh),
                "The slope of tanh is missing: 1 - state².",
            ),
            (
                lambda arriving, share, state, w_hh: back(arriving, share, np.tanh(state), w_hh),
                "tanh taken twice: the state is its result already, so the slope is 1 - state².",
            ),
            (
                lambda arriving, share, state, w_hh: back(arriving, 0 * share, state, w_hh),
                "The step's own share is missing: add it to what arrives.",
            ),
            (slope_before_sum, "The share goes through the tanh, too: add first, then the slope."),
            (slope_of_share, "What arrives goes through the tanh, too: add first, then the slope."),
            (squared_late, "The slope of tanh is 1 - state², and not (1 - state)²."),
            (
                lambda arriving, share, state, w_hh: back(arriving @ w_hh, share, state, w_hh),
                "w_hh is met twice: what arrives has been through it already.",
            ),
            (
                lambda *given: back(*given)[::-1],
                "The two are swapped: first this step's delta, then what goes to the step before.",
            ),
        ],
    )


def _deltas(
    shares: np.ndarray, states: np.ndarray, w_hh: np.ndarray, handed_on: float = 1.0, late: int = 1
) -> np.ndarray:
    """The deltas (T, D) of all steps; ``handed_on`` is the part of them that goes back in time."""
    deltas, arriving = np.zeros(shares.shape), np.zeros(len(w_hh))
    for t in reversed(range(len(shares))):
        deltas[t] = (1 - states[t + late] ** 2) * (shares[t] + arriving)
        arriving = handed_on * w_hh.T @ deltas[t]
    return deltas


@exercise
def walk_back(answer: Callable[..., ArrayLike]) -> None:
    """Check ``walk_back(shares (T, D), states (T + 1, D), w_hh (D, D))``: the deltas (T, D)."""

    def forward(shares: np.ndarray, states: np.ndarray, w_hh: np.ndarray) -> np.ndarray:
        turned = np.vstack([states[:1], states[:0:-1]])
        return _deltas(shares[::-1], turned, w_hh)[::-1]

    expect(
        answer,
        [(_SHARES, _STATES, _W_HH), (_SHARES[:2], _STATES[1:], _W_HH)],
        _deltas,
        slips=[
            (
                lambda shares, states, w_hh: _deltas(shares, states, w_hh, handed_on=0.0),
                "Nothing arrives from later: hand on what each step sends back.",
            ),
            (
                lambda shares, states, w_hh: _deltas(shares, states, w_hh, late=0),
                "The slope is that of the state before: after step t the state is states[t + 1].",
            ),
            (
                lambda *given: _deltas(*given)[::-1],
                "In the order of the walk, the last step first; asked is the order of time.",
            ),
            (forward, "That walks from the first step to the last: what arrives comes from later."),
        ],
    )


@exercise
def collected(answer: Callable[..., Sequence[ArrayLike]]) -> None:
    """Check ``collected(deltas (T, D), inputs (T, E), states (T + 1, D))``: eq. 6.5.

    The gradients with regard to w_ih (D, E), w_hh (D, D) and the bias (D,).
    """

    def right(deltas: np.ndarray, inputs: np.ndarray, states: np.ndarray) -> list[np.ndarray]:
        return [deltas.T @ inputs, deltas.T @ states[:-1], deltas.sum(axis=0)]

    def after(deltas: np.ndarray, inputs: np.ndarray, states: np.ndarray) -> list[np.ndarray]:
        return [deltas.T @ inputs, deltas.T @ states[1:], deltas.sum(axis=0)]

    def turned(deltas: np.ndarray, inputs: np.ndarray, states: np.ndarray) -> list[np.ndarray]:
        return [inputs.T @ deltas, states[:-1].T @ deltas, deltas.sum(axis=0)]

    def mean(deltas: np.ndarray, inputs: np.ndarray, states: np.ndarray) -> list[np.ndarray]:
        return [*right(deltas, inputs, states)[:2], deltas.mean(axis=0)]

    expect(
        answer,
        [(_SHARES, _INPUTS, _STATES), (_SHARES[:2], _INPUTS[1:], _STATES[1:])],
        right,
        slips=[
            (after, "w_hh met the state before the step: states[:-1], not states[1:]."),
            (turned, "Transposed: a row of the gradient belongs to an entry of delta."),
            (mean, "The bias takes part at every step: sum, not mean."),
            (
                lambda deltas, inputs, states: right(deltas, inputs, states)[:2],
                "Three gradients are asked: the bias has one, too.",
            ),
        ],
    )


def _by_autograd(inputs: np.ndarray, targets: np.ndarray, *weights: np.ndarray) -> list[np.ndarray]:
    """The four gradients of the mean loss as PyTorch finds them."""
    with torch.enable_grad():
        leaves = [torch.tensor(weight, requires_grad=True) for weight in weights]
        w_ih, w_hh, bias, w_ho = leaves
        h, logits = torch.zeros_like(bias), []
        for x in torch.tensor(inputs):
            h = torch.tanh(w_ih @ x + w_hh @ h + bias)
            logits.append(w_ho @ h)
        loss = F.cross_entropy(torch.stack(logits), torch.tensor(targets))
        return [slope.numpy() for slope in torch.autograd.grad(loss, leaves)]


def _by_hand(
    inputs: np.ndarray,
    targets: np.ndarray,
    *weights: np.ndarray,
    handed_on: float = 1.0,
    met: int = 1,
) -> list[np.ndarray]:
    """The same with our formulas, and with two mistakes that can be asked for."""
    w_ih, w_hh, bias, w_ho = weights
    states = _states(inputs, w_ih, w_hh, bias)
    wrong = _errors(states[1:] @ w_ho.T, targets)
    deltas = _deltas(wrong @ w_ho, states, w_hh, handed_on)
    cell = [deltas.T @ inputs, deltas.T @ states[:-1], deltas.sum(axis=0)]
    return [*cell, wrong.T @ states[met : met + len(targets)]]


@exercise
def gradients(answer: Callable[..., Sequence[ArrayLike]]) -> None:
    """Check ``gradients(inputs, targets, w_ih, w_hh, bias, w_ho)`` against PyTorch's autograd.

    The four gradients of the mean loss, in the order of the weights.
    """
    weights = (_W_IH, _W_HH, _BIAS, _W_HO)
    longer = np.vstack([_INPUTS, -_INPUTS[::-1], 2 * _INPUTS])
    expect(
        answer,
        [
            (_INPUTS, _TARGETS, *weights),
            (longer, np.array([2, 0, 3, 1, 1, 0, 2, 3, 0]), *weights),
        ],
        _by_autograd,
        slips=[
            (
                lambda *given: _by_hand(*given, handed_on=0.0),
                "No gradient goes back in time: each step is blamed for its own loss alone.",
            ),
            (
                lambda *given: _by_hand(*given, met=0),
                "w_ho met the state after the letter, states[1:], and its gradient does, too.",
            ),
            (
                lambda inputs, targets, *weights: [
                    len(targets) * slope for slope in _by_hand(inputs, targets, *weights)
                ],
                "That is for the sum of the losses; asked is their mean.",
            ),
            (
                lambda *given: _by_hand(*given)[:3],
                "Four gradients are asked: w_ho has one, too.",
            ),
        ],
    )


@exercise
def clipped(answer: Callable[..., Sequence[ArrayLike]]) -> None:
    """Check ``clipped(gradients, limit)``: arrays, shortened *together* to the norm ``limit``.

    >>> clipped(lambda gradients, limit: [np.clip(g, -limit, limit) for g in gradients])
    ... # doctest: +ELLIPSIS
    clipped: ...Each entry was cut for itself, which bends the direction...
    """

    def norm_of(gradients: Sequence[np.ndarray]) -> float:
        return math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients))

    def by_norm(gradients: Sequence[np.ndarray], limit: float) -> list[np.ndarray]:
        share = min(1.0, limit / norm_of(gradients))
        return [share * gradient for gradient in gradients]

    expect(
        answer,
        [
            ([np.array([3.0, -6.0]), np.array([2.0])], 3.5),
            ([np.array([0.3, 0.0]), np.array([-0.4])], 1.0),
            ([np.array([[4.0, -2.0], [0.0, 4.0]]), np.array([8.0])], 5.0),
        ],
        by_norm,
        slips=[
            (
                lambda gradients, limit: [np.clip(g, -limit, limit) for g in gradients],
                "Each entry was cut for itself, which bends the direction. Shorten all by one "
                "factor.",
            ),
            (
                lambda gradients, limit: [by_norm([gradient], limit)[0] for gradient in gradients],
                "Each array was shortened for itself. One norm for all of them together.",
            ),
            (
                lambda gradients, limit: [limit / norm_of(gradients) * g for g in gradients],
                "A gradient that is short enough was made longer: leave it as it is.",
            ),
            (
                lambda gradients, limit: [g / norm_of(gradients) for g in gradients],
                "Brought to length 1, whatever the limit: the factor is limit / norm.",
            ),
        ],
    )


@exercise
def steps_until(answer: Callable[[float, float], int]) -> None:
    """Check ``steps_until(radius, share)``: the first lag at which radius**lag is below share.

    >>> steps_until(lambda radius, share: math.log(share) / math.log(radius))
    ... # doctest: +ELLIPSIS
    steps_until: ...A step is a whole number...
    """

    def steps(radius: float, share: float) -> int:
        count = 0
        while radius**count >= share:
            count += 1
        return count

    expect(
        answer,
        [(0.9, 0.01), (0.5, 0.3), (0.99, 0.5), (0.7, 0.1), (0.5, 0.25)],
        steps,
        slips=[
            (
                lambda radius, share: math.ceil(math.log(share) / math.log(radius)),
                "Then exactly the share is left; asked is when *less* is: one step later.",
            ),
            (
                lambda radius, share: math.log(share) / math.log(radius),
                "A step is a whole number: the first at which it is below the share.",
            ),
            (
                lambda radius, share: int(math.log(share) / math.log(radius)),
                "Rounded down: at that step, the share is not yet reached.",
            ),
            (
                lambda radius, share: math.ceil((1 - share) / (1 - radius)),
                "The loss of a step is taken from what is left, not from the whole: it is a power.",
            ),
            (
                lambda radius, share: math.ceil(-math.log(share)),
                "Divide by the logarithm of the radius.",
            ),
        ],
    )
