"""Exercises of notebook 10: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch

from lmteach.exercises import positions as check
from lmteach.models.transformer.positions import alibi_bias, alibi_slopes, rotary, sinusoidal
from tests.exercises.saying import assert_right_and_blank, assert_told


def places_per_turn(pair, dim):
    return 2 * math.pi / 10000 ** (-2 * pair / dim)


def encode_position(position, dim):
    entries = []
    for j in range(dim // 2):
        angle = position / 10000 ** (2 * j / dim)
        entries += [math.sin(angle), math.cos(angle)]
    return np.array(entries)


def with_exponents(exponent):
    def encode(position, dim):
        entries = []
        for j in range(dim // 2):
            angle = position * 10000.0 ** exponent(j, dim)
            entries += [math.sin(angle), math.cos(angle)]
        return np.array(entries)

    return encode


def entry_by_entry(power):
    def encode(position, dim):
        angles = [position / 10000 ** (power * i / dim) for i in range(dim)]
        return np.array([math.cos(a) if i % 2 else math.sin(a) for i, a in enumerate(angles)])

    return encode


def sines_first(position, dim):
    return np.concatenate([encode_position(position, dim)[part::2] for part in (0, 1)])


def cosines_first(position, dim):
    return np.array([encode_position(position, dim)[i ^ 1] for i in range(dim)])


def rotate_neighbours(x, position):
    turned = []
    for j in range(len(x) // 2):
        angle = position / 10000 ** (2 * j / len(x))
        a, b = x[2 * j], x[2 * j + 1]
        turned += [a * math.cos(angle) - b * math.sin(angle)]
        turned += [a * math.sin(angle) + b * math.cos(angle)]
    return np.array(turned)


def rotate_halves(x, position):
    return rotary(torch.tensor(x)[None], torch.tensor([position])).numpy()[0]


def rotate_alike(x, position):
    pairs = [rotate_neighbours(x[i : i + 2], position) for i in range(0, len(x), 2)]
    return np.concatenate(pairs)


def rotate_overwriting(x, position):
    turned = x.copy()
    for j in range(len(x) // 2):
        angle = position / 10000 ** (2 * j / len(x))
        turned[2 * j] = turned[2 * j] * math.cos(angle) - turned[2 * j + 1] * math.sin(angle)
        turned[2 * j + 1] = turned[2 * j] * math.sin(angle) + turned[2 * j + 1] * math.cos(angle)
    return turned


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
    "places_per_turn": places_per_turn,
    "encode_position": encode_position,
    "rotate_neighbours": rotate_neighbours,
    "distance_bias": distance_bias,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def test_the_references_are_the_models():
    table = sinusoidal(31, 12).numpy()
    np.testing.assert_allclose([encode_position(p, 12) for p in range(31)], table, atol=1e-6)
    x = np.random.default_rng(0).normal(size=6)
    apart = np.concatenate([x[0::2], x[1::2]])
    expected = rotate_halves(apart, 5).reshape(2, 3).T.ravel()
    np.testing.assert_allclose(rotate_neighbours(x, 5), expected, atol=1e-12)
    past = np.tri(5, dtype=bool)
    for slope, bias in zip(alibi_slopes(4).tolist(), alibi_bias(4, 5).numpy(), strict=True):
        np.testing.assert_allclose(distance_bias(5, slope)[past], bias[past])
    turn = places_per_turn(2, 12)
    np.testing.assert_allclose(encode_position(3 + turn, 12)[4:6], table[3, 4:6], atol=1e-6)


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("places_per_turn", lambda j, d: 10000 ** (2 * j / d), "A whole turn is 2π"),
        ("places_per_turn", lambda j, d: 10000 ** (-2 * j / d), "how far it turns in one place"),
        ("places_per_turn", lambda j, d: 2 * math.pi / 10000 ** (2 * j / d), "Upside down"),
        ("places_per_turn", lambda j, d: 2 * math.pi * 10000 ** (j / d), "not j / D"),
        ("places_per_turn", lambda j, d: 360 * 10000 ** (2 * j / d), "not 360"),
        ("places_per_turn", lambda j, d: 2 * math.pi * 10000.0 ** (2 * j), "divided by D"),
        ("encode_position", sines_first, "All sines come first"),
        ("encode_position", cosines_first, "The sine of a pair comes first"),
        ("encode_position", with_exponents(lambda j, d: -(2 * j + 1)), "not divided by D"),
        ("encode_position", with_exponents(lambda j, d: -2 * j), "not divided by D"),
        ("encode_position", with_exponents(lambda j, d: -j / d), "not −j / D"),
        ("encode_position", with_exponents(lambda j, d: 2 * j / d), "The sign of the exponent"),
        ("encode_position", entry_by_entry(1), "have the same angle"),
        ("encode_position", entry_by_entry(2), "have the same angle"),
        (
            "encode_position",
            lambda p, d: np.array([math.sin(p / 10000 ** (2 * i / d)) for i in range(d)]),
            "There are only sines",
        ),
        ("rotate_neighbours", lambda x, position: x, "Nothing was turned"),
        ("rotate_neighbours", rotate_halves, "You paired halves"),
        (
            "rotate_neighbours",
            lambda x, position: rotate_neighbours(x, -position),
            "turned the other way",
        ),
        ("rotate_neighbours", rotate_alike, "by the same angle"),
        (
            "rotate_neighbours",
            lambda x, p: np.concatenate([rotate_neighbours(x, p)[i::2] for i in (0, 1)]),
            "must lie where they lay",
        ),
        ("rotate_neighbours", rotate_overwriting, "*after* its turn"),
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
