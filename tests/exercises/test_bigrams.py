"""Exercises of notebook 01: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lmteach.exercises import bigrams as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def predict(W, before):
    return torch.softmax(W[before], dim=1)


def mean_surprise(probabilities, after):
    given = [row[b] for row, b in zip(probabilities, after, strict=True)]
    return -torch.stack(given).log().mean()


def step_down(W, before, after, rate):
    W = W.clone().requires_grad_()
    mean_surprise(predict(W, before), after).backward()
    return (W - rate * W.grad).detach()


def fit_network(before, after, vocab_size, rate, steps, emptied=True):
    W = torch.zeros(vocab_size, vocab_size, requires_grad=True)
    losses = []
    for _ in range(steps):
        loss = F.cross_entropy(W[before], after)
        loss.backward()
        losses.append(loss.item())
        with torch.no_grad():
            W -= rate * W.grad
        if emptied:
            W.grad = None
    return losses


def divided_by_everything(W, before):
    return W[before].exp() / W[before].exp().sum()


def gradient_of_the_sum(W, before, after, rate):
    W = W.clone().requires_grad_()
    F.cross_entropy(W[before], after, reduction="sum").backward()
    return W.detach() - rate * W.grad


def remembering_step(W, before, after, rate):
    W = W.clone().requires_grad_()
    F.cross_entropy(W[before], after).backward()
    return W - rate * W.grad


def walk_with_memory(before, after, vocab_size, rate, steps):
    W, losses = torch.zeros(vocab_size, vocab_size), []
    for _ in range(steps):
        losses.append(F.cross_entropy(W[before], after).item())
        W = remembering_step(W, before, after, rate)
    return losses


def step_without_backward(W, before, after, rate):
    W = W.clone().requires_grad_()
    F.cross_entropy(W[before], after)
    return W - rate * W.grad


def softmax_twice(W, before, after, rate):
    W = W.clone().requires_grad_()
    F.cross_entropy(predict(W, before), after).backward()
    return W.detach() - rate * W.grad


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
    "predict": predict,
    "mean_surprise": mean_surprise,
    "step_down": step_down,
    "fit_network": fit_network,
    "likeliest_next": lambda table, token: max(range(3), key=lambda b: table[token, b]),
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
        ("predict", lambda W, before: W[before], "the softmax is missing"),
        ("predict", lambda W, before: W[before].exp(), "Divide by the sum of the row"),
        ("predict", lambda W, before: torch.softmax(W[before], dim=0), "Each column sums to 1"),
        ("predict", lambda W, before: torch.softmax(W[:, before].T, dim=1), "columns of W"),
        ("predict", lambda W, before: torch.softmax(W[:, before], dim=1), "`W[:, before]`"),
        ("predict", lambda W, before: torch.softmax(W, dim=1), "All rows of W"),
        ("predict", divided_by_everything, "sum of everything"),
        ("predict", lambda W, before: W[before] / W[before].sum(1, True), "may be negative"),
        ("mean_surprise", lambda p, after: len(p) * mean_surprise(p, after), "The sum"),
        ("mean_surprise", lambda p, after: -mean_surprise(p, after), "The sign"),
        ("mean_surprise", lambda p, after: mean_surprise(p, after) / np.log(2), "bits"),
        ("mean_surprise", lambda p, after: -p[:, after].log().mean(), "(T, T)"),
        ("mean_surprise", lambda p, after: -p.log().mean(), "not the whole row"),
        ("mean_surprise", F.cross_entropy, "probabilities already"),
        (
            "mean_surprise",
            lambda p, after: -torch.log(p[range(len(after)), after].mean()),
            "logarithm of a mean",
        ),
        ("step_down", lambda W, before, after, rate: W.clone(), "did not move"),
        ("step_down", lambda W, b, a, rate: step_down(W, b, a, -rate), "Uphill"),
        ("step_down", lambda W, b, a, rate: step_down(W, b, a, 1), "rate is missing"),
        ("step_down", lambda W, b, a, rate: W - step_down(W, b, a, 1), "That is the gradient;"),
        ("step_down", gradient_of_the_sum, "gradient of the sum"),
        ("step_down", lambda W, b, a, rate: step_down(W, a, b, rate), "`before` picks the rows"),
        ("step_down", lambda W, b, a, rate: W - rate * W, "not W itself"),
        ("step_down", softmax_twice, "The softmax is taken twice"),
        ("step_down", step_without_backward, "until `.backward()` was called"),
        ("fit_network", walk_with_memory, "return its own with `.detach()`"),
        ("fit_network", lambda *given: fit_network(*given, emptied=False), "walks too far"),
        (
            "fit_network",
            lambda b, a, V, r, n: fit_network(b, a, V, r, n + 1)[1:],
            "after each step",
        ),
        ("fit_network", lambda b, a, V, r, n: fit_network(b, a, V, r, n + 1), "`steps` of them"),
        ("fit_network", lambda b, a, V, r, n: fit_network(b, a, V, 0, n), "never changes"),
        ("fit_network", lambda b, a, V, r, n: fit_network(b, a, V, -r, n), "The loss rises"),
        ("fit_network", lambda *given: fit_network(*given)[-1], "list of all"),
        ("count_trigrams", count_once, "at most once"),
        ("count_trigrams", count_in_threes, "not by three"),
        ("count_trigrams", lambda t, v: count_trigrams(t, v).transpose(2, 1, 0), "wrong way round"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
