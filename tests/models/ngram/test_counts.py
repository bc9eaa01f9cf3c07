"""Counts of every order against a recount with dictionaries, and by hand."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.ngram.counts import (
    CountLevel,
    continuation_counts,
    count_levels,
    lookup,
    ngram_numbers,
)

TOKENS = st.lists(st.integers(0, 3), min_size=5, max_size=60)
ORDER = 5


def ngrams_of(levels: list[CountLevel]) -> list[list[tuple[int, ...]]]:
    """The n-grams of each level, written out, by following the contexts down."""
    written = [[()]]
    for level in levels:
        pairs = zip(level.contexts.tolist(), level.tokens.tolist(), strict=True)
        written.append([(*written[-1][context], token) for context, token in pairs])
    return written[1:]


def recount(tokens: list[int], n: int) -> Counter[tuple[int, ...]]:
    return Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


@given(TOKENS)
def test_counts_equal_a_recount(tokens):
    levels = count_levels(tokens, 4, ORDER)
    for n, (level, ngrams) in enumerate(zip(levels, ngrams_of(levels), strict=True), start=1):
        assert dict(zip(ngrams, level.counts.tolist(), strict=True)) == recount(tokens, n)
        assert (np.diff(level.keys) > 0).all()


@given(TOKENS)
def test_suffixes_lose_the_first_token(tokens):
    levels = count_levels(tokens, 4, ORDER)
    written = [[()], *ngrams_of(levels)]
    for n, level in enumerate(levels, start=1):
        shorter = [written[n - 1][number] for number in level.suffixes]
        assert shorter == [ngram[1:] for ngram in written[n]]
        assert level.context_count == len(written[n - 1])


@given(TOKENS)
def test_continuations_count_the_different_contexts(tokens):
    levels = count_levels(tokens, 4, ORDER)
    written = ngrams_of(levels)
    for n in range(1, ORDER):
        before = defaultdict(set)
        for ngram in recount(tokens, n + 1):
            before[ngram[1:]].add(ngram[0])
        counts = continuation_counts(levels[n - 1], levels[n])
        assert counts.tolist() == [len(before[ngram]) for ngram in written[n - 1]]


@given(TOKENS, TOKENS)
def test_every_n_gram_of_another_text_is_found_or_unseen(tokens, other):
    levels = count_levels(tokens, 4, ORDER)
    found = ngram_numbers([level.keys for level in levels], 4, np.array(other))
    for n, ngrams in enumerate(ngrams_of(levels), start=1):
        places = {ngram: number for number, ngram in enumerate(ngrams)}
        wanted = [tuple(other[i : i + n]) for i in range(len(other) - n + 1)]
        assert found[n].tolist() == [places.get(ngram, -1) for ngram in wanted]


def test_a_text_shorter_than_the_order():
    keys = [level.keys for level in count_levels([0, 1, 0, 1], 2, order=3)]
    assert [found.tolist() for found in ngram_numbers(keys, 2, np.array([1]))] == [[0, 0], [1]]
    nothing = ngram_numbers(keys, 2, np.array([], dtype=np.int64))
    assert [found.tolist() for found in nothing] == [[0]]


def test_lookup_by_hand():
    assert lookup(np.array([2, 3, 7]), np.array([7, 8, 1, 2])).tolist() == [2, -1, -1, 0]


def test_sums_by_context():
    _, pairs = count_levels([0, 1, 0, 1, 1], vocab_size=2, order=2)
    assert pairs.sum_by_context(pairs.counts).tolist() == [2, 2]


def test_a_large_vocabulary_and_a_high_order_do_not_overflow():
    tokens = np.random.default_rng(0).integers(0, 1_000_000, 2000)
    levels = count_levels(np.tile(tokens, 2), 1_000_000, order=12)
    assert [int(level.counts.max()) for level in levels[1:]] == [2] * 11
    assert all(level.keys.min() >= 0 for level in levels)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: count_levels([0, 1], 2, order=0), "order is 0, expected a whole number"),
        (lambda: count_levels([0, 1], 2, order=True), "order is True, expected a whole number"),
        (lambda: count_levels([], 2, order=1), "tokens has 0 ids, expected at least 1"),
        (lambda: count_levels([0, 1], 2, order=3), "tokens has 2 ids, expected at least 3"),
        (lambda: count_levels([0, 2], 2, order=1), "contains the id 2"),
        (lambda: count_levels([0], 0, order=1), "vocab_size is 0, expected a whole number"),
    ],
)
def test_bad_input(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
