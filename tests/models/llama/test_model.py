"""Llama: the logits of Hugging Face's with the same weights, from both kinds of files."""

import json
import subprocess
import sys

import gguf
import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.modeling_gguf_pytorch_utils import LlamaTensorProcessor

from lmteach.decoding.beam import beam_continuations
from lmteach.decoding.sampling import greedy, sample
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.llama.files import SMOLLM2, smollm2_file
from lmteach.models.llama.model import Llama, smollm2
from lmteach.models.llama.weights import GGUF_NAMES, HUGGING_FACE_NAMES, STRETCH
from lmteach.models.transformer.attention_maps import watch_attention
from tests.models.llama.theirs import ids_of, theirs_of, write_gguf
from tests.real_files import needs

SMOL = {
    "vocab_size": 49152,
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "max_position_embeddings": 8192,
    "rope_theta": 100000.0,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": True,
}
EACH = pytest.mark.parametrize(
    "given",
    [
        {"tie_word_embeddings": True},
        {"tie_word_embeddings": False},
        {"tie_word_embeddings": False, "num_key_value_heads": 4},
        {"tie_word_embeddings": True, "num_key_value_heads": 1},
    ],
    ids=["tied", "untied", "as many key heads", "one key head"],
)


@EACH
def test_logits_are_theirs_from_a_folder_and_from_a_gguf(tmp_path, given):
    theirs = theirs_of(given)
    theirs.save_pretrained(tmp_path)
    write_gguf(tmp_path / "a.gguf", theirs)
    ids = ids_of(50, 3, 20)
    with torch.no_grad():
        expected = theirs(ids).logits
    assert expected.std() > 0.1
    for ours in (Llama.from_pretrained(tmp_path), Llama.from_gguf(tmp_path / "a.gguf")):
        assert type(ours) is Llama
        assert not ours.training
        torch.testing.assert_close(ours(ids), expected, atol=1e-5, rtol=1e-5)
        assert ours.config.tied is given["tie_word_embeddings"]


LLAMA3 = {
    "rope_type": "llama3",
    "rope_theta": 1e6,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}
STRETCHED = {
    "hidden_size": 128,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 20_000,
}


