"""GPT in both of its forms: against three models of transformers, by hand, and what it promises."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.files import from_gpt2, to_gpt2
from lmteach.models.gpt.model import GPT, Cache
from lmteach.models.gpt.ngram_embedding import ngram_rows
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.models.transformer.layers import EncoderLayer
from lmteach.models.transformer.norms import LayerNorm, RMSNorm
from lmteach.models.transformer.positions import Rotary

SIZES = {"vocab_size": 11, "context": 12, "dim": 16, "heads": 2, "layers": 3}
FORMS = {
    "gpt2": GPTConfig(**SIZES),
    "modern": GPTConfig.modern(**SIZES),
    "swiglu": GPTConfig.modern(**SIZES, activation="swiglu", tied=False, query_key_norm=False),
    "ngrams": GPTConfig.modern(**SIZES, ngram_order=3, ngram_rows=50),
}
EACH = pytest.mark.parametrize("form", FORMS)


def lively(model):
    """The same model with larger numbers, gains and biases among them: nothing is near 0 or 1."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            middle = 1.0 if parameter.ndim == 1 and name.endswith("weight") else 0.0
            parameter.normal_(middle, 0.3, generator=generator)
    return model.double().eval()


def model_of(form):
    return lively(GPT(FORMS[form]))


def drawn_ids(batch, time, seed=0, vocab=11):
    return torch.randint(vocab, (batch, time), generator=torch.Generator().manual_seed(seed))


def expect_same(ours, theirs, ids, atol=1e-10):
    """The same logits, and the same gradient of the embeddings, at weights of our choosing."""
    logits, expected = ours(ids), theirs(ids).logits
    torch.testing.assert_close(logits, expected, rtol=0, atol=atol)
    weights = torch.linspace(-1, 1, logits.numel(), dtype=logits.dtype).view_as(logits)
    (gradient,) = torch.autograd.grad((logits * weights).sum(), [ours.wte.weight])
    own = theirs.get_input_embeddings().weight
    (wanted,) = torch.autograd.grad((expected * weights).sum(), [own])
    torch.testing.assert_close(gradient, wanted, rtol=1e-8, atol=100 * atol)


@settings(max_examples=10)
@given(
    st.sampled_from([(8, 1), (8, 4), (12, 3)]),
    st.integers(1, 3),
    st.booleans(),
    st.integers(1, 3),
    st.integers(1, 12),
)
def test_gpt2_form_equals_transformers(width, layers, tied, batch, time):
    dim, heads = width
    config = GPTConfig(11, 12, dim, heads, layers, tied=tied)
    given = {"vocab_size": 11, "n_positions": 12, "n_embd": dim, "n_layer": layers, "n_head": heads}
    off = {"resid_pdrop": 0, "embd_pdrop": 0, "attn_pdrop": 0}
    given = GPT2Config(**given, **off, tie_word_embeddings=tied)
    ours, theirs = lively(GPT(config)), GPT2LMHeadModel(given).double().eval()
    missing, unknown = theirs.load_state_dict(to_gpt2(ours.state_dict()), strict=False)
    assert (missing, unknown) == (["lm_head.weight"] if tied else [], [])
    expect_same(ours, theirs, drawn_ids(batch, time))


def as_llama(model):
    """The weights of a GPT with SwiGLU under the names of LLaMA and Qwen."""
    own, state = model.state_dict(), {}
    for layer in range(model.config.layers):
        old, new = f"h.{layer}.", f"model.layers.{layer}."
        parts = own[old + "self_attn.in_proj_weight"].chunk(3)
        for name, part in zip(("q_proj", "k_proj", "v_proj"), parts, strict=True):
            state[f"{new}self_attn.{name}.weight"] = part
        parts = own[old + "linear1.weight"].chunk(2)
        for name, part in zip(("gate_proj", "up_proj"), parts, strict=True):
            state[f"{new}mlp.{name}.weight"] = part
        state[new + "self_attn.o_proj.weight"] = own[old + "self_attn.out_proj.weight"]
        state[new + "mlp.down_proj.weight"] = own[old + "linear2.weight"]
        state[new + "input_layernorm.weight"] = own[old + "norm1.weight"]
        state[new + "post_attention_layernorm.weight"] = own[old + "norm2.weight"]
    state["model.embed_tokens.weight"] = own["wte.weight"]
    state["model.norm.weight"] = own["ln_f.weight"]
    state["lm_head.weight"] = own["lm_head.weight"]
    return state


@pytest.mark.parametrize("query_key_norm", [False, True])
@settings(max_examples=5)
@given(st.integers(1, 3), st.integers(1, 12))
def test_modern_form_equals_transformers(query_key_norm, batch, time):
    """LLaMA has no norm of queries and keys; Qwen3 has one, with gains, which stay 1 here."""
    config = GPTConfig.modern(
        **SIZES, activation="swiglu", tied=False, query_key_norm=query_key_norm
    )
    ours = lively(GPT(config))
    given = {
        "vocab_size": 11,
        "hidden_size": 16,
        "intermediate_size": config.hidden,
        "num_hidden_layers": 3,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 12,
        "rms_norm_eps": 1e-5,
        "tie_word_embeddings": False,
    }
    kind = Qwen3ForCausalLM if query_key_norm else LlamaForCausalLM
    theirs = kind((Qwen3Config if query_key_norm else LlamaConfig)(**given)).double().eval()
    missing, unknown = theirs.load_state_dict(as_llama(ours), strict=False)
    assert unknown == []
    assert all(name.endswith(("q_norm.weight", "k_norm.weight")) for name in missing)
    expect_same(ours, theirs, drawn_ids(batch, time), atol=1e-5)  # their angles are in float32


