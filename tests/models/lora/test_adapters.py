"""Adapters in whole models: the same as peft's, merged as unmerged, and nothing else changes."""

import copy
import warnings

import pytest
import torch
from torch import nn
from transformers import BertConfig as TheirBertConfig
from transformers import BertModel, LlamaConfig, LlamaForCausalLM

from lmteach.decoding.fused_step import can_be_fused
from lmteach.decoding.sampling import greedy
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.encoder import BertEncoder
from lmteach.models.bert.files import rename
from lmteach.models.bert.minilm import minilm
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.model import Llama
from lmteach.models.llama.weights import llama_config
from lmteach.models.lora.adapters import (
    adapter_state,
    adapters_of,
    add_adapters,
    linear_maps,
    merge_adapters,
    remove_adapters,
    unmerge_adapters,
)
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator

with warnings.catch_warnings():  # of what it imports
    warnings.simplefilter("ignore")
    from peft import LoraConfig, get_peft_model

GPT_SIZES = {"vocab_size": 50, "context": 32, "dim": 16, "heads": 4, "layers": 2, "dropout": 0.0}
LLAMA = llama_config(vocab_size=64, dim=64, heads=4, key_heads=2, layers=2, hidden=96, tied=False)
SMALL = TransformerConfig(dim=16, heads=4, feed_forward_dim=32, layers=1, dropout=0.0)
BERT = BertConfig(vocab_size=50, context=32, dim=16, heads=4, layers=2, dropout=0.0)


def ids_of(*shape, vocab_size=50):
    """Some ids, the same each time."""
    return torch.randint(vocab_size, shape, generator=torch.Generator().manual_seed(1))


def translated(model):
    """The logits of a translator."""
    return model(ids_of(2, 5), torch.tensor([5, 3]), ids_of(2, 4))


