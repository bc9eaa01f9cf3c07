"""Every smoothing against brute force in exact fractions, on texts drawn by hypothesis."""

import math
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.ngram.counts import continuation_counts, count_levels
from lmteach.models.ngram.model import NGramModel, distribution, smooth, token_probabilities
from lmteach.models.ngram.smoothing import (
    add_k_level,
    discounted_level,
    fit_weights,
    interpolated_level,
    maximum_likelihood_level,
    one_discount,
    three_discounts,
    with_continuations,
)

V = 3  # of which the texts below use 0 and 1 always, 2 sometimes
TOKENS = st.lists(st.integers(0, V - 1), min_size=4, max_size=40)
LONG = st.lists(st.integers(0, V - 1), min_size=60, max_size=160)
ORDERS = st.sampled_from([1, 2, 3, 4])


class Exact:
    """A discounting model as the papers write it: dictionaries, recursion and fractions."""

    def __init__(self, tokens, order, discounts, continuation):
        runs = [
            Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))
            for n in range(1, order + 1)
        ]
        self.counts = []
        for n, run in enumerate(runs):
            if continuation and n + 1 < order:
                before = defaultdict(set)
                for first, *rest in runs[n + 1]:
                    before[tuple(rest)].add(first)
                run = {ngram: len(firsts) for ngram, firsts in before.items()}
            self.counts.append(run)
        self.discounts = [discounts(run) for run in self.counts]

    def probability(self, token, context):
        run, taken = self.counts[len(context)], self.discounts[len(context)]
        lower = self.probability(token, context[1:]) if context else Fraction(1, V)
        after = {ngram[-1]: count for ngram, count in run.items() if ngram[:-1] == context}
        total = sum(after.values())
        if total == 0:
            return lower
        kept = max(after.get(token, 0) - taken[min(after.get(token, 0), 3)], 0)
        passed = sum(taken[min(count, 3)] for count in after.values())
        return Fraction(kept) / total + passed / total * lower


def counts_of_counts(run):
    return [sum(1 for count in run.values() if count == j) for j in range(5)]


def one(run):
    n = counts_of_counts(run)
    discount = Fraction(n[1], n[1] + 2 * n[2]) if n[1] and n[2] else Fraction(1, 2)
    return [0, discount, discount, discount]


def three(run):
    n = counts_of_counts(run)
    fallback = [0, Fraction(1, 2), Fraction(1), Fraction(3, 2)]
    if 0 in n[1:]:
        return fallback
    y = Fraction(n[1], n[1] + 2 * n[2])
    found = [0, *(j - (j + 1) * y * Fraction(n[j + 1], n[j]) for j in (1, 2, 3))]
    return found if min(found[1:]) > 0 else fallback


def given_discount(run):
    return [0, Fraction(3, 4), Fraction(3, 4), Fraction(3, 4)]


def assert_equal_everywhere(model, exact, order):
    """In every context of every length below the order, seen or not."""
    for length in range(order):
        for context in product(range(V), repeat=length):
            expected = [exact.probability(token, context) for token in range(V)]
            assert sum(expected) == 1
            found = model.probabilities(list(context))
            assert found == pytest.approx([float(p) for p in expected], rel=1e-12, abs=1e-15)


@given(TOKENS, ORDERS)
def test_kneser_ney_equals_exact_fractions(tokens, order):
    model = NGramModel(order, "kneser_ney", V).fit(tokens)
    assert_equal_everywhere(model, Exact(tokens, order, one, continuation=True), order)


@given(TOKENS, ORDERS)
def test_kneser_ney_with_a_given_discount_equals_exact_fractions(tokens, order):
    model = NGramModel(order, "kneser_ney", V, discount=0.75).fit(tokens)
    assert_equal_everywhere(model, Exact(tokens, order, given_discount, continuation=True), order)


@given(st.one_of(TOKENS, LONG), ORDERS)
def test_modified_kneser_ney_equals_exact_fractions(tokens, order):
    model = NGramModel(order, "modified_kneser_ney", V).fit(tokens)
    assert_equal_everywhere(model, Exact(tokens, order, three, continuation=True), order)


