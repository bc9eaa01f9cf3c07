"""The checks of notebook 10: rotary positions in four steps, one turn, a bias on distance."""

import math
from collections.abc import Callable

import numpy as np

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "angles",
    "turn_pairs",
    "spread_by_distance",
    "rotary_scores",
    "places_per_turn",
    "distance_bias",
)

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


def _angles(positions: Row, width: int, exponent: Callable[[Row], Row] | None = None) -> Row:
    return positions[:, None] * _turns(width, exponent)


@exercise
def angles(answer: Callable[[Row, int], Row]) -> None:
    """Check ``angles(positions, width)``: the turn of each pair at each place, (T, K / 2).

    >>> angles(lambda positions, width: positions)  # doctest: +ELLIPSIS
    angles: for ([0 1 7], 6) you gave [0 1 7], expected [[0...
    """

    def entry_by_entry(positions: Row, width: int) -> Row:
        return positions[:, None] * _BASE ** (-np.arange(width) / width)

    def place_by_place(positions: Row, width: int) -> Row:
        turns = _turns(width)
        return np.resize(positions, turns.shape) * turns

    def twice(positions: Row, width: int) -> Row:
        return np.repeat(_angles(positions, width), 2, axis=1)

    expect(
        answer,
        [(np.array([0, 1, 7]), 6), (np.array([1000, 3]), 8), (np.array([5]), 2)],
        _angles,
        slips=[
            (
                lambda positions, width: _angles(positions, width).T,
                "Rows are places and columns are pairs: you have them the other way round.",
            ),
            (
                lambda positions, width: _turns(width),
                "Those are the turns from one place to the next: multiply by the place.",
            ),
            (
                lambda positions, width: _angles(positions, width, lambda pairs: -2.0 * pairs),
                "The exponent is not divided by K: all pairs but the first stand still.",
            ),
            (
                lambda positions, width: _angles(positions, width, lambda pairs: -pairs / width),
                "There are K / 2 pairs: the exponent is −2j / K, not −j / K.",
            ),
            (
                lambda positions, width: _angles(positions, width, lambda pairs: 2 * pairs / width),
                "The sign of the exponent: later pairs turn more slowly.",
            ),
            (
                place_by_place,
                "Each place was given one pair: every place turns all of them, a column of places "
                "times a row of turns.",
            ),
            (entry_by_entry, "One angle for each *pair*, so K / 2 columns; you have one an entry."),
            (twice, "One angle for each *pair*, so K / 2 columns; you have every one twice."),
        ],
    )


def _turned(x: Row, angles: Row) -> Row:
    """Neighbours turned as complex numbers."""
    pairs = (x[:, 0::2] + 1j * x[:, 1::2]) * np.exp(1j * angles)
    return np.stack([pairs.real, pairs.imag], axis=-1).reshape(x.shape)


@exercise
def turn_pairs(answer: Callable[[Row, Row], Row]) -> None:
    """Check ``turn_pairs(x, angles)``: entries 2j and 2j + 1 turned, as the paper has it.

    >>> turn_pairs(lambda x, angles: x)  # doctest: +ELLIPSIS
    turn_pairs: for (...) you gave ... Nothing was turned.
    """

    def halves(x: Row, angles: Row) -> Row:
        first, second = np.split(x, 2, axis=1)
        turned = (first + 1j * second) * np.exp(1j * angles)
        return np.concatenate([turned.real, turned.imag], axis=1)

    def laid_apart(x: Row, angles: Row) -> Row:
        turned = _turned(x, angles)
        return np.concatenate([turned[:, 0::2], turned[:, 1::2]], axis=1)

    def one_after_the_other(x: Row, angles: Row) -> Row:
        turned = x.copy()
        turned[:, 0::2] = turned[:, 0::2] * np.cos(angles) - turned[:, 1::2] * np.sin(angles)
        turned[:, 1::2] = turned[:, 0::2] * np.sin(angles) + turned[:, 1::2] * np.cos(angles)
        return turned

    expect(
        answer,
        [
            (
                np.array([[1.0, 0.5, -1.0, 2.0], [0.0, 1.0, 2.0, 1.0]]),
                np.array([[2.0, 0.5], [1, 0]]),
            ),
            (np.array([[0.5, -1.0, 2.0, 0.25, -0.75, 1.5]]), np.array([[30.0, 1.0, 0.25]])),
        ],
        _turned,
        slips=[
            (lambda x, angles: x, "Nothing was turned."),
            (halves, "You paired halves, as LLaMA does; here the pairs are neighbours."),
            (lambda x, angles: _turned(x, -angles), "It was turned the other way."),
            (laid_apart, "The turned pairs must lie where they lay: neighbours, not halves."),
            (
                one_after_the_other,
                "The second entry was made from the first *after* its turn: keep the old one.",
            ),
            (
                lambda x, angles: _turned(x, angles[:, :1]),
                "Every pair was turned by the first angle of its row: each has its own.",
            ),
        ],
    )


