"""Exercises of notebook 17: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
from torch import nn

from lmteach.exercises import fine_tuning as check
from lmteach.models.lora.layers import LoRALinear, LowRank
from lmteach.training.answers import IGNORED, answer_batch
from tests.exercises.saying import assert_right_and_blank, assert_told


def filled(A, B, alpha):
    """The package's own adapter, with these numbers."""
    low_rank = LowRank(A.shape[1], len(B), rank=len(A), alpha=float(alpha)).double()
    with torch.no_grad():
        low_rank.lora_A.copy_(torch.tensor(A))
        low_rank.lora_B.copy_(torch.tensor(B))
    return low_rank


def layer(W, A, B, alpha):
    base = nn.Linear(W.shape[1], len(W), bias=False).double()
    base.weight.data = torch.tensor(W)
    layer = LoRALinear(base, rank=len(A), alpha=float(alpha))
    layer.low_rank = filled(A, B, alpha)
    return layer


def merged(W, A, B, alpha):
    one = layer(W, A, B, alpha)
    one.merge()
    return one.base.weight.detach().numpy()


def gradients(x, error, A, B, alpha):
    """By autograd, of the loss error · y."""
    low_rank = filled(A, B, alpha)
    (low_rank(torch.tensor(x)) @ torch.tensor(error)).backward()
    return low_rank.lora_A.grad.numpy(), low_rank.lora_B.grad.numpy()