def test_squared_relu_by_its_definition():
    part = EncoderLayer(FORMS["modern"].layer).double()
    x = torch.randn(2, 3, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wide = x @ part.linear1.weight.T
    expected = torch.where(wide > 0, wide**2, torch.zeros_like(wide)) @ part.linear2.weight.T
    torch.testing.assert_close(part.feed_forward(x), expected, rtol=0, atol=1e-12)


def test_by_hand_with_nothing_but_the_tables():
    """No layer does anything: what is left is the norm of token plus place, times each token."""
    model = GPT(GPTConfig(vocab_size=2, context=2, dim=2, heads=1, layers=1)).double()
    with torch.no_grad():
        for parameter in model.h.parameters():
            parameter.zero_()
        model.wte.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 2.0]]))
        model.wpe.weight.copy_(torch.tensor([[0.0, 0.0], [5.0, 0.0]]))
    logits = model(torch.tensor([[1, 1]]))[0]
    one = 1 / math.sqrt(1 + 1e-5)  # [0, 2] is [-1, 1] after the norm
    assert logits[0].tolist() == pytest.approx([-one, 2 * one], abs=1e-9)
    one = 1.5 / math.sqrt(1.5**2 + 1e-5)  # [5, 2] is [1, -1]
    assert logits[1].tolist() == pytest.approx([one, -2 * one], abs=1e-9)


def test_the_names_in_files_are_gpt2s_and_lead_back():
    theirs = GPT2LMHeadModel(GPT2Config(vocab_size=11, n_embd=16, n_layer=3, n_head=2))
    own = GPT(FORMS["gpt2"]).state_dict()
    assert set(to_gpt2(own)) == theirs.state_dict().keys() - {"lm_head.weight"}
    back = from_gpt2(to_gpt2(own))
    assert back.keys() == own.keys()
    assert all(torch.equal(back[name], own[name]) for name in own)


@EACH
def test_the_future_changes_nothing_before_it(form):
    model, ids = model_of(form), drawn_ids(2, 10)
    changed = ids.clone()
    changed[:, 6:] = (changed[:, 6:] + 1) % 11
    before, after = model(ids), model(changed)
    torch.testing.assert_close(before[:, :6], after[:, :6], rtol=0, atol=1e-12)
    assert bool((before[:, 6:] != after[:, 6:]).any(-1).all())


@EACH
def test_order_counts(form):
    model = model_of(form)
    logits = model(torch.tensor([[0, 1, 2, 3], [1, 2, 0, 3]]))[:, -1]
    assert bool((logits[0] - logits[1]).abs().max() > 1e-3)


class Remembering:
    """The plainest cache: all keys and values of each layer, laid end to end."""

    def __init__(self):
        self.held = {}

    @property
    def length(self):
        return self.held[0][0].shape[2] if self.held else 0

    def read(self, ids):
        self.ids = torch.cat([self.ids, ids], dim=1) if self.held else ids
        return self.ids

    def extend(self, layer, keys, values):
        old = self.held.get(layer)
        if old is not None:
            keys, values = torch.cat([old[0], keys], 2), torch.cat([old[1], values], 2)
        self.held[layer] = keys, values
        return keys, values


@EACH
@settings(max_examples=10)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_a_cache_changes_nothing(form, pieces):
    model, ids = model_of(form), drawn_ids(2, sum(pieces))
    cache = Remembering()
    assert isinstance(cache, Cache)
    found = [model(piece, cache) for piece in ids.split(pieces, dim=1)]
    assert cache.length == sum(pieces)
    torch.testing.assert_close(torch.cat(found, dim=1), model(ids), rtol=0, atol=1e-12)


def test_a_full_cache_says_so():
    model, cache = model_of("modern"), Remembering()
    model(drawn_ids(1, 12), cache)
    with pytest.raises(ValueError, match="1 tokens after 12 in the cache, but the model"):
        model(drawn_ids(1, 1), cache)


def test_ngrams_are_added_to_the_embedding_and_start_at_zero():
    """Without its tables the model is the same as one that has none; with them, another."""
    without = GPT(FORMS["modern"], torch.Generator().manual_seed(0))
    model = GPT(FORMS["ngrams"], torch.Generator().manual_seed(0))
    ids = drawn_ids(2, 9)
    assert torch.equal(model(ids), without(ids))
    assert model.parameter_count == without.parameter_count + 2 * 50 * 16
    bigram, _ = model.ngrams.tables
    rows = ngram_rows(ids, 2, 50)
    bigram.weight.data[rows[0, 4]] = 1.0
    changed = (model(ids) != without(ids)).any(dim=-1)
    here = (rows == rows[0, 4]).cumsum(dim=1) > 0  # there, and wherever can look back to it
    assert changed.equal(here)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("make", [GPTConfig, GPTConfig.modern])
