"""The checks of notebook 07: one step of an LSTM and of a GRU, a forget bias, a count."""

import math
from collections.abc import Callable

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("lstm_step", "gru_step", "forget_bias", "lstm_parameters")

Row = np.ndarray
# Sums for the gates of two units: i, f, g, o for an LSTM; r, z, n for a GRU.
_SUMS = np.array([0.5, -1.0, 2.0, 0.25, -0.75, 1.5, 1.0, -0.5])
_OTHER_SUMS = np.array([3.0, -0.2, 0.1, 1.7, 0.9, -2.0, 0.0, 0.6])
_SEEN = np.array([0.5, -1.0, 2.0, 0.25, -0.75, 1.5])
_REMEMBERED = np.array([-0.25, 0.75, 0.1, -0.6, 1.25, 0.4])


def _sigmoid(sums: Row) -> Row:
    return 1 / (1 + np.exp(-sums))


def _lstm(
    sums: Row,
    c: Row,
    order: str = "ifgo",
    squash: Callable[[Row], Row] = np.tanh,
    candidate: Callable[[Row], Row] = np.tanh,
) -> Row:
    """Output and memory of an LSTM, as two rows; the options are the slips."""
    of = dict(zip(order, np.split(sums, 4), strict=True))
    c = _sigmoid(of["f"]) * c + _sigmoid(of["i"]) * candidate(of["g"])
    return np.stack([_sigmoid(of["o"]) * squash(c), c])


def _from_the_old_memory(sums: Row, c: Row) -> Row:
    h, new = _lstm(sums, c)
    return np.stack([h / np.tanh(new) * np.tanh(c), new])


@exercise
def lstm_step(answer: Callable[[Row, Row], tuple[Row, Row]]) -> None:
    """Check ``lstm_step(sums, c)``: the output and the memory after one step, (D,) each.

    ``sums`` (4D,) are the blocks i, f, g, o before anything was squashed.

    >>> lstm_step(lambda sums, c: (c, c))  # doctest: +ELLIPSIS
    lstm_step: for ([ 0.5  -1. ...]) you gave ..., expected ...
    """
    expect(
        answer,
        [(_SUMS, np.array([0.4, -1.2])), (_OTHER_SUMS, np.array([2.0, 0.3]))],
        _lstm,
        slips=[
            (
                lambda sums, c: _lstm(sums, c)[::-1],
                "Both are right, in the wrong order: the output first, then the memory.",
            ),
            (
                lambda sums, c: _lstm(sums, c, squash=lambda memory: memory),
                "The output looks at the memory through tanh: it is missing.",
            ),
            (
                lambda sums, c: _lstm(sums, c, order="ifog"),
                "The blocks are i, f, g, o: you took the output gate third, as some papers do.",
            ),
            (
                lambda sums, c: _lstm(sums, c, order="figo"),
                "The blocks are i, f, g, o: you took the forget gate first.",
            ),
            (
                lambda sums, c: _lstm(sums, c, candidate=_sigmoid),
                "The candidate went through a sigmoid: it is no gate, its squash is tanh.",
            ),
            (_from_the_old_memory, "The output was made from the old memory, and not the new."),
        ],
    )


def _gru(seen: Row, remembered: Row, h: Row, order: str = "rzn") -> Row:
    saw = dict(zip(order, np.split(seen, 3), strict=True))
    knew = dict(zip(order, np.split(remembered, 3), strict=True))
    reset, update = _sigmoid(saw["r"] + knew["r"]), _sigmoid(saw["z"] + knew["z"])
    return update * h + (1 - update) * np.tanh(saw["n"] + reset * knew["n"])


def _gru_swapped(seen: Row, remembered: Row, h: Row) -> Row:
    (_, saw, new), (_, knew, _) = np.split(seen, 3), np.split(remembered, 3)
    update = _sigmoid(saw + knew)
    candidate = (_gru(seen, remembered, h) - update * h) / (1 - update)
    return update * candidate + (1 - update) * h + 0 * new


def _gru_reset_all(seen: Row, remembered: Row, h: Row) -> Row:
    reset, update, _ = np.split(_sigmoid(seen + remembered), 3)
    candidate = np.tanh(reset * np.split(seen + remembered, 3)[2])
    return update * h + (1 - update) * candidate


