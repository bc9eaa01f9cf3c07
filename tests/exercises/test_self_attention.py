"""Exercises of notebook 09: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
from scipy.special import softmax

from lmteach.exercises import self_attention as check
from lmteach.models.transformer.attention import scaled_dot_product_attention
from tests.exercises.saying import assert_right_and_blank, assert_told


def window_mask(time, width):
    return [[t - width < s <= t for s in range(time)] for t in range(time)]


def split_heads(x, heads):
    size = x.shape[1] // heads
    return np.array([x[:, head * size : (head + 1) * size] for head in range(heads)])


def attention(query, key, value):
    return scaled_dot_product_attention(*map(torch.tensor, (query, key, value)))[0].numpy()


RIGHT = {"window_mask": window_mask, "split_heads": split_heads, "attention": attention}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("window_mask", lambda t, w: np.tri(t, dtype=bool), "forget some"),
        ("window_mask", lambda t, w: ~np.array(window_mask(t, w)), "turn it"),
        ("window_mask", lambda t, w: np.array(window_mask(t, w)).T, "Rows look"),
        ("window_mask", lambda t, w: np.tri(t) - np.tri(t, k=-w - 1), "One too many"),
        ("window_mask", lambda t, w: np.tri(t, k=-1) - np.tri(t, k=-w - 1), "look at itself"),
        (
            "window_mask",
            lambda t, w: [[abs(a - b) < w for b in range(t)] for a in range(t)],
            "It looks ahead",
        ),
        ("window_mask", lambda t, w: print(end=""), "Is a `return` missing"),
        ("window_mask", lambda t, w: t / 0, "ZeroDivisionError"),
        ("split_heads", lambda x, h: x.reshape(h, x.shape[0], -1), "places are mixed up"),
        ("split_heads", lambda x, h: x.reshape(x.shape[0], h, -1), "swap the first two axes"),
        ("split_heads", lambda x, h: np.array([x[:, i::h] for i in range(h)]), "side by side"),
        ("split_heads", lambda x, h: np.repeat(x[None], h, axis=0), "all of the width"),
        ("attention", lambda q, k, v: softmax(q @ k.T, axis=1) @ v, "Divide the scores by √K"),
        ("attention", lambda q, k, v: softmax(q @ k.T / 4, axis=1) @ v, "not by its root"),
        (
            "attention",
            lambda q, k, v: softmax(q @ k.T / len(k) ** 0.5, axis=1) @ v,
            "not of the number of keys",
        ),
        ("attention", lambda q, k, v: softmax(q @ k.T / 2, axis=0) @ v, "axis -1"),
        ("attention", lambda q, k, v: softmax(q @ k.T / 2, axis=1), "mean of the values"),
        ("attention", lambda q, k, v: q @ k.T / 2 @ v, "softmax of each row is missing"),
        ("attention", lambda q, k, v: q @ k.T @ v, "divide them, and take the softmax"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
