"""Exercises of notebook 11: right answers pass, likely wrong ones are told what is wrong."""

import math
from collections import Counter

import pytest
import torch
from nltk.translate.bleu_score import modified_precision
from scipy.stats import entropy
from torch.nn.functional import cross_entropy

from lmteach.exercises import transformer as check
from lmteach.text.tokenizers.vocabulary import END, START
from tests.exercises.saying import assert_right_and_blank, assert_told


def sides(tokens):
    both = torch.tensor([START, *tokens, END])
    return both[:-1].tolist(), both[1:].tolist()


def clipped_precision(said, right, n):
    return float(modified_precision([right], said, n))


def lowest_loss(vocab, smoothing):
    """PyTorch's loss with smoothing, for a model that says just what is asked of it."""
    asked = torch.full((1, vocab), smoothing / vocab, dtype=torch.float64)
    asked[0, 0] += 1 - smoothing
    found = cross_entropy(asked.log(), torch.tensor([0]), label_smoothing=smoothing)
    assert found.item() == pytest.approx(entropy(asked[0].numpy()), rel=1e-12)
    return found.item()


RIGHT = {"sides": sides, "clipped_precision": clipped_precision, "lowest_loss": lowest_loss}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def grams(tokens, n):
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))


def unclipped(said, right, n):
    found = list(zip(*(said[i:] for i in range(n)), strict=False))
    return sum(ngram in grams(right, n) for ngram in found) / len(found)


def distinct(said, right, n):
    return len(set(grams(said, n)) & set(grams(right, n))) / len(set(grams(said, n)))


def too_few(said, right, n):
    a, b = (
        Counter(tuple(tokens[i : i + n]) for i in range(len(tokens) - n))
        for tokens in (said, right)
    )
    return (a & b).total() / a.total()


def shared_by_the_others(vocab, smoothing):
    return entropy([1 - smoothing, *(vocab - 1) * [smoothing / (vocab - 1)]])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("sides", lambda t: (t, t), "Both sides are the same"),
        ("sides", lambda t: ([START, *t, END], [START, *t, END]), "Both sides are the same"),
        ("sides", lambda t: ([START, *t], [START, *t]), "Both sides are the same"),
        ("sides", lambda t: ([*t, END], [*t, END]), "Both sides are the same"),
        ("sides", lambda t: ([*t, END], [START, *t]), "The sides are swapped"),
        ("sides", lambda t: (t[:-1], t[1:]), "nor for the end: it would never stop"),
        ("sides", lambda t: (t, [*t[1:], END]), "START goes in"),
        ("sides", lambda t: ([START, *t[:-1]], t), "The end mark never comes out"),
        ("clipped_precision", unclipped, "Not clipped"),
        ("clipped_precision", lambda s, r, n: clipped_precision(r, s, n), "it is a recall"),
        ("clipped_precision", distinct, "a set forgets that"),
        ("clipped_precision", too_few, "there are len - n + 1 of them"),
        ("clipped_precision", lambda s, r, n: clipped_precision(s, r, 1), "single tokens"),
        ("lowest_loss", lambda v, e: 0, "were the right token"),
        ("lowest_loss", lambda v, e: -math.log(1 - e + e / v), "there are V - 1 of them"),
        (
            "lowest_loss",
            lambda v, e: -(1 - e + e / v) * math.log(1 - e + e / v),
            "there are V - 1 of them",
        ),
        (
            "lowest_loss",
            lambda v, e: entropy([1, 0]) - sum(p * math.log(p) for p in (1 - e + e / v, e / v)),
            "there are V - 1 of them",
        ),
        ("lowest_loss", shared_by_the_others, "the right one included"),
        ("lowest_loss", lambda v, e: math.log(v), "knows nothing"),
        ("lowest_loss", lambda v, e: lowest_loss(v, e) / math.log(2), "natural logarithm"),
        ("lowest_loss", lambda v, e: -lowest_loss(v, e), "a minus sign is missing"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
