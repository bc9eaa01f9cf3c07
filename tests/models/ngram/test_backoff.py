"""Models made of log probabilities and back-off weights, against a lookup in dictionaries."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.ngram.backoff import BackoffModel, backoff_level, listed_ngrams
from lmteach.models.ngram.model import NGramModel

SYMBOLS = ["a", "b", "<unk>"]
ONE = {(0,): (-0.5, -0.25), (1,): (-0.75, -1.0), (2,): (-2.0, 0.0)}
TWO = {(1, 0): (-0.125, -0.5), (0, 1): (-0.375, 0.0)}
ZERO = np.zeros((1, 1), dtype=int)
NONE = np.zeros(1)
THREE = {(1, 0, 0): (-0.0625, 0.0)}


def made(*lists):
    levels = []
    for listed in lists:
        logs, weights = np.array(list(listed.values())).T
        levels.append(backoff_level(levels, 3, np.array(list(listed)), logs, weights))
    return BackoffModel(SYMBOLS, levels)


def by_dictionary(token, context):
    listed = (ONE, TWO, THREE)[len(context)]
    if (*context, token) in listed:
        return listed[(*context, token)][0]
    weight = (ONE, TWO, THREE)[len(context) - 1].get(context, (0.0, 0.0))[1]
    return weight + by_dictionary(token, context[1:])


@given(st.lists(st.integers(0, 2), min_size=1, max_size=20))
def test_scores_equal_a_lookup_in_dictionaries(tokens):
    model = made(ONE, TWO, THREE)
    expected = [by_dictionary(t, tuple(tokens[max(0, i - 2) : i])) for i, t in enumerate(tokens)]
    assert model.log_probabilities(tokens) / math.log(10) == pytest.approx(expected)
    assert model.log_probability(tokens) == pytest.approx(np.mean(expected) * math.log(10))


@given(st.lists(st.integers(0, 2), max_size=5))
def test_a_distribution_is_the_scores_of_all_tokens(context):
    model = made(ONE, TWO, THREE)
    scores = [model.log_probabilities([*context, token])[-1] for token in range(3)]
    assert np.log(model.probabilities(context)) == pytest.approx(scores)


def test_scores_by_hand():
    model = made(ONE, TWO, THREE)
    found = np.log10(model.probabilities(model.encode("ba")))
    # a is listed after b a; b is listed after a, and b a weighs -0.5; <unk> goes all the way
    assert found == pytest.approx([-0.0625, -0.5 - 0.375, -0.5 - 0.25 - 2.0])
    assert model.encode("abc") == [0, 1, 2]


def test_probabilities_sum_to_one_if_the_weights_are_right():
    logs, weights = np.log10([0.25, 0.75]), np.log10([0.5, 1.0])
    one = backoff_level([], 2, np.array([[0], [1]]), logs, weights)
    two = backoff_level([one], 2, np.array([[0, 0]]), np.log10([0.625]), np.zeros(1))
    model = BackoffModel(["a", "b"], [one, two])
    assert model.probabilities([0]) == pytest.approx([0.625, 0.375])
    assert model.probabilities([1]) == pytest.approx([0.25, 0.75])


@given(st.lists(st.integers(0, 2), min_size=5, max_size=40), st.integers(1, 4))
def test_what_is_listed_is_what_the_model_says(tokens, order):
    model = NGramModel(order, vocab_size=3).fit(tokens)
    for grams, chances, _ in listed_ngrams(model.levels, 3):
        expected = [model.probabilities(row[:-1])[row[-1]] for row in grams.tolist()]
        assert chances == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: made(ONE, TWO, {(1, 1, 0): (-1, 0)}), r"its context \[1, 1\] is not"),
        (
            lambda: backoff_level([], 2, np.array([[1], [1]]), np.zeros(2), np.zeros(2)),
            r"ids \[1\] is listed twice",
        ),
        (lambda: made(ONE).log_probabilities([3]), "contains the id 3"),
        (lambda: made(ONE).probabilities([-1]), "contains the id -1"),
        (
            lambda: BackoffModel(["a"], [backoff_level([], 1, ZERO, NONE, NONE)]).encode("b"),
            "'b' is not among the symbols",
        ),
        (lambda: BackoffModel(["a"], []), "1 symbols and 0 levels, expected one level"),
        (lambda: BackoffModel(["a", "a"], []), "the same text twice"),
        (lambda: backoff_level([], 0, ZERO, NONE, NONE), "vocab_size is 0"),
        (lambda: backoff_level([], 1, ZERO + 5, NONE, NONE), "grams contains the id 5"),
        (lambda: backoff_level([], 1, ZERO, NONE + np.nan, NONE), "logs contains nan"),
    ],
)
def test_bad_input(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
