"""Activations by name: read and replaced as plain hooks do, and afterwards nothing is left."""

import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.sampling import greedy
from lmteach.inspection.activations import (
    activation_names,
    attentions,
    changed,
    check_name,
    watched,
)
from lmteach.models.bert.minilm import minilm
from lmteach.models.recurrent.language_model import RecurrentLM
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.models.transformer.attention_maps import watch_attention
from tests.inspection.models import FAMILIES, IDS, small

every = pytest.mark.parametrize("family", FAMILIES)


def hooks(model):
    return sum(
        len(one)
        for module in model.modules()
        for one in (
            module._forward_hooks,
            module._forward_pre_hooks,
            module._forward_hooks_with_kwargs,
            module._forward_pre_hooks_with_kwargs,
        )
    )


def same(value):
    return value


@torch.no_grad()
@every
def test_every_name_is_read_and_giving_it_back_changes_nothing(family):
    model = small(family)
    before, names = model(IDS), activation_names(model)
    with watched(model, [name for name in names if not name.endswith(".weights")]) as seen:
        assert torch.equal(model(IDS), before)
    others = {name for name in names if name not in seen and not name.endswith(".weights")}
    assert all(name.startswith(("wte", "lm_head")) or "dropout" in name for name in others), others
    with changed(model, dict.fromkeys(seen, same)):
        assert torch.equal(model(IDS), before)
    with changed(model, seen):  # and so does putting in what was there
        assert torch.equal(model(IDS), before)
    maps = [name for name in names if name.endswith(".weights")]
    with watched(model, maps) as weights, changed(model, dict.fromkeys(maps, same)):
        torch.testing.assert_close(model(IDS), before, rtol=0, atol=1e-12)
    with watch_attention(model) as expected:
        model(IDS)
    assert {f"{name}.weights" for name in expected} == set(maps) == set(weights)
    for name, value in expected.items():
        assert torch.equal(weights[f"{name}.weights"], value)
    assert hooks(model) == 0


@torch.no_grad()
@every
def test_it_is_what_plain_hooks_see_and_do(family):
    model, kept = small(family), {}
    layer = attentions(model)[1].rpartition(".")[0]
    module = model.get_submodule(layer)
    handle = module.register_forward_hook(lambda m, args, output: kept.update(there=output))
    model(IDS)
    handle.remove()
    with watched(model, [f"{layer}.output"]) as seen:
        model(IDS)
    assert torch.equal(seen[f"{layer}.output"], kept["there"])
    handle = module.register_forward_hook(lambda m, args, output: output.flip(0))
    expected = model(IDS)
    handle.remove()
    with changed(model, {f"{layer}.output": lambda value: value.flip(0)}):
        assert torch.equal(model(IDS), expected)


@torch.no_grad()
@every
def test_another_inputs_last_layer_makes_another_inputs_answer(family):
    model = small(family)
    name = f"{attentions(model)[-1].rpartition('.')[0]}.output"
    with watched(model, [name]) as seen:
        other = model(IDS.flip(1))
    with changed(model, seen):
        assert torch.equal(model(IDS), other)
    assert not torch.equal(model(IDS), other)


@torch.no_grad()
@every
def test_weights_put_on_one_place_bring_its_value(family):
    """By hand: all attention on place 0, so each head finds what it alone would find there."""
    model = small(family)
    [first, *_] = attentions(model)

    def on_the_first(weights):
        new = torch.zeros_like(weights)
        new[..., 0] = 1
        return new

    names = [f"{first}.{kind}" for kind in ("heads", "output")]
    with changed(model, {f"{first}.weights": on_the_first}), watched(model, names) as seen:
        model(IDS)
    found = seen[names[0]]
    assert torch.equal(found, found[:, :, :1].expand_as(found))
    if family != "bert":  # there the first place sees nothing but itself anyway
        with watched(model, [f"{first}.heads"]) as alone:
            model(IDS[:, :1])
        torch.testing.assert_close(found[:, :, :1], alone[f"{first}.heads"], rtol=0, atol=1e-12)
    module = model.get_submodule(first)
    joined = module.out_proj(found.transpose(1, 2).flatten(start_dim=-2))
    torch.testing.assert_close(seen[names[1]], joined, rtol=0, atol=1e-12)


@settings(max_examples=15)
@given(st.integers(0, 1), st.integers(0, 1), st.floats(-3, 3))
def test_an_attention_is_the_sum_of_its_heads(layer, head, factor):
    """Scaling one head by a factor moves the output by that much of the head's own part."""
    model = small("gpt")
    name = f"h.{layer}.self_attn"

    def scaled(value):
        value = value.clone()
        value[:, head] *= factor
        return value

    def only(value):
        value = torch.zeros_like(value)
        value[:, head] = seen[f"{name}.heads"][:, head]
        return value

    with torch.no_grad(), watched(model, [f"{name}.heads", f"{name}.output"]) as seen:
        model(IDS)
        seen = dict(seen)
        found = {}
        for key, change in (("scaled", scaled), ("only", only)):
            with changed(model, {f"{name}.heads": change}):
                with watched(model, [f"{name}.output"]) as after:
                    model(IDS)
            found[key] = after[f"{name}.output"]
    own = found["only"] - model.get_submodule(name).out_proj.bias
    expected = seen[f"{name}.output"] + (factor - 1) * own
    torch.testing.assert_close(found["scaled"], expected, rtol=0, atol=1e-10)


