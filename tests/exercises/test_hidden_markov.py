"""Exercises of notebook 03: right answers pass, likely wrong ones are told what is wrong."""

import math
from itertools import pairwise

import numpy as np
import pytest

from lmteach.exercises import hidden_markov as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def factors(initial, transition, emission, path, seen):
    """The start, every step and every emission, one by one."""
    yield initial[path[0]]
    yield from (transition[pair] for pair in pairwise(path))
    yield from (emission[pair] for pair in zip(path, seen, strict=True))


def path_log_probability(*given):
    return sum(math.log(factor) for factor in factors(*given))


def product_then_log(*given):
    product = math.prod(factors(*given))
    return math.log(product) if product else -math.inf


def without_start(initial, transition, emission, path, seen):
    return path_log_probability(initial, transition, emission, path, seen) - math.log(
        initial[path[0]]
    )


def without_steps(initial, transition, emission, path, seen):
    return path_log_probability(initial, np.ones((2, 2)), emission, path, seen)


def backwards(initial, transition, emission, path, seen):
    return path_log_probability(initial, transition.T, emission, path, seen)


def late_start(initial, transition, emission, path, seen):
    return path_log_probability(initial, transition, emission, path, seen) - math.log(
        emission[path[0], seen[0]]
    )


def state_now(log_alpha):
    lifted = np.exp(log_alpha - log_alpha.max(axis=1, keepdims=True))
    return lifted / lifted.sum(axis=1, keepdims=True)


def plain_division(log_alpha):
    alpha = np.exp(log_alpha)
    with np.errstate(invalid="ignore"):
        return alpha / alpha.sum(axis=1, keepdims=True)


def from_the_greatest_of_all(log_alpha):
    lifted = np.exp(log_alpha - log_alpha.max())
    return lifted / lifted.sum(axis=1, keepdims=True)


def by_column(log_alpha):
    return np.exp(log_alpha) / np.exp(log_alpha).sum(axis=0)


def by_likelihood(log_alpha):
    return np.exp(log_alpha) / np.exp(log_alpha[-1]).sum()


def logs_divided(log_alpha):
    return log_alpha / log_alpha.sum(axis=1, keepdims=True)


def next_symbol(now, transition, emission):
    states = range(len(now))
    return [
        sum(now[i] * transition[i, j] * row[j] for i in states for j in states)
        for row in emission.T
    ]


RIGHT = {
    "path_log_probability": path_log_probability,
    "state_now": state_now,
    "next_symbol": next_symbol,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("path_log_probability", lambda *given: math.prod(factors(*given)), "asked is its log"),
        ("path_log_probability", product_then_log, "add logarithms instead"),
        ("path_log_probability", without_start, "The first state has a probability, too"),
        ("path_log_probability", without_steps, "The transitions are missing"),
        ("path_log_probability", backwards, "run backwards"),
        ("path_log_probability", late_start, "The first state emits a symbol, too"),
        (
            "state_now",
            lambda a: np.exp(a - np.logaddexp(a[:, :1], a[:, 1:2])),
            "more than two states",
        ),
        ("state_now", from_the_greatest_of_all, "Each row needs its own"),
        ("state_now", np.exp, "Each row must sum to 1"),
        ("state_now", by_column, "Your columns sum to 1"),
        ("state_now", by_likelihood, "each row has a sum of its own"),
        ("state_now", logs_divided, "e to their power before you divide"),
        ("state_now", plain_division, "0 divided by 0"),
        ("state_now", lambda log_alpha: state_now(log_alpha)[-1], "asked is every step"),
        ("next_symbol", lambda now, a, b: now @ b, "the state moves on first"),
        ("next_symbol", lambda now, a, b: a @ now @ b, "Transposed"),
        ("next_symbol", lambda now, a, b: b[(now @ a).argmax()], "all of them count"),
        ("next_symbol", lambda now, a, b: (now @ a @ b).argmax(), "the probability of each"),
        ("next_symbol", lambda now, a, b: now @ a, "That is the next state"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
