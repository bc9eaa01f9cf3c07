"""One token by the short way: the same logits and the same cache as by the model itself."""

import pytest
import torch
from torch import nn

from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.fused_step import can_be_fused, fused_step
from lmteach.decoding.sampling import greedy, next_logits
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.positions import Rotary
from tests.decoding.twins import SIZES, prompts, talkative

CONFIGS = {
    "gpt2": GPTConfig(**SIZES, dropout=0.5),
    "modern": GPTConfig.modern(**SIZES),
    "swiglu": GPTConfig.modern(**SIZES, activation="swiglu", tied=False),
    "mixed": GPTConfig(**SIZES, norm="rms", query_key_norm=True),
    "turned": GPTConfig(**SIZES, positions="rotary"),
    "ngrams": GPTConfig.modern(**SIZES, ngram_order=3, ngram_rows=40),
    "large eps": GPTConfig(**SIZES, norm_eps=0.1),
    "large eps, rms": GPTConfig.modern(**SIZES, norm_eps=0.1),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_same_as_the_model(name):
    model = talkative(CONFIGS[name])
    ids, short, long = prompts(0, rows=3, time=12), KeyValueCache(), KeyValueCache()
    with torch.no_grad():
        for cache in (short, long):
            model(ids[:, :4], cache)
        for place in range(4, 12):
            expected = model(ids[:, place : place + 1], long)[:, 0]
            found = fused_step(model, ids[:, place], short)
            torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)
            assert found.std() > 0.3
    assert short.length == long.length == 12
    for mine, theirs in zip(short.keys + short.values, long.keys + long.values, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-5)


@pytest.mark.parametrize("rotary", [Rotary(base=20.0), Rotary(base=1e9, stretch=1000.0)], ids=str)
def test_other_rotary_positions_are_heard(rotary):
    model, ids = talkative(GPTConfig.modern(**SIZES)), prompts(3, time=9)
    for block in model.h:
        block.self_attn.positions = rotary
    cache = KeyValueCache()
    assert can_be_fused(model)
    with torch.no_grad():
        model(ids[:, :8], cache)
        found = fused_step(model, ids[:, 8], cache)
        torch.testing.assert_close(found, model(ids)[:, -1], rtol=0, atol=1e-5)


def test_by_hand():
    """No layers that do anything: the norm of embedding and position, against the embeddings."""
    model = GPT(GPTConfig(vocab_size=5, context=4, dim=2, heads=1, layers=1))
    for part in (model.h[0].self_attn.out_proj, model.h[0].linear2):
        part.weight.data.zero_()
    cache = KeyValueCache(
        torch.tensor([[1, 2]]), [torch.zeros(1, 1, 2, 2)], [torch.zeros(1, 1, 2, 2)]
    )
    x = model.wte.weight[3] + model.wpe.weight[2]
    normed = (x - x.mean()) / (x.var(correction=0) + 1e-5).sqrt()
    found = fused_step(model, torch.tensor([3]), cache)
    torch.testing.assert_close(found[0], model.wte.weight @ normed)


class Twice(nn.Module):
    """Another part in the place of one: all that it returns is doubled."""

    def __init__(self, part):
        super().__init__()
        self.part, self.weight = part, part.weight

    def forward(self, x):
        return 2 * self.part(x)


class Doubled(nn.Linear):
    """A map that is one, and does more."""

    def forward(self, x):
        return 2 * super().forward(x)


def replaced(model):
    model.h[1].norm2 = Twice(model.h[1].norm2)


def derived(model):
    model.h[1].linear1.__class__ = Doubled


def patched(model):
    attention = model.h[1].self_attn
    forward = attention.forward
    attention.forward = lambda *args, **named: (2 * forward(*args, **named)[0], None)


def hooked(model):
    model.h[1].linear2.register_forward_hook(lambda part, args, output: 2 * output)


def hooked_before(model):
    model.h[0].register_forward_pre_hook(lambda part, args: (2 * args[0],))


@pytest.mark.parametrize("change", [replaced, derived, patched, hooked, hooked_before])
def test_what_is_not_as_it_was_written_for_is_asked_itself(change):
    """Each of these changes the model; with the cache it writes the same as without."""
    model, ids = talkative(), prompts(2, time=6)
    assert can_be_fused(model)
    change(model)
    assert not can_be_fused(model)
    found = greedy(model, ids, 8, cached=True)
    assert torch.equal(found, greedy(model, ids, 8, cached=False))
    with torch.no_grad():
        cache = KeyValueCache()
        next_logits(model, ids[:, :5], cache)
        logits = next_logits(model, ids, cache)
        torch.testing.assert_close(logits, model(ids)[:, -1], rtol=0, atol=1e-5)
    assert (logits - next_logits(talkative(), ids)).abs().max() > 0.1


def test_hooks_for_all_modules_are_heard():
    handle = nn.modules.module.register_module_forward_hook(lambda part, args, output: None)
    try:
        assert not can_be_fused(talkative())
    finally:
        handle.remove()
    assert can_be_fused(talkative())


def test_it_is_taken_for_one_token_and_only_then(monkeypatch):
    taken = []

    def watched(model, token, cache):
        taken.append(cache.length)
        return fused_step(model, token, cache)

    monkeypatch.setattr("lmteach.decoding.sampling.fused_step", watched)
    model, ids, cache = talkative(), prompts(1, time=8), KeyValueCache()
    next_logits(model, ids[:, :3], cache)
    next_logits(model, ids[:, :4], cache)
    next_logits(model, ids[:, :6], cache)
    found = next_logits(model, ids[:, :7], cache)
    next_logits(model, ids[:, :1], KeyValueCache())
    torch.testing.assert_close(found, next_logits(model, ids[:, :7]), rtol=0, atol=1e-5)
    assert taken == [3, 6]