def _gru_without_reset(seen: Row, remembered: Row, h: Row) -> Row:
    _, update, _ = np.split(_sigmoid(seen + remembered), 3)
    return update * h + (1 - update) * np.tanh(np.split(seen + remembered, 3)[2])


@exercise
def gru_step(answer: Callable[[Row, Row, Row], Row]) -> None:
    """Check ``gru_step(seen, remembered, h)``: the state after one step, (D,).

    ``seen`` and ``remembered`` (3D,) are the blocks r, z, n of what the input and the state add.

    >>> gru_step(lambda seen, remembered, h: h)  # doctest: +ELLIPSIS
    gru_step: for (...) you gave [ 0.4 -0.9], expected [0.3512 0.1748]. That is the old state...
    """
    expect(
        answer,
        [
            (_SEEN, _REMEMBERED, np.array([0.4, -0.9])),
            (_REMEMBERED, _SEEN, np.array([-0.3, 0.7])),
        ],
        _gru,
        slips=[
            (lambda seen, remembered, h: h, "That is the old state: nothing was written."),
            (
                _gru_swapped,
                "The update gate is the wrong way round: here it says how much of the old is kept.",
            ),
            (
                _gru_reset_all,
                "The reset gate scales what is remembered, and not what is seen.",
            ),
            (_gru_without_reset, "The reset gate is missing from the candidate."),
            (
                lambda seen, remembered, h: _gru(seen, remembered, h, order="zrn"),
                "The blocks are r, z, n: reset and update are swapped.",
            ),
        ],
    )


@exercise
def forget_bias(answer: Callable[[int, float], float]) -> None:
    """Check ``forget_bias(steps, share)``: the bias that leaves ``share`` after ``steps`` steps.

    >>> forget_bias(lambda steps, share: share ** (1 / steps))  # doctest: +ELLIPSIS
    forget_bias: for (10, 0.5) you gave 0.933033, expected 2.63424. That is the gate...
    """

    def bias(gate: float) -> float:
        return math.log(gate / (1 - gate))

    expect(
        answer,
        [(10, 0.5), (50, 0.25), (1, 0.5)],
        lambda steps, share: bias(share ** (1 / steps)),
        slips=[
            (
                lambda steps, share: share ** (1 / steps),
                "That is the gate; asked is the bias, whose sigmoid it is.",
            ),
            (
                lambda steps, share: math.log(share ** (1 / steps)),
                "The inverse of the sigmoid is ln(f / (1 - f)), not ln f.",
            ),
            (
                lambda steps, share: -bias(share ** (1 / steps)),
                "The sign: a gate above a half needs a positive bias.",
            ),
            (
                lambda steps, share: bias(1 - (1 - share) / steps),
                "The same *share* is lost at each step, not the same amount: take a root.",
            ),
            (
                lambda steps, share: bias(share),
                "That leaves the share after one step: the gate acts at every step.",
            ),
        ],
    )


@exercise
def lstm_parameters(answer: Callable[[int, int], int]) -> None:
    """Check ``lstm_parameters(inputs, dim)``: how many numbers one layer has, as in ``torch.nn``.

    >>> lstm_parameters(lambda inputs, dim: 4 * dim * (inputs + dim + 1))
    lstm_parameters: for (3, 5) you gave 180, expected 200. torch.nn keeps two biases for each...
    """
    expect(
        answer,
        [(3, 5), (64, 128), (1, 1)],
        lambda inputs, dim: 4 * dim * (inputs + dim + 2),
        slips=[
            (
                lambda inputs, dim: 4 * dim * (inputs + dim + 1),
                "torch.nn keeps two biases for each gate, one with either matrix.",
            ),
            (
                lambda inputs, dim: 4 * dim * (inputs + dim),
                "The biases are missing, two for each row.",
            ),
            (
                lambda inputs, dim: 3 * dim * (inputs + dim + 2),
                "Three gates and the candidate: four blocks, not three.",
            ),
            (
                lambda inputs, dim: dim * (inputs + dim + 2),
                "That is the plain cell: an LSTM has four such blocks.",
            ),
            (
                lambda inputs, dim: 4 * dim * (inputs + 2),
                "The matrix that meets the state is missing.",
            ),
        ],
    )
