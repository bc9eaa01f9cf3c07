"""Exercises of notebook 05: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
from scipy.spatial.distance import cosine as cosine_distance
from scipy.special import expit, log_softmax

from lmteach.exercises import embeddings as check
from lmteach.models.embedding.word_vectors import WordVectors
from tests.exercises.saying import assert_right_and_blank, assert_told


def pair_loss(centre, context, negatives):
    yes = [context @ centre, *(-score for score in negatives @ centre)]
    return sum(np.log1p(np.exp(-score)) for score in yes)


def analogy(directions, a, b, c):
    names = [str(row) for row in range(len(directions))]
    return int(WordVectors(names, directions).nearest([names[a], names[c]], [names[b]])[0][0])


RIGHT = {
    "cosine": lambda u, v: 1 - cosine_distance(u, v),
    "pair_loss": pair_loss,
    "analogy": analogy,
}


def length(v):
    return np.sqrt((v * v).sum())


def nearest_without(table, goal, left_out):
    order = np.argsort(-(table @ goal)).tolist()
    return next(row for row in order if row not in left_out)


def scored_instead(number, table, a, b, c):
    scores = table @ (table[a] - table[b] + table[c])
    scores[[a, b, c]] = number
    return int(scores.argmax())


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("cosine", np.dot, "Divide by both lengths"),
        ("cosine", lambda u, v: u @ v / length(u), "length of v, too"),
        ("cosine", lambda u, v: u @ v / length(v), "length of u, too"),
        ("cosine", lambda u, v: u @ v / (length(u) * length(v)) ** 2, "root of the sum"),
        ("cosine", lambda u, v: u @ v / (length(u) + length(v)), "not by their sum"),
        ("cosine", lambda u, v: length(u - v), "That is the distance"),
        ("pair_loss", lambda c, o, n: -pair_loss(c, o, n), "A loss is positive"),
        ("pair_loss", lambda c, o, n: pair_loss(c, o, -n), "should score low"),
        ("pair_loss", lambda c, o, n: -np.log(expit(o @ c)), "drawn words are missing"),
        (
            "pair_loss",
            lambda c, o, n: -np.log(expit(o @ c)) - np.log(expit(-(n @ c))).mean(),
            "sum, not mean",
        ),
        ("pair_loss", lambda c, o, n: -log_softmax(np.vstack([o, n]) @ c)[0], "yes or no"),
        ("analogy", lambda t, a, b, c: nearest_without(t, t[a] - t[b] + t[c], ()), "of the quest"),
        (
            "analogy",
            lambda *given: scored_instead(0.0, *given),
            "A score of 0 can still be the best",
        ),
        ("analogy", lambda *given: scored_instead(-1.0, *given), "expected 4"),
        (
            "analogy",
            lambda t, a, b, c: nearest_without(t, t[a] - t[b] + t[c], (a, c)),
            "expected 4",
        ),
        (
            "analogy",
            lambda t, a, b, c: nearest_without(t, t[a] + t[b] - t[c], (a, b, c)),
            "Take b away",
        ),
        (
            "analogy",
            lambda t, a, b, c: nearest_without(t, t[b] - t[a] + t[c], (a, b, c)),
            "a and b are swapped",
        ),
        (
            "analogy",
            lambda t, a, b, c: nearest_without(t, t[a] + t[b] + t[c], (a, b, c)),
            "taken away, not added",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
