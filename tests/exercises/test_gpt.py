"""Exercises of notebook 13: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.models.gpt2.modeling_gpt2 import GPT2Block

from lmteach.exercises import gpt as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def loss_of_text(logits, ids):
    inputs, wanted = torch.as_tensor(np.array(logits))[:-1], torch.tensor(ids)[1:]
    return functional.cross_entropy(inputs, wanted).item()


def normed(x, gain, bias):
    given = (torch.tensor(part) for part in (x, gain, bias))
    x, gain, bias = given
    return functional.layer_norm(x, (x.shape[-1],), gain, bias, 1e-5).numpy()


def into_heads(x, heads):
    return np.stack(np.split(x, heads, axis=1))


def attend_to_past(q, k, v):
    rows = (torch.tensor(part) for part in (q, k, v))
    return functional.scaled_dot_product_attention(*rows, is_causal=True).numpy()


def feed_forward(x, W1, b1, W2, b2):
    wide = functional.gelu(torch.tensor(x @ W1 + b1), approximate="tanh")
    return wide.numpy() @ W2 + b2


def gpt2_block(x, w, heads):
    """Hugging Face's own block, with these weights."""
    dim = x.shape[1]
    given = GPT2Config(n_embd=dim, n_head=heads, attn_implementation="sdpa")
    block = GPT2Block(given, layer_idx=0).double().eval()
    block.load_state_dict({name: torch.tensor(weight) for name, weight in w.items()})
    with torch.no_grad():
        found = block(torch.tensor(x)[None])
    found = found[0] if isinstance(found, tuple) else found
    return found.reshape(x.shape).numpy()


def crooked_gelu(x):
    return 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * x + 0.044715 * x**3))


def joined_at_once(x, w, heads):
    """The block with (H, T, K) read off as (T, D)."""
    seen = normed(x, w["ln_1.weight"], w["ln_1.bias"])
    mapped = seen @ w["attn.c_attn.weight"] + w["attn.c_attn.bias"]
    mixed = attend_to_past(*(into_heads(part, heads) for part in np.split(mapped, 3, axis=1)))
    x = x + mixed.reshape(x.shape) @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"]
    names = ("mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias")
    return x + feed_forward(
        normed(x, w["ln_2.weight"], w["ln_2.bias"]), *(w[name] for name in names)
    )


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
    "normed": normed,
    "into_heads": into_heads,
    "attend_to_past": attend_to_past,
    "feed_forward": feed_forward,
    "gpt2_block": gpt2_block,
    "loss_of_text": loss_of_text,
    "gpt_parameters": gpt_parameters,
    "training_seconds": training_seconds,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def losses(logits, ids):
    found = torch.as_tensor(np.array(logits)), torch.tensor(ids)
    return functional.cross_entropy(*found, reduction="none")


def softmax(scores, axis=-1):
    return np.exp(scores) / np.exp(scores).sum(axis=axis, keepdims=True)


def masked(q, k, v, fill, root=True, axis=-1):
    scores = q @ k.transpose(0, 2, 1) / (q.shape[-1] ** 0.5 if root else 1)
    return softmax(np.where(np.tri(q.shape[1]) > 0, scores, fill), axis) @ v


def masked_late(q, k, v):
    return (softmax(q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5) * np.tri(q.shape[1])) @ v


def blind_to_itself(q, k, v):
    scores = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5
    with np.errstate(invalid="ignore"):
        return softmax(np.where(np.tri(q.shape[1], k=-1) > 0, scores, -np.inf)) @ v


def backwards(q, k, v):
    scores = q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5
    return softmax(np.where(np.tri(q.shape[1]).T > 0, scores, -np.inf)) @ v


def parallel(x, w, heads):
    """Both parts read the x that came in."""
    mapped = normed(x, w["ln_1.weight"], w["ln_1.bias"]) @ w["attn.c_attn.weight"]
    parts = np.split(mapped + w["attn.c_attn.bias"], 3, axis=1)
    mixed = np.concatenate(attend_to_past(*(into_heads(part, heads) for part in parts)), axis=1)
    wide = [w[f"mlp.{name}"] for name in ("c_fc.weight", "c_fc.bias")]
    narrow = [w[f"mlp.{name}"] for name in ("c_proj.weight", "c_proj.bias")]
    thought = feed_forward(normed(x, w["ln_2.weight"], w["ln_2.bias"]), *wide, *narrow)
    return x + mixed @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"] + thought


