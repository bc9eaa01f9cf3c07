"""Exercises of notebook 07: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch

from lmteach.exercises import gates as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def sigmoid(z):
    return np.array([1 / (1 + math.exp(-one)) for one in np.atleast_1d(z)])


def lstm_step(sums, c):
    dim = len(c)
    i, f, g, o = (sums[k * dim : (k + 1) * dim] for k in range(4))
    new = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(new), new


def without_tanh(sums, c):
    h, new = lstm_step(sums, c)
    return h / np.tanh(new) * new, new


def reordered(sums, c, blocks):
    i, f, g, o = np.split(sums, 4)
    return lstm_step(np.concatenate([{"i": i, "f": f, "g": g, "o": o}[b] for b in blocks]), c)


def candidate_through_sigmoid(sums, c):
    i, f, g, o = np.split(sums, 4)
    new = sigmoid(f) * c + sigmoid(i) * sigmoid(g)
    return sigmoid(o) * np.tanh(new), new


def old_memory(sums, c):
    return sigmoid(np.split(sums, 4)[3]) * np.tanh(c), lstm_step(sums, c)[1]


def gru_step(seen, remembered, h):
    (a, b, n), (p, q, m) = np.split(seen, 3), np.split(remembered, 3)
    z = sigmoid(b + q)
    return z * h + (1 - z) * np.tanh(n + sigmoid(a + p) * m)


def gru_swapped(seen, remembered, h):
    (a, b, n), (p, q, m) = np.split(seen, 3), np.split(remembered, 3)
    z = sigmoid(b + q)
    return (1 - z) * h + z * np.tanh(n + sigmoid(a + p) * m)


def gru_reset_of_everything(seen, remembered, h):
    (a, b, n), (p, q, m) = np.split(seen, 3), np.split(remembered, 3)
    z = sigmoid(b + q)
    return z * h + (1 - z) * np.tanh(sigmoid(a + p) * (n + m))


def gru_without_reset(seen, remembered, h):
    (_, b, n), (_, q, m) = np.split(seen, 3), np.split(remembered, 3)
    z = sigmoid(b + q)
    return z * h + (1 - z) * np.tanh(n + m)


def gru_other_order(seen, remembered, h):
    def turned(row):
        r, z, n = np.split(row, 3)
        return np.concatenate([z, r, n])

    return gru_step(turned(seen), turned(remembered), h)


def forget_bias(steps, share):
    return -math.log(share ** (-1 / steps) - 1)


def lstm_parameters(inputs, dim):
    return sum(p.numel() for p in torch.nn.LSTM(inputs, dim).parameters())


RIGHT = {
    "lstm_step": lstm_step,
    "gru_step": gru_step,
    "forget_bias": forget_bias,
    "lstm_parameters": lstm_parameters,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def test_the_references_are_torchs():
    generator = torch.Generator().manual_seed(0)
    cell = torch.nn.LSTMCell(4, 4, dtype=torch.float64)
    x, h, c = torch.randn(3, 1, 4, dtype=torch.float64, generator=generator)
    sums = (x @ cell.weight_ih.T + cell.bias_ih + h @ cell.weight_hh.T + cell.bias_hh)[0]
    expected = [part[0].detach().numpy() for part in cell(x, (h, c))]
    np.testing.assert_allclose(lstm_step(sums.detach().numpy(), c[0].numpy()), expected)
    gru = torch.nn.GRUCell(4, 4, dtype=torch.float64)
    seen = (x @ gru.weight_ih.T + gru.bias_ih)[0].detach().numpy()
    remembered = (h @ gru.weight_hh.T + gru.bias_hh)[0].detach().numpy()
    found = gru_step(seen, remembered, h[0].numpy())
    np.testing.assert_allclose(found, gru(x, h)[0].detach().numpy())


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("lstm_step", lambda sums, c: lstm_step(sums, c)[::-1], "in the wrong order"),
        ("lstm_step", without_tanh, "through tanh: it is missing"),
        ("lstm_step", lambda sums, c: reordered(sums, c, "ifog"), "the output gate third"),
        ("lstm_step", lambda sums, c: reordered(sums, c, "figo"), "the forget gate first"),
        ("lstm_step", candidate_through_sigmoid, "The candidate went through a sigmoid"),
        ("lstm_step", old_memory, "made from the old memory"),
        ("gru_step", lambda seen, remembered, h: h, "nothing was written"),
        ("gru_step", gru_swapped, "the wrong way round"),
        ("gru_step", gru_reset_of_everything, "and not what is seen"),
        ("gru_step", gru_without_reset, "The reset gate is missing"),
        ("gru_step", gru_other_order, "reset and update are swapped"),
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
