"""What can be chosen of the one attention: each option against a reference, alone and together."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from lmteach.models.transformer.attention import MultiHeadAttention, causal_mask
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.models.transformer.positions import ALiBi, Rotary, alibi_bias

OPTIONS = {
    "plain": {},
    "no bias": {"bias": False},
    "fewer key heads": {"key_heads": 2},
    "one key head": {"key_heads": 1},
    "query-key norm": {"query_key_norm": True},
    "rotary": {"positions": Rotary()},
    "alibi": {"positions": ALiBi(4)},
    "all": {"key_heads": 2, "bias": False, "query_key_norm": True, "positions": Rotary(100.0)},
}
EACH = pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)


def made(seed=0, **options):
    torch.manual_seed(seed)
    attention = MultiHeadAttention(16, 4, **options).double().eval()
    for parameter in attention.parameters():
        nn.init.normal_(parameter, std=0.4)
    return attention


def drawn(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def assert_near(ours, theirs, tolerance=1e-10):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


class Remembering:
    """The plainest memory of keys and values."""

    def __init__(self):
        self.held = None

    @property
    def length(self):
        return 0 if self.held is None else self.held[0].shape[2]

    def extend(self, keys, values):
        if self.held is not None:
            keys = torch.cat([self.held[0], keys], dim=2)
            values = torch.cat([self.held[1], values], dim=2)
        self.held = keys, values
        return self.held


@settings(max_examples=10)
@given(st.sampled_from([1, 2, 4]), st.integers(1, 3), st.integers(1, 9))
def test_grouped_key_heads_and_rotary_positions_are_llamas(key_heads, batch, time):
    """One layer of Hugging Face's LLaMA, of which only the attention is asked."""
    config = LlamaConfig(
        vocab_size=5,
        hidden_size=16,
        intermediate_size=8,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=key_heads,
        max_position_embeddings=16,
    )
    model = LlamaForCausalLM(config).double().eval()
    theirs = model.model.layers[0].self_attn
    ours = made(key_heads=key_heads, bias=False, positions=Rotary())
    parts = ours.in_proj_weight.split([16, 4 * key_heads, 4 * key_heads])
    with torch.no_grad():
        for name, part in zip(("q_proj", "k_proj", "v_proj"), parts, strict=True):
            getattr(theirs, name).weight.copy_(part)
        theirs.o_proj.weight.copy_(ours.out_proj.weight)
    x = drawn(batch, time, 16)
    turns = model.model.rotary_emb(x, torch.arange(time)[None])
    hidden = torch.zeros(time, time, dtype=x.dtype).masked_fill(~causal_mask(time), -torch.inf)
    expected, _ = theirs(x, position_embeddings=turns, attention_mask=hidden[None, None])
    assert_near(ours(x, x, x, causal=True, need_weights=False)[0], expected, 1e-6)


@pytest.mark.parametrize("key_heads", [1, 2])
def test_grouped_key_heads_are_pytorchs(key_heads):
    ours = made(key_heads=key_heads)
    q, k, v = ours.project(drawn(2, 3, 16), *(drawn(2, 5, 16, seed=s) for s in (2, 3)))
    assert k.shape == v.shape == (2, key_heads, 5, 4)
    grouped = functional.scaled_dot_product_attention(q, k, v, enable_gqa=True)
    found, weights = ours(drawn(2, 3, 16), *(drawn(2, 5, 16, seed=s) for s in (2, 3)))
    assert_near(found, ours.out_proj(grouped.transpose(1, 2).flatten(2)))
    assert weights.shape == (2, 4, 3, 5)


@EACH
def test_causal_is_a_causal_mask_and_both_ways_agree(options):
    attention, x = made(**options), drawn(2, 6, 16)
    expected, weights = attention(x, x, x, causal_mask(6))
    for asked in ({}, {"need_weights": False}):
        assert_near(attention(x, x, x, causal=True, **asked)[0], expected)
    assert_near(attention(x, x, x, causal=True)[1], weights)
    padding = torch.tensor([True, True, True, False, True, True]).expand(2, 1, 6)
    both, _ = attention(x, x, x, causal_mask(6) & padding)
    assert_near(attention(x, x, x, padding, causal=True, need_weights=False)[0], both)