def slower(rope, width):
    """How many times slower each pair turns, as llama.cpp's converter computes it."""
    found = []
    for pair in range(width // 2):
        wave = 2 * np.pi * rope["rope_theta"] ** (2 * pair / width)
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        smooth = (rope["original_max_position_embeddings"] / wave - low) / (high - low)
        smooth = min(max(smooth, 0), 1)
        found.append(1 / ((1 - smooth) / rope["factor"] + smooth))
    return np.array(found, dtype=np.float32)


@pytest.mark.parametrize("older", [False, True], ids=["rope_parameters", "rope_scaling"])
def test_stretched_positions_are_theirs_from_a_folder_from_a_gguf_and_back(tmp_path, older):
    theirs = theirs_of(STRETCHED | {"rope_parameters": LLAMA3})
    theirs.save_pretrained(tmp_path)
    if older:  # as the files of Llama 3.1 to 3.3 have it
        config = json.loads((tmp_path / "config.json").read_text())
        rope = config.pop("rope_parameters")
        given = config | {"rope_theta": rope.pop("rope_theta"), "rope_scaling": rope}
        (tmp_path / "config.json").write_text(json.dumps(given))
    factors = slower(LLAMA3, 64)
    assert factors.min() == 1
    assert (factors == 8).any()
    assert ((factors > 1) & (factors < 8)).any()
    write_gguf(tmp_path / "a.gguf", theirs, add=lambda writer: writer.add_tensor(STRETCH, factors))
    Llama.from_pretrained(tmp_path).save_pretrained(tmp_path / "ours")
    again = LlamaForCausalLM.from_pretrained(tmp_path / "ours").eval()
    ids = ids_of(50, 1, 300)
    with torch.no_grad():
        expected = theirs(ids).logits
        plain = theirs_of(STRETCHED | {"rope_parameters": LLAMA3 | {"rope_type": "default"}})
        assert (plain(ids).logits - expected).abs().max() > 1e-3  # it makes a difference
        assert torch.equal(again(ids).logits, expected)
    for ours in (Llama.from_pretrained(tmp_path), Llama.from_gguf(tmp_path / "a.gguf")):
        assert ours.config.rotary_stretch == 8
        torch.testing.assert_close(ours(ids), expected, atol=1e-5, rtol=1e-5)
        steps = theirs.generate(ids, max_new_tokens=20, do_sample=False, eos_token_id=None)
        assert greedy(ours, ids, 20, cached=True).tolist() == steps[:, 300:].tolist()


@pytest.mark.parametrize("factors", [[2.0] * 32, [1.0] * 16, [0.5] * 32], ids=str)
def test_other_stretches_in_a_gguf_are_named(tmp_path, factors):
    numbers = np.array(factors, dtype=np.float32)
    model = theirs_of(STRETCHED)
    write_gguf(tmp_path / "a.gguf", model, add=lambda writer: writer.add_tensor(STRETCH, numbers))
    with pytest.raises(ValueError, match=r"\(rope_freqs\.weight\) in another way than Llama 3\.1"):
        Llama.from_gguf(tmp_path / "a.gguf")


def test_a_folder_of_several_files(tmp_path):
    theirs = theirs_of({})
    theirs.save_pretrained(tmp_path, max_shard_size="50KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    ids = ids_of(50, 1, 9)
    expected = theirs(ids).logits
    torch.testing.assert_close(Llama.from_pretrained(tmp_path)(ids), expected, atol=1e-5, rtol=1e-5)


@EACH
def test_greedy_continuations_are_theirs_with_and_without_a_cache(tmp_path, given):
    theirs = theirs_of(given)
    theirs.save_pretrained(tmp_path)
    ours, ids = Llama.from_pretrained(tmp_path), ids_of(50, 2, 5)
    expected = theirs.generate(ids, max_new_tokens=20, do_sample=False, eos_token_id=None)
    for cached in (True, False):
        assert greedy(ours, ids, 20, cached=cached).tolist() == expected[:, 5:].tolist()


@pytest.mark.parametrize("bits", [32, 4])
def test_its_attention_can_be_watched(tmp_path, bits):
    """Each of the four query heads has a row of weights; they are Hugging Face's."""
    theirs = theirs_of({"vocab_size": 64})
    theirs.set_attn_implementation("eager")
    theirs.save_pretrained(tmp_path)
    ours, ids = Llama.from_pretrained(tmp_path, bits), ids_of(50, 2, 9)
    with torch.no_grad(), watch_attention(ours) as maps:
        ours(ids)
    assert list(maps) == [f"h.{layer}.self_attn" for layer in range(2)]
    expected = theirs(ids, output_attentions=True).attentions
    for weights, each in zip(maps.values(), expected, strict=True):
        assert weights.shape == (2, 4, 9, 9)
        if bits == 32:
            torch.testing.assert_close(weights, each, atol=1e-5, rtol=1e-5)
        else:
            torch.testing.assert_close(weights.float(), each, atol=0.1, rtol=0)


def test_every_way_of_decoding_takes_it(tmp_path):
    theirs = theirs_of({})
    theirs.save_pretrained(tmp_path)
    ours, ids = Llama.from_pretrained(tmp_path), ids_of(50, 1, 5)
    one_beam = theirs.generate(
        ids, max_new_tokens=8, num_beams=4, do_sample=False, eos_token_id=None, length_penalty=0.0
    )
    [found] = beam_continuations(ours, ids, new_tokens=8, width=4)
    assert list(found[0].tokens) == one_beam[0, 5:].tolist()
    drawn = [
        sample(ours, ids, 8, top_k=5, generator=torch.Generator().manual_seed(0), cached=cached)
        for cached in (True, False)
    ]
    assert torch.equal(*drawn)


def test_blocks_of_four_bits_are_unpacked_on_the_way(tmp_path):
    theirs = theirs_of({})
    write_gguf(tmp_path / "small.gguf", theirs, gguf.GGMLQuantizationType.Q4_1)
    ours = Llama.from_gguf(tmp_path / "small.gguf", bits=16)
    assert {tensor.dtype for tensor in ours.state_dict().values()} == {torch.bfloat16}
    numbers = theirs.model.layers[1].mlp.down_proj.weight
    error = (ours.blocks[1].linear2.weight.float() - numbers).abs()
    assert 0 < error.max() < 0.2 * numbers.abs().max()


def test_a_text_is_scored(tmp_path):
    theirs = theirs_of({})
    theirs.save_pretrained(tmp_path)
    ours, row = Llama.from_pretrained(tmp_path), ids_of(50, 30)
    expected = theirs(row[None]).logits[0].log_softmax(-1)[:-1].gather(1, row[1:, None])[:, 0]
    torch.testing.assert_close(ours.log_probabilities(row)[1:], expected, atol=1e-5, rtol=1e-5)


@needs(SMOLLM2)
def test_the_real_model_says_what_hugging_faces_says() -> None:
    file = gguf.GGUFReader(smollm2_file())
    turned = LlamaTensorProcessor({"num_attention_heads": 9, "num_key_value_heads": 3})
    theirs = LlamaForCausalLM(LlamaConfig(**SMOL)).eval()
    heads, weights = {"attn_q": 9, "attn_k": 3}, {}
    found = {tensor.name: tensor for tensor in file.tensors}
    for part, name in HUGGING_FACE_NAMES.items():
        for layer in range(30 if "{layer}" in name else 1):
            own = GGUF_NAMES[part].format(layer=layer)
            if own not in found:
                continue
            numbers = gguf.dequantize(found[own].data, found[own].tensor_type)
            for kind, count in heads.items():
                if kind in own:
                    numbers = turned._reverse_permute_weights(numbers, 9, count)
            weights[name.format(layer=layer)] = torch.from_numpy(np.array(numbers))
    missing = theirs.load_state_dict(weights, strict=False)
    assert missing.missing_keys == ["lm_head.weight"]
    assert not missing.unexpected_keys
    theirs.tie_weights()
    ids = ids_of(49152, 1, 64)
    with torch.no_grad():
        expected = theirs(ids).logits
    torch.testing.assert_close(smollm2()(ids), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"model_type": "mistral"}, "says model_type = 'mistral', expected 'llama'"),
        ({"hidden_act": "gelu"}, "says hidden_act = 'gelu', expected 'silu'"),
        ({"rope_parameters": {"rope_type": "yarn"}}, "in the way 'yarn', expected 'llama3'"),
        ({"rope_scaling": {"type": "linear"}, "rope_parameters": None}, "in the way 'linear'"),
        ({"rope_parameters": {"rope_type": "llama3"}}, "with low_freq_factor = None, expected 1"),
        ({"rope_parameters": LLAMA3 | {"high_freq_factor": 8}}, "with high_freq_factor = 8, expe"),
        ({"head_dim": 8}, "has heads of width 8, expected hidden_size"),
        ({"vocab_size": 49}, r"has wte.weight in shape \(50, 64\), expected \(49, 64\)"),
        ({"num_hidden_layers": 3}, r"has no tensor model\.layers\.2\.input_layernorm\.weight"),
    ],
)
def test_folders_of_other_kinds_are_named(tmp_path, change, message):
    theirs_of({}).save_pretrained(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        Llama.from_pretrained(tmp_path)


def test_missing_and_damaged_files_are_named(tmp_path):
    for folder in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(FileNotFoundError, match=r"has no config\.json, expected config\.json"):
            Llama.from_pretrained(folder)
    theirs_of({}).save_pretrained(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        Llama.from_pretrained(tmp_path)
    weights.unlink()
    with pytest.raises(FileNotFoundError, match=r"has no model\.safetensors"):
        Llama.from_pretrained(tmp_path)


def test_a_gpt_of_another_form_is_not_written(tmp_path):
    model = Llama(GPTConfig(vocab_size=9, dim=8, heads=2, layers=1))
    with pytest.raises(ValueError, match="norm is 'layer', expected 'rms': only Llama's form"):
        model.save_pretrained(tmp_path)


@pytest.mark.parametrize("size", ["5GB", "10KB"])
def test_folders_are_read_both_ways(tmp_path, size):
    theirs = theirs_of({"tie_word_embeddings": False})
    theirs.save_pretrained(tmp_path / "theirs", max_shard_size=size)
    ours = Llama.from_pretrained(tmp_path / "theirs")
    ours.save_pretrained(tmp_path / "ours")
    again = LlamaForCausalLM.from_pretrained(tmp_path / "ours").eval()
    ids = ids_of(50, 2, 9)
    with torch.no_grad():
        expected = theirs(ids).logits
        torch.testing.assert_close(ours(ids), expected, atol=1e-5, rtol=0)
        assert torch.equal(again(ids).logits, expected)


FIRST = """
import gc, weakref
gc.disable()
from lmteach.models.llama.files import TINY_LLAMA
from lmteach.models.llama.model import Llama
model = Llama.from_gguf(TINY_LLAMA, 16)
gone = weakref.ref(model)
del model
print(gone() is None)
"""


def test_a_model_that_is_let_go_is_gone_even_the_first():
    ran = subprocess.run([sys.executable, "-c", FIRST], check=True, capture_output=True, text=True)
    assert ran.stdout == "True\n"
