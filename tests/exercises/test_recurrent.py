"""Exercises of notebook 06: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmteach.exercises import recurrent as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def rnn(inputs, w_ih, w_hh, bias):
    layer = nn.RNN(w_ih.shape[1], len(w_hh), batch_first=True).double()
    numbers = {"weight_ih_l0": w_ih, "weight_hh_l0": w_hh, "bias_ih_l0": bias}
    state = {name: torch.tensor(array) for name, array in numbers.items()}
    layer.load_state_dict({**state, "bias_hh_l0": torch.zeros(len(bias))})
    return layer(torch.tensor(inputs)[None])[0][0].detach().numpy()


def states_of(inputs, w_ih, w_hh, bias):
    return np.vstack([np.zeros(len(w_hh)), rnn(inputs, w_ih, w_hh, bias)])


def errors(logits, targets):
    leaf = torch.tensor(logits, requires_grad=True)
    F.cross_entropy(leaf, torch.tensor(targets)).backward()
    return leaf.grad.numpy()


def one_step_back(arriving, share, state, w_hh):
    before = torch.zeros(len(state), dtype=torch.float64, requires_grad=True)
    bias = torch.atanh(torch.tensor(state))  # so that the state comes out, whatever was before
    sums = torch.tensor(w_hh) @ before + bias
    loss = torch.tanh(sums) @ torch.tensor(arriving + share)
    delta, back = torch.autograd.grad(loss, [sums, before])
    return delta.numpy(), back.numpy()


def walk_back(shares, states, w_hh):
    sums = [torch.atanh(torch.tensor(state)).requires_grad_() for state in states[1:]]
    h, loss = torch.tensor(states[0]), torch.zeros(())
    for t, total in enumerate(sums):  # each step's own sum, moved by what the state before brings
        h = torch.tanh(total + torch.tensor(w_hh) @ (h - torch.tensor(states[t])))
        loss = loss + h @ torch.tensor(shares[t])
    return torch.stack(torch.autograd.grad(loss, sums)).numpy()


def collected(deltas, inputs, states):
    by_ih = sum(np.outer(deltas[t], inputs[t]) for t in range(len(deltas)))
    by_hh = sum(np.outer(deltas[t], states[t]) for t in range(len(deltas)))
    return by_ih, by_hh, sum(deltas)


def clipped(gradients, limit):
    weights = [nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients]
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(gradient)
    norm = nn.utils.get_total_norm([weight.grad for weight in weights]).item()
    return [min(1, limit / norm) * weight.grad.numpy() for weight in weights]


RIGHT = {
    "states_of": states_of,
    "errors": errors,
    "one_step_back": one_step_back,
    "walk_back": walk_back,
    "collected": collected,
    "gradients": lambda *given: whole(*given),
    "clipped": clipped,
    "steps_until": lambda radius, share: math.floor(math.log(share, radius)) + 1,
}


def states(inputs, w_ih, w_hh, bias, squash=np.tanh, remember=1.0):
    h, found = np.zeros(len(w_hh)), [np.zeros(len(w_hh))]
    for x in inputs:
        h = squash(w_ih @ x + remember * w_hh @ h + bias)
        found.append(h)
    return np.array(found)


def softmax_over_time(logits, targets):
    chances = torch.softmax(torch.tensor(logits), dim=0).numpy()
    chances[np.arange(len(targets)), targets] -= 1
    return chances / len(targets)


def softmax_over_all(logits, targets):
    chances = torch.softmax(torch.tensor(logits).flatten(), dim=0).numpy().reshape(logits.shape)
    return chances / len(targets) - hits(logits, targets)


def hits(logits, targets):
    found = np.zeros(logits.shape)
    found[np.arange(len(targets)), targets] = 1 / len(targets)
    return found


def deltas(shares, states, w_hh, slope_of=1, keep=1.0):
    found, arriving = [], np.zeros(len(w_hh))
    for t in range(len(shares) - 1, -1, -1):
        found.insert(0, (1 - states[t + slope_of] ** 2) * (shares[t] + arriving))
        arriving = keep * w_hh.T @ found[0]
    return np.array(found)


def deltas_from_the_start(shares, states, w_hh):
    found, arriving = [], np.zeros(len(w_hh))
    for share, state in zip(shares, states[1:], strict=True):
        found.append((1 - state**2) * (share + arriving))
        arriving = w_hh.T @ found[-1]
    return found


def whole(inputs, targets, w_ih, w_hh, bias, w_ho, keep=1.0, met=slice(1, None)):
    kept = states(inputs, w_ih, w_hh, bias)
    wrong = errors(kept[1:] @ w_ho.T, targets)
    found = deltas(wrong @ w_ho, kept, w_hh, keep=keep)
    return *collected(found, inputs, kept), wrong.T @ kept[met]


def pair(delta, w_hh):
    return delta, w_hh.T @ delta


def entry_by_entry(gradients, limit):
    return [np.clip(gradient, -limit, limit) for gradient in gradients]


def array_by_array(gradients, limit):
    return [g * min(1, limit / np.linalg.norm(g)) for g in gradients]


def always(gradients, limit):
    return [g * limit / np.linalg.norm(np.concatenate(gradients)) for g in gradients]


def of_vectors(gradients, limit):
    norm = math.sqrt(sum(sum(gradient**2) for gradient in gradients))
    return [gradient * min(1, limit / norm) for gradient in gradients]


def to_one(gradients, limit):
    return always(gradients, 1.0)


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("states_of", lambda *a: states(*a, remember=0.0), "never used"),
        ("states_of", lambda *a: states(*a, squash=lambda z: z), "tanh of the sum"),
        ("states_of", lambda x, a, b, c: states(x, a, b.T, c), "from the wrong side"),
        ("states_of", lambda *a: states(*a)[-1], "the last state alone"),
        ("states_of", lambda *a: states(*a)[1:], "zeros at the start are missing"),
        ("errors", lambda z, y: errors(z, y) * len(y), "divide by the number of steps"),
        ("errors", lambda z, y: -errors(z, y), "The sign is turned"),
        ("errors", lambda z, y: torch.softmax(torch.tensor(z), dim=1), "take 1 away"),
        ("errors", lambda z, y: torch.softmax(torch.tensor(z), dim=1) / len(y), "take 1 away"),
        ("errors", softmax_over_time, "The softmax runs over time"),
        ("errors", softmax_over_all, "over all steps at once"),
        (
            "errors",
            lambda z, y: errors(z, y) - (np.bincount(y, minlength=4) > 0) / len(y) + hits(z, y),
            "from whole columns",
        ),
        ("errors", lambda z, y: F.cross_entropy(*map(torch.tensor, (z, y))), "That is the loss"),
        (
            "one_step_back",
            lambda a, s, h, w: ((1 - h**2) * (a + s), w @ ((1 - h**2) * (a + s))),
            "its transpose leads back",
        ),
        ("one_step_back", lambda a, s, h, w: pair(a + s, w), "The slope of tanh is missing"),
        (
            "one_step_back",
            lambda a, s, h, w: pair((a + s) / np.cosh(h) ** 2, w),
            "tanh taken twice",
        ),
        ("one_step_back", lambda a, s, h, w: pair((1 - h**2) * a, w), "own share is missing"),
        ("one_step_back", lambda a, s, h, w: pair((1 - h**2) * a + s, w), "The share goes"),
        ("one_step_back", lambda a, s, h, w: pair((1 - h**2) * s + a, w), "What arrives goes"),
        ("one_step_back", lambda a, s, h, w: pair((1 - h) ** 2 * (s + a), w), "not (1 - state)²"),
        ("one_step_back", lambda a, s, h, w: one_step_back(w.T @ a, s, h, w), "met twice"),
        ("one_step_back", lambda *a: one_step_back(*a)[::-1], "The two are swapped"),
        ("walk_back", lambda *a: deltas(*a, keep=0.0), "Nothing arrives from later"),
        ("walk_back", lambda *a: deltas(*a, slope_of=0), "states[t + 1]"),
        ("walk_back", lambda *a: deltas(*a)[::-1], "asked is the order of time"),
        ("walk_back", deltas_from_the_start, "what arrives comes from later"),
        (
            "collected",
            lambda d, x, h: (d.T @ x, d.T @ h[1:], d.sum(0)),
            "met the state before the step",
        ),
        ("collected", lambda d, x, h: (x.T @ d, h[:-1].T @ d, d.sum(0)), "Transposed"),
        ("collected", lambda d, x, h: (d.T @ x, d.T @ h[:-1], d.mean(0)), "sum, not mean"),
        ("collected", lambda d, x, h: (d.T @ x, d.T @ h[:-1]), "the bias has one, too"),
        ("gradients", lambda *a: whole(*a, keep=0.0), "No gradient goes back in time"),
        ("gradients", lambda *a: whole(*a, met=slice(0, -1)), "w_ho met the state after"),
        (
            "gradients",
            lambda x, y, *a: [len(y) * slope for slope in whole(x, y, *a)],
            "asked is their mean",
        ),
        ("gradients", lambda *a: whole(*a)[:3], "w_ho has one, too"),
        ("clipped", entry_by_entry, "bends the direction"),
        ("clipped", array_by_array, "One norm for all"),
        ("clipped", always, "leave it as it is"),
        ("clipped", to_one, "whatever the limit"),
        ("clipped", of_vectors, "your code raised"),
        ("steps_until", lambda r, s: math.log(s) / math.log(r), "whole number"),
        ("steps_until", lambda r, s: int(math.log(s) / math.log(r)), "Rounded down"),
        ("steps_until", lambda r, s: math.ceil(math.log(s) / math.log(r)), "when *less* is"),
        ("steps_until", lambda r, s: math.ceil((1 - s) / (1 - r)), "it is a power"),
        ("steps_until", lambda r, s: math.ceil(-math.log(s)), "logarithm of the radius"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)


@pytest.mark.parametrize(
    "odd", [lambda gradients, limit: 3.0, lambda gradients, limit: gradients[0]]
)
def test_an_answer_of_another_kind_is_shown_as_it_is(odd):
    assert "expected [[1.5, -3.0], [1.0]]" in repr(check.clipped(odd))


def test_a_clipping_in_place_does_not_confuse_the_check():
    def in_place(gradients, limit):
        norm = math.sqrt(sum((gradient**2).sum() for gradient in gradients))
        for gradient in gradients:
            gradient *= min(1.0, limit / norm)
        return gradients

    verdict = check.clipped(in_place)
    assert verdict.right
    assert verdict.caution.startswith("you changed `gradients` in place")


def test_the_gradients_asked_for_are_those_of_pushing_each_weight():
    drawn = np.random.default_rng(0)
    weights = [drawn.normal(size=shape) for shape in ((3, 2), (3, 3), (3,), (4, 3))]
    inputs, targets = drawn.normal(size=(5, 2)), np.array([0, 3, 1, 2, 2])

    def loss(numbers):
        logits = rnn(inputs, *numbers[:3]) @ numbers[3].T
        return F.cross_entropy(torch.tensor(logits), torch.tensor(targets)).item()

    found = check._by_autograd(inputs, targets, *weights)
    for which, weight in enumerate(weights):
        for place in np.ndindex(weight.shape):
            pushed = []
            for step in (1e-5, -1e-5):
                moved = [number.copy() for number in weights]
                moved[which][place] += step
                pushed.append(loss(moved))
            assert found[which][place] == pytest.approx((pushed[0] - pushed[1]) / 2e-5, abs=1e-8)
