"""Exercises of notebook 02: right answers pass, likely wrong ones are told what is wrong."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from lmteach.exercises import ngrams as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def right_continuation_count(tokens, token):
    return len({before for before, after in pairwise(tokens) if after == token})


def right_estimate_discount(counts):
    n = Counter(counts)
    return n[1] / (n[1] + 2 * n[2])


def right_discounted(counts, lower, discount):
    seen = counts > 0
    shares = np.where(seen, counts - discount, 0) / counts.sum()
    return shares + discount * seen.sum() / counts.sum() * lower


def kept(counts, discount):
    return np.maximum(counts - discount, 0) / counts.sum()


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, globals()[f"right_{name}"])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("continuation_count", lambda tokens, t: tokens.count(t), "how often it came"),
        (
            "continuation_count",
            lambda tokens, t: sum(after == t for _, after in pairwise(tokens)),
            "a set keeps each once",
        ),
        (
            "continuation_count",
            lambda tokens, t: len({after for before, after in pairwise(tokens) if before == t}),
            "Which came before?",
        ),
        (
            "continuation_count",
            lambda tokens, t: len({a for a, b in pairwise(tokens) if b == t != a}),
            "may stand before itself",
        ),
        (
            "estimate_discount",
            lambda c: c.count(1) / (c.count(1) + c.count(2)),
            "The 2 before n2 is missing",
        ),
        (
            "estimate_discount",
            lambda c: c.count(1) / (c.count(1) + 2 + c.count(2)),
            "2 *times* n2",
        ),
        ("estimate_discount", lambda c: c[0] / (c[0] + 2 * c[1]), "how many counts are 1"),
        ("estimate_discount", lambda c: c.count(1) / len(c), "share of n-grams seen once"),
        (
            "estimate_discount",
            lambda c: 2 * c.count(2) / (c.count(1) + 2 * c.count(2)),
            "1 minus the discount",
        ),
        ("discounted", lambda c, lower, d: kept(c, d), "less than 1"),
        ("discounted", lambda c, lower, d: kept(c, d) + lower, "needs a weight"),
        ("discounted", lambda c, lower, d: kept(c, d) + d * lower, "once for each token"),
        (
            "discounted",
            lambda c, lower, d: kept(c, d) + d * c.size / c.sum() * lower,
            "count only those above 0",
        ),
        (
            "discounted",
            lambda c, lower, d: np.where(c > 0, kept(c, d), d * (c > 0).sum() / c.sum() * lower),
            "gets its part of the lower order as well",
        ),
        (
            "discounted",
            lambda c, lower, d: (c - d) / c.sum() + d * (c > 0).sum() / c.sum() * lower,
            "never below 0",
        ),
        (
            "discounted",
            lambda c, lower, d: kept(c, d) + d * (c > 1).sum() / c.sum() * lower,
            "What followed once",
        ),
        ("discounted", lambda c, lower, d: c / c.sum(), "expected"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
