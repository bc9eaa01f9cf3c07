"""The checks of notebook 10: one turn, one position, a turned vector, a bias on distance."""

import math
from collections.abc import Callable

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("places_per_turn", "encode_position", "rotate_neighbours", "distance_bias")

Row = np.ndarray
_BASE = 10000.0


def _turns(dim: int, exponent: Callable[[Row], Row] | None = None) -> Row:
    """How far each pair turns in one place; ``exponent`` of the number of the pair is a slip."""
    pairs = np.arange(dim // 2)
    return _BASE ** (-2 * pairs / dim if exponent is None else exponent(pairs))


@exercise
def places_per_turn(answer: Callable[[int, int], float]) -> None:
    """Check ``places_per_turn(pair, dim)``: how many places a clock needs to come round.

    >>> places_per_turn(lambda pair, dim: 10000 ** (2 * pair / dim))  # doctest: +ELLIPSIS
    places_per_turn: for (3, 16) you gave 31.6228, expected 198.692. A whole turn is 2π...
    """

    def places(pair: int, dim: int) -> float:
        return 2 * math.pi * _BASE ** (2 * pair / dim)

    expect(
        answer,
        [(3, 16), (0, 64), (31, 64)],
        places,
        slips=[
            (lambda pair, dim: _BASE ** (2 * pair / dim), "A whole turn is 2π radians, not one."),
            (
                lambda pair, dim: _BASE ** (-2 * pair / dim),
                "That is how far it turns in one place; asked is how long a whole turn takes.",
            ),
            (
                lambda pair, dim: 2 * math.pi * _BASE ** (-2 * pair / dim),
                "Upside down: a clock that turns slowly needs more places.",
            ),
            (
                lambda pair, dim: 2 * math.pi * _BASE ** (pair / dim),
                "There are D / 2 pairs: the exponent is 2j / D, not j / D.",
            ),
            (
                lambda pair, dim: 360 * _BASE ** (2 * pair / dim),
                "The angles are in radians: a whole turn is 2π, not 360.",
            ),
            (
                lambda pair, dim: 2 * math.pi * _BASE ** (2 * pair),
                "The exponent is divided by D, or all but the first pair stand still.",
            ),
        ],
    )


@exercise
def encode_position(answer: Callable[[int, int], Row]) -> None:
    """Check ``encode_position(position, dim)``: sine and cosine of each pair in turn, (D,).

    >>> encode_position(lambda position, dim: np.zeros(dim))  # doctest: +ELLIPSIS
    encode_position: for (3, 4) you gave [0. 0. 0. 0.], expected [ 0.1411 -0.99    0.03    0.9996...
    """

    def encoded(
        position: int, dim: int, exponent: Callable[[Row], Row] | None = None, axis: int = 1
    ) -> Row:
        angles = position * _turns(dim, exponent)
        return np.stack([np.sin(angles), np.cos(angles)], axis=axis).ravel()

    def cosine_first(position: int, dim: int) -> Row:
        return encoded(position, dim).reshape(-1, 2)[:, ::-1].ravel()

    def entry_by_entry(position: int, dim: int) -> Row:
        angles = position * _BASE ** (-np.arange(dim) / dim)
        return np.where(np.arange(dim) % 2, np.cos(angles), np.sin(angles))

    def shared(position: int, dim: int) -> Row:
        angles = position * _BASE ** (-2 * np.arange(dim) / dim)
        return np.where(np.arange(dim) % 2, np.cos(angles), np.sin(angles))

    def sines(position: int, dim: int) -> Row:
        return np.sin(position * _BASE ** (-2 * np.arange(dim) / dim))

    expect(
        answer,
        [(3, 4), (100, 10), (0, 6)],
        encoded,
        slips=[
            (
                lambda position, dim: encoded(position, dim, axis=0),
                "All sines come first: here sine and cosine of a pair are neighbours.",
            ),
            (cosine_first, "The sine of a pair comes first, then its cosine."),
            (
                lambda position, dim: encoded(position, dim, lambda pairs: -(2.0 * pairs + 1)),
                "The exponent is not divided by D: all pairs but the first stand still.",
            ),
            (
                lambda position, dim: encoded(position, dim, lambda pairs: -2.0 * pairs),
                "The exponent is not divided by D: all pairs but the first stand still.",
            ),
            (
                lambda position, dim: encoded(position, dim, lambda pairs: -pairs / dim),
                "There are D / 2 pairs: the exponent is −2j / D, not −j / D.",
            ),
            (entry_by_entry, "Sine and cosine of a pair have the same angle."),
            (shared, "Sine and cosine of a pair have the same angle."),
            (sines, "There are only sines: every second entry is a cosine, of the angle before."),
            (
                lambda position, dim: encoded(position, dim, lambda pairs: 2 * pairs / dim),
                "The sign of the exponent: later pairs turn more slowly.",
            ),
        ],
    )


@exercise
def rotate_neighbours(answer: Callable[[Row, int], Row]) -> None:
    """Check ``rotate_neighbours(x, position)``: pairs 2j and 2j + 1 turned, as the paper has it.

    >>> rotate_neighbours(lambda x, position: x)  # doctest: +ELLIPSIS
    rotate_neighbours: for ([ 1.   0.5 -1.   2. ], 2) you gave ... Nothing was turned.
    """

    def rotated(x: Row, position: int) -> Row:
        turned = (x[0::2] + 1j * x[1::2]) * np.exp(1j * position * _turns(len(x)))
        return np.stack([turned.real, turned.imag], axis=1).ravel()

    def halves(x: Row, position: int) -> Row:
        apart = np.stack(np.split(x, 2), axis=1).ravel()
        return rotated(apart, position).reshape(-1, 2).T.ravel()

    def alike(x: Row, position: int) -> Row:
        turned = (x[0::2] + 1j * x[1::2]) * np.exp(1j * position)
        return np.stack([turned.real, turned.imag], axis=1).ravel()

    def laid_apart(x: Row, position: int) -> Row:
        return rotated(x, position).reshape(-1, 2).T.ravel()

    def one_after_the_other(x: Row, position: int) -> Row:
        turned, angles = x.copy(), position * _turns(len(x))
        turned[0::2] = turned[0::2] * np.cos(angles) - turned[1::2] * np.sin(angles)
        turned[1::2] = turned[0::2] * np.sin(angles) + turned[1::2] * np.cos(angles)
        return turned

    expect(
        answer,
        [
            (np.array([1.0, 0.5, -1.0, 2.0]), 2),
            (np.array([0.5, -1.0, 2.0, 0.25, -0.75, 1.5]), 30),
            (np.array([1.0, 2.0]), 0),
        ],
        rotated,
        slips=[
            (lambda x, position: x, "Nothing was turned."),
            (halves, "You paired halves, as LLaMA does; here the pairs are neighbours."),
            (lambda x, position: rotated(x, -position), "It was turned the other way."),
            (alike, "Every pair was turned by the same angle: pair j turns by position · ω_j."),
            (laid_apart, "The turned pairs must lie where they lay: neighbours, not halves."),
            (
                one_after_the_other,
                "The second entry was made from the first *after* its turn: keep the old one.",
            ),
        ],
    )


@exercise
def distance_bias(answer: Callable[[int, float], Row]) -> None:
    """Check ``distance_bias(time, slope)``: −slope · distance (T, T), and −∞ for what is ahead.

    >>> distance_bias(lambda time, slope: np.zeros((time, time)))  # doctest: +ELLIPSIS
    distance_bias: for (3, 0.5) you gave [[0. 0. 0.] [0. 0. 0.] [0. 0. 0.]], expected ...
    """

    def bias(time: int, slope: float, ahead: float = -np.inf) -> Row:
        query, key = np.indices((time, time))
        return np.where(key > query, ahead, -slope * (query - key))

    def unmasked(time: int, slope: float) -> Row:
        query, key = np.indices((time, time))
        return -slope * np.abs(query - key)

    def from_the_start(time: int, slope: float) -> Row:
        query, key = np.indices((time, time))
        return np.where(key > query, -np.inf, slope * key)

    expect(
        answer,
        [(3, 0.5), (5, 1 / 64), (1, 0.25)],
        bias,
        slips=[
            (unmasked, "What lies ahead is held against its distance, but must get −∞."),
            (
                lambda time, slope: bias(time, slope, ahead=0.0),
                "What lies ahead got 0, the best of all scores: it must get −∞.",
            ),
            (
                lambda time, slope: bias(time, -slope),
                "The sign: what is far must get less, not more.",
            ),
            (
                lambda time, slope: bias(time, slope).T,
                "Rows are queries and columns are keys: you have them the other way round.",
            ),
            (
                lambda time, slope: bias(time, 1 / slope),
                "Multiply the distance by the slope; you divided.",
            ),
            (
                from_the_start,
                "That is slope · key: the same after the softmax, but asked is −slope · distance.",
            ),
            (
                lambda time, slope: np.exp(bias(time, slope)),
                "That is its exponential: the softmax takes it, here the bias is still a score.",
            ),
        ],
    )
