"""Exercises of notebook 18: right answers pass, likely wrong ones are told what is wrong."""

import math
from collections import Counter

import numpy as np
import pytest
from nltk.translate.bleu_score import modified_precision
from nltk.util import ngrams
from sacrebleu import sentence_bleu

from lmteach.exercises import judging as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def ngrams_of(words, n):
    return list(ngrams(words, n))


def clipped(said, right, n):
    own = len(ngrams_of(said, n))
    return (modified_precision([right], said, n).numerator, own) if own else (0, 0)


def penalty(said, right):
    return 1 if said >= right else math.e ** (1 - right / said)


def bleu_of(said, right):
    texts = " ".join(said), [" ".join(right)]
    found = sentence_bleu(*texts, tokenize="none", smooth_method="none", use_effective_order=False)
    return found.score / 100


def means_of_draws(values, places):
    return [sum(values[place] for place in row) / len(row) for row in places]


def interval_of(means, level):
    left = 100 * (1 - level) / 2
    return np.percentile(means, left), np.percentile(means, 100 - left)


def f1_of(said, right):
    left, shared = list(right), 0
    for word in said:
        if word in left:
            left.remove(word)
            shared += 1
    precision, recall = shared / len(said), shared / len(right)
    return 2 * precision * recall / (precision + recall) if shared else 0.0


def items_needed(deviation, gain):
    count = 1
    while 1.96 * deviation / count**0.5 > gain:
        count += 1
    return count


RIGHT = [
    ("ngrams_of", ngrams_of),
    ("clipped", clipped),
    ("penalty", penalty),
    ("bleu_of", bleu_of),
    ("means_of_draws", means_of_draws),
    ("interval_of", interval_of),
    ("f1_of", f1_of),
    ("items_needed", items_needed),
]


@pytest.mark.parametrize(("name", "right"), RIGHT)
def test_right_and_blank(name, right):
    assert_right_and_blank(check, name, right)


def test_every_exercise_is_tested():
    assert [name for name, _ in RIGHT] == list(check.EXERCISES)


N = (1, 2, 3, 4)


def shares(said, right):
    counts = [clipped(said, right, n) for n in N]
    return [matches / total if total else 0 for matches, total in counts]


