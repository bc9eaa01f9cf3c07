"""The checks of notebook 13: the shifted loss, Adam's step, counting weights, the time it takes."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("next_token_loss", "adam_step", "gpt_parameters", "training_seconds")

_BETAS, _EPS = (0.9, 0.99), 1e-8
_IDS = (1, 0, 2, 2)
_LOGITS = np.array([[0.5, -1.0, 2.0], [1.5, 0.0, 0.3], [-0.7, 0.2, 0.9], [2.5, -2.0, 0.1]])


@exercise
def next_token_loss(answer: Callable[[ArrayLike, Sequence[int]], float]) -> None:
    """Check ``next_token_loss(logits, ids)``: nats per token, the logits at t for the token t + 1.

    >>> next_token_loss(lambda logits, ids: 0.0)  # doctest: +ELLIPSIS
    next_token_loss: for (...) you gave 0, expected ...
    """

    def surprises(logits: np.ndarray, ids: Sequence[int]) -> np.ndarray:
        chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return np.array([-np.log(row[wanted]) for row, wanted in zip(chances, ids, strict=False)])

    def right(logits: np.ndarray, ids: Sequence[int]) -> float:
        return float(surprises(logits[:-1], ids[1:]).mean())

    def without_softmax(logits: np.ndarray, ids: Sequence[int]) -> float:
        return -float(np.mean([row[wanted] for row, wanted in zip(logits, ids[1:], strict=False)]))

    expect(
        answer,
        [(_LOGITS, _IDS), (np.zeros((3, 50)), (7, 7, 9)), (3 * _LOGITS[:2], (0, 2))],
        right,
        slips=[
            (
                lambda logits, ids: surprises(logits, ids).mean(),
                "Not shifted: each place is asked for the token that it has just read.",
            ),
            (
                lambda logits, ids: surprises(logits[1:], ids[:-1]).mean(),
                "Shifted the wrong way: each place is asked for the token before.",
            ),
            (
                lambda logits, ids: surprises(logits[:-1], ids[1:]).sum(),
                "The sum over the places? Take the mean.",
            ),
            (
                lambda logits, ids: right(logits, ids) * (len(ids) - 1) / len(ids),
                "The mean is over the T - 1 tokens that have something before them.",
            ),
            (lambda logits, ids: -right(logits, ids), "A minus sign is missing."),
            (lambda logits, ids: right(logits, ids) / math.log(2), "Bits? Take nats."),
            (without_softmax, "Logits are no logarithms yet: the softmax is missing."),
        ],
    )


@exercise
def adam_step(answer: Callable[[float, float, float, float, int], tuple[float, ...]]) -> None:
    """Check ``adam_step(gradient, m, v, step, lr)``: the change of one weight, and new m and v."""

    def step_of(
        given: tuple[Any, ...], corrected: bool = True, betas: tuple[float, float] = _BETAS
    ) -> tuple[float, float, float, float]:
        gradient, m, v, step, lr = given
        m = betas[0] * m + (1 - betas[0]) * gradient
        v = betas[1] * v + (1 - betas[1]) * gradient**2
        shares = (1 - betas[0] ** step, 1 - betas[1] ** step) if corrected else (1.0, 1.0)
        return -lr * m / shares[0], v / shares[1], m, v

    def right(*given: Any) -> tuple[float, float, float]:
        up, square, m, v = step_of(given)
        return up / (math.sqrt(square) + _EPS), m, v

    def uncorrected(*given: Any) -> tuple[float, float, float]:
        up, square, m, v = step_of(given, corrected=False)
        return up / (math.sqrt(square) + _EPS), m, v

    def swapped(*given: Any) -> tuple[float, float, float]:
        up, square, m, v = step_of(given, betas=_BETAS[::-1])
        return up / (math.sqrt(square) + _EPS), m, v

    def without_root(*given: Any) -> tuple[float, float, float]:
        up, square, m, v = step_of(given)
        return up / (square + _EPS), m, v

    def uphill(*given: Any) -> tuple[float, float, float]:
        change, m, v = right(*given)
        return -change, m, v

    def means_corrected(*given: Any) -> tuple[float, float, float]:
        change, m, v = right(*given)
        step = given[3]
        return change, m / (1 - _BETAS[0] ** step), v / (1 - _BETAS[1] ** step)

    def plain(gradient: float, m: float, v: float, step: int, lr: float) -> tuple[float, ...]:
        return -lr * gradient, *right(gradient, m, v, step, lr)[1:]

    expect(
        answer,
        [(3.0, 0.0, 0.0, 1, 0.1), (-0.5, 0.2, 0.04, 7, 0.01)],
        right,
        slips=[
            (uncorrected, "m and v began at 0: divide them by 1 - beta**step first."),
            (plain, "That is gradient descent: the division by the usual size is missing."),
            (swapped, "The betas are swapped: 0.9 is for m, 0.99 for v."),
            (without_root, "v is a mean of squares: take its root."),
            (uphill, "Uphill: the change goes against the gradient."),
            (means_corrected, "Keep m and v as they are; only the step uses the corrected ones."),
        ],
    )


def _weights(vocab: int, context: int, dim: int, layers: int) -> int:
    return vocab * dim + context * dim + layers * (12 * dim**2 + 13 * dim) + 2 * dim


@exercise
def gpt_parameters(answer: Callable[[int, int, int, int], int]) -> None:
    """Check ``gpt_parameters(vocab, context, dim, layers)``: the weights of a GPT in GPT-2's form.

    >>> gpt_parameters(lambda vocab, context, dim, layers: 12 * layers * dim**2)
    gpt_parameters: for (1024, 128, 192, 4) you gave 1769472, expected 2001024. The tables of \
