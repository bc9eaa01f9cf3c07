"""Exercises of notebook 05: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.spatial.distance import cosine as cosine_distance
from scipy.special import expit, log_softmax

from lmteach.exercises import embeddings as check
from lmteach.models.embedding.skipgram import skipgram_step
from lmteach.models.embedding.word_vectors import WordVectors
from tests.exercises.saying import assert_right_and_blank, assert_told


def pair_loss(centre, context, negatives):
    yes = [context @ centre, *(-score for score in negatives @ centre)]
    return sum(np.log1p(np.exp(-score)) for score in yes)


def analogy(directions, a, b, c):
    names = [str(row) for row in range(len(directions))]
    return int(WordVectors(names, directions).nearest([names[a], names[c]], [names[b]])[0][0])


def autograd(centre, targets):
    leaves = [torch.tensor(centre, requires_grad=True), torch.tensor(targets, requires_grad=True)]
    wanted = torch.zeros(len(targets), dtype=torch.float64)
    wanted[0] = 1
    scores = leaves[1] @ leaves[0]
    loss = F.binary_cross_entropy_with_logits(scores, wanted, reduction="sum")
    return [slope.numpy() for slope in torch.autograd.grad(loss, leaves)]


def pair_errors(centre, targets):
    wanted = np.zeros(len(targets))
    wanted[0] = 1
    return expit(targets @ centre) - wanted


def moved(inputs, outputs, centre, targets, rate):
    tables = [torch.tensor(inputs), torch.tensor(outputs)]
    rows, words = torch.tensor([int(centre)]), torch.tensor(np.array(targets))[None]
    skipgram_step(*tables, rows, words, torch.ones(1, len(targets), dtype=torch.bool), rate)
    return [table.numpy() for table in tables]


def walk(inputs, outputs, pairs, drawn, rate):
    for place in range(len(pairs)):
        targets = [pairs[place][1], *drawn[place]]
        inputs, outputs = moved(inputs, outputs, pairs[place][0], targets, rate)
    return inputs, outputs


RIGHT = {
    "cosine": lambda u, v: 1 - cosine_distance(u, v),
    "pair_loss": pair_loss,
    "pair_errors": pair_errors,
    "pair_gradients": autograd,
    "moved": moved,
    "walk": walk,
    "analogy": analogy,
}


def gradients(centre, targets, share=1.0, sign=1.0):
    errors = sign * pair_errors(centre, targets)
    return share * errors @ targets, np.outer(errors, centre)


def moved_once(inputs, outputs, centre, targets, rate):
    inputs, outputs = inputs.copy(), outputs.copy()
    of_centre, of_targets = gradients(inputs[centre], outputs[targets])
    inputs[centre] -= rate * of_centre
    outputs[targets] -= rate * of_targets
    return inputs, outputs


def moved_uphill(inputs, outputs, centre, targets, rate):
    lower = moved(inputs, outputs, centre, targets, rate)
    return [2 * table - after for table, after in zip((inputs, outputs), lower, strict=True)]


def moved_in_turn(inputs, outputs, centre, targets, rate):
    inputs = inputs.copy()
    inputs[centre] -= rate * gradients(inputs[centre], outputs[targets])[0]
    return inputs, moved(inputs, outputs, centre, targets, rate)[1]


def moved_rows_alone(inputs, outputs, centre, targets, rate):
    of_centre, of_targets = gradients(inputs[centre], outputs[targets])
    return inputs[centre] - rate * of_centre, outputs[targets] - rate * of_targets


def moved_from_the_start(inputs, outputs, pairs, drawn, rate):
    for pair, others in zip(pairs, drawn, strict=True):
        found = moved(inputs, outputs, pair[0], [pair[1], *others], rate)
    return found


def near_word_last(inputs, outputs, pairs, drawn, rate):
    for pair, others in zip(pairs, drawn, strict=True):
        inputs, outputs = moved(inputs, outputs, pair[0], [*others, pair[1]], rate)
    return inputs, outputs


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
        ("cosine", lambda u, v: length(u - v), "the distance between their ends"),
        ("cosine", cosine_distance, "1 minus the cosine"),
        ("cosine", lambda u, v: np.arccos(1 - cosine_distance(u, v)), "asked is its cosine"),
        (
            "cosine",
            lambda u, v: np.arccos(1 - cosine_distance(u, v)) * 180 / np.pi,
            "in degrees; asked",
        ),
        ("pair_loss", lambda c, o, n: pair_loss(c, o, n) * np.log2(np.e), "Those are bits"),
        ("pair_loss", lambda c, o, n: -pair_loss(c, o, n), "A loss is positive"),
        ("pair_loss", lambda c, o, n: pair_loss(c, o, -n), "should score low"),
        ("pair_loss", lambda c, o, n: -np.log(expit(o @ c)), "drawn words are missing"),
        (
            "pair_loss",
            lambda c, o, n: [pair_loss(c, o, row[None]) for row in n],
            "is one number",
        ),
        (
            "pair_loss",
            lambda c, o, n: -np.log(expit(o @ c)) - np.log(expit(-(n @ c))).mean(),
            "sum, not mean",
        ),
        ("pair_loss", lambda c, o, n: -log_softmax(np.vstack([o, n]) @ c)[0], "yes or no"),
        ("pair_errors", lambda c, t: expit(t @ c), "take 1 away for the near word"),
        ("pair_errors", lambda c, t: -pair_errors(c, t), "The sign is turned"),
        ("pair_errors", lambda c, t: expit(t @ c) - 1, "the near word alone"),
        ("pair_errors", lambda c, t: np.log(expit(t @ c)), "No logarithm here"),
        ("pair_errors", lambda c, t: sum(pair_errors(c, t)), "don't add them up"),
        ("pair_errors", lambda c, t: pair_errors(-c, t), "sign in the exponent"),
        (
            "pair_errors",
            lambda c, t: t @ c - expit(t @ c) + pair_errors(c, t),
            "Those are scores",
        ),
        ("pair_gradients", lambda c, t: gradients(c, t)[::-1], "The two are swapped"),
        (
            "pair_gradients",
            lambda c, t: (gradients(c, t)[0], pair_errors(c, t) * c),
            "errors[:, None] * centre",
        ),
        (
            "pair_gradients",
            lambda c, t: (pair_errors(c, t)[:, None] * t, gradients(c, t)[1]),
            "sum its shares",
        ),
        ("pair_gradients", lambda c, t: gradients(c, t, 1 / len(t)), "don't average"),
        ("pair_gradients", lambda c, t: gradients(c, t, sign=-1.0), "leads up"),
        (
            "pair_gradients",
            lambda c, t: (gradients(c, t)[0], pair_errors(c, t)[:, None] * t),
            "the *other* vector",
        ),
        ("pair_gradients", lambda c, t: gradients(c, t)[0], "the centre's alone"),
        ("pair_gradients", lambda c, t: gradients(c, t)[1], "the targets' alone"),
        ("moved", moved_once, "moves it once"),
        ("moved", moved_rows_alone, "the two tables whole"),
        ("moved", moved_in_turn, "compute both first"),
        ("moved", moved_uphill, "Uphill"),
        ("moved", lambda a, b, c, t, r: moved(a, b, c, t, 1.0), "The rate is missing"),
        ("moved", lambda a, b, c, t, r: (moved(a, b, c, t, r)[0], b), "targets have not moved"),
        ("moved", lambda a, b, c, t, r: (a, moved(a, b, c, t, r)[1]), "centre has not moved"),
        ("walk", moved_from_the_start, "Only the last pair was learned"),
        ("walk", lambda a, b, p, d, r: walk(a, b, p[:1], d[:1], r), "inside the loop"),
        (
            "walk",
            lambda a, b, p, d, r: walk(a, b, np.stack([p[:, 0], d[:, 0]], 1), d[:, 1:], r),
            "The near word is missing",
        ),
        ("walk", near_word_last, "comes first among the targets"),
        ("walk", lambda a, b, p, d, r: walk(a, b, p[:, ::-1], d, r), "A pair is (centre, context)"),
        ("analogy", lambda t, a, b, c: nearest_without(t, t[a] - t[b] + t[c], ()), "of the quest"),
        (
            "analogy",
            lambda *given: scored_instead(0.0, *given),
            "A score of 0 can still be the best",
        ),
        ("analogy", lambda *given: scored_instead(-1.0, *given), "expected 4"),
        ("analogy", lambda t, *words: t[analogy(t, *words)], "asked is its number"),
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
