"""The model of attention alone: against a GPT without its feed-forward part, by hand, causal."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.attention_only import AttentionOnly

IDS = torch.tensor([[1, 4, 2, 7], [8, 0, 3, 3]])


def made(layers=2):
    torch.manual_seed(0)
    return AttentionOnly(9, dim=8, heads=2, layers=layers).double()


def test_it_is_a_gpt_whose_feed_forward_part_adds_nothing():
    model = made()
    gpt = GPT(GPTConfig.modern(vocab_size=9, context=8, dim=8, heads=2, layers=2, tied=False))
    for block in gpt.h:
        block.self_attn.query_key_norm = False
    weights = {**gpt.state_dict(), **model.state_dict()}
    for name in weights:
        if "linear2" in name:
            weights[name] = torch.zeros_like(weights[name])
    gpt.double().load_state_dict(weights)
    torch.testing.assert_close(model(IDS), gpt(IDS), rtol=0, atol=1e-12)


def test_without_what_attention_finds_only_the_table_is_left():
    model = made(layers=1)
    model.h[0].self_attn.out_proj.weight.data.zero_()
    x = model.wte.weight[IDS]
    expected = x / (x.square().mean(-1, keepdim=True) + 1e-5).sqrt() @ model.lm_head.weight.T
    torch.testing.assert_close(model(IDS), expected, rtol=0, atol=1e-10)


@given(st.integers(1, 3), st.integers(0, 8))
def test_the_future_changes_nothing(place, token):
    model, other = made(), IDS.clone()
    other[:, place] = token
    torch.testing.assert_close(model(IDS)[:, :place], model(other)[:, :place], rtol=0, atol=0)


def test_log_probabilities_are_those_of_the_logits():
    model = made()
    found = model.log_probabilities([1, 4, 2, 7])
    expected = model(IDS[:1, :3]).log_softmax(-1)[0, range(3), [4, 2, 7]]
    torch.testing.assert_close(found[1:], expected.detach().to(found))
    assert found[0].exp() == pytest.approx(1 / 9)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="heads is 3"):
        AttentionOnly(9, dim=8, heads=3)
    with pytest.raises(ValueError, match="3 wide"):
        AttentionOnly(9, dim=6, heads=2)
    with pytest.raises(ValueError, match="layers"):
        AttentionOnly(9, layers=0)
    with pytest.raises(ValueError, match="9"):
        made()(torch.tensor([[9]]))
    with pytest.raises(ValueError, match="context"):
        made().log_probabilities([1, 2], context=0)
