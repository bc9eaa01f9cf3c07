"""Heads switched off: by hand with changed weights, and nothing switched off changes nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmteach.inspection.ablation import ablated, mean_heads
from lmteach.inspection.activations import attentions, watched
from tests.inspection.models import FAMILIES, IDS, small

HEADS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), max_size=4)


@torch.no_grad()
@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_without_rows_in_the_output_map_is_off(family):
    """The reference: the columns of out_proj that the head feeds are 0."""
    model, twin = small(family), small(family)
    for layer, head in ((0, 1), (1, 0)):
        module = twin.get_submodule(attentions(twin)[layer])
        width = module.dim // module.heads
        module.out_proj.weight[:, head * width : (head + 1) * width] = 0
    with ablated(model, [(0, 1), (1, 0)]):
        torch.testing.assert_close(model(IDS), twin(IDS), rtol=0, atol=1e-12)
    assert not torch.allclose(model(IDS), twin(IDS))


@torch.no_grad()
@pytest.mark.parametrize("family", FAMILIES)
def test_none_off_changes_nothing_and_neither_does_what_was_found_anyway(family):
    model = small(family)
    names = [f"{name}.heads" for name in attentions(model)]
    with watched(model, names) as seen:
        before = model(IDS)
    with ablated(model, []):
        assert torch.equal(model(IDS), before)
    with ablated(model, [(0, 0), (1, 1)], instead=seen):
        assert torch.equal(model(IDS), before)


@torch.no_grad()
def test_the_mean_by_hand_and_another_input():
    model = small("gpt")
    with watched(model, ["h.1.self_attn.heads"]) as other:
        model(IDS.flip(1))
    means = mean_heads(other)
    for instead in (means, other):
        with ablated(model, [(1, 1)], instead), watched(model, ["h.1.self_attn.heads"]) as seen:
            model(IDS)
        with watched(model, ["h.1.self_attn.heads"]) as whole:
            model(IDS)
        found, name = seen["h.1.self_attn.heads"], "h.1.self_attn.heads"
        assert torch.equal(found[:, 0], whole[name][:, 0])
        assert torch.equal(found[:, 1], instead[name][:, 1].expand_as(found[:, 1]))
    by_hand = sum(other[name][b, 1, t] for b in range(2) for t in range(5)) / 10
    torch.testing.assert_close(means[name][0, 1, 0], by_hand, rtol=0, atol=1e-12)


@settings(max_examples=15)
@given(HEADS)
def test_order_and_repetition_of_heads_do_not_count(heads):
    model = small("gpt")
    with torch.no_grad():
        with ablated(model, heads):
            one = model(IDS)
        with ablated(model, [*reversed(heads), *heads]):
            assert torch.equal(model(IDS), one)


def test_heads_that_are_not_there_are_refused_in_a_sentence():
    model = small("gpt")
    for heads, message in [
        ([(2, 0)], r"no layer 2, expected 0 to 1: the GPT has 2 attentions"),
        ([(0, 2)], r"layer 0 has no head 2, expected 0 to 1: it has 2"),
        ([(-1, 0)], "the layer of a head is -1"),
        ([(0, -1)], "the number of a head is -1"),
        ([(0, 0.5)], "heads"),
    ]:
        with pytest.raises(ValueError, match=message):
            ablated(model, heads)
    with pytest.raises(ValueError, match=r"instead has no 'h\.0\.self_attn\.heads'"):
        ablated(model, [(0, 0)], {"h.1.self_attn.heads": torch.zeros(1)})
    with ablated(model, [(0, 0)], {"h.0.self_attn.heads": torch.zeros(3)}):
        with pytest.raises(ValueError, match=r"in shape \(3,\), expected one that broadcasts"):
            model(IDS)
    assert not model.h[0].self_attn.out_proj._forward_pre_hooks
    with pytest.raises(ValueError, match="expected what heads found"):
        mean_heads({"a": torch.zeros(2, 3)})
