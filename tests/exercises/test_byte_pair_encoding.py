"""Exercises of notebook 12: right answers pass, likely wrong ones are told what is wrong."""

from collections import Counter
from itertools import pairwise

import pytest

from lmteach.exercises import byte_pair_encoding as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def most_common_pair(ids):
    counts = Counter((ids[i], ids[i + 1]) for i in range(len(ids) - 1))
    return sorted(counts, key=lambda pair: (-counts[pair], *pair))[0]


def skipping(ids):
    counts, place = Counter(), 0
    while place < len(ids) - 1:
        pair = tuple(ids[place : place + 2])
        counts[pair] += 1
        place += 2 if tuple(ids[place + 1 : place + 3]) == pair else 1
    return sorted(counts, key=lambda pair: (-counts[pair], *pair))[0]


def decode(ids, tokens):
    return b"".join([tokens[number] for number in ids]).decode(errors="replace")


def replace_first(ids, pair, new):
    for place in range(len(ids) - 1):
        if (ids[place], ids[place + 1]) == pair:
            return [*ids[:place], new, *ids[place + 2 :]]
    return ids


def encode_word(ids, merges):
    for pair, new in merges:
        while pair in list(pairwise(ids)):
            ids = replace_first(ids, pair, new)
    return ids


def leftmost(ids, merges):
    known = dict(merges)
    while found := [pair for pair in pairwise(ids) if pair in known]:
        ids = replace_first(ids, found[0], known[found[0]])
    return ids


def one_of_each(ids, merges):
    for pair, new in merges:
        ids = replace_first(ids, pair, new)
    return ids


RIGHT = [
    ("most_common_pair", most_common_pair),
    ("decode", decode),
    ("encode_word", encode_word),
]


@pytest.mark.parametrize(("name", "right"), RIGHT)
def test_right_and_blank(name, right):
    assert_right_and_blank(check, name, right)


def test_every_exercise_is_tested():
    assert [name for name, _ in RIGHT] == list(check.EXERCISES)


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        (
            "most_common_pair",
            lambda ids: Counter(pairwise(ids)).most_common(1)[0][0],
            "not the one seen first",
        ),
        (
            "most_common_pair",
            lambda ids: Counter(map(frozenset, pairwise(ids))).most_common(1)[0][0],
            "expected (1, 2)",
        ),
        (
            "most_common_pair",
            lambda ids: most_common_pair([i for p in pairwise(ids) for i in sorted(p)]),
            "expected",
        ),
        (
            "most_common_pair",
            lambda ids: min(
                counts := Counter(tuple(sorted(pair)) for pair in pairwise(ids)),
                key=lambda pair: (-counts[pair], pair),
            ),
            "The order counts",
        ),
        (
            "most_common_pair",
            lambda ids: min(
                counts := Counter(pairwise(ids)), key=lambda pair: (-counts[pair], pair[0])
            ),
            "the second ones decide",
        ),
        ("most_common_pair", skipping, "in four equal ids there are three"),
        (
            "most_common_pair",
            lambda ids: Counter(pairwise(ids)).most_common(1)[0][1],
            "asked is the pair",
        ),
        (
            "decode",
            lambda ids, tokens: "".join(tokens[n].decode(errors="replace") for n in ids),
            "join all bytes first",
        ),
        ("decode", lambda ids, tokens: b"".join(tokens[n] for n in ids).decode(), "raised Unicode"),
        (
            "decode",
            lambda ids, tokens: b"".join(tokens[n] for n in ids).decode(errors="ignore"),
            "becomes �",
        ),
        (
            "decode",
            lambda ids, tokens: b"".join(tokens[n] for n in ids).decode("latin-1"),
            "The bytes are UTF-8",
        ),
        (
            "decode",
            lambda ids, tokens: b" ".join(tokens[n] for n in ids).decode(errors="replace"),
            "Nothing goes between tokens",
        ),
        ("encode_word", lambda ids, merges: list(ids), "Nothing was merged at all"),
        ("encode_word", leftmost, "what was *learned* first goes first"),
        ("encode_word", lambda ids, m: encode_word(ids, m[::-1]), "learned last"),
        ("encode_word", one_of_each, "expected"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
