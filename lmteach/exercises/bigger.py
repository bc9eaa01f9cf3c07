"""The checks of notebook 22's exercises: ``check.NAME(NAME)`` in the notebook."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "packed",
    "round_of_sums",
    "round_of_copies",
    "ring_sum",
    "exchanged",
    "chips_needed",
    "size_for_loss",
)
Array = NDArray[np.float64]
Gradients = Sequence[Array]

_OF_THREE: list[list[Array]] = [  # of a matrix, a vector and a number, in each of three processes
    [np.array([[1.0, -2.0], [0.5, 3.0]]), np.array([4.0, 0.0, -1.0]), np.array(2.0)],
    [np.array([[0.0, 1.0], [2.5, -3.0]]), np.array([1.0, 6.0, 5.0]), np.array(-7.0)],
    [np.array([[2.0, 2.0], [-1.5, 0.0]]), np.array([0.5, 3.0, 2.0]), np.array(1.0)],
]
_COUNTS = [2, 5, 1]
_THREE = np.array(
    [
        [[1.0, 2.0], [3.0, 5.0], [0.5, 8.0]],
        [[10.0, 30.0], [20.0, 60.0], [40.0, 90.0]],
        [[-7.0, 100.0], [200.0, -9.0], [300.0, 700.0]],
    ]
)
_TWO = np.array([[[1.0], [2.0]], [[10.0], [40.0]]])
_FOUR = np.array([[1.0, 7, 3, 2], [20, 50, 90, 80], [700, 100, 400, 600], [0, -1, -5, 4]])[
    ..., None
]


def _packed(gradients: Gradients, count: int) -> Array:
    return np.concatenate([*(np.ravel(one) for one in gradients), [count]])


def _sent(held: Array, turn: int, first: int, adding: bool, way: int = 1) -> Array:
    """Process k sends piece ``first + k - turn`` to the process that is ``way`` further."""
    after, size = held.copy(), len(held)
    for k in range(size):
        piece, to = (k + first - turn) % size, (k + way) % size
        after[to, piece] = held[k, piece] + (held[to, piece] if adding else 0)
    return after


def _sums(held: Array, turn: int) -> Array:
    return _sent(held, turn, first=0, adding=True)


def _copies(held: Array, turn: int) -> Array:
    return _sent(held, turn, first=1, adding=False)


def _ring(vectors: Array, laps: int = 2, fewer: int = 1) -> Array:
    """Laps of all turns but ``fewer``, with zeros at the end of each vector where pieces need them.

    >>> _ring(np.array([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])).tolist()
    [[11.0, 22.0, 33.0], [11.0, 22.0, 33.0]]
    """
    size, length = vectors.shape
    padded = np.pad(vectors, ((0, 0), (0, -length % size)))
    held = padded.reshape(size, size, -1)
    for one_round in (_sums, _copies)[:laps]:
        for turn in range(size - fewer):
            held = one_round(held, turn)
    return held.reshape(padded.shape)[:, :length]


def _whole(gradients: Sequence[Gradients], by: int) -> list[Array]:
    return [np.asarray(sum(same) / by) for same in zip(*gradients, strict=True)]


def _exchanged(gradients: Sequence[Gradients], counts: Sequence[int]) -> list[Array]:
    return _whole(gradients, sum(counts))


def _mean_of_means(gradients: Sequence[Gradients], counts: Sequence[int]) -> list[Array]:
    means = [[np.asarray(g / n) for g in own] for own, n in zip(gradients, counts, strict=True)]
    return _whole(means, len(counts))


@exercise
def packed(answer: Callable[[Gradients, int], Array]) -> None:
    """Check ``packed(gradients, count)``: all numbers in one row, and the count at its end.

    >>> packed(lambda gradients, count: np.ravel(gradients[0]))  # doctest: +ELLIPSIS
    packed: for (...) you gave ..., expected ... That is the first of them alone...
    """
    expect(
        answer,
        [(own, count) for own, count in zip(_OF_THREE, _COUNTS, strict=True)],
        _packed,
        slips=[
            (
                lambda gradients, count: _packed(gradients, count)[:-1],
                "The count is missing: it travels at the end of the row.",
            ),
            (
                lambda gradients, count: np.roll(_packed(gradients, count), 1),
                "The count stands first: put it at the end.",
            ),
            (
                lambda gradients, count: np.append(_packed(gradients, count)[:-1] / count, count),
                "They are divided already: the sums travel, and are divided when all are added.",
            ),
            (
                lambda gradients, count: _packed([np.transpose(g) for g in gradients], count),
                "Column after column: row after row, as `ravel` does it.",
            ),
            (
                lambda gradients, count: _packed(gradients[::-1], count),
                "The gradients come in the order of the list.",
            ),
            (
                lambda gradients, count: np.ravel(gradients[0]),
                "That is the first of them alone: all, and the count.",
            ),
        ],
    )


@exercise
def round_of_sums(answer: Callable[[Array, int], Array]) -> None:
    """Check ``round_of_sums(held, turn)``: process k sends piece k − turn, and the next one adds.

    >>> round_of_sums(lambda held, turn: held)  # doctest: +ELLIPSIS
    round_of_sums: for (...) you gave ..., expected ... Nothing has moved...
    """

    def all_pieces(held: Array, turn: int) -> Array:
        return held + np.roll(held, 1, axis=0)

    def same_piece(held: Array, turn: int) -> Array:
        after = held.copy()
        after[:, turn] += np.roll(held[:, turn], 1, axis=0)
        return after

    def moved(held: Array, turn: int) -> Array:
        after = _sums(held, turn)
        for k in range(len(held)):
            after[k, (k - turn) % len(held)] = 0
        return after

    expect(
        answer,
        [(_THREE, 0), (_THREE, 1), (_TWO, 0)],
        _sums,
        slips=[
            (lambda held, turn: held, "Nothing has moved."),
            (all_pieces, "Every piece was sent: each process sends one in a turn."),
            (lambda held, turn: _sums(held, 0), "In turn 1 it is another piece: k − turn."),
            (lambda held, turn: _sent(held, -turn, 0, True), "Piece k + turn was sent: k − turn."),
            (
                lambda held, turn: _sent(held, turn, 0, True, way=-1),
                "Sent backwards: process k sends to process k + 1.",
            ),
            (
                lambda held, turn: _sent(held, turn, 0, False),
                "The next one has lost its own piece: here it adds.",
            ),
            (moved, "The sender keeps its piece, too."),
            (
                lambda held, turn: _sent(held, turn, 1, True),
                "That is the piece of who gets it: k is who sends, and k − turn is sent.",
            ),
            (same_piece, "All have sent the same piece: process k sends piece k − turn."),
            (
                lambda held, turn: np.stack([held.sum(axis=0)] * len(held)),
                "That is the end of it all: make one turn.",
            ),
        ],
    )


@exercise
def round_of_copies(answer: Callable[[Array, int], Array]) -> None:
    """Check ``round_of_copies(held, turn)``: k sends piece k + 1 − turn, and the next takes it.

    >>> round_of_copies(lambda held, turn: held)  # doctest: +ELLIPSIS
    round_of_copies: for (...) you gave ..., expected ... Nothing has moved...
    """
    expect(
        answer,
        [(_THREE, 0), (_FOUR, 1), (_TWO, 0)],
        _copies,
        slips=[
            (lambda held, turn: held, "Nothing has moved."),
            (
                lambda held, turn: _sent(held, turn, 1, True),
                "Added: in this lap the piece is whole, and the next one takes it as it is.",
            ),
            (
                lambda held, turn: _sent(held, turn, 0, False),
                "Piece k − turn is that of the first lap: after it, process k has piece k + 1 "
                "whole.",
            ),
            (
                lambda held, turn: _sent(held, -turn, 1, False),
                "Piece k + 1 + turn was sent: k + 1 − turn.",
            ),
            (lambda held, turn: _copies(held, 0), "In turn 1 it is another piece: k + 1 − turn."),
            (
                lambda held, turn: _sent(held, turn, 0, False, way=-1),
                "Taken from the one after it: process k sends to process k + 1.",
            ),
            (
                lambda held, turn: _sent(held, turn, 1, False, way=-1),
                "Sent backwards: process k sends to process k + 1.",
            ),
        ],
    )


@exercise
def ring_sum(answer: Callable[[Array], Array]) -> None:
    """Check ``ring_sum(vectors)``: the sum of all rows, in every row.

    >>> ring_sum(lambda vectors: vectors.sum(axis=0))  # doctest: +ELLIPSIS
    ring_sum: for (...) you gave ..., expected ... Everybody has it: a row for each process...
    """
    six = np.concatenate([_THREE.reshape(3, 6), _THREE.reshape(3, 6)[::-1, :1]], axis=1)
    expect(
        answer,
        [(_THREE.reshape(3, 6),), (_TWO[:, :, 0],), (six,), (six[:1],)],
        _ring,
        slips=[
            (
                lambda vectors: vectors.sum(axis=0),
                "Everybody has it: a row for each process.",
            ),
            (lambda vectors: _ring(vectors, laps=1), "The second lap is missing."),
            (
                lambda vectors: _ring(vectors, fewer=2),
                "A turn too few in each lap: K processes need K − 1.",
            ),
            (
                lambda vectors: _ring(vectors, fewer=0),
                "A turn too many in each lap: K processes need K − 1.",
            ),
            (
                lambda vectors: _ring(vectors) / len(vectors),
                "That is the mean: the sum, to be divided later.",
            ),
            (
                lambda vectors: np.pad(_ring(vectors), ((0, 0), (0, -vectors.shape[1] % 3))),
                "The zeros that filled the last piece are still there: cut them off.",
            ),
        ],
    )


@exercise
def exchanged(answer: Callable[[Sequence[Gradients], Sequence[int]], list[Array]]) -> None:
    """Check ``exchanged(gradients, counts)``: the gradients of the whole batch, in their shapes.

    >>> exchanged(lambda gradients, counts: gradients[0])  # doctest: +ELLIPSIS
    exchanged: for (...) you gave ..., expected ... Those are its own...
    """
    expect(
        answer,
        [(_OF_THREE, _COUNTS), (_OF_THREE[:2], [3, 3]), (_OF_THREE[2:], [4])],
        _exchanged,
        slips=[
            (
                lambda gradients, counts: gradients[0],
                "Those are its own: what came from the others?",
            ),
            (
                lambda gradients, counts: _whole(gradients, 1),
                "Divide by the rows of all: their sum has come along, at the end.",
            ),
            (
                lambda gradients, counts: _whole(gradients, len(counts)),
                "Divided by the number of processes: by the rows of all.",
            ),
            (
                lambda gradients, counts: [
                    *_exchanged(gradients, counts),
                    np.array(sum(counts) / sum(counts)),
                ],
                "The last is no gradient: it is the count, divided by itself.",
            ),
            (
                lambda gradients, counts: [*_exchanged(gradients, counts), np.array(sum(counts))],
                "The last is no gradient: it is the count.",
            ),
            (
                lambda gradients, counts: [
                    one * len(counts) for one in _exchanged(gradients, counts)
                ],
                "Divided by the mean of the counts: by their sum.",
            ),
            (_mean_of_means, "A mean of means: processes with few rows count for too much."),
            (
                lambda gradients, counts: _whole(gradients, counts[0]),
                "Divided by its own rows: by those of all.",
            ),
            (
                lambda gradients, counts: np.concatenate(
                    [one.ravel() for one in _exchanged(gradients, counts)]
                ),
                "The numbers are right: cut the row up again, one array for each gradient.",
            ),
            (
                lambda gradients, counts: [one.ravel() for one in _exchanged(gradients, counts)],
                "The numbers are right: give each the shape that it had.",
            ),
            (
                lambda gradients, counts: [_exchanged(gradients, counts)] * len(counts),
                "That is what every process has: give the list of one.",
            ),
        ],
    )


@exercise
def chips_needed(answer: Callable[[float, float, float, float, float, float], int]) -> None:
    """Check ``chips_needed(parameters, tokens, operations, memory, share, days)``.

    >>> chips_needed(lambda n, d, operations, memory, share, days: 1)  # doctest: +ELLIPSIS
    chips_needed: for (...) you gave 1, expected 308...
    """

    def for_time(n: float, d: float, f: float, m: float, share: float, days: float) -> float:
        return 6 * n * d / (f * share) / (86400 * days)

    def for_room(n: float, d: float, f: float, m: float, share: float, days: float) -> float:
        return 16 * n / m

    def fewest(*given: float) -> int:
        return math.ceil(max(for_time(*given), for_room(*given)))

    expect(
        answer,
        [
            (175e9, 300e9, 989.5e12, 80e9, 0.4, 30.0),
            (72e9, 1e9, 989.5e12, 80e9, 0.4, 30.0),
            (70e9, 1.4e12, 312e12, 80e9, 0.5, 60.0),
            (1e9, 20e9, 989.5e12, 80e9, 0.4, 7.0),
            (10e9, 1e9, 989.5e12, 80e9, 0.4, 30.0),
        ],
        fewest,
        slips=[
            (lambda *given: math.ceil(for_time(*given)), "Is there room, too? 16 bytes each."),
            (lambda *given: math.ceil(for_room(*given)), "There is room; but is it done in time?"),
            (
                lambda *given: max(for_time(*given), for_room(*given)),
                "There are no parts of chips: round up.",
            ),
            (
                lambda *given: max(1, int(max(for_time(*given), for_room(*given)))),
                "Rounded down, it takes longer, or there is no room: round up.",
            ),
            (
                lambda *given: int(max(for_time(*given), for_room(*given))) + 1,
                "Where it comes out even, that is one too many: `math.ceil`.",
            ),
            (
                lambda *given: math.ceil(for_time(*given)) + math.ceil(for_room(*given)),
                "The same chips give time and room: the larger number will do.",
            ),
            (
                lambda n, d, f, m, share, days: fewest(n, d, f, m, 1.0, days),
                "No chip does all that its sheet says: where is the share?",
            ),
            (
                lambda n, d, f, m, share, days: fewest(n, d, f / share**2, m, share, days),
                "A smaller share takes more chips: divide by it.",
            ),
            (
                lambda n, d, f, m, share, days: fewest(n, d, f, m, share, days / 24),
                "Those would be hours: a day has 24.",
            ),
            (
                lambda n, d, f, m, share, days: fewest(n, d, f, m, share, days / 86400),
                "Those would be seconds: a day has 86,400.",
            ),
            (
                lambda n, d, f, m, share, days: fewest(n, d / 3, f, m, share, days),
                "Two for each weight and token is the way forward: the way back is twice that.",
            ),
            (
                lambda n, d, f, m, share, days: fewest(n, d, f, 8 * m, share, days),
                "Two bytes hold a weight: training holds 16 (equation 22.2).",
            ),
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
