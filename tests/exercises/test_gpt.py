"""Exercises of notebook 13: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

from lmteach.exercises import gpt as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def next_token_loss(logits, ids):
    inputs, wanted = torch.as_tensor(np.array(logits))[:-1], torch.tensor(ids)[1:]
    return functional.cross_entropy(inputs, wanted).item()


def adam_step(gradient, m, v, step, lr):
    """PyTorch's own step, from the state that is asked for."""
    weight = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))
    optimizer = torch.optim.Adam([weight], lr=lr, betas=(0.9, 0.99))
    means = [torch.tensor(mean, dtype=torch.float64) for mean in (m, v)]
    optimizer.state[weight] = {
        "step": torch.tensor(float(step - 1)),
        "exp_avg": means[0],
        "exp_avg_sq": means[1],
    }
    weight.grad = torch.tensor(gradient, dtype=torch.float64)
    optimizer.step()
    state = optimizer.state[weight]
    return weight.item(), state["exp_avg"].item(), state["exp_avg_sq"].item()


def gpt_parameters(vocab, context, dim, layers):
    with torch.device("meta"):
        given = GPT2Config(
            vocab_size=vocab, n_positions=context, n_embd=dim, n_layer=layers, n_head=1
        )
        weights = GPT2LMHeadModel(given).transformer.parameters()  # the output layer is tied
    return sum(weight.numel() for weight in weights)


def training_seconds(parameters, tokens, flops):
    forward = 2 * parameters * tokens
    return (forward + 2 * forward) / flops


RIGHT = {
    "next_token_loss": next_token_loss,
    "adam_step": adam_step,
    "gpt_parameters": gpt_parameters,
    "training_seconds": training_seconds,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def losses(logits, ids):
    found = torch.as_tensor(np.array(logits)), torch.tensor(ids)
    return functional.cross_entropy(*found, reduction="none")


def uncorrected(gradient, m, v, step, lr):
    m, v = 0.9 * m + 0.1 * gradient, 0.99 * v + 0.01 * gradient**2
    return -lr * m / (v**0.5 + 1e-8), m, v


def swapped(gradient, m, v, step, lr):
    m, v = 0.99 * m + 0.01 * gradient, 0.9 * v + 0.1 * gradient**2
    return -lr * m / (1 - 0.99**step) / ((v / (1 - 0.9**step)) ** 0.5 + 1e-8), m, v


def without_root(gradient, m, v, step, lr):
    m, v = 0.9 * m + 0.1 * gradient, 0.99 * v + 0.01 * gradient**2
    return -lr * m / (1 - 0.9**step) / (v / (1 - 0.99**step) + 1e-8), m, v


def kept_corrected(gradient, m, v, step, lr):
    change, m, v = adam_step(gradient, m, v, step, lr)
    return change, m / (1 - 0.9**step), v / (1 - 0.99**step)


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("next_token_loss", lambda lo, i: losses(lo, i).mean().item(), "Not shifted"),
        ("next_token_loss", lambda lo, i: losses(lo[1:], i[:-1]).mean().item(), "the token before"),
        ("next_token_loss", lambda lo, i: losses(lo[:-1], i[1:]).sum().item(), "Take the mean"),
        (
            "next_token_loss",
            lambda lo, i: losses(lo[:-1], i[1:]).sum().item() / len(i),
            "T - 1 tokens",
        ),
        ("next_token_loss", lambda lo, i: -next_token_loss(lo, i), "minus sign"),
        ("next_token_loss", lambda lo, i: next_token_loss(lo, i) / math.log(2), "Take nats"),
        (
            "next_token_loss",
            lambda lo, i: -np.mean([lo[t][i[t + 1]] for t in range(len(i) - 1)]),
            "softmax is missing",
        ),
        ("adam_step", uncorrected, "began at 0"),
        ("adam_step", lambda g, m, v, s, lr: (-lr * g, *adam_step(g, m, v, s, lr)[1:]), "descent"),
        ("adam_step", swapped, "betas are swapped"),
        ("adam_step", without_root, "take its root"),
        (
            "adam_step",
            lambda *given: (-adam_step(*given)[0], *adam_step(*given)[1:]),
            "against the gradient",
        ),
        ("adam_step", kept_corrected, "Keep m and v as they are"),
        ("gpt_parameters", lambda v, c, d, n: 12 * n * d * d, "tables"),
        ("gpt_parameters", lambda v, c, d, n: 12 * n * d * d + (v + c) * d, "Biases and norms"),
        ("gpt_parameters", lambda *given: gpt_parameters(*given) - 2 * given[2], "before the out"),
        (
            "gpt_parameters",
            lambda *given: gpt_parameters(*given) + given[0] * given[2],
            "count it once",
        ),
        (
            "gpt_parameters",
            lambda *given: gpt_parameters(*given) - given[1] * given[2],
            "The positions are a table",
        ),
        (
            "gpt_parameters",
            lambda v, c, d, n: gpt_parameters(v, c, d, n) - 4 * n * d,
            "a gain and a bias",
        ),
        ("training_seconds", lambda n, d, f: 2 * n * d / f, "the way back"),
        ("training_seconds", lambda n, d, f: n * d / f, "used 6 times"),
        ("training_seconds", lambda n, d, f: 3 * n * d / f, "an addition"),
        ("training_seconds", lambda n, d, f: 6 * n * d // f, "a part of a second"),
        ("training_seconds", lambda n, d, f: 6 * n * d / f / 86_400, "Days"),
        ("training_seconds", lambda n, d, f: 6 * n * d / f / 3_600, "Hours"),
        ("training_seconds", lambda n, d, f: 6 * n * d * f, "*shorter*"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
