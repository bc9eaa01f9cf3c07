"""Adapters in a file: loaded beside a fresh model they are the same, and what is wrong is said."""

import pytest
import torch
from torch import nn

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.lora.adapters import (
    adapter_state,
    adapters_of,
    add_adapters,
    merge_adapters,
)
from lmteach.models.lora.layers import LoRALinear
from lmteach.training import checkpoints
from lmteach.training.adapter_files import load_adapter, save_adapter

SIZES = {"vocab_size": 50, "context": 32, "dim": 16, "heads": 4, "layers": 2, "dropout": 0.0}
IDS = torch.randint(50, (2, 9), generator=torch.Generator().manual_seed(1))


def a_gpt(**sizes):
    """The same model each time, if its sizes are."""
    return GPT(GPTConfig(**SIZES | sizes), torch.Generator().manual_seed(0)).eval()


def taught(targets=("q_proj", "linear1"), **numbers):
    """A model with adapters that have learned something."""
    model = a_gpt()
    for low_rank in add_adapters(model, targets=targets, **{"rank": 2, "alpha": 5.0} | numbers):
        nn.init.normal_(adapters_of(model)[low_rank].lora_B)
    return model


@pytest.fixture(name="path")
def _path(tmp_path):
    return tmp_path / "adapter.safetensors"


def test_saved_loaded_and_merged_it_gives_the_same_logits(path):
    model = taught(rank=3, alpha=7.5, dropout=0.25)
    save_adapter(path, model, steps=20, name="dates")
    fresh = a_gpt()
    assert load_adapter(path, fresh) == {"steps": 20, "name": "dates"}
    assert torch.equal(fresh(IDS), model(IDS))
    form = {(one.rank, one.alpha, one.dropout.p) for one in adapters_of(fresh).values()}
    assert form == {(3, 7.5, 0.25)}
    assert [w.requires_grad for w in fresh.parameters()] == [
        w.requires_grad for w in model.parameters()
    ]
    merge_adapters(fresh)
    torch.testing.assert_close(fresh(IDS), model(IDS), rtol=1e-5, atol=1e-5)


def test_what_is_merged_is_saved_too(path):
    model = taught()
    expected = model(IDS)
    merge_adapters(model)
    save_adapter(path, model)
    fresh = a_gpt()
    load_adapter(path, fresh)
    torch.testing.assert_close(fresh(IDS), expected, rtol=0, atol=0)


def test_only_adapters_are_in_the_file(path):
    model = taught()
    save_adapter(path, model)
    tensors, notes = checkpoints.read(path)
    state = adapter_state(model)
    assert tensors.keys() == state.keys()
    assert all(torch.equal(tensors[name], state[name]) for name in state)
    assert notes["lora"]["targets"] == list(adapters_of(model))
    assert path.stat().st_size < 4 * sum(weight.numel() for weight in state.values()) + 3000


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"layers": 1}, "adapters for another model than this GPT: it has no map h.1.linear1, it"),
        ({"dim": 20}, "its map h.0.linear1 has 20 inputs and 80 outputs, .*, and 2 more. Make"),
    ],
)
def test_another_base_is_left_as_it_is(path, sizes, message):
    save_adapter(path, taught())
    other = a_gpt(**sizes)
    with pytest.raises(ValueError, match=message):
        load_adapter(path, other)
    assert not adapters_of(other)
    assert all(weight.requires_grad for weight in other.parameters())


def test_what_can_not_be_loaded(path):
    with pytest.raises(FileNotFoundError, match="there is no file"):
        load_adapter(path, a_gpt())
    save_adapter(path, taught())
    with pytest.raises(ValueError, match="the GPT has adapters already"):
        load_adapter(path, taught())
    data = bytearray(path.read_bytes())
    path.write_bytes(data[:-5])
    with pytest.raises(ValueError, match="is not a whole checkpoint"):
        load_adapter(path, a_gpt())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="is damaged: its content"):
        load_adapter(path, a_gpt())
    checkpoints.save(path, a_gpt())
    with pytest.raises(ValueError, match="holds no adapters, expected a file that save_adapter"):
        load_adapter(path, a_gpt())


def test_what_can_not_be_saved(path):
    with pytest.raises(ValueError, match="the GPT has no adapters"):
        save_adapter(path, a_gpt())
    mixed = nn.Sequential(LoRALinear(nn.Linear(4, 4), 1), LoRALinear(nn.Linear(4, 4), 2))
    with pytest.raises(ValueError, match="the Sequential has adapters of 2 forms, expected those"):
        save_adapter(path, mixed)
    assert not path.exists()