RIGHT = {
    "starting_weights": lambda drawn, outputs: (
        np.interp(drawn, [0, 1], np.array([-1, 1]) / drawn.shape[1] ** 0.5),
        np.zeros((outputs, drawn.shape[0])),
    ),
    "detour": lambda x, A, B, alpha: filled(A, B, alpha)(torch.tensor(x)).detach().numpy(),
    "adapted": lambda x, W, A, B, alpha: layer(W, A, B, alpha)(torch.tensor(x)).detach().numpy(),
    "merged": merged,
    "trained_numbers": lambda sizes, rank: sum(
        weight.numel()
        for outputs, inputs in sizes
        for weight in LowRank(inputs, outputs, rank).parameters()
    ),
    "gradients": gradients,
    "answer_targets": lambda prompt, answer: answer_batch([prompt], [answer])[1][0].tolist(),
    "bytes_to_train": lambda frozen, trained: frozen * 2 + trained * (4 + 4 + 4 + 4),
    "leaked": lambda train, test: np.isin([q for q, _ in test], [q for q, _ in train]).mean(),
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def test_nothing_is_asked_where_the_package_asks_nothing():
    assert IGNORED == -100


def starting(scaled):
    return lambda drawn, outputs: (scaled(drawn), np.zeros((outputs, len(drawn))))


def counted(one):
    return lambda sizes, rank: sum(one(outputs, inputs, rank) for outputs, inputs in sizes)


def moved(one):
    return lambda x, error, A, B, alpha: one(*gradients(x, error, A, B, alpha))


def by_hand(one):
    """Of both gradients without their scale, x, the error and the scale."""
    return lambda x, error, A, B, alpha: one(
        np.outer(B.T @ error, x), np.outer(error, A @ x), x, error, alpha / len(A)
    )


def shared(what):
    """The share of test whose question, or answer, stands in train."""
    return lambda train, test: np.mean([what(one) in [*map(what, train)] for one in test])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("starting_weights", starting(np.copy), "as it was drawn"),
        ("starting_weights", starting(lambda d: d * 2 - 1), "divide by the root"),
        ("starting_weights", starting(lambda d: d / d.shape[1] ** 0.5), "no negative numbers"),
        ("starting_weights", starting(lambda d: (d * 2 - 1) / len(d) ** 0.5), "root of the rank"),
        ("starting_weights", starting(lambda d: (d * 2 - 1) / d.shape[1]), "by its root"),
        (
            "starting_weights",
            lambda d, n: ((2 * d - 1) / d.shape[1] ** 0.5, np.zeros((len(d), n))),
            "on its side",
        ),
        (
            "starting_weights",
            lambda d, n: (np.zeros(d.shape), np.ones((n, len(d)))),
            "A is random and B is 0",
        ),
        ("detour", lambda x, A, B, alpha: x @ A.T @ B.T * alpha, "Not divided by the rank"),
        ("detour", lambda x, A, B, alpha: x @ (B @ A).T, "The scale is missing"),
        ("detour", lambda x, A, B, alpha: x @ (B @ A).T / len(A), "α is missing"),
        ("detour", lambda x, A, B, alpha: x @ A.T @ B.T * alpha / A.shape[1], "rows of A"),
        ("detour", lambda x, A, B, alpha: x @ A.T @ B.T * alpha / len(B), "number of outputs"),
        ("detour", lambda x, A, B, alpha: x @ A.T @ B.T * alpha / len(A) ** 0.5, "rsLoRA"),
        ("detour", lambda x, A, B, alpha: x @ A.T * alpha / len(A), "A x alone"),
        ("adapted", lambda x, W, A, B, alpha: x @ W.T, "the map alone"),
        ("adapted", lambda x, W, A, B, alpha: x @ (B @ A).T * alpha / len(A), "detour alone"),
        ("adapted", lambda x, W, A, B, alpha: x @ (W + B @ A).T * alpha / len(A), "scaled, too"),
        ("adapted", lambda x, W, A, B, alpha: x @ (W + alpha * B @ A).T, "Not divided"),
        ("adapted", lambda x, W, A, B, alpha: x @ (W + B @ A).T, "The scale is missing"),
        ("adapted", lambda x, W, A, B, a: x @ (W - a / len(A) * B @ A).T, "Subtracted"),
        ("merged", lambda W, A, B, alpha: W + B @ A, "The scale is missing"),
        ("merged", lambda W, A, B, alpha: W + B @ A * alpha, "Not divided"),
        ("merged", lambda W, A, B, alpha: W + B @ A * alpha / A.shape[1], "number of inputs"),
        ("merged", lambda W, A, B, alpha: B @ A * alpha / len(A), "W is missing"),
        ("merged", lambda W, A, B, alpha: 2 * W - merged(W, A, B, alpha), "take an adapter out"),
        ("trained_numbers", counted(lambda m, n, r: m * n), "the maps themselves"),
        ("trained_numbers", counted(lambda m, n, r: m + n), "times the rank"),
        ("trained_numbers", counted(lambda m, n, r: n * r), "A alone"),
        ("trained_numbers", counted(lambda m, n, r: m * r), "B alone"),
        ("trained_numbers", counted(lambda m, n, r: m * n * r), "don't multiply"),
        ("trained_numbers", counted(lambda m, n, r: m * n + r * (m + n)), "frozen"),
        ("trained_numbers", lambda sizes, r: r * sum(sizes[0]), "first map alone"),
        ("trained_numbers", lambda sizes, r: r * sum(sizes[-1]), "last map alone"),
        ("gradients", moved(lambda a, b: (b, a)), "A's first"),
        ("gradients", moved(lambda a, b: (a.T, b.T)), "shape of its weight"),
        ("gradients", moved(lambda a, b: (-a, -b)), "sign of a step"),
        ("gradients", by_hand(lambda a, b, x, error, s: (a, s * b)), "A's gradient is without"),
        ("gradients", by_hand(lambda a, b, x, error, s: (s * a, b)), "B's gradient is without"),
        ("gradients", by_hand(lambda a, b, x, error, s: (s * s * a, s * s * b)), "comes in twice"),
        (
            "gradients",
            by_hand(lambda a, b, x, error, s: (s * np.outer(error, x), s * b)),
            "to A through B",
        ),
        (
            "gradients",
            by_hand(lambda a, b, x, error, s: (s * a, s * np.outer(error, x))),
            "it reads A x",
        ),
        ("answer_targets", lambda p, a: [-100 for _ in p] + a, "One place too many"),
        ("answer_targets", lambda p, a: [-100 for _ in p] + a[1:], "first token is asked for"),
        ("answer_targets", lambda p, a: (p + a)[1:], "The question is asked for, too"),
        ("answer_targets", lambda p, a: [0 for _ in p[1:]] + a, "0 is a token"),
        ("answer_targets", lambda p, a: [-100 for _ in p[1:]] + a[:-1], "learns to stop"),
        ("answer_targets", lambda p, a: a, "places of the prompt"),
        ("bytes_to_train", lambda n, m: n * 2 + m * 4, "trained weights alone"),
        ("bytes_to_train", lambda n, m: n * 2 + m * 8, "Half is missing"),
        ("bytes_to_train", lambda n, m: n * 2 + m * 12, "One of four"),
        ("bytes_to_train", lambda n, m: (n + m) * 16, "has no gradient"),
        ("bytes_to_train", lambda n, m: n * 4 + m * 16, "two bytes each"),
        ("bytes_to_train", lambda n, m: m * 16, "lie in memory, too"),
        ("bytes_to_train", lambda n, m: (n + m) * 2 + m * 16, "on top of the frozen"),
        ("leaked", lambda a, b: len({*a} & {*b}) / len(b), "compare questions"),
        ("leaked", lambda a, b: len({*dict(a)} & {*dict(b)}) / len(dict(b)), "twice"),
        ("leaked", shared(lambda pair: pair[0].casefold()), "Letter for letter"),
        ("leaked", shared(lambda pair: pair[1]), "compares the answers"),
        ("leaked", lambda a, b: 100 * sum(q in dict(a) for q, _ in b) / len(b), "In per cent"),
        ("leaked", lambda a, b: len({q for q, _ in a} & {q for q, _ in b}) / len(b), "twice"),
        ("leaked", lambda a, b: sum(q in dict(a) for q, _ in b), "which share"),
        ("leaked", lambda a, b: sum(q in dict(a) for q, _ in b) / len(a), "size of train"),
        ("leaked", lambda a, b: sum(q not in dict(a) for q, _ in b) / len(b), "does not leak"),
        ("leaked", lambda a, b: sum(q in dict(b) for q, _ in a) / len(a), "stands in test"),
    ],
)
def test_likely_mistakes_are_told(name, wrong, hint):
    assert_told(check, name, wrong, hint)


def test_at_first_a_has_no_gradient():
    a, b = gradients(np.ones(3), np.ones(2), np.ones((1, 3)), np.zeros((2, 1)), 1.0)
    assert not a.any()
    assert b.all()
