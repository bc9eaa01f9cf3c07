"""Exercises of notebook 04: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binom

from lmteach.exercises import baum_welch as check
from lmteach.models.hmm.model import HMM
from tests.exercises.saying import assert_right_and_blank, assert_told


def shares_of_coins(heads, tosses, biases):
    table = np.array([[binom.pmf(k, tosses, bias) for bias in biases] for k in heads])
    return table / table.sum(axis=1, keepdims=True)


def new_biases(heads, tosses, shares):
    return [np.average(np.asarray(heads) / tosses, weights=column) for column in shares.T]


def posterior(alpha, beta):
    return softmax(alpha + beta, axis=1)


def of_probabilities(alpha, beta):
    both = np.exp(alpha + beta)
    return (both / both.sum(axis=1, keepdims=True)).sum(axis=0)


RIGHT = {
    "shares_of_coins": shares_of_coins,
    "new_biases": new_biases,
    "expected_visits": lambda alpha, beta: posterior(alpha, beta).sum(axis=0),
}


def odds(heads, tosses, biases):
    return np.array([[bias**k * (1 - bias) ** (tosses - k) for bias in biases] for k in heads])


def heads_only(heads, tosses, biases):
    table = np.array([[bias**k for bias in biases] for k in heads])
    return table / table.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("shares_of_coins", odds, "sum to 1"),
        ("shares_of_coins", lambda *a: odds(*a) / odds(*a).sum(axis=0), "along rows"),
        ("shares_of_coins", heads_only, "Tails count"),
        ("shares_of_coins", lambda *a: np.round(shares_of_coins(*a)), "keeps the doubt"),
        ("shares_of_coins", lambda k, n, b: shares_of_coins(k, n, b[:2]), "more coins than two"),
        (
            "shares_of_coins",
            lambda k, n, b: (
                np.stack(2 * [shares_of_coins(k, n, b)[:, 0]], axis=1) * [1, -1] + [0, 1]
            ),
            "expected",
        ),
        ("new_biases", lambda k, n, s: new_biases(k, n, s[:, :2]), "more coins than two"),
        ("new_biases", lambda k, n, s: k @ s / (n * len(s)), "expected to have had"),
        ("new_biases", lambda k, n, s: k @ s / (k @ s).sum(), "need not sum to 1"),
        ("new_biases", lambda k, n, s: k @ s / s.sum(axis=0), "heads in a round"),
        ("expected_visits", of_probabilities, "too small to be written"),
        ("expected_visits", posterior, "sum over all steps"),
        ("expected_visits", lambda a, b: np.exp(a + b).sum(axis=0), "must sum to T"),
        ("expected_visits", lambda a, b: softmax(a, axis=1).sum(axis=0), "Only alpha"),
        ("expected_visits", lambda a, b: posterior(a, b).mean(axis=0), "not mean"),
        ("expected_visits", lambda a, b: (a + b).sum(axis=0), "are logarithms"),
        ("expected_visits", lambda a, b: posterior(a, b).round().sum(axis=0), "keep the doubt"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)


def test_the_tables_of_the_check_are_those_of_a_model():
    emission = np.array([[0.5, 0.1, 0.4], [0.2, 0.6, 0.2]])
    model = HMM(np.array([0.6, 0.4]), np.array([[0.7, 0.3], [0.1, 0.9]]), emission)
    alpha, beta = check._tables()
    assert alpha == pytest.approx(model.forward([0, 1, 0, 2]))
    assert beta == pytest.approx(model.backward([0, 1, 0, 2]))
