"""Exercises of notebook 19: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch

from lmteach.exercises import overfitting as check
from lmteach.models.dropout import inverted_dropout
from tests.exercises.saying import assert_right_and_blank, assert_told


def dropped_out(x, drawn, share):
    """The package's own."""
    kept = torch.tensor(drawn >= share)
    return inverted_dropout(torch.tensor(x), kept, share)


def by_torch(gradient, drawn, share):
    """What PyTorch sends back through the package's dropout."""
    x = torch.zeros(gradient.shape, dtype=torch.float64, requires_grad=True)
    inverted_dropout(x, torch.tensor(drawn >= share), share).backward(torch.tensor(gradient))
    return x.grad


def passes_made(losses, patience):
    for number in range(1, len(losses) + 1):
        first_best = losses.index(min(losses[:number])) + 1
        if number - first_best == patience:
            return number
    return len(losses)


RIGHT = {
    "dropped_out": dropped_out,
    "layer_output": lambda x, d, s, learning: dropped_out(x, d, s) if learning else x,
    "sent_back": lambda gradient, drawn, share: by_torch(gradient, drawn, share),
    "best_pass": lambda losses: losses.index(min(losses)) + 1,
    "passes_made": passes_made,
    "decayed_step": lambda w, g, rate, price: w - rate * (g + price * w),
    "promised_too_much": lambda a, b: max(a) - b[list(a).index(max(a))],
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def vain_from_the_first(losses):
    """The number of the best pass, and 0 if none was better than the first."""
    return 0 if min(losses) == losses[0] else losses.index(min(losses)) + 1


def learning_only(while_learning, while_judging):
    return lambda x, d, s, learning: (while_learning if learning else while_judging)(x, d, s)


def stops_when(is_vain, resets=True):
    """Counts the passes that are in vain, given the losses so far."""

    def made(losses, patience):
        waited = 0
        for number in range(2, len(losses) + 1):
            if is_vain(losses[:number]):
                waited += 1
            elif resets:
                waited = 0
            if waited == patience:
                return number
        return len(losses)

    return made


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("dropped_out", lambda x, d, s: np.where(d >= s, x, 0), "The scaling is missing"),
        (
            "dropped_out",
            lambda x, d, s: np.where(d >= s, x, 0) / s if s else x,
            "share that is dropped",
        ),
        ("dropped_out", lambda x, d, s: np.where(d < s, x, 0) / (1 - s), "you kept the others"),
        ("dropped_out", lambda x, d, s: np.where(d > s, x, 0) / (1 - s), "not above it"),
        ("dropped_out", lambda x, d, s: np.where(d >= s, x * (1 - s), 0), "Made smaller"),
        (
            "dropped_out",
            lambda x, d, s: np.where(d >= s, x, 0) / max(np.mean(d >= s), 0.1),
            "happened to be kept",
        ),
        ("dropped_out", lambda x, d, s: x[d >= s] / (1 - s), "stays in its place"),
        ("dropped_out", lambda x, d, s: np.where(d >= s, 1 / (1 - s), 0), "the mask, scaled"),
        ("dropped_out", lambda x, d, s: np.where(d >= s, 1, 0), "That is the mask:"),
        ("layer_output", lambda x, d, s, learning: x, "Nothing is dropped while it learns"),
        ("layer_output", lambda x, d, s, learning: dropped_out(x, d, s), "left on"),
        (
            "layer_output",
            learning_only(lambda x, d, s: x, dropped_out),
            "is it the other way round",
        ),
        (
            "layer_output",
            learning_only(dropped_out, lambda x, d, s: x * (1 - s)),
            "the mean fits already",
        ),
        (
            "layer_output",
            learning_only(dropped_out, lambda x, d, s: x / (1 - s)),
            "nothing has to be made up",
        ),
        (
            "layer_output",
            learning_only(lambda x, d, s: np.where(d >= s, x, 0), lambda x, d, s: x * (1 - s)),
            "scaling of step 1 is missing",
        ),
        (
            "layer_output",
            learning_only(lambda x, d, s: np.where(d >= s, x, 0), lambda x, d, s: x),
            "scaling of step 1 is missing",
        ),
        (
            "layer_output",
            learning_only(dropped_out, lambda x, d, s: np.zeros_like(x)),
            "all is kept",
        ),
        ("sent_back", lambda g, d, s: g, "had no say"),
        ("sent_back", lambda g, d, s: g / (1 - s), "had no say"),
        ("sent_back", lambda g, d, s: np.where(d >= s, g, 0), "by as much"),
        ("sent_back", lambda g, d, s: np.where(d >= s, g * (1 - s), 0), "the same factor"),
        ("sent_back", lambda g, d, s: np.where(d < s, g / (1 - s), 0), "The other way round"),
        ("sent_back", lambda g, d, s: np.where(d >= s, 1 / (1 - s), 0), "times the gradient"),
        ("best_pass", lambda losses: losses.index(min(losses)), "counted from 1"),
        ("best_pass", lambda losses: losses.index(max(losses)) + 1, "The greatest loss"),
        ("best_pass", min, "the loss itself"),
        (
            "best_pass",
            lambda losses: max(n for n, one in enumerate(losses, 1) if one == min(losses)),
            "the first",
        ),
        ("best_pass", len, "the last one"),
        (
            "best_pass",
            lambda ls: next((n for n in range(1, len(ls)) if ls[n] > ls[n - 1]), len(ls)),
            "The first rise",
        ),
        ("passes_made", lambda losses, patience: len(losses), "It never stops"),
        ("passes_made", lambda ls, p: passes_made(ls, p) - p, "That is the best pass"),
        ("passes_made", lambda ls, p: passes_made(ls, p) - 1, "one too few"),
        (
            "passes_made",
            stops_when(lambda ls: ls[-1] > min(ls[:-1]), resets=False),
            "begin again",
        ),
        ("passes_made", stops_when(lambda ls: ls[-1] > ls[-2]), "the best so far"),
        (
            "passes_made",
            lambda ls, p: min(len(ls), ls.index(min(ls)) + 1 + p),
            "isn't known yet",
        ),
        (
            "passes_made",
            stops_when(lambda ls: ls[-1] > min(ls[:-1])),
            "no new best",
        ),
        ("passes_made", lambda ls, p: passes_made(ls, p + 1), "One too many"),
        (
            "passes_made",
            lambda ls, p: next(
                (n for n in range(1, len(ls) + 1) if n - vain_from_the_first(ls[:n]) == p), len(ls)
            ),
            "begin with infinity",
        ),
        ("decayed_step", lambda w, g, rate, price: w - rate * g, "No decay yet"),
        ("decayed_step", lambda w, g, rate, price: w - price * w - rate * g, "times the rate"),
        (
            "decayed_step",
            lambda w, g, rate, price: w - rate * price * w + rate * g,
            "Uphill",
        ),
        (
            "decayed_step",
            lambda w, g, rate, price: w + rate * price * w - rate * g,
            "The weight grows",
        ),
        (
            "decayed_step",
            lambda w, g, rate, price: (w - rate * g) * (1 - rate * price),
            "The step shrinks, too",
        ),
        (
            "decayed_step",
            lambda w, g, rate, price: w - rate * price * w - g,
            "multiplied by the rate",
        ),
        ("decayed_step", lambda w, g, rate, price: w - rate * price * w, "does not step"),
        ("decayed_step", lambda w, g, rate, price: w - rate * (g + w), "by the rate alone"),
        (
            "decayed_step",
            lambda w, g, rate, price: w - rate * (g + 2 * price * w),
            "Twice too much",
        ),
        (
            "decayed_step",
            lambda w, g, rate, price: w - rate * (g + price * np.sign(w)),
            "the pull of L1",
        ),
        ("promised_too_much", lambda a, b: max(a) - max(b), "Two different networks"),
        (
            "promised_too_much",
            lambda a, b: a[np.argmax(b)] - max(b),
            "choose by `looked`",
        ),
        (
            "promised_too_much",
            lambda a, b: b[np.argmax(a)] - max(a),
            "The other way round",
        ),
        ("promised_too_much", lambda a, b: np.mean(a) - np.mean(b), "The mean over all"),
        ("promised_too_much", lambda a, b: np.max(a - b), "The greatest gap"),
        ("promised_too_much", lambda a, b: b[np.argmax(a)], "what it keeps"),
        (
            "promised_too_much",
            lambda a, b: max(a) - b[max(np.flatnonzero(a == max(a)))],
            "equally good, the first",
        ),
        ("promised_too_much", lambda a, b: max(a) - np.mean(b), "The mean of `fresh`"),
        (
            "promised_too_much",
            lambda a, b: 100 * (max(a) - b[np.argmax(a)]),
            "not in hundredths",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
