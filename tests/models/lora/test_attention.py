"""Adapters in an attention: the same as another in_proj_weight, whatever it is asked."""

import copy

import pytest
import torch
from torch import nn

from lmteach.models.lora.attention import PROJECTIONS, LoRAAttention
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.models.transformer.positions import Rotary


def drawn(*shape, seed=0):
    """Some numbers, the same each time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def learned(attention, names, rank=2):
    """Adapters in an attention that have learned something."""
    adapted = LoRAAttention.of(attention, names, rank, alpha=3.0)
    for place, weight in enumerate(adapted.low_rank.parameters()):
        weight.data = drawn(*weight.shape, seed=place)
    return adapted


@pytest.mark.parametrize("names", [["q_proj"], ["k_proj"], ["q_proj", "v_proj"], [*PROJECTIONS]])
@pytest.mark.parametrize("form", [{}, {"key_heads": 2, "positions": Rotary(), "bias": False}])
@pytest.mark.parametrize("need_weights", [True, False])
def test_it_is_an_attention_with_other_rows(names, form, need_weights):
    plain = MultiHeadAttention(8, 4, **form)
    dense = copy.deepcopy(plain)
    adapted = learned(plain, names)
    rows = dict(zip(PROJECTIONS, dense.in_proj_weight.detach().split(dense.rows), strict=True))
    for name in names:
        own = adapted.low_rank[name]
        rows[name] += 3.0 / 2 * own.lora_B.detach() @ own.lora_A.detach()
    x, other = drawn(2, 5, 8, seed=7), drawn(2, 3, 8, seed=8)
    for inputs in ((x, x, x), (x, other, other)):  # one product for all three, and three products
        found, expected = (part(*inputs, need_weights=need_weights) for part in (adapted, dense))
        torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    adapted.merge()
    torch.testing.assert_close(adapted.in_proj_weight, dense.in_proj_weight, rtol=0, atol=1e-6)
    torch.testing.assert_close(adapted(x, x, x), dense(x, x, x), rtol=1e-5, atol=1e-5)


def test_unmerged_and_plain_it_is_what_it_was():
    plain = MultiHeadAttention(8, 4)
    before, names = copy.deepcopy(plain.state_dict()), [*plain.state_dict()]
    adapted = learned(plain, ["q_proj"])
    adapted.merge()
    adapted.unmerge()
    assert adapted.plain() is plain
    assert type(plain) is MultiHeadAttention
    assert [*plain.state_dict()] == names
    for name, weight in plain.state_dict().items():
        torch.testing.assert_close(weight, before[name], rtol=0, atol=1e-6)


def test_hooks_and_copies_go_with_it():
    attention, seen = MultiHeadAttention(8, 4), []
    attention.register_forward_hook(lambda *_: seen.append(1))
    adapted = copy.deepcopy(learned(attention, ["q_proj"]))
    x = drawn(1, 3, 8)
    torch.testing.assert_close(adapted(x, x, x), attention(x, x, x))
    assert len(seen) == 2


def test_what_has_no_such_adapters():
    attention = MultiHeadAttention(8, 4)
    with pytest.raises(ValueError, match="a name is 'out_proj', expected one of 'q_proj'"):
        LoRAAttention.of(attention, ["out_proj"])
    with pytest.raises(ValueError, match=r"names is \[\], expected a list of some of q_proj"):
        LoRAAttention.of(attention, [])
    with pytest.raises(ValueError, match="expected at most 8"):
        LoRAAttention.of(attention, ["q_proj"], rank=9)
    assert type(attention) is MultiHeadAttention
    adapted = LoRAAttention.of(attention, ["q_proj"], rank=1)
    with pytest.raises(ValueError, match="attention is a LoRAAttention, expected a MultiHeadAtt"):
        LoRAAttention.of(adapted, ["k_proj"])
    with pytest.raises(ValueError, match="not merged"):
        adapted.unmerge()
    adapted.merge()
    with pytest.raises(ValueError, match="merged already"):
        adapted.merge()
    assert isinstance(adapted.low_rank, nn.ModuleDict)