def test_the_drawn_texts_reach_all_three_discounts():
    tokens = np.random.default_rng(3).integers(0, V, 130).tolist()
    exact = Exact(tokens, 4, three, continuation=True)
    assert exact.discounts[3][1:] != [Fraction(1, 2), 1, Fraction(3, 2)]
    assert_equal_everywhere(NGramModel(4, "modified_kneser_ney", V).fit(tokens), exact, 4)


@given(TOKENS, ORDERS)
def test_absolute_discounting_equals_exact_fractions(tokens, order):
    model = NGramModel(order, "absolute_discounting", V).fit(tokens)
    assert_equal_everywhere(model, Exact(tokens, order, one, continuation=False), order)


@given(TOKENS, ORDERS)
def test_add_k_equals_exact_fractions(tokens, order):
    model = NGramModel(order, "add_k", V, k=0.25).fit(tokens)
    k = Fraction(1, 4)
    for context in product(range(V), repeat=order - 1):
        places = range(len(tokens) - order + 1)
        after = Counter(
            tokens[i + order - 1] for i in places if tuple(tokens[i : i + order - 1]) == context
        )
        expected = [float((after[token] + k) / (after.total() + k * V)) for token in range(V)]
        assert model.probabilities(list(context)) == pytest.approx(expected, rel=1e-12)


@given(TOKENS, st.lists(st.sampled_from([0.125, 0.5, 0.75]), min_size=3, max_size=3))
def test_interpolation_equals_exact_fractions(tokens, weights):
    levels = count_levels(tokens, V, 3)
    smoothed = [interpolated_level(*pair) for pair in zip(levels, weights, strict=True)]
    model = NGramModel(3, "interpolated", V)
    model.levels = smoothed
    for context in product(range(V), repeat=2):
        expected = [Fraction(1, V)] * V
        for length in range(3):
            tail = context[2 - length :]
            after = Counter(
                tokens[i + length]
                for i in range(len(tokens) - length)
                if tuple(tokens[i : i + length]) == tail
            )
            trust = Fraction(weights[length]) if after else Fraction(0)
            expected = [
                trust * Fraction(after[token], after.total() or 1) + (1 - trust) * lower
                for token, lower in enumerate(expected)
            ]
        found = model.probabilities(list(context))
        assert found == pytest.approx([float(p) for p in expected], rel=1e-12)


@given(TOKENS, ORDERS, st.booleans())
def test_shares_and_weight_of_every_context_sum_to_one(tokens, order, continuations):
    levels = count_levels(tokens, V, order)
    for raw, level in zip(levels, with_continuations(levels), strict=True):
        level = level if continuations else raw
        cases = [(level, discounted_level(level, three_discounts(level.counts)))]
        cases += [(raw, maximum_likelihood_level(raw)), (raw, interpolated_level(raw, 0.25))]
        for counted, smoothed in cases:
            sums = counted.sum_by_context(smoothed.shares) + smoothed.weights
            assert sums == pytest.approx(np.ones(level.context_count), rel=1e-12)


def test_add_k_passes_its_weight_to_the_uniform():
    _, pairs = count_levels([0, 1, 0, 1, 1], 2, 2)
    level = add_k_level(pairs, 1.0)
    assert level.to_uniform
    assert (pairs.sum_by_context(level.shares) + level.weights).tolist() == [1, 1]


def test_discounts_by_hand():
    assert one_discount(np.array([1, 1, 1, 2, 9])).tolist() == [0, 0.6, 0.6, 0.6]
    assert one_discount(np.array([1, 1]), 0.9).tolist() == [0, 0.9, 0.9, 0.9]
    assert one_discount(np.array([1, 1])).tolist() == [0, 0.5, 0.5, 0.5]  # n2 is 0
    # Y = 40 / 60: 1 - 2 Y 10/40, 2 - 3 Y 4/10, 3 - 4 Y 2/4
    counts = np.repeat([1, 2, 3, 4], [40, 10, 4, 2])
    assert three_discounts(counts) == pytest.approx([0, 2 / 3, 6 / 5, 5 / 3])
    assert three_discounts(np.array([1, 2, 3])).tolist() == [0, 0.5, 1, 1.5]  # n4 is 0
    many_threes = np.repeat([1, 2, 3, 4], [9, 1, 30, 1])  # D2 would be far below 0
    assert three_discounts(many_threes).tolist() == [0, 0.5, 1, 1.5]


