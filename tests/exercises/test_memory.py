"""Exercises of notebook 21: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch

from lmteach.evaluation.exposure import exposure
from lmteach.exercises import memory as check
from lmteach.training.private import clipped_sum
from tests.exercises.saying import assert_right_and_blank, assert_told


def clipped(gradients, clip):
    return np.array([g * min(1, clip / np.linalg.norm(g)) for g in gradients])


def noisy_sum(gradients, clip, noise, drawn):
    """The package's own sum."""
    return clipped_sum({"w": torch.tensor(gradients)}, clip)["w"] + noise * clip * drawn


RIGHT = {
    "lengths": lambda g: np.linalg.norm(g, axis=1),
    "clipped": clipped,
    "noisy_sum": noisy_sum,
    "private_step": lambda w, g, c, n, d, lot, rate: w - rate / lot * noisy_sum(g, c, n, d).numpy(),
    "exposure_of": lambda scores, place: exposure(torch.tensor(scores), place),
    "epsilon_of_run": lambda r, t, a, d: t * r - math.log(d) / (a - 1),
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def some(change):
    return lambda g, c, n, d: change(clipped(g, c), n * c * d)


def step(change):
    return lambda w, g, c, n, d, lot, rate: change(
        w, clipped(g, c).sum(axis=0) + n * c * d, len(g), lot, rate
    )


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("lengths", lambda g: np.linalg.norm(g, axis=1) ** 2, "The root is missing"),
        ("lengths", lambda g: np.linalg.norm(g, axis=0), "along the other axis"),
        ("lengths", np.linalg.norm, "each example needs its own"),
        ("lengths", lambda g: np.linalg.norm(g, 1, axis=1), "The sum of the sizes"),
        (
            "lengths",
            lambda g: np.linalg.norm(g, axis=1) / math.sqrt(g.shape[1]),
            "The mean of the squares",
        ),
        ("clipped", lambda g, c: np.maximum(-c, np.minimum(g, c)), "which turns the gradient"),
        (
            "clipped",
            lambda g, c: np.array([c * one / np.linalg.norm(one) for one in g]),
            "Short ones were made longer",
        ),
        ("clipped", lambda g, c: g * min(1, c / np.linalg.norm(g)), "One factor for the whole"),
        (
            "clipped",
            lambda g, c: np.array([one if np.linalg.norm(one) <= c else 0 * one for one in g]),
            "thrown away",
        ),
        (
            "clipped",
            lambda g, c: np.array([one * max(1, c / np.linalg.norm(one)) for one in g]),
            "The greater of the two",
        ),
        ("noisy_sum", lambda g, c, n, d: g.sum(axis=0) + n * c * d, "Nothing was clipped"),
        (
            "noisy_sum",
            lambda g, c, n, d: clipped(g, c).sum(axis=0) + n * d,
            "grow with the clip",
        ),
        ("noisy_sum", some(lambda g, d: g.sum(axis=0) + len(g) * d), "Noise on every example"),
        ("noisy_sum", some(lambda g, d: g.mean(axis=0) + d), "The mean over the examples"),
        (
            "noisy_sum",
            lambda g, c, n, d: clipped(g.sum(axis=0)[None], c)[0] + n * c * d,
            "The sum was clipped",
        ),
        ("noisy_sum", some(lambda g, d: g.sum(axis=0)), "The noise is missing"),
        ("private_step", step(lambda w, g, b, lot, r: w - r * g / b), "that is a secret"),
        ("private_step", step(lambda w, g, b, lot, r: w + r * g / lot), "Uphill"),
        ("private_step", step(lambda w, g, b, lot, r: w - r * g), "divided by `lot`"),
        ("private_step", step(lambda w, g, b, lot, r: w - g / lot), "The rate is missing"),
        ("private_step", step(lambda w, g, b, lot, r: w), "did not move"),
        (
            "exposure_of",
            lambda s, p: math.log2(len(s) / sum(s <= s[p])),
            "from the wrong end",
        ),
        (
            "exposure_of",
            lambda s, p: math.log2(len(s) / (1 + sum(s > s[p]))),
            "Equal scores count before",
        ),
        ("exposure_of", lambda s, p: math.log(len(s) / sum(s >= s[p])), "In nats"),
        ("exposure_of", lambda s, p: math.log2(sum(s >= s[p])), "log₂ of the rank"),
        ("exposure_of", lambda s, p: sum(s >= s[p]), "That is the rank"),
        ("exposure_of", lambda s, p: s[p], "the score itself"),
        ("epsilon_of_run", lambda r, t, a, d: r - math.log(d) / (a - 1), "That is one step"),
        ("epsilon_of_run", lambda r, t, a, d: t * (r - math.log(d) / (a - 1)), "paid once"),
        ("epsilon_of_run", lambda r, t, a, d: t * r - math.log(d) / a, "the order less 1"),
        ("epsilon_of_run", lambda r, t, a, d: t * r + math.log(d) / (a - 1), "below 0"),
        (
            "epsilon_of_run",
            lambda r, t, a, d: t**0.5 * r - math.log(d) / (a - 1),
            "the root of the steps",
        ),
        ("epsilon_of_run", lambda r, t, a, d: t * r, "Delta is missing"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
