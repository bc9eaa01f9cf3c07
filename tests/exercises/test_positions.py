"""Exercises of notebook 10: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch

from lmteach.exercises import positions as check
from lmteach.models.transformer.positions import (
    alibi_bias,
    alibi_slopes,
    frequencies,
    rotary,
    rotate,
    sinusoidal,
)
from tests.exercises.saying import assert_right_and_blank, assert_told


def places_per_turn(pair, dim):
    return 2 * math.pi / 10000 ** (-2 * pair / dim)


def angles(positions, width):
    return [[p / 10000 ** (2 * j / width) for j in range(width // 2)] for p in positions.tolist()]


def with_exponents(exponent):
    def wrong(positions, width):
        turns = [10000.0 ** exponent(j, width) for j in range(width // 2)]
        return np.outer(positions, turns)

    return wrong


def turn_pairs(x, angles):
    turned = []
    for row, by in zip(x, angles, strict=True):
        line = []
        for j, angle in enumerate(by):
            a, b = row[2 * j], row[2 * j + 1]
            line += [a * math.cos(angle) - b * math.sin(angle)]
            line += [a * math.sin(angle) + b * math.cos(angle)]
        turned.append(line)
    return np.array(turned)


def turn_halves(x, angles):
    given = (torch.tensor(x), torch.tensor(np.cos(angles)), torch.tensor(np.sin(angles)))
    return rotate(*given)


def turn_overwriting(x, angles):
    turned = x.copy()
    for j, angle in enumerate(angles.T):
        turned[:, 2 * j] = turned[:, 2 * j] * np.cos(angle) - turned[:, 2 * j + 1] * np.sin(angle)
        turned[:, 2 * j + 1] = turned[:, 2 * j] * np.sin(angle) + turned[:, 2 * j + 1] * np.cos(
            angle
        )
    return turned


def spread_by_distance(scores):
    size = len(scores)
    lines = [[scores[i, i - d] for i in range(d, size)] for d in range(size)]
    return [max(line) - min(line) for line in lines]


def halved(x):
    """Neighbours brought into the order of halves, in which the package turns."""
    return torch.tensor(np.concatenate([x[:, 0::2], x[:, 1::2]], axis=1))


def rotary_scores(query, key, positions):
    places = torch.tensor(positions)
    turned = rotary(halved(query), places) @ rotary(halved(key), places).T
    return turned / query.shape[1] ** 0.5


def distance_bias(time, slope, ahead=-math.inf):
    rows = [[-slope * (i - j) if j <= i else ahead for j in range(time)] for i in range(time)]
    return np.array(rows)


def both_ways(time, slope):
    return np.array([[-slope * abs(i - j) for j in range(time)] for i in range(time)])


def counted_from_the_start(time, slope):
    return np.array(
        [[slope * j if j <= i else -math.inf for j in range(time)] for i in range(time)]
    )


RIGHT = {
    "angles": angles,
    "turn_pairs": turn_pairs,
    "spread_by_distance": spread_by_distance,
    "rotary_scores": rotary_scores,
    "places_per_turn": places_per_turn,
    "distance_bias": distance_bias,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def test_the_references_are_the_models():
    x, places = np.random.default_rng(0).normal(size=(5, 6)), np.arange(5)
    expected = rotary(halved(x), torch.arange(5)).numpy()
    made = turn_pairs(x, np.array(angles(places, 6)))
    np.testing.assert_allclose(halved(made).numpy(), expected, atol=1e-12)
    past = np.tri(5, dtype=bool)
    for slope, bias in zip(alibi_slopes(4).tolist(), alibi_bias(4, 5).numpy(), strict=True):
        np.testing.assert_allclose(distance_bias(5, slope)[past], bias[past])
    turn = places_per_turn(2, 12)
    table = sinusoidal(4, 12).numpy()
    np.testing.assert_allclose(math.sin((3 + turn) * frequencies(12)[2]), table[3, 4], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("places_per_turn", lambda j, d: 10000 ** (2 * j / d), "A whole turn is 2π"),
        ("places_per_turn", lambda j, d: 10000 ** (-2 * j / d), "how far it turns in one place"),
        ("places_per_turn", lambda j, d: 2 * math.pi / 10000 ** (2 * j / d), "Upside down"),
        ("places_per_turn", lambda j, d: 2 * math.pi * 10000 ** (j / d), "not j / D"),
        ("places_per_turn", lambda j, d: 360 * 10000 ** (2 * j / d), "not 360"),
        ("places_per_turn", lambda j, d: 2 * math.pi * 10000.0 ** (2 * j), "divided by D"),
        ("angles", lambda p, w: np.array(angles(p, w)).T, "the other way round"),
        ("angles", lambda p, w: angles(np.array([1]), w)[0], "multiply by the place"),
        ("angles", lambda p, w: p * angles(np.array([1]), w)[0], "a column of places"),
        ("angles", with_exponents(lambda j, w: -2 * j), "not divided by K"),
        ("angles", with_exponents(lambda j, w: -j / w), "not −j / K"),
        ("angles", with_exponents(lambda j, w: 2 * j / w), "The sign of the exponent"),
        (
            "angles",
            lambda p, w: np.outer(p, [10000 ** (-i / w) for i in range(w)]),
            "you have one an entry",
        ),
        ("angles", lambda p, w: np.repeat(angles(p, w), 2, axis=1), "every one twice"),
        ("turn_pairs", lambda x, by: x, "Nothing was turned"),
        ("turn_pairs", turn_halves, "You paired halves"),
        ("turn_pairs", lambda x, by: turn_pairs(x, -by), "turned the other way"),
        (
            "turn_pairs",
            lambda x, by: halved(turn_pairs(x, by)),
            "must lie where they lay",
        ),
        ("turn_pairs", turn_overwriting, "*after* its turn"),
        (
            "turn_pairs",
            lambda x, by: turn_pairs(x, np.repeat(by[:, :1], by.shape[1], axis=1)),
            "by the first angle",
        ),
        ("spread_by_distance", lambda s: spread_by_distance(s.T), "diagonals above"),
        ("spread_by_distance", lambda s: s.max() - s.min(), "of all scores together"),
        ("spread_by_distance", lambda s: [max(row) - min(row) for row in s], "of each row"),
        (
            "spread_by_distance",
            lambda s: [np.diag(s, -d).std() for d in range(len(s))],
            "the standard deviation",
        ),
        ("spread_by_distance", lambda s: [-d for d in spread_by_distance(s)], "The sign"),
        ("rotary_scores", lambda q, k, p: q @ k.T, "nothing divided"),
        ("rotary_scores", lambda q, k, p: q @ k.T / q.shape[1] ** 0.5, "Nothing was turned"),
        (
            "rotary_scores",
            lambda q, k, p: rotary_scores(q, k, p) * q.shape[1] ** 0.5,
            "Divide the scores by √K",
        ),
        (
            "rotary_scores",
            lambda q, k, p: rotary_scores(q, k, p) / q.shape[1] ** 0.5,
            "not by its root",
        ),
        ("rotary_scores", lambda q, k, p: rotary_scores(k, q, p), "the other way round"),
        (
            "rotary_scores",
            lambda q, k, p: (
                turn_pairs(q, np.array(angles(p, q.shape[1]))) @ k.T / q.shape[1] ** 0.5
            ),
            "the key was not",
        ),
        (
            "rotary_scores",
            lambda q, k, p: (
                turn_pairs(q, np.array(angles(p, q.shape[1])))
                @ turn_pairs(k, np.array(angles(-p, q.shape[1]))).T
                / q.shape[1] ** 0.5
            ),
            "turned the same way",
        ),
        ("distance_bias", both_ways, "must get −∞"),
        ("distance_bias", lambda t, m: distance_bias(t, m, ahead=0.0), "got 0, the best"),
        ("distance_bias", lambda t, m: distance_bias(t, -m), "The sign"),
        ("distance_bias", lambda t, m: distance_bias(t, m).T, "Rows are queries"),
        ("distance_bias", lambda t, m: distance_bias(t, 1 / m), "you divided"),
        ("distance_bias", counted_from_the_start, "the same after the softmax"),
        ("distance_bias", lambda t, m: np.exp(distance_bias(t, m)), "its exponential"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
