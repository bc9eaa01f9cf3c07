"""A Llama's weights under other names and in other orders: there and back, and the same scores."""

import pytest
import torch

from lmteach.models.llama.model import Llama
from lmteach.models.llama.weights import (
    GGUF_NAMES,
    HUGGING_FACE_NAMES,
    assembled,
    config_of_gguf,
    halves_apart,
    llama_config,
    parted,
)
from lmteach.models.transformer.positions import frequencies, rotate

CONFIG = llama_config(vocab_size=9, dim=16, heads=4, key_heads=2, layers=2, hidden=12, tied=False)


def drawn(*shape):
    """Some numbers, the same each time."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_what_is_parted_can_be_assembled() -> None:
    state = Llama(CONFIG, torch.Generator().manual_seed(0)).state_dict()
    theirs = parted(CONFIG, state)
    assert theirs["model.layers.1.self_attn.k_proj.weight"].shape == (8, 16)
    again = dict(assembled(CONFIG, HUGGING_FACE_NAMES, theirs.__getitem__, False))
    assert again.keys() == state.keys()
    assert all(torch.equal(again[name], state[name]) for name in state)


def test_a_part_that_is_missing_is_named() -> None:
    state = dict(Llama(CONFIG).state_dict())
    del state["h.1.linear2.weight"]
    with pytest.raises(ValueError, match=r"state has no 'h\.1\.linear2\.weight'"):
        parted(CONFIG, state)
    with pytest.raises(ValueError, match="names has no 'down'"):
        dict(assembled(CONFIG, {k: v for k, v in GGUF_NAMES.items() if k != "down"}, id, True))


def test_neighbours_turned_are_halves_turned_of_the_other_order() -> None:
    heads, width, place = 2, 6, 5
    rows, x = drawn(heads * width, 4), drawn(4)
    angles = place * frequencies(width).float()
    pairs = (rows @ x).view(heads, -1, 2)  # two neighbours are a pair, as complex numbers
    turned = torch.view_as_complex(pairs) * torch.polar(torch.ones(3), angles)
    expected = torch.cat([turned.real, turned.imag], dim=-1)
    ours = (halves_apart(rows, heads) @ x).view(heads, width)
    found = rotate(ours, angles.cos(), angles.sin())
    torch.testing.assert_close(found, expected)


def test_rows_of_no_heads_are_refused() -> None:
    with pytest.raises(ValueError, match="an even number of rows for each of 2 heads"):
        halves_apart(drawn(6, 4), heads=2)


GGUF_SETTINGS = {
    "general.architecture": "llama",
    "llama.embedding_length": 16,
    "llama.attention.head_count": 4,
    "llama.attention.head_count_kv": 2,
    "llama.block_count": 2,
    "llama.feed_forward_length": 12,
    "llama.context_length": 2048,
    "llama.attention.layer_norm_rms_epsilon": 1e-5,
    "llama.vocab_size": 9,
}


def test_sizes_of_a_file_by_hand() -> None:
    assert config_of_gguf(GGUF_SETTINGS, ["output.weight"], "a.gguf") == CONFIG
    assert config_of_gguf(GGUF_SETTINGS, ["token_embd.weight"], "a.gguf").tied


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"llama.rope.scaling.type": "linear"}, "stretches its rotary positions .'linear'."),
        ({"llama.rope.dimension_count": 2}, "turns 2 entries of a head, expected all 4"),
        ({"llama.block_count": 0}, "layers is 0"),
    ],
)
def test_other_forms_are_named(change, message) -> None:
    with pytest.raises(ValueError, match=message):
        config_of_gguf(GGUF_SETTINGS | change, ["output.weight"], "a.gguf")


def test_a_setting_that_is_missing_is_named() -> None:
    left = {name: value for name, value in GGUF_SETTINGS.items() if "block_count" not in name}
    with pytest.raises(ValueError, match=r"a\.gguf has no setting llama\.block_count"):
        config_of_gguf(left, ["output.weight"], "a.gguf")