def interpolated_likelihood(tokens, held_out, weights):
    levels = count_levels(tokens, V, len(weights))
    model = NGramModel(len(weights), "interpolated", V)
    model.levels = [interpolated_level(*pair) for pair in zip(levels, weights, strict=True)]
    return model.log_probability(held_out)


@given(TOKENS, TOKENS)
def test_no_weights_on_a_grid_fit_better_than_those_of_em(tokens, held_out):
    fitted = fit_weights(count_levels(tokens, V, 2), np.array(held_out), iterations=5000)
    best = interpolated_likelihood(tokens, held_out, fitted)
    for grid in product(np.linspace(0.001, 0.999, 9).tolist(), repeat=2):
        assert interpolated_likelihood(tokens, held_out, grid) <= best + 1e-3


@given(TOKENS, TOKENS)
def test_more_rounds_of_em_never_fit_worse(tokens, held_out):
    levels = count_levels(tokens, V, 3)
    rounds = [
        interpolated_likelihood(tokens, held_out, fit_weights(levels, np.array(held_out), n))
        for n in (1, 2, 3, 10, 40)
    ]
    assert all(a <= b + 1e-9 for a, b in pairwise(rounds))


def test_em_by_hand():
    # After counting 0 1, half of each: order 1 is as good as the uniform, so the weight rests.
    assert fit_weights(count_levels([0, 1], 2, 1), np.array([0, 1])).tolist() == [0.5]
    # Counted 0 only, held out 0 0 0 1: P(0) = w + (1 - w) / 2 = 3/4, so w = 1/2.
    assert fit_weights(count_levels([0], 2, 1), np.array([0, 0, 0, 1])) == pytest.approx([0.5])
    assert math.isclose(fit_weights(count_levels([0], 2, 1), np.array([0, 0]))[0], 0.999)


ONE, TWO = count_levels([0, 1, 0, 1, 1], 2, 2)
OTHER = count_levels([0, 1, 2], 3, 1)[0]
NAN = float("nan")
HALF = interpolated_level(ONE, 0.5)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: with_continuations([]), "levels is empty"),
        (lambda: with_continuations([TWO]), "level 1 has 2 contexts over 2 tokens, expected 1"),
        (lambda: fit_weights([ONE, OTHER], np.array([0])), "level 2 has 1 contexts over 3 tokens"),
        (lambda: fit_weights([ONE], np.array([2])), "held_out contains the id 2"),
        (lambda: fit_weights([ONE], np.array([0]), 0), "iterations is 0"),
        (lambda: fit_weights([ONE], np.array([0]), tolerance=1.0), "tolerance is 1.0"),
        (lambda: continuation_counts(TWO, ONE), "longer has 1 contexts"),
        (lambda: smooth([ONE], "kneser_ney", {}), "expected a value of discount"),
        (lambda: smooth([ONE], "add_k", {"k": 0.0}), "k is 0.0, expected a finite number"),
        (lambda: smooth([ONE], "kneser-ney", {}), "smoothing is 'kneser-ney', expected one of"),
        (lambda: add_k_level(ONE, 0.0), "k is 0.0, expected a finite number above 0"),
        (lambda: interpolated_level(ONE, 1.5), "weight is 1.5, expected a finite number"),
        (lambda: discounted_level(ONE, np.array([0, 1.5, 0, 0])), "no more can be taken off"),
        (lambda: discounted_level(ONE, np.array([0, NAN, 0, 0])), "discounts contains nan"),
        (lambda: one_discount(np.array([1, 2]), 1.0), "discount is 1.0"),
        (lambda: token_probabilities([HALF], 3, np.array([3])), "tokens contains the id 3"),
        (lambda: token_probabilities([HALF], 1, np.array([0])), "levels and vocab_size of one"),
        (lambda: token_probabilities([HALF, HALF], 2, np.array([0])), "the weights of level 2"),
        (lambda: distribution([HALF], 2, np.array([0])), "context has 1 tokens, expected fewer"),
    ],
)
def test_what_does_not_fit_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
