"""Exercises of notebook 02: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest

from lmteach.exercises import ngrams as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def right_continuation_table(counts):
    table = np.zeros(counts.shape[1:])
    for oldest in counts:
        table += np.minimum(oldest, 1)
    return table


def right_discounted_table(counts, lower, discount):
    lower = np.broadcast_to(lower, counts.shape)
    table = lower.copy()
    for place in np.ndindex(counts.shape[:-1]):
        if counts[place].sum():
            table[place] = right_discounted(counts[place], lower[place], discount)
    return table


def right_kneser_ney_trigrams(bigrams, trigrams, discount):
    row = np.full(len(bigrams), 1 / len(bigrams))
    below = (right_continuation_table(bigrams), right_continuation_table(trigrams))
    for counts in (*below, trigrams):
        row = right_discounted_table(counts, row, discount)
    return row


def right_stupid_backoff(counts, gram):
    factor = 1.0
    while gram not in counts:
        if len(gram) == 1:
            return 0
        gram, factor = gram[1:], 0.4 * factor
    return factor * counts[gram] / counts[gram[:-1]]


def right_word_perplexity(bits, characters, words):
    return math.exp(math.log(2) * bits * characters / words)


def stairs(bigrams, trigrams, discount, *below):
    row = np.full(len(bigrams), 1 / len(bigrams))
    for counts in (*below, trigrams):
        row = right_discounted_table(counts, row, discount)
    return row


def with_nan(counts, lower, discount):
    with np.errstate(invalid="ignore"):
        totals = counts.sum(-1, keepdims=True)
        taken = discount * (counts > 0).sum(-1, keepdims=True)
        return (np.maximum(counts - discount, 0) + taken * lower) / totals


def without_keepdims(counts, lower, discount):
    totals, different = counts.sum(axis=-1), (counts > 0).sum(axis=-1)
    mixed = (np.maximum(counts - discount, 0) + discount * different * lower) / np.maximum(
        totals, 1
    )
    return np.where(totals > 0, mixed, lower)


def along_the_first_axis(counts, lower, discount):
    totals = counts.sum(axis=0, keepdims=True)
    taken = discount * (counts > 0).sum(axis=0, keepdims=True)
    with np.errstate(invalid="ignore"):
        return (np.maximum(counts - discount, 0) + taken * lower) / totals


def uniform_where_never_seen(counts, lower, discount):
    table = right_discounted_table(counts, lower, discount)
    table[counts.sum(-1) == 0] = 1 / counts.shape[-1]
    return table


def with_a_die_of_82(bigrams, trigrams, discount):
    row = np.full(len(bigrams), 1 / 82)
    below = (right_continuation_table(bigrams), right_continuation_table(trigrams))
    for counts in (*below, trigrams):
        row = right_discounted_table(counts, row, discount)
    return row


def backoff(counts, gram, shorter):
    if gram in counts:
        return counts[gram] / counts[gram[:-1]]
    return 0.4 * backoff(counts, gram[shorter], shorter) if len(gram) > 1 else 0


def backoff_to_the_empty_text(counts, gram):
    if gram in counts:
        return counts[gram] / counts[gram[:-1]]
    return 0.4 * backoff_to_the_empty_text(counts, gram[1:])


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
        ("continuation_table", lambda c: c.sum(0), "That is how often"),
        ("continuation_table", lambda c: (c > 0).sum(-1), "different tokens after it"),
        ("continuation_table", lambda c: (c >= 2).sum(0), "What occurred once"),
        ("continuation_table", lambda c: np.count_nonzero(c), "first axis only"),
        ("continuation_table", lambda c: c.any(axis=0).astype(int), "Whether it occurred"),
        ("continuation_table", lambda c: c.any(axis=0), "Whether it occurred"),
        ("discounted_table", without_keepdims, "keepdims=True is missing"),
        ("discounted_table", along_the_first_axis, "along the first axis"),
        ("discounted_table", uniform_where_never_seen, "not the die"),
        ("kneser_ney_trigrams", with_a_die_of_82, "`len(bigrams)`"),
        ("stupid_backoff", lambda c, g: backoff(c, g, slice(None, -1)), "The oldest letter goes"),
        ("stupid_backoff", backoff_to_the_empty_text, "stop there"),
        ("discounted", lambda c, low, d: kept(c, d) / kept(c, d).sum(), "went back to those"),
        ("discounted_table", with_nan, "0 / 0"),
        ("discounted_table", lambda c, low, d: np.nan_to_num(with_nan(c, low, d)), "are 0"),
        (
            "discounted_table",
            lambda c, low, d: (np.maximum(c - d, 0) + d * (c > 0).sum() * low) / c.sum(),
            "One total for the whole table",
        ),
        (
            "discounted_table",
            lambda c, low, d: np.maximum(c - d, 0) / np.maximum(c.sum(-1, keepdims=True), 1),
            "rows sum to less than 1",
        ),
        (
            "kneser_ney_trigrams",
            lambda b, t, d: stairs(b, t, d, b.sum(0), b),
            "absolute discounting",
        ),
        (
            "kneser_ney_trigrams",
            lambda b, t, d: stairs(b, t, d, right_continuation_table(b), b),
            "Two tokens",
        ),
        (
            "kneser_ney_trigrams",
            lambda b, t, d: stairs(b, t, d, b.sum(0), right_continuation_table(t)),
            "One token",
        ),
        (
            "kneser_ney_trigrams",
            lambda b, t, d: stairs(b, t, d, right_continuation_table(t)),
            "stair without context",
        ),
        (
            "kneser_ney_trigrams",
            lambda b, t, d: right_kneser_ney_trigrams(b, t, d)[0],
            "One context is missing",
        ),
        (
            "stupid_backoff",
            lambda counts, gram: counts[gram] / counts[gram[:-1]] if gram in counts else 0,
            "without its oldest letter",
        ),
        ("stupid_backoff", lambda counts, gram: counts.get(gram, 0) / 11, "count of the context"),
        ("word_perplexity", lambda bits, c, w: bits * c / w, "Those are bits"),
        ("word_perplexity", lambda bits, c, w: 2**bits, "A word has several"),
        ("word_perplexity", lambda bits, c, w: math.e ** (bits * c / w), "e would be for nats"),
        ("word_perplexity", lambda bits, c, w: 2**bits * c / w, "The exponent"),
        ("word_perplexity", lambda bits, c, w: 2 ** (bits * w / c), "words divide them"),
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
