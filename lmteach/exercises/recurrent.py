"""The checks of notebook 06: unroll a network, go one step back, clip by norm, count the steps."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("unroll", "one_step_back", "clipped", "steps_until")

_INPUTS = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, -1.0]])
_W_IH = np.array([[0.5, -0.3], [0.8, 0.1], [-0.6, 0.9]])  # (D, E), three states, two inputs
_W_HH = np.array([[0.4, -0.7, 0.2], [0.1, 0.3, -0.5], [0.6, 0.0, 0.9]])
_BIAS = np.array([0.1, -0.2, 0.3])


def _states(
    inputs: np.ndarray,
    w_ih: np.ndarray,
    w_hh: np.ndarray,
    bias: np.ndarray,
    squash: Callable[[np.ndarray], np.ndarray] = np.tanh,
) -> np.ndarray:
    """The states after each input (T, D), from a state of zeros."""
    states = [np.zeros(len(w_hh))]
    for x in inputs:
        states.append(squash(w_ih @ x + w_hh @ states[-1] + bias))
    return np.array(states[1:])


@exercise
def unroll(answer: Callable[..., ArrayLike]) -> None:
    """Check ``unroll(inputs (T, E), w_ih (D, E), w_hh (D, D), bias (D,))``: the states (T, D)."""

    def forgetful(
        inputs: np.ndarray, w_ih: np.ndarray, w_hh: np.ndarray, bias: np.ndarray
    ) -> np.ndarray:
        return np.tanh(inputs @ w_ih.T + bias)

    def linear(
        inputs: np.ndarray, w_ih: np.ndarray, w_hh: np.ndarray, bias: np.ndarray
    ) -> np.ndarray:
        return _states(inputs, w_ih, w_hh, bias, squash=lambda z: z)

    def other_way(
        inputs: np.ndarray, w_ih: np.ndarray, w_hh: np.ndarray, bias: np.ndarray
    ) -> np.ndarray:
        return _states(inputs, w_ih, w_hh.T, bias)

    expect(
        answer,
        [(_INPUTS, _W_IH, _W_HH, _BIAS), (_INPUTS[:1], _W_IH, _W_HH, _BIAS)],
        _states,
        slips=[
            (forgetful, "The state is never used: feed each new one into the next step."),
            (
                linear,
                "Not squashed: the new state is tanh of the sum.",
            ),
            (other_way, "w_hh is used from the wrong side: its columns belong to the old state."),
            (
                lambda *given: _states(*given)[-1],
                "That is the last state alone; asked are all of them, one row a step.",
            ),
            (
                lambda *given: np.vstack([np.zeros(len(_W_HH)), _states(*given)]),
                "The zeros at the start are no answer of the network: leave them out.",
            ),
        ],
    )


@exercise
def one_step_back(answer: Callable[..., ArrayLike]) -> None:
    """Check ``one_step_back(gradient (D,), state (D,), w_hh (D, D))``: dL/dh a step before (D,).

    ``gradient`` is dL/dh at a step and ``state`` is h at that step.
    """

    def back(gradient: np.ndarray, state: np.ndarray, w_hh: np.ndarray) -> np.ndarray:
        return ((1 - state**2) * gradient) @ w_hh

    expect(
        answer,
        [
            (np.array([1.0, -2.0, 0.5]), np.array([0.9, -0.4, 0.2]), _W_HH),
            (np.array([0.3]), np.array([-0.8]), np.array([[1.5]])),
        ],
        back,
        slips=[
            (
                lambda gradient, state, w_hh: w_hh @ ((1 - state**2) * gradient),
                "w_hh the wrong way round: it led forward, so its transpose leads back.",
            ),
            (
                lambda gradient, state, w_hh: gradient @ w_hh,
                "The slope of tanh is missing: 1 - state².",
            ),
            (
                lambda gradient, state, w_hh: ((1 - np.tanh(state) ** 2) * gradient) @ w_hh,
                "tanh taken twice: the state is its result already, so the slope is 1 - state².",
            ),
            (
                lambda gradient, state, w_hh: (1 - state**2) * (gradient @ w_hh),
                "In the wrong order: the tanh was last on the way forward, so it is first back.",
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
