"""The checks of notebook 07: an LSTM's step gate by gate, a GRU of 2014, a forget bias."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "gate",
    "four_blocks",
    "memory_and_output",
    "lstm_step",
    "read_sequence",
    "gru_of_2014",
    "forget_bias",
    "lstm_parameters",
)

Row = np.ndarray
Rows = tuple[Row, ...]
# Three inputs and two units; no row of a matrix is like another.
_X, _H, _C = np.array([0.5, -1.0, 2.0]), np.array([0.6, -0.3]), np.array([0.4, -1.2])
_W = np.array(
    [
        [0.3, -0.2, 0.5],
        [-0.7, 0.4, 0.1],
        [0.9, 0.2, -0.4],
        [0.1, -0.6, 0.3],
        [-0.5, 0.8, 0.2],
        [0.6, 0.1, -0.9],
        [0.2, 0.7, 0.4],
        [-0.3, -0.1, 0.8],
    ]
)
_U = np.array(
    [
        [0.4, -0.9],
        [0.7, 0.2],
        [-0.3, 0.5],
        [0.8, 0.6],
        [-0.6, 0.1],
        [0.2, -0.4],
        [0.5, 0.3],
        [-0.1, 0.9],
    ]
)
_B = np.array([0.1, -0.4, 1.0, 0.7, -0.2, 0.3, -0.6, 0.2])
_SEQUENCE = np.array([[0.5, -1.0, 2.0], [1.5, 0.2, -0.7], [-0.3, 0.9, 0.4], [0.8, -0.5, 0.1]])
# Sums for the gates of two units: i, f, g, o.
_SUMS = np.array([0.5, -1.0, 2.0, 0.25, -0.75, 1.5, 1.0, -0.5])
_OTHER_SUMS = np.array([3.0, -0.2, 0.1, 1.7, 0.9, -2.0, 0.0, 0.6])
# What a GRU sees, for two units: r, z, n.
_SEEN = np.array([0.5, -1.0, 2.0, 0.25, -0.75, 1.5])
_OTHER_SEEN = np.array([-0.25, 0.75, 0.1, -0.6, 1.25, 0.4])


def _sigmoid(sums: Row) -> Row:
    return 1 / (1 + np.exp(-sums))


@exercise
def gate(answer: Callable[[Row, Row, Row, Row, Row], Row]) -> None:
    """Check ``gate(x, h, W, U, b)``: the shares (D,) that a gate lets through.

    >>> gate(lambda x, h, W, U, b: np.tanh(W @ x + U @ h + b))  # doctest: +ELLIPSIS
    gate: for (...) you gave ..., expected ... That goes from −1 to 1: a share is a sigmoid...
    """
    expect(
        answer,
        [(_X, _H, _W[:2], _U[:2], _B[:2]), (-_X, _H, _W[2:4], _U[4:6], _B[6:])],
        lambda x, h, W, U, b: _sigmoid(W @ x + U @ h + b),
        slips=[
            (lambda x, h, W, U, b: W @ x + U @ h + b, "Those are the sums; squash them: σ."),
            (
                lambda x, h, W, U, b: np.tanh(W @ x + U @ h + b),
                "That goes from −1 to 1: a share is a sigmoid.",
            ),
            (lambda x, h, W, U, b: _sigmoid(W @ x + U @ h), "The bias is missing."),
            (lambda x, h, W, U, b: _sigmoid(W @ x + b), "The gate doesn't look at h."),
            (
                lambda x, h, W, U, b: _sigmoid(W @ x + h @ U + b),
                "U is used from the wrong side: its columns belong to h.",
            ),
            (
                lambda x, h, W, U, b: _sigmoid(-(W @ x + U @ h + b)),
                "The sign in the exponent: σ(z) is 1 / (1 + exp(−z)).",
            ),
        ],
    )


def _blocks(sums: Row, order: str = "ifgo", candidate: Callable[[Row], Row] = np.tanh) -> list[Row]:
    """The rows i, f, g, o, squashed; the options are the slips."""
    of = dict(zip(order, np.split(sums, 4), strict=True))
    return [candidate(of[name]) if name == "g" else _sigmoid(of[name]) for name in "ifgo"]


@exercise
def four_blocks(answer: Callable[[Row], Sequence[Row]]) -> None:
    """Check ``four_blocks(sums)``: i, f, g and o, (D,) each, from stacked sums (4D,).

    >>> four_blocks(lambda sums: np.split(sums, 4))  # doctest: +ELLIPSIS
    four_blocks: for (...) you gave ..., expected ... Cut, and not squashed: three sigmoids...
    """

    def tanh_last(sums: Row) -> Row:
        i, f, g, o = np.split(sums, 4)
        return np.stack([_sigmoid(i), _sigmoid(f), _sigmoid(g), np.tanh(o)])

    expect(
        answer,
        [(_SUMS,), (_OTHER_SUMS,)],
        lambda sums: np.stack(_blocks(sums)),
        slips=[
            (lambda sums: np.split(sums, 4), "Cut, and not squashed: three sigmoids and a tanh."),
            (
                lambda sums: np.stack(_blocks(sums, candidate=_sigmoid)),
                "The candidate went through a sigmoid: it is no gate, its squash is tanh.",
            ),
            (
                tanh_last,
                "The tanh is on the output gate: it belongs to the candidate, the third block.",
            ),
            (
                lambda sums: np.stack(_blocks(sums, "ifog")),
                "The blocks are i, f, g, o: you took the output gate third, as some papers do.",
            ),
            (
                lambda sums: np.stack(_blocks(sums, "figo")),
                "The blocks are i, f, g, o: you took the forget gate first.",
            ),
            (
                lambda sums: np.stack(_blocks(sums.reshape(-1, 4).T.ravel())),
                "A block is D numbers that stand together: cut the row, don't comb it.",
            ),
        ],
    )


def _memory(*given: Row) -> Row:
    """Output and memory of an LSTM, as two rows, from i, f, g, o and c."""
    i, f, g, o, c = given
    new = f * c + i * g
    return np.stack([o * np.tanh(new), new])


@exercise
def memory_and_output(answer: Callable[[Row, Row, Row, Row, Row], Sequence[Row]]) -> None:
    """Check ``memory_and_output(i, f, g, o, c)``: the output and the new memory, (D,) each.

    >>> memory_and_output(lambda i, f, g, o, c: (c, c))  # doctest: +ELLIPSIS
    memory_and_output: for (...) you gave ..., expected ...
    """
    expect(
        answer,
        [(*_blocks(_SUMS), _C), (*_blocks(_OTHER_SUMS), np.array([2.0, 0.3]))],
        _memory,
        slips=[
            (
                lambda i, f, g, o, c: _memory(i, f, g, o, c)[::-1],
                "Both are right, in the wrong order: the output first, then the memory.",
            ),
            (
                lambda i, f, g, o, c: np.stack([o * (f * c + i * g), f * c + i * g]),
                "The output looks at the memory through tanh: it is missing.",
            ),
            (
                lambda i, f, g, o, c: np.stack([o * np.tanh(c), f * c + i * g]),
                "The output was made from the old memory, and not the new.",
            ),
            (
                lambda i, f, g, o, c: _memory(f, i, g, o, c),
                "The gates are swapped: f meets the old memory, i the candidate.",
            ),
            (
                lambda i, f, g, o, c: _memory(1 - f, f, g, o, c),
                "You write what is forgotten, as a GRU does; here i says how much.",
            ),
        ],
    )


def _step(x: Row, h: Row, c: Row, W: Row, U: Row, b: Row) -> Row:
    i, f, g, o = _blocks(W @ x + U @ h + b)
    return _memory(i, f, g, o, c)


@exercise
def lstm_step(answer: Callable[[Row, Row, Row, Row, Row, Row], Sequence[Row]]) -> None:
    """Check ``lstm_step(x, h, c, W, U, b)``: output and memory, (D,) each, of one whole step.

    ``W`` (4D, E), ``U`` (4D, D) and ``b`` (4D,) are the stacked blocks i, f, g, o.

    >>> lstm_step(lambda x, h, c, W, U, b: (h, c))  # doctest: +ELLIPSIS
    lstm_step: for (...) you gave ..., expected ... Nothing was read: those are the old ones.
    """
    expect(
        answer,
        [(_X, _H, _C, _W, _U, _B), (-_X, _C, _H, _W, _U, -_B)],
        _step,
        slips=[
            (
                lambda x, h, c, W, U, b: np.stack([h, c]),
                "Nothing was read: those are the old ones.",
            ),
            (
                lambda x, h, c, W, U, b: _step(x, h, c, W, U, b)[::-1],
                "Both are right, in the wrong order: the output first, then the memory.",
            ),
            (
                lambda x, h, c, W, U, b: _memory(*_blocks(W @ x + U @ c + b), c),
                "The gates look at the last *output* h; the memory c is for the line alone.",
            ),
            (
                lambda x, h, c, W, U, b: _memory(*_blocks(W @ x + U @ h + b), h),
                "What is kept is the old memory c, and not the output h.",
            ),
            (lambda x, h, c, W, U, b: _step(x, h, c, W, U, 0 * b), "The bias is missing."),
            (lambda x, h, c, W, U, b: _step(x, 0 * h, c, W, U, b), "The gates don't look at h."),
        ],
    )


def _read(
    xs: Row, W: Row, U: Row, b: Row, carry_h: bool = True, carry_c: bool = True, part: int = 0
) -> Row:
    """What comes out at each step (T, D); the options are the slips."""
    h = c = np.zeros(len(b) // 4)
    found = []
    for x in xs:
        new = _step(x, h, c, W, U, b)
        h, c = (new[0] if carry_h else h), (new[1] if carry_c else c)
        found.append(new[part])
    return np.stack(found)


@exercise
def read_sequence(answer: Callable[[Row, Row, Row, Row], Row]) -> None:
    """Check ``read_sequence(xs, W, U, b)``: the outputs (T, D) over a sequence (T, E), from zeros.

    >>> read_sequence(lambda xs, W, U, b: xs @ W.T)  # doctest: +ELLIPSIS
    read_sequence: for (...) you gave ..., expected ...
    """
    expect(
        answer,
        [(_SEQUENCE, _W, _U, _B), (_SEQUENCE[::-1], _W, _U, -_B), (_SEQUENCE[:1], _W, _U, _B)],
        _read,
        slips=[
            (
                lambda xs, W, U, b: _read(xs, W, U, b)[-1],
                "That is the last output; keep that of every step, as rows.",
            ),
            (
                lambda xs, W, U, b: _read(xs, W, U, b, part=1),
                "Those are the memories: what the layer hands up is the output h.",
            ),
            (
                lambda xs, W, U, b: _read(xs, W, U, b, carry_h=False, carry_c=False),
                "Each step starts from zeros: carry both h and c to the next.",
            ),
            (
                lambda xs, W, U, b: _read(xs, W, U, b, carry_c=False),
                "The memory c is not carried to the next step.",
            ),
            (
                lambda xs, W, U, b: _read(xs, W, U, b, carry_h=False),
                "The output h is not carried to the next step.",
            ),
        ],
    )


def _gru(seen: Row, h: Row, U: Row, order: str = "rzn") -> Row:
    """The state after one step as the paper has it; the order is a slip."""
    saw = dict(zip(order, np.split(seen, 3), strict=True))
    of = dict(zip(order, np.split(U, 3), strict=True))
    reset = _sigmoid(saw["r"] + of["r"] @ h)
    update = _sigmoid(saw["z"] + of["z"] @ h)
    return update * h + (1 - update) * np.tanh(saw["n"] + of["n"] @ (reset * h))


def _gru_of_torch(seen: Row, h: Row, U: Row) -> Row:
    reset, update, _ = np.split(_sigmoid(seen + U @ h), 3)
    candidate = np.tanh(np.split(seen, 3)[2] + reset * np.split(U @ h, 3)[2])
    return update * h + (1 - update) * candidate


def _gru_swapped(seen: Row, h: Row, U: Row) -> Row:
    update = np.split(_sigmoid(seen + U @ h), 3)[1]
    candidate = (_gru(seen, h, U) - update * h) / (1 - update)
    return update * candidate + (1 - update) * h


def _gru_without_reset(seen: Row, h: Row, U: Row) -> Row:
    update = np.split(_sigmoid(seen + U @ h), 3)[1]
    return update * h + (1 - update) * np.tanh(np.split(seen + U @ h, 3)[2])


@exercise
def gru_of_2014(answer: Callable[[Row, Row, Row], Row]) -> None:
    """Check ``gru_of_2014(seen, h, U)``: the state (D,) with the reset gate before the matrix.

    ``seen`` (3D,) are the blocks r, z, n of what the input adds, and ``U`` (3D, D) is stacked so.

    >>> gru_of_2014(lambda seen, h, U: h)  # doctest: +ELLIPSIS
    gru_of_2014: for (...) you gave [ 0.6 -0.3], expected ... That is the old state...
    """
    expect(
        answer,
        [(_SEEN, _H, _U[:6]), (_OTHER_SEEN, _C, _U[2:])],
        _gru,
        slips=[
            (lambda seen, h, U: h, "That is the old state: nothing was written."),
            (_gru_of_torch, "That is PyTorch's: here the reset gate meets h before the matrix."),
            (
                _gru_swapped,
                "The update gate is the wrong way round: here it says how much of the old is kept.",
            ),
            (_gru_without_reset, "The reset gate is missing from the candidate."),
            (
                lambda seen, h, U: _gru(seen, h, U, order="zrn"),
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
