"""Checkpoints: what was written comes back, and what can't be read says why."""

import pickletools
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import nn

from lmteach.training import checkpoints


def a_model(inner: int = 3) -> nn.Module:
    return nn.Sequential(nn.Linear(2, inner), nn.BatchNorm1d(inner), nn.Linear(inner, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "model.safetensors"


def test_weights_buffers_and_notes_come_back(path: Path) -> None:
    model, other = a_model(), a_model()
    checkpoints.save(path, model, step=3, name="é", rates=[0.1, 1e-300])
    notes = checkpoints.load(path, other)
    assert notes == {"step": 3, "name": "é", "rates": [0.1, 1e-300]}
    for name, tensor in model.state_dict().items():
        assert torch.equal(other.state_dict()[name], tensor), name
    assert [file.name for file in path.parent.iterdir()] == ["model.safetensors"]


def test_the_library_reads_it_too_and_it_is_no_pickle(path: Path) -> None:
    model = a_model()
    checkpoints.save(path, model)
    with safe_open(path, "pt") as file:
        assert set(file.keys()) == set(model.state_dict())
        assert torch.equal(file.get_tensor("0.weight"), model.state_dict()["0.weight"])
    with pytest.raises(ValueError, match=r"opcode|pickle"):
        list(pickletools.genops(path.read_bytes()))


@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16, torch.float16, torch.int64])
def test_every_kind_of_number_comes_back(path: Path, kind: torch.dtype) -> None:
    tensors = {
        "row": torch.arange(6).to(kind).view(2, 3).T,  # not contiguous
        "one": torch.tensor(5).to(kind),
        "none": torch.zeros(0, 2, dtype=kind),
    }
    checkpoints.write(path, tensors, {})
    found, _ = checkpoints.read(path)
    assert found.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert found[name].dtype == kind
        assert torch.equal(found[name], tensor)


def test_tied_weights_can_be_saved(path: Path) -> None:
    model = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
    model[1].weight = model[0].weight
    checkpoints.save(path, model)
    checkpoints.load(path, model)
    assert model[1].weight is model[0].weight


@pytest.mark.parametrize("kept", [0, 7, 40, 400, -1])
def test_a_truncated_file_is_refused(path: Path, kept: int) -> None:
    checkpoints.save(path, a_model())
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(ValueError, match="not a whole checkpoint"):
        checkpoints.load(path, a_model())


def test_a_flipped_bit_is_noticed_wherever_it_is(path: Path) -> None:
    checkpoints.save(path, a_model(), step=3)
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"damaged|not a whole checkpoint"):
            checkpoints.read(path)


def test_other_files_are_refused(path: Path) -> None:
    path.parent.mkdir()
    torch.save(a_model().state_dict(), path)
    with pytest.raises(ValueError, match="something else made it"):
        checkpoints.load(path, a_model())
    with pytest.raises(FileNotFoundError, match="missing"):
        checkpoints.load(path.with_name("missing"), a_model())


def test_another_model_is_refused_and_untouched(path: Path) -> None:
    checkpoints.save(path, a_model(inner=4))
    model = a_model(inner=3)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with pytest.raises(ValueError, match=r"0\.bias is \(4,\) there, and \(3,\) in this model"):
        checkpoints.load(path, model)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    with pytest.raises(ValueError, match=r"another model: 1\.bias is unknown here; .* and 4 more"):
        checkpoints.load(path, nn.Sequential(nn.Linear(2, 4)))
    checkpoints.save(path, nn.Sequential(nn.Linear(2, 3)))
    with pytest.raises(ValueError, match=r"1\.bias is missing there; "):
        checkpoints.load(path, a_model())


def test_a_failed_write_leaves_the_old_file(path: Path) -> None:
    checkpoints.save(path, a_model(), step=1)
    before = path.read_bytes()
    with pytest.raises(TypeError, match=r"a set can.t be kept as JSON"):
        checkpoints.save(path, a_model(), step={1, 2})
    assert path.read_bytes() == before
    assert len(list(path.parent.iterdir())) == 1