def common(said, right):
    return (Counter(said) & Counter(right)).total()


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("ngrams_of", lambda w, n: ngrams_of(w, n)[:-1], "The last one is missing"),
        ("ngrams_of", lambda w, n: [tuple(w[i : i + n]) for i in range(len(w))], "too short"),
        ("ngrams_of", lambda w, n: [" ".join(gram) for gram in ngrams(w, n)], "not a text"),
        ("ngrams_of", lambda w, n: [tuple(w[i : i + n]) for i in range(0, len(w), n)], "overlap"),
        ("ngrams_of", lambda w, n: [list(gram) for gram in ngrams(w, n)], "counts no lists"),
        (
            "clipped",
            lambda s, r, n: (len({*ngrams(s, n)} & {*ngrams(r, n)}), len(ngrams_of(s, n))),
            "counts the different ones",
        ),
        ("clipped", lambda s, r, n: clipped(s, r, n)[::-1], "The other way round"),
        (
            "clipped",
            lambda s, r, n: (sum(g in ngrams_of(r, n) for g in ngrams(s, n)), len(ngrams_of(s, n))),
            "clip",
        ),
        (
            "clipped",
            lambda s, r, n: (len({*ngrams(s, n)} & {*ngrams(r, n)}), len({*ngrams(s, n)})),
            "not only the different",
        ),
        ("clipped", lambda s, r, n: (clipped(s, r, n)[0], len(ngrams_of(r, n))), "it is a recall"),
        ("clipped", lambda s, r, n: clipped(s, r, n)[0], "Two numbers"),
        ("clipped", lambda s, r, n: np.divide(*clipped(s, r, n)), "Not the share yet"),
        ("penalty", lambda said, right: math.exp(1 - right / said), "at most 1"),
        ("penalty", lambda said, right: min(1, math.exp(1 - said / right)), "Turned around"),
        ("penalty", lambda said, right: min(1, said / right), "Steeper"),
        ("penalty", lambda said, right: math.exp(-right / said), "the 1 is missing"),
        ("penalty", lambda said, right: min(1, math.exp(right / said - 1)), "The sign"),
        ("bleu_of", lambda s, r: np.mean(shares(s, r)), "without the penalty"),
        (
            "bleu_of",
            lambda s, r: penalty(len(r), len(s)) * math.prod(shares(s, r)) ** 0.25,
            "in this order",
        ),
        (
            "bleu_of",
            lambda s, r: (
                penalty(len(s), len(r))
                * math.prod(shares(s, r)[: len(s)] if len(s) < 4 else shares(s, r)) ** 0.25
            ),
            "fewer than four words",
        ),
        (
            "bleu_of",
            lambda s, r: (
                penalty(len(s), len(r))
                * math.prod(np.add(clipped(s, r, n), 1)[0] / (len(ngrams_of(s, n)) + 1) for n in N)
                ** 0.25
            ),
            "nothing is added",
        ),
        (
            "bleu_of",
            lambda s, r: penalty(len(s), len(r)) * np.mean(shares(s, r)),
            "makes all of it",
        ),
        ("bleu_of", lambda s, r: math.prod(shares(s, r)) ** 0.25, "Where is the brevity"),
        ("bleu_of", lambda s, r: penalty(len(s), len(r)) * math.prod(shares(s, r)), "fourth root"),
        ("bleu_of", lambda s, r: 100 * bleu_of(s, r), "From 0 to 1"),
        ("means_of_draws", lambda v, p: v[p].mean(axis=0), "along the row"),
        ("means_of_draws", lambda v, p: v[p].mean(), "One mean for each"),
        ("means_of_draws", lambda v, p: p.mean(axis=1), "look the values up"),
        ("means_of_draws", lambda v, p: v[p].sum(axis=1), "That is the sum"),
        ("interval_of", lambda m, x: np.quantile(m, [1 - x, x]), "shared by both ends"),
        ("interval_of", lambda m, x: np.quantile(m, [0.025, 0.975]), "whatever the level"),
        (
            "interval_of",
            lambda m, x: np.percentile(m, [(1 - x) / 2, (1 + x) / 2]),
            "wants per cent",
        ),
        ("interval_of", lambda m, x: (min(m), max(m)), "all of them"),
        ("interval_of", lambda m, x: interval_of(m, x)[::-1], "The lower end"),
        ("interval_of", lambda m, x: np.quantile(m, [0, x]), "Half of what is left out"),
        (
            "interval_of",
            lambda m, x: (np.mean(m) - 1.96 * np.std(m), np.mean(m) + 1.96 * np.std(m)),
            "bell curve",
        ),
        (
            "interval_of",
            lambda m, x: [sorted(m)[int(len(m) * s)] for s in ((1 - x) / 2, (1 + x) / 2)],
            "Nearly",
        ),
        (
            "f1_of",
            lambda s, r: 2 * sum(word in r for word in s) / (len(s) + len(r)),
            "as it stands in either",
        ),
        ("f1_of", lambda s, r: common(s, r) / (len(s) + len(r)), "Half of it"),
        ("f1_of", lambda s, r: common(s, r) / len(s), "That is the precision. And"),
        ("f1_of", lambda s, r: len({*s} & {*r}) / len(s), "of different words"),
        ("f1_of", lambda s, r: common(s, r) / len(r), "That is the recall"),
        ("f1_of", lambda s, r: 2 * len({*s} & {*r}) / (len({*s}) + len({*r})), "counts twice"),
        (
            "f1_of",
            lambda s, r: (common(s, r) / len(s) + common(s, r) / len(r)) / 2,
            "arithmetic mean",
        ),
        ("items_needed", lambda d, g: math.ceil(1.96 * d / g), "square the rest"),
        ("items_needed", lambda d, g: (1.96 * d / g) ** 2, "no fraction"),
        ("items_needed", lambda d, g: math.floor((1.96 * d / g) ** 2), "one too few"),
        ("items_needed", lambda d, g: math.ceil((d / g) ** 2), "where is the 1.96"),
        ("items_needed", lambda d, g: math.ceil((2 * d / g) ** 2), "not 2"),
        ("items_needed", lambda d, g: math.ceil((1.96 * d) ** 2 / g), "The gain is squared"),
        ("items_needed", lambda d, g: math.ceil(1.96 * (d / g) ** 2), "The 1.96 is squared"),
    ],
)
def test_wrong_answers_are_told_what_is_wrong(name, wrong, hint):
    assert_told(check, name, wrong, hint)
