"""Shipped models: read with their sizes, and what is said of files that are others."""

import pytest
import torch
from torch import nn

from lmteach.training.checkpoints import write
from lmteach.training.shipped import read_shipped, read_shipped_notes, shipped_path

NAME, MEND = "model.safetensors", "python -m tools.train_toy"
NOTES = {"recipe": {"config": {"in_features": 3, "out_features": 2}}, "seed": 7}


@pytest.fixture(name="folder")
def _folder(tmp_path):
    half = {name: tensor.half() for name, tensor in nn.Linear(3, 2).state_dict().items()}
    write(tmp_path / NAME, half, NOTES)
    return tmp_path


def test_sizes_weights_and_notes_come_back(folder) -> None:
    model = read_shipped(folder, NAME, nn.Linear, MEND)
    assert (model.in_features, model.out_features, model.training) == (3, 2, False)
    assert model.weight.dtype == torch.float32
    assert read_shipped_notes(folder, NAME, MEND) == NOTES
    again = read_shipped(folder, NAME, nn.Linear, MEND)
    assert torch.equal(model.weight, again.weight)


def test_what_is_not_there_is_named_with_its_remedy(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"has no model\.safetensors.*{MEND}"):
        shipped_path(tmp_path, NAME, MEND)


def test_a_file_without_sizes_is_named(tmp_path) -> None:
    write(tmp_path / NAME, dict(nn.Linear(3, 2).state_dict()), {"seed": 7})
    with pytest.raises(ValueError, match="doesn't say how its model was made"):
        read_shipped(tmp_path, NAME, nn.Linear, MEND)


def test_weights_of_another_model_and_a_maker_of_none_are_named(folder) -> None:
    with pytest.raises(ValueError, match="weight"):
        read_shipped(folder, NAME, lambda in_features, out_features: nn.Linear(4, 2), MEND)
    with pytest.raises(ValueError, match="make returned None, expected a model"):
        read_shipped(folder, NAME, lambda **sizes: None, MEND)
