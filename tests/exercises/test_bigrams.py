"""Exercises of notebook 01: right answers pass, likely wrong ones are told what is wrong."""

import math
from itertools import pairwise

import numpy as np
import pytest

from lmteach.exercises import bigrams as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def logs(table, tokens):
    return [math.log(table[a, b]) for a, b in pairwise(tokens)]


def count_trigrams(tokens, vocab_size):
    counts = np.zeros((vocab_size,) * 3)
    for place in range(2, len(tokens)):
        counts[tokens[place - 2], tokens[place - 1], tokens[place]] += 1
    return counts


def count_once(tokens, vocab_size):
    counts = np.zeros((vocab_size,) * 3)
    counts[tokens[:-2], tokens[1:-1], tokens[2:]] += 1
    return counts


def count_in_threes(tokens, vocab_size):
    counts = np.zeros((vocab_size,) * 3)
    for place in range(0, len(tokens) - 2, 3):
        counts[tokens[place], tokens[place + 1], tokens[place + 2]] += 1
    return counts


RIGHT = {
    "likeliest_next": lambda table, token: max(range(3), key=lambda b: table[token, b]),
    "name_perplexity": lambda table, tokens: math.exp(-np.mean(logs(table, tokens))),
    "count_trigrams": count_trigrams,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("likeliest_next", lambda table, token: table[:, token].argmax(), "That is a column"),
        ("likeliest_next", lambda table, token: table[token].max(), "whose it is"),
        ("likeliest_next", lambda table, token: table.argmax(), "only at the token's row"),
        (
            "count_trigrams",
            lambda tokens, v: count_trigrams(tokens, max(tokens) + 1),
            "does not come here",
        ),
        ("name_perplexity", lambda p, t: math.exp(-sum(logs(p, t))), "sum instead of the mean"),
        ("name_perplexity", lambda p, t: math.exp(-sum(logs(p, t)) / len(t)), "T - 1 steps"),
        ("name_perplexity", lambda p, t: 2 ** -np.mean(logs(p, t)), "the same base"),
        ("name_perplexity", lambda p, t: -np.mean(logs(p, t)), "the loss in nats"),
        ("name_perplexity", lambda p, t: math.exp(np.mean(logs(p, t))), "The sign"),
        ("name_perplexity", lambda p, t: 1 / np.mean(np.exp(logs(p, t))), "average their log"),
        ("count_trigrams", count_once, "at most once"),
        ("count_trigrams", count_in_threes, "not by three"),
        ("count_trigrams", lambda t, v: count_trigrams(t, v).transpose(2, 1, 0), "wrong way round"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