def test_the_first_loss_is_that_of_a_guess(make, seed):
    """Within 2 per cent of ln V, at the size of the notebook and with its vocabulary."""
    config = make(vocab_size=1024, context=64, dim=192, heads=4, layers=4)
    model = GPT(config, torch.Generator().manual_seed(seed))
    ids = drawn_ids(8, 65, seed, vocab=1024)
    with torch.no_grad():
        loss = functional.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
    assert loss.item() == pytest.approx(math.log(1024), rel=0.02)


@EACH
def test_the_weights_at_the_start(form):
    config = {"vocab_size": 500, "context": 100, "dim": 64, "heads": 4, "layers": 8}
    form = FORMS[form]
    config |= {name: getattr(form, name) for name in ("norm", "positions", "activation", "bias")}
    model = GPT(GPTConfig(**config), torch.Generator().manual_seed(0))
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            assert not parameter.any(), name
        elif parameter.ndim == 1:
            assert bool((parameter == 1).all()), name
        else:
            std = 0.02 / 4 if name.endswith(("out_proj.weight", "linear2.weight")) else 0.02
            assert parameter.std().item() == pytest.approx(std, rel=0.05), name
            assert abs(parameter.mean().item()) < 0.1 * std, name
    again = GPT(GPTConfig(**config), torch.Generator().manual_seed(0))
    for one, other in zip(model.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)


def test_an_output_layer_of_its_own_starts_as_the_embedding_does():
    config = GPTConfig(vocab_size=500, context=9, dim=64, heads=4, layers=1, tied=False)
    one, again = (GPT(config, torch.Generator().manual_seed(0)) for _ in range(2))
    assert one.lm_head.weight.std().item() == pytest.approx(0.02, rel=0.05)
    assert torch.equal(one.lm_head.weight, again.lm_head.weight)


def test_dropout_only_in_training():
    config = GPTConfig(**SIZES, dropout=0.5)
    model, ids = GPT(config), drawn_ids(1, 8)
    without = GPT(FORMS["gpt2"])
    without.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(ids), without(ids))
    model.train()
    assert not torch.equal(model(ids), model(ids))


def test_ngram_dropout_arrives():
    model, ids = GPT(replace(FORMS["ngrams"], ngram_dropout=0.5)), drawn_ids(1, 8)
    for table in model.ngrams.tables:
        table.weight.data.normal_()
    assert not torch.equal(model(ids), model(ids))
    assert torch.equal(model.eval()(ids), model(ids))


def test_dropout_falls_where_transformers_has_it():
    """On the embedding, on the weights of attention, on what both parts return: drawn alike."""
    config = GPTConfig(**SIZES, dropout=0.3, norm_eps=0.1)
    given = {"vocab_size": 11, "n_positions": 12, "n_embd": 16, "n_layer": 3, "n_head": 2}
    rates = {"resid_pdrop": 0.3, "embd_pdrop": 0.3, "attn_pdrop": 0.3}
    given = GPT2Config(**given, **rates, layer_norm_epsilon=0.1, attn_implementation="sdpa")
    ours, theirs = lively(GPT(config)), GPT2LMHeadModel(given).double()
    theirs.load_state_dict(to_gpt2(ours.state_dict()), strict=False)
    ids, logits = drawn_ids(2, 9), []
    for model in (ours.train(), theirs.train()):
        torch.manual_seed(0)
        logits.append(model(ids))
    torch.testing.assert_close(logits[0], logits[1].logits, rtol=0, atol=1e-10)
    assert bool((logits[0] != ours.eval()(ids)).all())


@EACH
def test_it_can_be_trained(form):
    torch.manual_seed(0)
    model, ids = GPT(FORMS[form]), drawn_ids(4, 12)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = functional.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
    assert all(parameter.grad is not None for parameter in model.parameters())


@EACH
def test_each_layer_is_the_one_block_with_its_parts(form):
    config = FORMS[form]
    norm = RMSNorm if config.norm == "rms" else LayerNorm
    for block in GPT(config).blocks:
        assert type(block) is EncoderLayer
        assert type(block.self_attn) is MultiHeadAttention
        assert type(block.norm1) is type(block.norm2) is norm
        assert isinstance(block.self_attn.positions, Rotary) == (config.positions == "rotary")
        assert block.self_attn.query_key_norm == config.query_key_norm


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (torch.tensor([[11]]), "ids contains the id 11, but the vocabulary has 11 entries"),
        (torch.zeros(1, 2), "type torch.float32, expected a tensor of whole numbers"),
        (torch.zeros(3).long(), r"ids has shape \(3,\)"),
        (torch.zeros(1, 13).long(), "there are 13 tokens, but the model looks at 12 at most"),
    ],
)
def test_bad_ids(ids, message):
    with pytest.raises(ValueError, match=message):
        GPT(FORMS["gpt2"])(ids)