MODELS = {
    "GPT-2's form": (lambda: GPT(GPTConfig(**GPT_SIZES)), lambda model: model(ids_of(2, 9))),
    "GPT, untied": (lambda: GPT(GPTConfig(**GPT_SIZES, tied=False)), lambda m: m(ids_of(2, 9))),
    "today's GPT": (lambda: GPT(GPTConfig.modern(**GPT_SIZES)), lambda model: model(ids_of(2, 9))),
    "Llama": (lambda: Llama(LLAMA), lambda model: model(ids_of(2, 9))),
    "BERT": (lambda: BertForMaskedLM(BERT), lambda model: model(ids_of(2, 9))),
    "BERT's encoder": (lambda: BertEncoder(BERT), lambda model: model(ids_of(2, 9))),
    "MiniLM": (minilm, lambda model: model.embed(["A cat sleeps.", "Shares fell today."])),
    "translator": (lambda: Translator(50, 50, SMALL, tied=False), translated),
    "translator, tied": (lambda: Translator(50, 50, SMALL, tied=True), translated),
}
EACH = pytest.mark.parametrize("name", MODELS)
BY_PEFT = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing`:FutureWarning")


def made(name):
    """A model with lively weights, and what asks it."""
    torch.manual_seed(0)
    make, ask = MODELS[name]
    model = make().eval()
    if name != "MiniLM":
        for weight in model.parameters():
            weight.data += 0.1 * torch.randn_like(weight)
    return model, ask


def taught(model, rank=2, targets=("*",), **numbers):
    """A model with adapters that have learned something."""
    for low_rank in add_adapters(model, rank, targets=targets, **numbers).values():
        nn.init.normal_(low_rank.lora_B, std=0.1)
    return model


@EACH
def test_merged_is_unmerged_and_at_first_nothing_changes(name):
    model, ask = made(name)
    before, maps = ask(model), linear_maps(model)
    weights = copy.deepcopy(model.state_dict())
    assert (
        list(add_adapters(model, rank=2, targets=["*"])) == list(maps) == list(linear_maps(model))
    )
    assert torch.equal(ask(model), before)
    for low_rank in adapters_of(model).values():
        nn.init.normal_(low_rank.lora_B, std=0.1)
    adapted = ask(model)
    assert (adapted - before).abs().max() > 1e-2
    merge_adapters(model)
    torch.testing.assert_close(ask(model), adapted, rtol=1e-5, atol=1e-5)
    unmerge_adapters(model)
    torch.testing.assert_close(ask(model), adapted, rtol=1e-5, atol=1e-5)
    merge_adapters(model)
    remove_adapters(model)
    torch.testing.assert_close(ask(model), adapted, rtol=1e-5, atol=1e-5)
    assert list(model.state_dict()) == list(weights)
    assert {type(part) for part in model.modules()} == {
        type(part) for part in made(name)[0].modules()
    }


@EACH
def test_only_adapters_have_a_gradient_and_only_they_change(name):
    model, ask = made(name)
    taught(model)
    before = copy.deepcopy(model.state_dict())
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, weight_decay=0.1)
    ask(model.train()).square().sum().backward()
    optimizer.step()
    own = {
        id(weight) for low_rank in adapters_of(model).values() for weight in low_rank.parameters()
    }
    assert {id(weight) for weight in trained} == own
    assert {id(weight) for weight in model.parameters() if weight.grad is not None} == own
    for key, weight in model.state_dict().items():
        assert torch.equal(weight, before[key]) is ("lora_" not in key), key


@EACH
def test_taken_off_unmerged_it_is_the_model_from_before(name):
    model, ask = made(name)
    before = ask(model)
    remove_adapters(taught(model))
    assert torch.equal(ask(model), before)
    assert not any(weight.requires_grad for weight in model.parameters())


LLAMA_NAMES = {"q_proj": "q_proj", "k_proj": "k_proj", "v_proj": "v_proj", "out_proj": "o_proj"}
LLAMA_NAMES |= {"linear2": "down_proj"}


@BY_PEFT
@pytest.mark.parametrize("targets", [("q_proj", "v_proj"), tuple(LLAMA_NAMES)])
@pytest.mark.parametrize(("rank", "alpha"), [(1, 1.0), (4, 16.0)])
def test_a_llama_is_that_of_peft(tmp_path, targets, rank, alpha):
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "vocab_size": 50}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.2}
    theirs = LlamaForCausalLM(LlamaConfig(**sizes, **heads)).eval()
    theirs.save_pretrained(tmp_path)
    ours = Llama.from_pretrained(tmp_path)
    modules = [LLAMA_NAMES[name] for name in targets]
    theirs = get_peft_model(
        theirs, LoraConfig(r=rank, lora_alpha=alpha, target_modules=modules, lora_dropout=0.0)
    )
    pairs = []
    for name, low_rank in add_adapters(ours, rank, alpha, targets).items():
        _, layer, part, last = name.split(".") if name.count(".") == 3 else (*name.split("."), "")
        place = f"mlp.{LLAMA_NAMES[part]}" if not last else f"self_attn.{LLAMA_NAMES[last]}"
        their = theirs.get_submodule(f"base_model.model.model.layers.{layer}.{place}")
        for letter in "AB":
            mine, other = (
                getattr(low_rank, f"lora_{letter}"),
                getattr(their, f"lora_{letter}")["default"].weight,
            )
            assert mine.shape == other.shape
            other.data = torch.randn(other.shape) * 0.3
            mine.data = other.detach().clone()
            pairs.append((mine, other))
    assert sum(weight.requires_grad for weight in theirs.parameters()) == len(pairs)
    ids = ids_of(3, 12)
    found, expected = ours(ids), theirs(ids).logits
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)
    for logits in (found, expected):
        logits.log_softmax(-1)[..., 7].mean().backward()
    for mine, other in pairs:
        torch.testing.assert_close(mine.grad, other.grad, rtol=1e-4, atol=1e-5)
    merge_adapters(ours)
    merged = theirs.merge_and_unload()
    torch.testing.assert_close(ours(ids), merged(ids).logits, rtol=1e-5, atol=1e-5)


@BY_PEFT
def test_an_encoder_is_that_of_peft():
    torch.manual_seed(0)
    sizes = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"intermediate_size": 64, "max_position_embeddings": 32}
    their_config = TheirBertConfig(**sizes, initializer_range=0.3)
    theirs = BertModel(their_config, add_pooling_layer=False).eval()
    ours = BertEncoder(BERT).eval()
    ours.load_state_dict(rename(theirs.state_dict(), layers=2))
    modules = ["query", "value"]
    theirs = get_peft_model(theirs, LoraConfig(r=4, lora_alpha=8, target_modules=modules))
    for name, low_rank in add_adapters(ours, rank=4, alpha=8.0).items():
        layer, part = name.split(".")[1], {"q_proj": "query", "v_proj": "value"}[name[-6:]]
        place = f"base_model.model.encoder.layer.{layer}.attention.self.{part}"
        their = theirs.get_submodule(place)
        nn.init.normal_(their.lora_B["default"].weight)
        low_rank.lora_A.data = their.lora_A["default"].weight.data
        low_rank.lora_B.data = their.lora_B["default"].weight.data
    ids, mask = ids_of(2, 9), torch.ones(2, 9).bool()
    mask[1, 5:] = False
    expected = theirs.eval()(ids, mask.long()).last_hidden_state
    torch.testing.assert_close(ours(ids, mask)[mask], expected[mask], rtol=1e-5, atol=1e-5)


def test_by_hand_in_a_model_of_two_maps():
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 1, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(2))
        model[1].weight.copy_(torch.tensor([[1.0, 1.0]]))
    low_rank = add_adapters(model, rank=1, alpha=2.0, targets=["0"])["0"]
    with torch.no_grad():
        low_rank.lora_A.copy_(torch.tensor([[1.0, 0.0]]))
        low_rank.lora_B.copy_(torch.tensor([[0.0], [5.0]]))
    # (3, 4) goes through the first as (3, 4) + 2 · (0, 5 · 3) = (3, 34)
    assert model(torch.tensor([3.0, 4.0])).tolist() == [37.0]


@pytest.mark.parametrize("bits", [32, 16, 8, 4])
def test_a_llama_in_few_bits_learns_by_adapters_alone(tmp_path, bits):
    torch.manual_seed(0)
    drawn = Llama(llama_config(64, dim=64, heads=4, key_heads=2, layers=2, hidden=96))
    for weight in drawn.parameters():
        weight.data += 0.1 * torch.randn_like(weight)
    drawn.save_pretrained(tmp_path)
    model = Llama.from_pretrained(tmp_path, bits)
    ids = ids_of(1, 6, vocab_size=64)  # few rows, for which packed weights have a product apart
    before = model(ids)
    taught(model, rank=4)
    fixed = [weight.clone() for weight in model.parameters() if not weight.requires_grad]
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=0.03)
    losses = []
    for _ in range(20):
        logits = model(ids[:, :-1]).float().flatten(0, 1)
        losses.append(nn.functional.cross_entropy(logits, ids[0, 1:]))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    assert losses[-1] < 0.5 * losses[0]
    still = [weight for weight in model.parameters() if not weight.requires_grad]
    assert all(torch.equal(a, b) for a, b in zip(fixed, still, strict=True))
    if bits < 16:
        with pytest.raises(ValueError, match="the weight is packed"):
            merge_adapters(model)
    elif bits == 32:
        unmerged = model(ids)
        merge_adapters(model)
        torch.testing.assert_close(model(ids), unmerged, rtol=1e-5, atol=1e-5)
        unmerge_adapters(model)
    remove_adapters(model)
    torch.testing.assert_close(model(ids), before, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["GPT-2's form", "today's GPT", "Llama"])
def test_an_adapted_model_writes_the_same_with_and_without_a_cache(name):
    model, _ = made(name)
    plain = greedy(model, ids_of(2, 5), 15).tolist()
    taught(model, alpha=60.0)
    assert not can_be_fused(model)
    slow = greedy(model, ids_of(2, 5), 15, cached=False).tolist()
    assert slow != plain
    assert greedy(model, ids_of(2, 5), 15, cached=True).tolist() == slow
    merge_adapters(model)
    remove_adapters(model)
    assert can_be_fused(model)
    assert greedy(model, ids_of(2, 5), 15, cached=True).tolist() == slow


def test_names_of_weights_are_those_that_files_keep():
    model = taught(made("GPT-2's form")[0], targets=["h.0.self_attn.q_proj", "h.1.linear1"])
    assert {name: tuple(weight.shape) for name, weight in adapter_state(model).items()} == {
        "h.0.self_attn.q_proj.lora_A": (2, 16),
        "h.0.self_attn.q_proj.lora_B": (16, 2),
        "h.1.linear1.lora_A": (2, 16),
        "h.1.linear1.lora_B": (64, 2),
    }


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        (["q_proj"], ["h.0.self_attn.q_proj", "h.1.self_attn.q_proj"]),
        (["h.1.linear2"], ["h.1.linear2"]),
        (["h.0.*_proj", "linear1"], [f"h.0.self_attn.{x}_proj" for x in ("q", "k", "v", "out")]),
        (["self_attn.v_proj"], ["h.0.self_attn.v_proj", "h.1.self_attn.v_proj"]),
    ],
)
def test_targets(targets, expected):
    found = add_adapters(made("GPT-2's form")[0], rank=1, targets=targets)
    more = ["h.0.linear1", "h.1.linear1"] if "linear1" in targets else []
    assert set(found) == {*expected, *more}


def test_a_name_is_that_map_alone_though_others_end_in_it():
    model = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.ModuleDict({"a": nn.Linear(2, 2)})})
    assert list(add_adapters(model, rank=1, targets=["a"])) == ["a"]


def test_tied_maps_are_left_out():
    assert "output" in linear_maps(made("translator")[0])
    assert "output" not in linear_maps(made("translator, tied")[0])


def test_the_generator_decides():
    states = []
    for seed in (0, 0, 1):
        model, _ = made("GPT-2's form")
        generator = torch.Generator().manual_seed(seed)
        states.append(add_adapters(model, rank=1, generator=generator))
    first, same, other = (next(iter(state.values())).lora_A for state in states)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"rank": 0}, "rank is 0"),
        ({"rank": 17}, "rank is 17, expected at most 16"),
        ({"alpha": 0.0}, "alpha is 0.0, expected a finite number above 0"),
        ({"alpha": -1.0}, "alpha is -1.0"),
        ({"dropout": 1.0}, "dropout is 1.0"),
        (
            {"targets": ["query"]},
            "no linear map of the GPT is called 'query'. Its maps end in: linear1, linear2, q_proj",
        ),
        ({"targets": []}, "targets is an empty list|targets is .., expected a list of at least"),
        ({"targets": "q_proj"}, "targets is 'q_proj', expected a list"),
    ],
)
def test_what_can_not_be_added(numbers, message):
    model, ask = made("GPT-2's form")
    before = ask(model)
    with pytest.raises(ValueError, match=message):
        add_adapters(model, **{"rank": 2} | numbers)
    assert not adapters_of(model)
    assert all(weight.requires_grad for weight in model.parameters())
    assert torch.equal(ask(model), before)


def test_twice_and_never():
    model, _ = made("GPT-2's form")
    for function in (merge_adapters, unmerge_adapters, remove_adapters, adapter_state):
        with pytest.raises(ValueError, match="the GPT has no adapters: put some in with add_adapt"):
            function(model)
    taught(model)
    with pytest.raises(ValueError, match="the GPT has 12 adapters already: take them off with"):
        add_adapters(model)
    with pytest.raises(ValueError, match="not merged"):
        unmerge_adapters(model)
    merge_adapters(model)
    with pytest.raises(ValueError, match="merged already"):
        merge_adapters(model)
    with pytest.raises(ValueError, match="no linear map of the Embedding is called 'q_proj'"):
        add_adapters(nn.Embedding(3, 2))
