"""Exercises of notebook 22: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest

from lmteach.exercises import bigger as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def summed(w, x, y):
    """By finite differences, which are exact enough for squares."""
    step = 1e-3
    loss = lambda v: ((x @ v - y) ** 2).sum()  # noqa: E731
    ways = np.eye(len(w)) * step
    return np.array([(loss(w + way) - loss(w - way)) / (2 * step) for way in ways])


def accumulated(w, parts):
    x, y = (np.concatenate([part[place] for part in parts]) for place in (0, 1))
    return 2 * x.T @ (x @ w - y) / len(y)


def trained(w, batches, rate):
    for parts in batches:
        w = w - rate * accumulated(w, parts)
    return w


def days(n, d, operations, chips, share):
    return 6 * n * d / (share * operations * chips * 24 * 60 * 60)


def size(loss, floor, scale, exponent):
    if loss <= floor:
        return float("inf")
    return np.exp(np.log(scale / (loss - floor)) / exponent)


RIGHT = {
    "summed_gradient": summed,
    "accumulated_gradient": accumulated,
    "trained_in_parts": trained,
    "mean_of_replicas": lambda sums, counts: sum(sums) / sum(counts),
    "training_days": days,
    "size_for_loss": size,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def stepping(w, batches, rate):
    for parts in batches:
        for part in parts:
            w = w - rate * accumulated(w, [part])
    return w


def piling_up(w, batches, rate):
    gradient = 0 * w
    for parts in batches:
        gradient = gradient + accumulated(w, parts)
        w = w - rate * gradient
    return w


def rows(parts):
    return sum(len(y) for _, y in parts)


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("summed_gradient", lambda w, x, y: x.T @ (x @ w - y), "factor of 2"),
        ("summed_gradient", lambda w, x, y: summed(w, x, y) / len(x), "here, the sum"),
        ("summed_gradient", lambda w, x, y: 2 * x.T @ (y - x @ w), "The sign"),
        ("summed_gradient", lambda w, x, y: np.square(x @ w - y).sum(), "That is the loss"),
        ("summed_gradient", lambda w, x, y: 2 * (x @ w - y), "by its row of x"),
        (
            "accumulated_gradient",
            lambda w, p: accumulated(w, p) * rows(p),
            "Divide by the number of rows",
        ),
        (
            "accumulated_gradient",
            lambda w, p: sum(accumulated(w, [one]) for one in p) / len(p),
            "A mean of means",
        ),
        (
            "accumulated_gradient",
            lambda w, p: accumulated(w, p) * rows(p) / len(p),
            "how many rows",
        ),
        (
            "accumulated_gradient",
            lambda w, p: accumulated(w, p[-1:]) * rows(p[-1:]) / rows(p),
            "Only the last part",
        ),
        (
            "accumulated_gradient",
            lambda w, p: accumulated(w, p) * rows(p) / rows(p[-1:]),
            "those of all",
        ),
        ("trained_in_parts", lambda w, b, r: w, "No step was made"),
        ("trained_in_parts", stepping, "when the batch is whole"),
        ("trained_in_parts", piling_up, "begin at 0 again"),
        (
            "trained_in_parts",
            lambda w, b, r: w - sum(r * accumulated(w, p) for p in b),
            "at the first w",
        ),
        ("trained_in_parts", lambda w, b, r: trained(w, b, -r), "Uphill"),
        ("trained_in_parts", lambda w, b, r: trained(w, b[:1], r), "after the first batch"),
        ("mean_of_replicas", lambda s, c: sum(s), "all counts together"),
        (
            "mean_of_replicas",
            lambda s, c: sum(a / b for a, b in zip(s, c, strict=True)) / len(c),
            "A mean of means",
        ),
        ("mean_of_replicas", lambda s, c: sum(s) / len(s), "by the rows of all"),
        ("mean_of_replicas", lambda s, c: s[0] / c[0], "never came in"),
        ("training_days", lambda n, d, o, c, s: 6 * n * d, "how many operations"),
        ("training_days", lambda *a: days(*a) * 86400, "Those are seconds"),
        ("training_days", lambda *a: days(*a) * 24, "Those are hours"),
        ("training_days", lambda *a: days(*a) / 3, "the way back"),
        ("training_days", lambda n, d, o, c, s: days(n, d, o, c, 1), "where is the share"),
        ("training_days", lambda n, d, o, c, s: days(n, d, o, c, 1) * s, "divide by it"),
        ("training_days", lambda n, d, o, c, s: days(n, d, o, 1, s), "How many chips"),
        ("size_for_loss", lambda loss, e, a, k: (a / loss) ** (1 / k), "Take the floor off"),
        ("size_for_loss", lambda loss, e, a, k: (a / (loss - e)) ** k, "To undo a power"),
        ("size_for_loss", lambda loss, e, a, k: ((loss - e) / a) ** (1 / k), "Upside down"),
        ("size_for_loss", lambda loss, e, a, k: a / (loss - e), "The exponent is missing"),
        ("size_for_loss", lambda loss, e, a, k: e + a / loss**k, "the law itself"),
        (
            "size_for_loss",
            lambda loss, e, a, k: (a / abs(loss - e)) ** (1 / k) if loss != e else 0.0,
            "no size will do",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
