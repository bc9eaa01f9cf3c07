"""Exercises of notebook 09: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
from scipy.special import softmax
from torch import nn

from lmteach.exercises import self_attention as check
from lmteach.models.transformer.attention import scaled_dot_product_attention
from tests.exercises.saying import assert_right_and_blank, assert_told


def project(x, weight, bias):
    return [
        x @ rows.T + shift
        for rows, shift in zip(np.split(weight, 3), np.split(bias, 3), strict=True)
    ]


def split_heads(x, heads):
    size = x.shape[1] // heads
    return np.array([x[:, head * size : (head + 1) * size] for head in range(heads)])


def attend_in_heads(query, key, value, mask):
    return scaled_dot_product_attention(*map(torch.tensor, (query, key, value, mask)))[0]


def join_heads(x):
    return np.einsum("htk->thk", x).reshape(x.shape[1], -1)


def multi_head(x, in_weight, in_bias, out_weight, out_bias, heads, mask):
    layer = nn.MultiheadAttention(x.shape[1], heads).double()
    names = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
    given = map(torch.tensor, (in_weight, in_bias, out_weight, out_bias))
    layer.load_state_dict(dict(zip(names, given, strict=True)))
    places = torch.tensor(x)
    return layer(places, places, places, attn_mask=~torch.tensor(mask))[0]


def window_mask(time, width):
    return [[t - width < s <= t for s in range(time)] for t in range(time)]


RIGHT = {
    "project": project,
    "split_heads": split_heads,
    "attend_in_heads": attend_in_heads,
    "join_heads": join_heads,
    "multi_head": multi_head,
    "window_mask": window_mask,
}


def attended(query, key, value, mask, by=None, axis=-1, hidden=-np.inf):
    by = query.shape[-1] ** 0.5 if by is None else by
    scores = np.einsum("htk,hsk->hts", query, key) / by
    return softmax(np.where(mask, scores, hidden), axis=axis) @ value


def whole(mixed=True, shift=True, heads_of=lambda heads: heads, mask_of=lambda mask: mask):
    def wrong(x, in_weight, in_bias, out_weight, out_bias, heads, mask):
        out_weight = out_weight if mixed else np.eye(len(out_weight))
        out_bias = out_bias if shift else np.zeros_like(out_bias)
        rest = (out_weight, out_bias, heads_of(heads), mask_of(mask))
        return multi_head(x, in_weight, in_bias, *rest)

    return wrong


def in_order(*order):
    def wrong(x, in_weight, in_bias, *rest):
        weight, bias = (
            np.vstack([a.reshape(3, -1, a.size // len(a))[i] for i in order])
            for a in (in_weight, in_bias)
        )
        return multi_head(x, weight, bias[:, 0], *rest)

    return wrong


def joined_by_reshape(x, in_weight, in_bias, out_weight, out_bias, heads, mask):
    parts = (split_heads(part, heads) for part in project(x, in_weight, in_bias))
    return attend_in_heads(*parts, mask).numpy().reshape(x.shape) @ out_weight.T + out_bias


def less(what):
    def wrong(query, key, value, mask):
        scores = query @ key.swapaxes(1, 2) / query.shape[-1] ** 0.5
        powers = np.exp(np.where(mask, scores - what(scores, mask), -np.inf))
        return powers / powers.sum(axis=-1, keepdims=True) @ value

    return wrong


def overflowing(query, key, value, mask):
    powers = np.exp(np.where(mask, query @ key.swapaxes(1, 2) / query.shape[-1] ** 0.5, -np.inf))
    return powers / powers.sum(axis=-1, keepdims=True) @ value


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.filterwarnings("ignore:overflow", "ignore:invalid value")
@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("project", lambda x, w, b: x @ w.T + b, "cut it into three"),
        ("project", lambda x, w, b: project(x, w, 0 * b), "The bias is missing"),
        (
            "project",
            lambda x, w, b: [x @ w[i : i + 2] + b[i : i + 2] for i in (0, 2, 4)],
            "the wrong way round",
        ),
        (
            "project",
            lambda x, w, b: [(x @ w.T + b)[:, i::3] for i in range(3)],
            "not every third",
        ),
        ("project", lambda x, w, b: [project(x, w, b)[0]] * 3, "All three are the queries"),
        ("project", lambda x, w, b: project(x, w, b)[::-1], "The order is"),
        ("project", lambda x, w, b: (x @ w.T + b).reshape(3, *x.shape), "cut along the width"),
        ("split_heads", lambda x, h: x.reshape(h, x.shape[0], -1), "places are mixed up"),
        ("split_heads", lambda x, h: x.reshape(x.shape[0], h, -1), "swap the first two axes"),
        ("split_heads", lambda x, h: np.array([x[:, i::h] for i in range(h)]), "side by side"),
        ("split_heads", lambda x, h: np.repeat(x[None], h, axis=0), "all of the width"),
        ("split_heads", lambda x, h: np.array([m.T for m in split_heads(x, h)]), "(H, K, T)"),
        ("split_heads", lambda x, h: x.reshape(len(x), h, -1).swapaxes(1, 2), "(T, K, H)"),
        (
            "split_heads",
            lambda x, h: np.array_split(x, h) if len(x) % h == 0 else split_heads(x, h),
            "between places",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, mask, by=len(mask) ** 0.5),
            "how many places",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, mask, by=len(q) ** 0.5),
            "how many heads",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, mask | True),
            "The mask does nothing",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, ~mask | np.eye(len(mask), dtype=bool)),
            "where one *may* look",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, mask, hidden=0.0),
            "still gets a weight",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, np.eye(len(mask)), mask | True) * mask @ v,
            "after the softmax",
        ),
        ("attend_in_heads", lambda q, k, v, mask: attended(q, k, v, mask, by=1), "√K first"),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, mask, by=q.shape[-1]),
            "not by its root",
        ),
        ("attend_in_heads", lambda q, k, v, mask: attended(q, k, v, mask, by=6**0.5), "not of D"),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, v, mask, axis=-2),
            "axis -1",
        ),
        (
            "attend_in_heads",
            lambda q, k, v, mask: attended(q, k, np.eye(len(mask)), mask),
            "mean of the values",
        ),
        ("attend_in_heads", overflowing, "Large scores overflow"),
        (
            "attend_in_heads",
            less(lambda scores, mask: scores[:, mask].max()),
            "one maximum off all",
        ),
        (
            "attend_in_heads",
            less(lambda scores, mask: scores.max(axis=-1, keepdims=True)),
            "hide first",
        ),
        ("join_heads", lambda x: x.reshape(x.shape[1], -1), "places are mixed up"),
        ("join_heads", lambda x: np.einsum("htk->thk", x), "last two axes end to end"),
        (
            "join_heads",
            lambda x: np.stack([*x], axis=-1).reshape(x.shape[1], -1),
            "shuffled like cards",
        ),
        (
            "join_heads",
            lambda x: np.einsum("htk->hkt", x).reshape(x.shape[1], -1),
            "places and entries",
        ),
        ("join_heads", lambda x: sum(x), "You added the heads"),
        ("join_heads", lambda x: sum(x) / len(x), "A mean of the heads"),
        ("join_heads", lambda x: np.vstack([*x]), "one below the other"),
        ("multi_head", lambda x, *rest: x, "x itself"),
        ("multi_head", whole(mixed=False, shift=False), "joined and not mixed"),
        ("multi_head", whole(shift=False), "The bias of W_O is missing"),
        ("multi_head", whole(heads_of=lambda heads: 1), "one head of the whole width"),
        ("multi_head", whole(mask_of=lambda mask: mask | True), "hand it on"),
        (
            "multi_head",
            lambda x, w, b, out, *rest: multi_head(x, w, b, out.T.copy(), *rest),
            "W_O stands the wrong way round",
        ),
        ("multi_head", in_order(1, 0, 2), "Queries and keys"),
        ("multi_head", in_order(0, 2, 1), "Keys and values"),
        ("multi_head", joined_by_reshape, "see step 4"),
        ("window_mask", lambda t, w: np.tri(t, dtype=bool), "forget some"),
        ("window_mask", lambda t, w: ~np.array(window_mask(t, w)), "turn it"),
        ("window_mask", lambda t, w: np.array(window_mask(t, w)).T, "Rows look"),
        ("window_mask", lambda t, w: np.tri(t) - np.tri(t, k=-w - 1), "One too many"),
        ("window_mask", lambda t, w: np.tri(t) - np.tri(t, k=1 - w), "One too few"),
        ("window_mask", lambda t, w: np.tri(t, k=-1) - np.tri(t, k=-w - 1), "look at itself"),
        (
            "window_mask",
            lambda t, w: [[abs(a - b) < w for b in range(t)] for a in range(t)],
            "It looks ahead",
        ),
        (
            "window_mask",
            lambda t, w: [[a - b < w for b in range(t)] for a in range(t)],
            "It looks ahead",
        ),
        ("window_mask", lambda t, w: np.tri(t, k=-w, dtype=bool), "to be forgotten"),
        ("window_mask", lambda t, w: print(end=""), "Is a `return` missing"),
        ("window_mask", lambda t, w: t / 0, "ZeroDivisionError"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
