"""Exercises of notebook 11: right answers pass, likely wrong ones are told what is wrong."""

import math

import pytest
import torch
from scipy.stats import entropy
from torch import nn
from torch.nn.functional import cross_entropy, layer_norm

from lmteach.exercises import transformer as check
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import DecoderLayer, TransformerConfig
from lmteach.text.tokenizers.vocabulary import END, START
from tests.exercises.saying import assert_right_and_blank, assert_told


def sides(tokens):
    both = torch.tensor([START, *tokens, END])
    return both[:-1].tolist(), both[1:].tolist()


def lowest_loss(vocab, smoothing):
    """PyTorch's loss with smoothing, for a model that says just what is asked of it."""
    asked = torch.full((1, vocab), smoothing / vocab, dtype=torch.float64)
    asked[0, 0] += 1 - smoothing
    found = cross_entropy(asked.log(), torch.tensor([0]), label_smoothing=smoothing)
    assert found.item() == pytest.approx(entropy(asked[0].numpy()), rel=1e-12)
    return found.item()


def add_and_norm(x, change, gain, bias):
    return gain * layer_norm(x + change, gain.shape) + bias


def own_mask(real):
    batch, time = real.shape
    may = torch.zeros(batch, time, time, dtype=torch.bool)
    for row in range(time):
        may[:, row, : row + 1] = real[:, : row + 1]
    return may


def across(x, memory, real, attend):
    return torch.stack(
        [
            attend(x[i : i + 1], memory[i : i + 1, real[i]], memory[i : i + 1, real[i]], None)[0]
            for i in range(len(x))
        ]
    )


def decoder_layer(x, memory, target_real, source_real, parts):
    changes = (
        lambda x: parts.look(x, x, own_mask(target_real)),
        lambda x: parts.look_across(x, memory, source_real[:, None]),
        parts.think,
    )
    for change, (gain, bias) in zip(changes, parts.norms, strict=True):
        x = add_and_norm(x, change(x), gain, bias)
    return x


RIGHT = {
    "add_and_norm": add_and_norm,
    "own_mask": own_mask,
    "across": across,
    "decoder_layer": decoder_layer,
    "sides": sides,
    "lowest_loss": lowest_loss,
}


def test_parts_make_the_layer_that_they_were_taken_from():
    layer = DecoderLayer(TransformerConfig(dim=8, heads=2, feed_forward_dim=16, dropout=0.0))
    x, memory = torch.randn(2, 3, 8), torch.randn(2, 5, 8)
    target_real = torch.tensor([[True, True, True], [True, False, False]])
    source_real = torch.tensor([[True] * 5, [True] * 2 + [False] * 3])
    ours = decoder_layer(x, memory, target_real, source_real, check.parts_of(layer))
    theirs = layer(x, memory, own_mask(target_real), source_real[:, None])
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_what_has_no_parts_is_refused():
    with pytest.raises(ValueError, match="layer"):
        check.parts_of(nn.TransformerDecoderLayer(8, 2, 16))
    config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, norm="rms")
    with pytest.raises(ValueError, match="which has no bias"):
        check.parts_of(DecoderLayer(config))


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def shared_by_the_others(vocab, smoothing):
    return entropy([1 - smoothing, *(vocab - 1) * [smoothing / (vocab - 1)]])


def norm_of(x, gain, bias):
    return layer_norm(x, gain.shape, gain, bias)


def by_std(x, change, gain, bias):
    both = x + change
    centred = both - both.mean(-1, keepdim=True)
    return gain * centred / (both.std(-1, keepdim=True) + 1e-5) + bias


def around_from_x(x, memory, target_real, source_real, parts):
    own = norm_of(x + parts.look(x, x, own_mask(target_real)), *parts.norms[0])
    fetched = norm_of(x + parts.look_across(own, memory, source_real[:, None]), *parts.norms[1])
    return norm_of(fetched + parts.think(fetched), *parts.norms[2])


def of_variance(variance, root=True):
    def answer(x, change, gain, bias):
        both = x + change
        spread = variance(both) + 1e-5
        return (both - both.mean(-1, keepdim=True)) / (spread.sqrt() if root else spread) * (
            gain
        ) + bias

    return answer