tokens and of positions have weights, too.
    """
    expect(
        answer,
        [(1024, 128, 192, 4), (50257, 1024, 768, 12), (10, 5, 4, 1)],
        _weights,
        slips=[
            (
                lambda vocab, context, dim, layers: 12 * layers * dim**2,
                "The tables of tokens and of positions have weights, too.",
            ),
            (
                lambda vocab, context, dim, layers: (vocab + context) * dim + 12 * layers * dim**2,
                "Biases and norms are missing: 13 D in each layer, and 2 D at the end.",
            ),
            (
                lambda vocab, context, dim, layers: _weights(vocab, context, dim, layers) - 2 * dim,
                "The norm before the output has 2 D numbers.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) + vocab * dim
                ),
                "The output layer is the table of tokens over again: count it once.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) - context * dim
                ),
                "The positions are a table of context × dim here.",
            ),
            (
                lambda vocab, context, dim, layers: (
                    _weights(vocab, context, dim, layers) - 4 * layers * dim
                ),
                "Two norms a layer, and each has a gain and a bias.",
            ),
        ],
    )


@exercise
def training_seconds(answer: Callable[[float, float, float], float]) -> None:
    """Check ``training_seconds(parameters, tokens, flops)``: 6 N D, at so many a second."""

    def right(parameters: float, tokens: float, flops: float) -> float:
        return 6 * parameters * tokens / flops

    expect(
        answer,
        [(1e6, 2e6, 3e10), (175e9, 300e9, 1e15), (1e6, 2e6, 7e12)],
        right,
        slips=[
            (lambda n, d, f: right(n, d, f) / 3, "That is the way forth; the way back costs twice"),
            (lambda n, d, f: right(n, d, f) / 6, "Each weight is used 6 times for each token."),
            (lambda n, d, f: right(n, d, f) / 2, "A multiplication and an addition are 2."),
            (lambda n, d, f: 6 * n * d // f, "Rounded down: a part of a second counts, too."),
            (lambda n, d, f: right(n, d, f) / 86_400, "Days? Give seconds."),
            (lambda n, d, f: right(n, d, f) / 3_600, "Hours? Give seconds."),
            (lambda n, d, f: 6 * n * d * f, "More operations a second make it *shorter*."),
        ],
    )
