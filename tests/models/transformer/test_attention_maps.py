"""Watching a model changes nothing in it, and shows what PyTorch's own modules would show."""

import pytest
import torch
from torch import nn

from lmteach.models.bert.minilm import minilm
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.attention import MultiHeadAttention, causal_mask
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.model import Transformer

CONFIG = TransformerConfig(dim=6, heads=2, feed_forward_dim=8, layers=2, dropout=0.0)


def made():
    torch.manual_seed(0)
    return Transformer(CONFIG).double()


def test_every_attention_is_seen_and_the_output_is_the_same():
    model = made()
    source, target = torch.randn(3, 5, 6).double(), torch.randn(3, 4, 6).double()
    expected = model(source, target)
    with watch_attention(model) as maps:
        output = model(source, target)
    torch.testing.assert_close(output, expected, rtol=0, atol=1e-12)
    assert {name: tuple(weights.shape[1:]) for name, weights in maps.items()} == {
        "encoder.layers.0.self_attn": (2, 5, 5),
        "encoder.layers.1.self_attn": (2, 5, 5),
        "decoder.layers.0.self_attn": (2, 4, 4),
        "decoder.layers.0.multihead_attn": (2, 4, 5),
        "decoder.layers.1.self_attn": (2, 4, 4),
        "decoder.layers.1.multihead_attn": (2, 4, 5),
    }
    for name, weights in maps.items():
        total = weights.sum(dim=-1)
        torch.testing.assert_close(total, torch.ones_like(total), rtol=0, atol=1e-12)
        assert not weights.requires_grad
        if name.startswith("decoder") and "self" in name:
            assert bool((weights[..., ~causal_mask(4)] == 0).all())


def test_the_first_map_is_what_pytorch_shows():
    model = made()
    x = torch.randn(2, 5, 6).double()
    theirs = nn.MultiheadAttention(6, 2, batch_first=True).double()
    theirs.load_state_dict(model.encoder.layers[0].self_attn.state_dict())
    with watch_attention(model) as maps:
        model.encode(x)
    expected = theirs(x, x, x, average_attn_weights=False)[1]
    own = maps["encoder.layers.0.self_attn"]
    torch.testing.assert_close(own, expected.detach(), rtol=0, atol=1e-12)


def test_afterwards_nobody_watches():
    model = made()
    x = torch.randn(1, 3, 6).double()
    with watch_attention(model) as maps:
        pass
    model.encode(x)
    assert maps == {}
    attention = model.encoder.layers[0].self_attn
    assert attention(x, x, x, need_weights=False)[1] is None


def test_it_stops_watching_when_the_model_fails():
    model = made()
    with pytest.raises(ValueError, match=r"source has shape \(1, 0, 6\)"), watch_attention(model):
        model.encode(torch.zeros(1, 0, 6).double())
    assert not model.encoder.layers[0].self_attn._forward_hooks


def test_arguments_by_their_place_are_kept():
    attention = made().encoder.layers[0].self_attn
    x = torch.randn(1, 3, 6).double()
    with watch_attention(nn.Sequential(attention)) as maps:
        attention(x, x, x, causal_mask(3), None, None, False)
    assert bool((maps["0"][..., ~causal_mask(3)] == 0).all())


def test_a_model_without_attention():
    with pytest.raises(ValueError, match="the Linear has no MultiHeadAttention"):
        with watch_attention(nn.Linear(2, 2)):
            pass


def test_all_models_are_made_of_the_one_attention():
    """Encoder, decoder, GPT and MiniLM hold the same class, and all of them can be watched."""
    config = GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=2)
    gpt, ids = GPT(config), torch.tensor([[1, 4, 2]])
    with watch_attention(gpt) as maps:
        gpt(ids)
    assert list(maps) == ["h.0.self_attn", "h.1.self_attn"]
    assert bool((maps["h.1.self_attn"][..., ~causal_mask(3)] == 0).all())
    small = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1)
    for model in (gpt, Transformer(small), minilm()):
        attentions = {type(m) for n, m in model.named_modules() if n.endswith("attn")}
        assert attentions == {MultiHeadAttention}
