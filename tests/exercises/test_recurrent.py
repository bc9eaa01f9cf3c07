"""Exercises of notebook 06: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from lmteach.exercises import recurrent as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def unroll(inputs, w_ih, w_hh, bias):
    layer = nn.RNN(w_ih.shape[1], len(w_hh), batch_first=True).double()
    numbers = {"weight_ih_l0": w_ih, "weight_hh_l0": w_hh, "bias_ih_l0": bias}
    state = {name: torch.tensor(array) for name, array in numbers.items()}
    layer.load_state_dict({**state, "bias_hh_l0": torch.zeros(len(bias))})
    return layer(torch.tensor(inputs)[None])[0][0].detach().numpy()


def one_step_back(gradient, state, w_hh):
    before = torch.zeros(len(state), dtype=torch.float64, requires_grad=True)
    bias = torch.atanh(torch.tensor(state))  # so that the state comes out, whatever was before
    after = torch.tanh(torch.tensor(w_hh) @ before + bias)
    (after @ torch.tensor(gradient)).backward()
    return before.grad.numpy()


def clipped(gradients, limit):
    weights = [nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in gradients]
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.grad = torch.tensor(gradient)
    norm = nn.utils.get_total_norm([weight.grad for weight in weights]).item()
    return [min(1, limit / norm) * weight.grad.numpy() for weight in weights]


RIGHT = {
    "unroll": unroll,
    "one_step_back": one_step_back,
    "clipped": clipped,
    "steps_until": lambda radius, share: math.floor(math.log(share, radius)) + 1,
}


def states(inputs, w_ih, w_hh, bias, squash=np.tanh, remember=1.0):
    h, found = np.zeros(len(w_hh)), []
    for x in inputs:
        h = squash(w_ih @ x + remember * w_hh @ h + bias)
        found.append(h)
    return np.array(found)


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
        ("unroll", lambda *a: states(*a, remember=0.0), "never used"),
        ("unroll", lambda *a: states(*a, squash=lambda z: z), "tanh of the sum"),
        ("unroll", lambda x, a, b, c: states(x, a, b.T, c), "from the wrong side"),
        ("unroll", lambda *a: states(*a)[-1], "the last state alone"),
        ("unroll", lambda *a: np.vstack([np.zeros(3), states(*a)]), "leave them out"),
        ("one_step_back", lambda g, h, w: w @ ((1 - h**2) * g), "its transpose leads back"),
        ("one_step_back", lambda g, h, w: w.T @ g, "The slope of tanh is missing"),
        ("one_step_back", lambda g, h, w: w.T @ (g / np.cosh(h) ** 2), "tanh taken twice"),
        ("one_step_back", lambda g, h, w: (1 - h**2) * (w.T @ g), "In the wrong order"),
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