def _spreads(scores: Row, side: int = -1) -> Row:
    along = [np.diagonal(scores, side * distance) for distance in range(len(scores))]
    return np.array([line.max() - line.min() for line in along])


@exercise
def spread_by_distance(answer: Callable[[Row], Row]) -> None:
    """Check ``spread_by_distance(scores)``: largest minus smallest at each distance back, (T,).

    >>> spread_by_distance(lambda scores: scores.max() - scores.min())  # doctest: +ELLIPSIS
    spread_by_distance: for (...) you gave 9, expected [4. 3. 0.]. That is of all scores...
    """

    def of_rows(scores: Row) -> Row:
        return np.array(scores.max(axis=1) - scores.min(axis=1))

    def deviations(scores: Row) -> Row:
        return np.array([np.diagonal(scores, -d).std() for d in range(len(scores))])

    expect(
        answer,
        [
            (np.array([[1.0, 7.0, 9.0], [2.0, 3.0, 5.0], [0.0, 5.0, 5.0]]),),
            (np.subtract.outer(np.arange(4.0), np.arange(4.0)),),
            (np.array([[2.0]]),),
        ],
        _spreads,
        slips=[
            (
                lambda scores: _spreads(scores, side=1),
                "Those are the diagonals above: there the key stands *after* its query.",
            ),
            (
                lambda scores: np.array(scores.max() - scores.min()),
                "That is of all scores together: take each distance, a diagonal, by itself.",
            ),
            (of_rows, "That is of each row: a distance is a diagonal."),
            (
                deviations,
                "That is the standard deviation: asked is the largest minus the smallest.",
            ),
            (
                lambda scores: -_spreads(scores),
                "The sign: the largest minus the smallest.",
            ),
        ],
    )


def _scores(query: Row, key: Row, positions: Row, root: float | None = None) -> Row:
    root = math.sqrt(query.shape[1]) if root is None else root
    made = _angles(positions, query.shape[1])
    return np.asarray(_turned(query, made) @ _turned(key, made).T / root)


@exercise
def rotary_scores(answer: Callable[[Row, Row, Row], Row]) -> None:
    """Check ``rotary_scores(query, key, positions)``: both turned, their products over √K, (T, T).

    >>> rotary_scores(lambda query, key, positions: query @ key.T)  # doctest: +ELLIPSIS
    rotary_scores: for (...) you gave ... Nothing was turned, and nothing divided.
    """

    def both_ways(query: Row, key: Row, positions: Row) -> Row:
        made = _angles(positions, query.shape[1])
        return np.asarray(_turned(query, made) @ _turned(key, -made).T / math.sqrt(len(query[0])))

    def only(query: Row, key: Row, positions: Row) -> Row:
        made = _angles(positions, query.shape[1])
        return np.asarray(_turned(query, made) @ key.T / math.sqrt(len(query[0])))

    rng = np.random.default_rng(10)
    cases = [
        (*rng.normal(size=(2, 3, 4)).round(1), np.array([0, 1, 2])),
        (*rng.normal(size=(2, 2, 6)).round(1), np.array([40, 3])),
    ]
    expect(
        answer,
        cases,
        _scores,
        slips=[
            (lambda q, k, positions: q @ k.T, "Nothing was turned, and nothing divided."),
            (lambda q, k, positions: q @ k.T / math.sqrt(len(q[0])), "Nothing was turned."),
            (lambda q, k, positions: _scores(q, k, positions, 1.0), "Divide the scores by √K."),
            (
                lambda q, k, positions: _scores(q, k, positions, float(len(q[0]))),
                "You divided by K, and not by its root.",
            ),
            (
                lambda q, k, positions: _scores(q, k, positions).T,
                "Rows are queries and columns are keys: you have them the other way round.",
            ),
            (
                lambda q, k, positions: _scores(q, k, np.arange(len(q))),
                "You counted places from 0: they stand at `positions`.",
            ),
            (only, "The query was turned and the key was not: both stand somewhere."),
            (both_ways, "Query and key are turned the same way, and the product takes the rest."),
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