@EACH
@settings(max_examples=8)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.booleans())
def test_a_cache_changes_nothing(options, pieces, need_weights):
    attention, x, cache = made(**options), drawn(2, sum(pieces), 16), Remembering()
    found = [
        attention(part, part, part, cache=cache, causal=True, need_weights=need_weights)[0]
        for part in x.split(pieces, dim=1)
    ]
    assert_near(torch.cat(found, dim=1), attention(x, x, x, causal=True)[0])
    assert cache.length == sum(pieces)


def test_a_mask_covers_what_the_cache_holds_too():
    attention, x, cache = made(), drawn(1, 5, 16), Remembering()
    attention(x[:, :3], x[:, :3], x[:, :3], cache=cache)
    mask = torch.tensor([[False, True, True, True, True]])
    found, weights = attention(x[:, 3:], x[:, 3:], x[:, 3:], mask, cache=cache)
    assert_near(found, attention(x[:, 3:], x, x, mask)[0])
    assert not weights[..., 0].any()
    with pytest.raises(ValueError, match=r"broadcasts to \(B, T, S\) = \(1, 1, 6\)"):
        attention(x[:, 4:], x[:, 4:], x[:, 4:], mask, cache=cache)


def test_alibi_is_added_to_the_scores_and_to_another_bias():
    attention, plain, x = made(positions=ALiBi(4)), made(), drawn(2, 5, 16)
    own, other = alibi_bias(4, 5).double(), drawn(4, 5, 5)
    assert_near(attention(x, x, x)[1], plain(x, x, x, bias=own)[1], 1e-7)
    assert_near(attention(x, x, x, bias=other)[0], plain(x, x, x, bias=own + other)[0], 1e-7)


def test_query_key_norm_by_hand():
    """Every query and key has the length √K, so that no score is larger than √K."""
    attention, x = made(query_key_norm=True), 100 * drawn(1, 6, 16)
    q, k, _ = attention.project(x, x, x)
    q, k = (2 * part / part.norm(dim=-1, keepdim=True) for part in (q, k))  # √K = 2
    expected = (q @ k.mT / 2).softmax(dim=-1)
    assert_near(attention(x, x, x)[1], expected, 1e-6)


@pytest.mark.parametrize("need_weights", [True, False])
def test_dropout_sets_a_share_of_the_weights_to_zero_in_training_only(need_weights):
    attention, x = made(dropout=0.25), drawn(1, 40, 16)
    with torch.no_grad():
        attention.out_proj.weight.copy_(torch.eye(16))
        attention.out_proj.bias.zero_()
        attention.in_proj_weight[:32] = 0  # every place looks at all alike
        attention.in_proj_bias[:32] = 0
        attention.in_proj_weight[32:] = 0
        attention.in_proj_bias[32:] = 1  # and finds ones
        assert_near(attention(x, x, x, need_weights=need_weights)[0], torch.ones_like(x))
        attention.train()
        torch.manual_seed(0)
        kept = attention(x, x, x, need_weights=need_weights)[0] * 40 * 0.75  # how many of 40
    assert_near(kept, kept.round())
    assert kept.mean().item() == pytest.approx(30, abs=1)
    assert 2 < kept[0, :, ::4].std().item() < 4  # √(40 · 0.25 · 0.75) = 2.7


@EACH
def test_watched_it_returns_the_same(options):
    attention, x = made(**options), drawn(2, 5, 16)
    expected = attention(x, x, x, causal=True, need_weights=False)[0]
    with watch_attention(nn.Sequential(attention)) as maps:
        assert_near(attention(x, x, x, causal=True, need_weights=False)[0], expected)
    assert_near(maps["0"].sum(dim=-1), torch.ones(2, 4, 5, dtype=torch.float64))
    assert not maps["0"][..., ~causal_mask(5)].any()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"key_heads": 3}, "heads is 4 and key_heads is 3, expected key_heads to divide heads"),
        ({"key_heads": 8}, "heads is 4 and key_heads is 8"),
        ({"key_heads": 0}, "key_heads is 0, expected a whole number of at least 1"),
    ],
)
def test_key_heads_that_do_not_fit(given, message):
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(16, 4, **given)
