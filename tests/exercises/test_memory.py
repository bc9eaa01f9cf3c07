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


def own_gradients(x, delta):
    """PyTorch's own, one example after the other."""
    rows = []
    for inputs, came_back in zip(torch.tensor(x), torch.tensor(delta), strict=True):
        weight = torch.zeros(delta.shape[-1], x.shape[-1], dtype=inputs.dtype, requires_grad=True)
        rows.append(torch.autograd.grad(inputs @ weight.T, weight, came_back)[0].flatten())
    return torch.stack(rows)


RIGHT = {
    "own_gradients": own_gradients,
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
        (
            "own_gradients",
            lambda x, d: sum(b.T @ a for a, b in zip(x, d, strict=True)),
            "batch's gradient",
        ),
        (
            "own_gradients",
            lambda x, d: sum(b.T @ a for a, b in zip(x, d, strict=True)).ravel(),
            "batch's gradient",
        ),
        (
            "own_gradients",
            lambda x, d: np.stack([(a.T @ b).ravel() for a, b in zip(x, d, strict=True)]),
            "The other way round",
        ),
        (
            "own_gradients",
            lambda x, d: (d[..., None] * x[:, :, None]).reshape(len(x), -1),
            "sum over the places",
        ),
        (
            "own_gradients",
            lambda x, d: (d[..., None] * x[:, :, None]).mean(axis=1).reshape(len(x), -1),
            "The mean over the places",
        ),
        (
            "own_gradients",
            lambda x, d: np.stack(
                [np.outer(b[-1], a[-1]).ravel() for a, b in zip(x, d, strict=True)]
            ),
            "Only the last place",
        ),
        (
            "own_gradients",
            lambda x, d: np.stack(
                [np.outer(b.sum(0), a.sum(0)).ravel() for a, b in zip(x, d, strict=True)]
            ),
            "Summed too early",
        ),
        ("lengths", lambda g: abs(g @ np.ones(g.shape[1])), "Summed before squaring"),
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
        (
            "clipped",
            lambda g, c: np.array([one * min(1, np.linalg.norm(one) / c) for one in g]),
            "Upside down",
        ),
        (
            "clipped",
            lambda g, c: np.array([min(1, c / np.linalg.norm(one)) for one in g]),
            "Those are the factors",
        ),
        ("clipped", lambda g, c: sum(clipped(g, c)), "Summed already"),
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
        ("noisy_sum", lambda g, c, n, d: clipped(g, c).sum(axis=0) + c * d, "times `noise`"),
        ("noisy_sum", lambda g, c, n, d: clipped(g, c).sum(axis=0) + n * c, "no chance in it"),
        ("noisy_sum", some(lambda g, d: g + d), "Still a row for each"),
        ("private_step", step(lambda w, g, b, lot, r: r * g / lot), "take it from the weights"),
        (
            "private_step",
            lambda w, g, c, n, d, lot, r: w - r * (clipped(g, c).sum(0) / lot + n * c * d),
            "divided by `lot`, too",
        ),
        (
            "private_step",
            lambda w, g, c, n, d, lot, r: w - r * g.sum(0) / lot,
            "Neither clipped nor noisy",
        ),
        (
            "private_step",
            lambda w, g, c, n, d, lot, r: w - r * clipped(g, c).sum(0) / lot,
            "The noise is missing",
        ),
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
        ("exposure_of", lambda s, p: math.log2(len(s) / (p + 1)), "candidate's number"),
        ("exposure_of", lambda s, p: np.log2(len(s) / sum(s > s[p])), "begin with 1"),
        (
            "exposure_of",
            lambda s, p: np.log2(len(s) / (np.argsort(s)[::-1][p] + 1)),
            "the candidate at each rank",
        ),
        (
            "exposure_of",
            lambda s, p: np.log2(
                len(s) / (sorted(range(len(s)), key=lambda i: -s[i]).index(p) + 1)
            ),
            "put in some order",
        ),
        ("exposure_of", lambda s, p: len(s) / sum(s >= s[p]), "base 2 is missing"),
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
        ("epsilon_of_run", lambda r, t, a, d: (t * r - math.log(d)) / (a - 1), "All was divided"),
        ("epsilon_of_run", lambda r, t, a, d: t * r - math.log2(d) / (a - 1), "To base 2"),
        ("epsilon_of_run", lambda r, t, a, d: t * r - math.log10(d) / (a - 1), "To base 10"),
        ("epsilon_of_run", lambda r, t, a, d: t * r - math.log(d) / a - 1, "Brackets"),
        ("epsilon_of_run", lambda r, t, a, d: t * r - math.log(d), "part is divided by"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