def layer(own=own_mask, seen=True, order=(0, 1, 2), norms=(0, 1, 2), around=True, before=False):
    def answer(x, memory, target_real, source_real, parts):
        changes = (
            lambda x: parts.look(x, x, own(target_real)),
            lambda x: parts.look_across(x, memory, source_real[:, None] if seen else None),
            parts.think,
        )
        for number, norm in zip(order, norms, strict=True):
            gain, bias = parts.norms[norm]
            if before:
                x = x + changes[number](norm_of(x, gain, bias))
            else:
                change = changes[number](x)
                x = norm_of(x + change if around or number == 0 else change, gain, bias)
        return x

    return answer


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("add_and_norm", lambda x, c, g, b: x + c, "its norm is missing"),
        ("add_and_norm", lambda x, c, g, b: norm_of(c, g, b), "The way around is missing"),
        ("add_and_norm", lambda x, c, g, b: x + norm_of(c, g, b), "norm is that of the *sum*"),
        ("add_and_norm", lambda x, c, g, b: layer_norm(x + c, g.shape), "gain and the bias"),
        ("add_and_norm", of_variance(lambda x: x.var(-1, keepdim=True)), "not by D - 1"),
        (
            "add_and_norm",
            of_variance(lambda x: x.var(-1, keepdim=True, correction=0) - 1e-5),
            "The ε of 1e-5",
        ),
        (
            "add_and_norm",
            of_variance(lambda x: x.var(-1, keepdim=True, correction=0), root=False),
            "the root of the variance",
        ),
        ("add_and_norm", by_std, "Two small things"),
        ("own_mask", lambda r: causal_mask(r.shape[1]).expand(len(r), -1, -1), "Padding can be"),
        ("own_mask", lambda r: r[:, None].expand(-1, r.shape[1], -1), "sees what comes after"),
        ("own_mask", lambda r: causal_mask(r.shape[1]) | r[:, None], "*and*, not *or*"),
        ("own_mask", lambda r: own_mask(r[:, :0].new_ones(r.shape)).mT & r[:, None], "the future"),
        ("own_mask", lambda r: causal_mask(r.shape[1]) & r[..., None], "along the columns alone"),
        ("own_mask", lambda r: own_mask(r) & r[..., None], "along the columns alone"),
        ("own_mask", lambda r: ~own_mask(r), "True is where it *may* look"),
        ("own_mask", lambda r: own_mask(r) & ~torch.eye(r.shape[1]).bool(), "look at itself"),
        ("across", lambda x, m, r, attend: attend(x, x, x, r[:, None]), "self-attention"),
        ("across", lambda x, m, r, attend: attend(m, x, x, r[:, None]), "the queries are x"),
        ("across", lambda x, m, r, attend: attend(x, m, m, None), "It looks at padding"),
        ("across", lambda x, m, r, attend: attend(x, m, x, r[:, None]), "it is the values, too"),
        ("across", lambda x, m, r, attend: attend(x, m, m, r[..., None]), "along the rows"),
        (
            "across",
            lambda x, m, r, attend: attend(x, m, m, r[:, None] & causal_mask(x.shape[1])),
            "seen whole",
        ),
        ("decoder_layer", layer(own=lambda real: None), "has no mask"),
        ("decoder_layer", layer(own=lambda real: real[:, None]), "the causal mask, too"),
        ("decoder_layer", layer(own=lambda r: causal_mask(r.shape[1])), "It looks at padding"),
        ("decoder_layer", layer(seen=False), "padding of the source"),
        ("decoder_layer", layer(order=(1, 0, 2)), "then across, then it thinks"),
        ("decoder_layer", layer(order=(0, 1), norms=(0, 1)), "feed-forward part is missing"),
        ("decoder_layer", layer(order=(0, 2), norms=(0, 2)), "The look across is missing"),
        ("decoder_layer", layer(around=False), "each part only adds"),
        ("decoder_layer", layer(norms=(0, 0, 0)), "a norm of its own"),
        ("decoder_layer", layer(before=True), "That is pre-norm"),
        ("decoder_layer", around_from_x, "starts at what the first made"),
        ("sides", lambda t: (t, t), "Both sides are the same"),
        ("sides", lambda t: ([START, *t, END], [START, *t, END]), "Both sides are the same"),
        ("sides", lambda t: ([START, *t], [START, *t]), "Both sides are the same"),
        ("sides", lambda t: ([*t, END], [*t, END]), "Both sides are the same"),
        ("sides", lambda t: ([*t, END], [START, *t]), "The sides are swapped"),
        ("sides", lambda t: (t[:-1], t[1:]), "nor for the end: it would never stop"),
        ("sides", lambda t: (t, [*t[1:], END]), "START goes in"),
        ("sides", lambda t: ([START, *t[:-1]], t), "The end mark never comes out"),
        ("lowest_loss", lambda v, e: 0, "were the right token"),
        ("lowest_loss", lambda v, e: -math.log(1 - e + e / v), "there are V - 1 of them"),
        (
            "lowest_loss",
            lambda v, e: -(1 - e + e / v) * math.log(1 - e + e / v),
            "there are V - 1 of them",
        ),
        (
            "lowest_loss",
            lambda v, e: entropy([1, 0]) - sum(p * math.log(p) for p in (1 - e + e / v, e / v)),
            "there are V - 1 of them",
        ),
        ("lowest_loss", shared_by_the_others, "the right one included"),
        ("lowest_loss", lambda v, e: math.log(v), "knows nothing"),
        ("lowest_loss", lambda v, e: lowest_loss(v, e) / math.log(2), "natural logarithm"),
        ("lowest_loss", lambda v, e: -lowest_loss(v, e), "a minus sign is missing"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
