"""Exercises of notebook 07: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch

from lmteach.exercises import gates as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def sigmoid(z):
    return np.array([1 / (1 + math.exp(-one)) for one in np.atleast_1d(z)])


def gate(x, h, W, U, b):
    rows = zip(W, U, b, strict=True)
    return [1 / (1 + math.exp(-(w.dot(x) + u.dot(h) + bias))) for w, u, bias in rows]


def four_blocks(sums):
    i, f, g, o = sums.reshape(4, -1)
    return sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)


def reordered(sums, blocks):
    of = dict(zip("ifgo", np.split(sums, 4), strict=True))
    return four_blocks(np.concatenate([of[block] for block in blocks]))


def tanh_last(sums):
    i, f, g, o = np.split(sums, 4)
    return sigmoid(i), sigmoid(f), sigmoid(g), np.tanh(o)


def memory_and_output(i, f, g, o, c):
    new = [f[k] * c[k] + i[k] * g[k] for k in range(len(c))]
    return [o[k] * math.tanh(new[k]) for k in range(len(c))], new


def lstm_step(x, h, c, W, U, b):
    cell = torch.nn.LSTMCell(len(x), len(h), dtype=torch.float64)
    numbers = {"weight_ih": W, "weight_hh": U, "bias_ih": b, "bias_hh": 0 * b}
    cell.load_state_dict({name: torch.tensor(n) for name, n in numbers.items()})
    x, h, c = (torch.tensor(one)[None] for one in (x, h, c))
    return [part[0] for part in cell(x, (h, c))]


def read_sequence(xs, W, U, b):
    layer = torch.nn.LSTM(W.shape[1], U.shape[1], dtype=torch.float64)
    numbers = {"weight_ih": W, "weight_hh": U, "bias_ih": b, "bias_hh": 0 * b}
    layer.load_state_dict({f"{name}_l0": torch.tensor(n) for name, n in numbers.items()})
    return layer(torch.tensor(xs.copy()))[0]


def steps(xs, W, U, b, keep_h=True, keep_c=True):
    h = c = np.zeros(U.shape[1])
    for x in xs:
        new_h, new_c = (part.detach().numpy() for part in lstm_step(x, h, c, W, U, b))
        yield new_h, new_c
        h, c = (new_h if keep_h else h), (new_c if keep_c else c)


def outputs(xs, W, U, b, **options):
    return np.array([h for h, _ in steps(xs, W, U, b, **options)])


def memories(xs, W, U, b):
    return np.array([c for _, c in steps(xs, W, U, b)])


def gru_of_2014(seen, h, U):
    dim = len(h)
    r = sigmoid(seen[:dim] + U[:dim] @ h)
    z = sigmoid(seen[dim : 2 * dim] + U[dim : 2 * dim] @ h)
    n = np.tanh(seen[2 * dim :] + U[2 * dim :] @ (r * h))
    return n + z * (h - n)


def gru_of_torch(seen, h, U):
    cell = torch.nn.GRUCell(1, len(h), bias=True, dtype=torch.float64)
    nothing = torch.zeros(len(seen), dtype=torch.float64)
    numbers = {"weight_ih": nothing[:, None], "weight_hh": torch.tensor(U)}
    cell.load_state_dict({**numbers, "bias_ih": torch.tensor(seen), "bias_hh": nothing})
    return cell(torch.zeros(1, 1, dtype=torch.float64), torch.tensor(h)[None])[0]


def gru_swapped(seen, h, U):
    z = sigmoid((seen + U @ h)[len(h) : 2 * len(h)])
    n = (gru_of_2014(seen, h, U) - z * h) / (1 - z)
    return (1 - z) * h + z * n


def gru_without_reset(seen, h, U):
    dim = len(h)
    z = sigmoid((seen + U @ h)[dim : 2 * dim])
    return z * h + (1 - z) * np.tanh((seen + U @ h)[2 * dim :])


def gru_other_order(seen, h, U):
    def turned(rows):
        r, z, n = np.split(rows, 3)
        return np.concatenate([z, r, n])

    return gru_of_2014(turned(seen), h, turned(U))


def forget_bias(steps, share):
    return -math.log(share ** (-1 / steps) - 1)


def lstm_parameters(inputs, dim):
    return sum(p.numel() for p in torch.nn.LSTM(inputs, dim).parameters())


RIGHT = {
    "gate": gate,
    "four_blocks": four_blocks,
    "memory_and_output": memory_and_output,
    "lstm_step": lstm_step,
    "read_sequence": read_sequence,
    "gru_of_2014": gru_of_2014,
    "forget_bias": forget_bias,
    "lstm_parameters": lstm_parameters,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("gate", lambda x, h, W, U, b: W @ x + U @ h + b, "Those are the sums"),
        ("gate", lambda x, h, W, U, b: np.tanh(W @ x + U @ h + b), "a share is a sigmoid"),
        ("gate", lambda x, h, W, U, b: gate(x, h, W, U, 0 * b), "The bias is missing"),
        ("gate", lambda x, h, W, U, b: gate(x, 0 * h, W, U, b), "doesn't look at h"),
        ("gate", lambda x, h, W, U, b: 1 - np.array(gate(x, h, W, U, b)), "The sign"),
        ("gate", lambda x, h, W, U, b: gate(x, h, W, U.T, b), "from the wrong side"),
        ("four_blocks", lambda sums: sums.reshape(4, -1), "Cut, and not squashed"),
        ("four_blocks", lambda sums: sigmoid(sums).reshape(4, -1), "through a sigmoid"),
        ("four_blocks", tanh_last, "the third block"),
        ("four_blocks", lambda sums: reordered(sums, "ifog"), "the output gate third"),
        ("four_blocks", lambda sums: reordered(sums, "figo"), "the forget gate first"),
        ("four_blocks", lambda sums: four_blocks(sums.reshape(-1, 4).T.ravel()), "comb"),
        ("memory_and_output", lambda *a: memory_and_output(*a)[::-1], "in the wrong order"),
        (
            "memory_and_output",
            lambda i, f, g, o, c: (o * (f * c + i * g), f * c + i * g),
            "through tanh: it is missing",
        ),
        (
            "memory_and_output",
            lambda i, f, g, o, c: (o * np.tanh(c), f * c + i * g),
            "made from the old memory",
        ),
        (
            "memory_and_output",
            lambda i, f, g, o, c: memory_and_output(f, i, g, o, c),
            "The gates are swapped",
        ),
        (
            "memory_and_output",
            lambda i, f, g, o, c: memory_and_output(1 - f, f, g, o, c),
            "as a GRU does",
        ),
        ("lstm_step", lambda x, h, c, W, U, b: (h, c), "Nothing was read"),
        ("lstm_step", lambda *a: lstm_step(*a)[::-1], "in the wrong order"),
        (
            "lstm_step",
            lambda x, h, c, W, U, b: memory_and_output(*four_blocks(W @ x + U @ c + b), c),
            "the last *output* h",
        ),
        (
            "lstm_step",
            lambda x, h, c, W, U, b: lstm_step(x, h, h, W, U, b),
            "and not the output h",
        ),
        (
            "lstm_step",
            lambda x, h, c, W, U, b: lstm_step(x, h, c, W, U, 0 * b),
            "The bias is missing",
        ),
        (
            "lstm_step",
            lambda x, h, c, W, U, b: lstm_step(x, h, c, W, 0 * U, b),
            "The gates don't look at h",
        ),
        ("read_sequence", lambda *a: outputs(*a)[-1], "the last output"),
        ("read_sequence", memories, "Those are the memories"),
        (
            "read_sequence",
            lambda *a: outputs(*a, keep_h=False, keep_c=False),
            "Each step starts from zeros",
        ),
        ("read_sequence", lambda *a: outputs(*a, keep_c=False), "The memory c is not carried"),
        ("read_sequence", lambda *a: outputs(*a, keep_h=False), "The output h is not carried"),
        ("gru_of_2014", lambda seen, h, U: h, "nothing was written"),
        ("gru_of_2014", gru_of_torch, "That is PyTorch's"),
        ("gru_of_2014", gru_swapped, "the wrong way round"),
        ("gru_of_2014", gru_without_reset, "The reset gate is missing"),
        ("gru_of_2014", gru_other_order, "reset and update are swapped"),
        ("forget_bias", lambda steps, share: share ** (1 / steps), "That is the gate"),
        ("forget_bias", lambda steps, share: math.log(share) / steps, "not ln f"),
        ("forget_bias", lambda steps, share: -forget_bias(steps, share), "The sign"),
        ("forget_bias", lambda steps, share: forget_bias(1, 1 - (1 - share) / steps), "a root"),
        ("forget_bias", lambda steps, share: forget_bias(1, share), "after one step"),
        ("lstm_parameters", lambda e, d: 4 * d * (e + d + 1), "two biases"),
        ("lstm_parameters", lambda e, d: 4 * d * (e + d), "The biases are missing"),
        ("lstm_parameters", lambda e, d: 3 * d * (e + d + 2), "four blocks, not three"),
        ("lstm_parameters", lambda e, d: d * (e + d + 2), "the plain cell"),
        ("lstm_parameters", lambda e, d: 4 * d * (e + 2), "meets the state is missing"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
