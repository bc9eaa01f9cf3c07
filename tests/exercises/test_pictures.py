"""Exercises of notebook 23: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch

from lmteach.exercises import pictures as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def unit_length(vectors):
    return torch.stack([vector / vector.square().sum().sqrt() for vector in vectors])


def similarity_table(pictures, texts, temperature):
    return unit_length(pictures) @ unit_length(texts).T / temperature


def loss_of_rows(logits):
    own = [logits[i, i] - logits[i].exp().sum().log() for i in range(len(logits))]
    return -sum(own) / len(own)


def symmetric_loss(pictures, texts, temperature):
    logits = similarity_table(pictures, texts, temperature)
    return (loss_of_rows(logits) + loss_of_rows(logits.T)) / 2


def cut(picture, patch):
    high, wide, _ = picture.shape
    return np.array(
        [
            picture[down : down + patch, right : right + patch].ravel()
            for down in range(0, high, patch)
            for right in range(0, wide, patch)
        ]
    )


def found_at(logits, k):
    best = logits.topk(k, dim=1).indices.tolist()
    return sum(i in row for i, row in enumerate(best)) / len(best)


RIGHT = {
    "unit_length": unit_length,
    "similarity_table": similarity_table,
    "loss_of_rows": loss_of_rows,
    "symmetric_loss": symmetric_loss,
    "cut": cut,
    "found_at": found_at,
}
WRONG = [
    ("unit_length", lambda v: v, "As long as before"),
    ("unit_length", lambda v: v / v.norm(), "each row has a length of its own"),
    ("unit_length", lambda v: v / v.norm(dim=0), "a vector is a row"),
    ("unit_length", lambda v: v / v.square().sum(dim=1, keepdim=True), "The root is missing"),
    ("unit_length", lambda v: v / v.sum(dim=1, keepdim=True), "Divided by the sum"),
    ("unit_length", lambda v: v.softmax(dim=1), "A softmax makes shares"),
    ("similarity_table", lambda p, t, c: p @ t.T, "And the temperature?"),
    ("similarity_table", lambda p, t, c: p @ t.T / c, "Long vectors would win"),
    ("similarity_table", lambda p, t, c: similarity_table(p, t, 1), "The temperature is missing"),
    ("similarity_table", lambda p, t, c: similarity_table(p, t, 1 / c), "so divide"),
    ("similarity_table", lambda p, t, c: similarity_table(t, p, c), "Turned over"),
    ("similarity_table", lambda p, t, c: similarity_table(p, t, c).softmax(1), "probabilities"),
    ("loss_of_rows", lambda x: -x.diag().mean(), "no log probabilities"),
    ("loss_of_rows", lambda x: loss_of_rows(x.T), "the loss of columns"),
    ("loss_of_rows", lambda x: (loss_of_rows(x) + loss_of_rows(x.T)) / 2, "Both directions"),
    ("loss_of_rows", lambda x: -x.softmax(dim=1).diag().mean(), "The logarithm is missing"),
    ("loss_of_rows", lambda x: -x.log_softmax(dim=1).mean(), "All columns?"),
    ("loss_of_rows", lambda x: len(x) * loss_of_rows(x), "That is the sum"),
    ("loss_of_rows", lambda x: -loss_of_rows(x), "The sign"),
    (
        "symmetric_loss",
        lambda p, t, c: loss_of_rows(similarity_table(p, t, c)),
        "Let texts look for pictures",
    ),
    (
        "symmetric_loss",
        lambda p, t, c: loss_of_rows(similarity_table(t, p, c)),
        "Let pictures look for texts",
    ),
    ("symmetric_loss", lambda p, t, c: 2 * symmetric_loss(p, t, c), "their sum"),
    ("symmetric_loss", lambda p, t, c: symmetric_loss(p, t, 1), "The temperature is missing"),
    ("cut", lambda p, n: p.reshape(-1, n * n * 3), "A reshape alone"),
    ("cut", lambda p, n: cut(p.transpose(1, 0, 2), n), "The patches go down first"),
    ("cut", lambda p, n: cut(p, n).T, "Turned over"),
    ("cut", lambda p, n: cut(p, n).reshape(-1, n, n, 3), "still a square"),
    ("found_at", lambda x, k: found_at(x.T, k), "Those are columns"),
    ("found_at", lambda x, k: found_at(-x, k), "The lowest are not the best"),
    ("found_at", lambda x, k: found_at(x, 1), "Always the first alone"),
    ("found_at", lambda x, k: found_at(x, k + 1), "One too many"),
    ("found_at", lambda x, k: len(x) * found_at(x, k), "The number of rows"),
]


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(("name", "wrong", "hint"), WRONG)
def test_likely_slips_are_named(name, wrong, hint):
    assert_told(check, name, wrong, hint)


def raw(pictures, texts, temperature):
    logits = pictures @ texts.T / temperature
    return (loss_of_rows(logits) + loss_of_rows(logits.T)) / 2


def from_itself(pictures, texts, temperature):
    both = [similarity_table(side, side, temperature) for side in (pictures, texts)]
    targets = (sum(both) / 2).softmax(dim=1)
    logits = similarity_table(pictures, texts, temperature)
    return -(targets * logits.log_softmax(dim=1)).sum(dim=1).mean()


def test_two_more_of_the_loss():
    assert_told(check, "symmetric_loss", raw, "not brought to length 1")
    assert_told(check, "symmetric_loss", from_itself, "the model's own likenesses")