def altered(x, w, heads, norm=normed, path=1.0):
    """The block with another norm or path."""
    mapped = norm(x, w["ln_1.weight"], w["ln_1.bias"]) @ w["attn.c_attn.weight"]
    parts = np.split(mapped + w["attn.c_attn.bias"], 3, axis=1)
    mixed = np.concatenate(attend_to_past(*(into_heads(part, heads) for part in parts)), axis=1)
    x = path * x + mixed @ w["attn.c_proj.weight"] + w["attn.c_proj.bias"]
    wide = [
        w[f"mlp.{name}"] for name in ("c_fc.weight", "c_fc.bias", "c_proj.weight", "c_proj.bias")
    ]
    return path * x + feed_forward(norm(x, w["ln_2.weight"], w["ln_2.bias"]), *wide)


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("loss_of_text", lambda lo, i: losses(lo, i).mean().item(), "Not shifted"),
        ("loss_of_text", lambda lo, i: losses(lo[1:], i[:-1]).mean().item(), "the token before"),
        ("loss_of_text", lambda lo, i: losses(lo[:-1], i[1:]).sum().item(), "Take the mean"),
        (
            "loss_of_text",
            lambda lo, i: losses(lo[:-1], i[1:]).sum().item() / len(i),
            "T - 1 tokens",
        ),
        ("loss_of_text", lambda lo, i: -loss_of_text(lo, i), "minus sign"),
        ("loss_of_text", lambda lo, i: loss_of_text(lo, i) / math.log(2), "Take nats"),
        (
            "loss_of_text",
            lambda lo, i: -np.mean([lo[t][i[t + 1]] for t in range(len(i) - 1)]),
            "softmax is missing",
        ),
        (
            "loss_of_text",
            lambda lo, i: -np.log(softmax(np.array(lo)))[:-1][:, list(i[1:])].mean(),
            "every token at every place",
        ),
        (
            "loss_of_text",
            lambda lo, i: (
                -np.log(softmax(np.array(lo), axis=None)[np.arange(len(i) - 1), list(i[1:])]).mean()
            ),
            "over the vocabulary",
        ),
        ("normed", lambda x, g, b: g * (x - x.mean()) / np.sqrt(x.var() + 1e-5) + b, "by itself"),
        (
            "normed",
            lambda x, g, b: (
                g * (x - x.mean(1)[:, None]) / np.sqrt(x.var(1, ddof=1)[:, None] + 1e-5) + b
            ),
            "divides by D",
        ),
        (
            "normed",
            lambda x, g, b: g * (x - x.mean(1)[:, None]) / (x.std(1)[:, None] + 1e-5) + b,
            "under the root",
        ),
        ("normed", lambda x, g, b: normed(x, g / g, b - b), "Gain and bias"),
        ("normed", lambda x, g, b: normed(x, g, b - b), "bias is missing"),
        (
            "normed",
            lambda x, g, b: g * x / np.sqrt((x**2).mean(1)[:, None] + 1e-5) + b,
            "RMSNorm",
        ),
        ("into_heads", lambda x, heads: x.reshape(heads, len(x), -1), "the numbers are mixed"),
        ("into_heads", lambda x, heads: x.reshape(len(x), heads, -1), "the heads come first"),
        (
            "into_heads",
            lambda x, heads: np.stack([x[:, head::heads] for head in range(heads)]),
            "not every H-th",
        ),
        ("attend_to_past", lambda q, k, v: masked(q, k, v, -np.inf, root=False), "√K"),
        ("attend_to_past", lambda q, k, v: masked(q, k, v, 0), "not 0"),
        ("attend_to_past", lambda q, k, v: masked(q, k, v, -np.inf, axis=-2), "over the keys"),
        ("attend_to_past", masked_late, "mask the scores"),
        (
            "attend_to_past",
            lambda q, k, v: softmax(q @ k.transpose(0, 2, 1) / q.shape[-1] ** 0.5) @ v,
            "sees the future",
        ),
        ("attend_to_past", lambda q, k, v: attend_to_past(k, q, v), "swapped"),
        ("attend_to_past", blind_to_itself, "sees itself"),
        ("attend_to_past", backwards, "the past masked"),
        (
            "attend_to_past",
            lambda q, k, v: masked(q, k, v, -np.inf, axis=(0, 1, 2)),
            "a sum of its own",
        ),
        ("feed_forward", lambda x, a, b, c, d: (x @ a + b) @ c + d, "two maps are one"),
        ("feed_forward", lambda x, a, b, c, d: np.maximum(x @ a + b, 0) @ c + d, "That is ReLU"),
        ("feed_forward", lambda x, a, b, c, d: feed_forward(x, a, 0 * b, c, 0 * d), "has a bias"),
        ("feed_forward", lambda x, a, b, c, d: feed_forward(x, a, b, c, 0 * d), "second map"),
        ("feed_forward", lambda x, a, b, c, d: feed_forward(x, a, 0 * b, c, d), "first map"),
        ("feed_forward", lambda x, *more: x + feed_forward(x, *more), "without x here"),
        (
            "feed_forward",
            lambda x, a, b, c, d: crooked_gelu(x @ a + b) @ c + d,
            "a bracket is missing",
        ),
        ("gpt2_block", joined_at_once, "joined wrongly"),
        ("gpt2_block", lambda x, w, heads: x + 0, "where are the two parts"),
        ("gpt2_block", lambda x, w, heads: altered(x, w, heads, path=0.0), "is missing"),
        ("gpt2_block", lambda x, w, heads: altered(x, w, 1), "One head"),
        (
            "gpt2_block",
            lambda x, w, heads: altered(x, w, heads, norm=lambda x, *_: x),
            "what a norm has made",
        ),
        ("gpt2_block", parallel, "the first has made"),
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
        (
            "gpt_parameters",
            lambda v, c, d, n: gpt_parameters(v, c, d, n) - 2 * n * d,
            "two norms: 4 D",
        ),
        (
            "gpt_parameters",
            lambda v, c, d, n: gpt_parameters(v, c, d, n) - 9 * n * d,
            "The maps have biases",
        ),
        ("training_seconds", lambda n, d, f: 2 * n * d / f, "the way back"),
        ("training_seconds", lambda n, d, f: n * d / f, "used 6 times"),
        ("training_seconds", lambda n, d, f: 3 * n * d / f, "an addition"),
        ("training_seconds", lambda n, d, f: 6 * n * d // f, "a part of a second"),
        ("training_seconds", lambda n, d, f: 6 * n * d / f / 86_400, "Days"),
        ("training_seconds", lambda n, d, f: 6 * n * d / f / 3_600, "Hours"),
        ("training_seconds", lambda n, d, f: 6 * n * d / f / 31_536_000, "Years"),
        ("training_seconds", lambda n, d, f: 6 * n * d * f, "*shorter*"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