@torch.no_grad()
def test_minilm_has_the_same_scheme():
    model = minilm()
    ids, mask = model.read(["A cat sleeps.", "Two."])
    before = model(ids, mask)
    assert attentions(model) == [f"layers.{n}.self_attn" for n in range(6)]
    names = [f"layers.5.self_attn.{kind}" for kind in ("heads", "output")]
    with watched(model, names) as seen:
        assert torch.equal(model(ids, mask), before)
    assert seen[names[0]].shape == (2, 12, ids.shape[1], 32)
    assert hooks(model) == 0


def test_a_recurrent_network_has_outputs_too():
    torch.manual_seed(0)
    model = RecurrentLM(9, 6)
    with watched(model, [activation_names(model)[-1]]) as seen:
        result = model(IDS)
    logits = result[0] if isinstance(result, tuple) else result
    assert torch.equal(seen[activation_names(model)[-1]].flatten(), logits.detach().flatten())


def test_what_is_kept_is_detached_and_changes_let_gradients_through():
    model = small("gpt")
    with watched(model, ["h.0.output"]) as seen:
        model(IDS)
    assert not seen["h.0.output"].requires_grad
    with changed(model, {"h.0.output": lambda value: 2 * value}):
        model(IDS).sum().backward()
    assert bool((model.wte.weight.grad != 0).any())


@torch.no_grad()
def test_cached_decoding_feels_a_change():
    model = small("gpt").float()
    with changed(model, {"ln_f.output": lambda value: torch.ones_like(value)}):
        expected = int(model(IDS[:1, :2])[0, -1].argmax())
        assert greedy(model, IDS[:1, :2], 3).tolist() == [[expected] * 3]


@torch.no_grad()
def test_weights_are_not_changed_behind_a_cache():
    model = small("gpt").float()
    cache = KeyValueCache()
    with (
        changed(model, {"h.0.self_attn.weights": same}),
        pytest.raises(ValueError, match="while a cache remembers"),
    ):
        model(IDS[:1, :2], cache)
    with watched(model, ["h.0.self_attn.weights"]) as seen:
        model(IDS[:1, :2], KeyValueCache())
    assert seen["h.0.self_attn.weights"].shape == (1, 2, 2, 2)


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_hooks_are_taken_off_after_an_error_and_an_interrupt(error):
    model = small("gpt")
    before = model(IDS)

    def fails(value):
        raise error("inside")

    names = activation_names(model)
    changes = {"h.1.self_attn.heads": fails, "h.0.output": torch.zeros_like}
    with pytest.raises(error, match="inside"), watched(model, names), changed(model, changes):
        model(IDS)
    assert hooks(model) == 0
    assert torch.equal(model(IDS), before)


def test_a_hook_that_cant_be_hung_leaves_none(monkeypatch):
    model = small("gpt")
    part = model.h[1]

    def refuse(*_):
        raise KeyboardInterrupt("now")

    monkeypatch.setattr(part, "register_forward_hook", refuse)
    with (
        pytest.raises(KeyboardInterrupt, match="now"),
        watched(model, ["h.0.output", "h.1.output"]),
    ):
        pass
    assert hooks(model) == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("h.9.output", "'h.9.output' is not in the GPT: h has no 9, expected 0, 1."),
        ("layers.0.output", "it has no layers, expected wte, wpe, drop, h, ln_f."),
        ("h.0.self_attn", "expected the path of a module, then .output, or"),
        ("output", "expected the path of a module"),
        ("h.0.weights", "h.0 is a EncoderLayer, expected a MultiHeadAttention"),
        ("h.0.linear1.0.output", "h.0.linear1 has no 0, nor anything else"),
        ("h.output", "h only holds others"),
        ("h.0.self_attn.output.x", "then .output"),
    ],
)
def test_names_that_are_not_there_are_refused_in_a_sentence(name, message):
    model = small("gpt")
    for use in (lambda: check_name(model, name), lambda: watched(model, [name])):
        with pytest.raises(ValueError, match=re.escape(message)):
            use()
    with pytest.raises(ValueError, match="is not in the GPT"):
        changed(model, {name: same})


def test_long_lists_are_cut_in_sentences():
    model = nn.Sequential(*(nn.ReLU() for _ in range(30)))
    with pytest.raises(ValueError, match=r"it has no 30, expected 0, 1, 2, …, 29\."):
        check_name(model, "30.output")


def test_what_does_not_fit_is_refused():
    model = small("gpt")
    with pytest.raises(ValueError, match=r"\['h.0.output'\]"):
        watched(model, "h.0.output")
    for bad, came in ((lambda value: value[:, :2], r"shape \(2, 2, 8\)"), (lambda value: 3, "3")):
        change = {"h.0.output": bad}
        with pytest.raises(ValueError, match=f"of {came}, expected"), changed(model, change):
            model(IDS)
    with pytest.raises(ValueError, match="Linear has no MultiHeadAttention"):
        attentions(nn.Linear(2, 2))
    assert attentions(nn.Sequential(MultiHeadAttention(2, 1))) == ["0"]
