"""Folders of settings and weights: there and back, and what is said of those that are not whole."""

import json

import pytest
import safetensors.torch
import torch

from lmteach.models.pretrained_folder import (
    PretrainedFormat,
    check_weight_shapes,
    tensors_of,
)

FORM = PretrainedFormat(
    "Toy", "TheirToy", {"width": "dim"}, {"breadth": "width"}, {"kind": ("toy", None)}
)
WEIGHTS = {"a": torch.arange(4.0), "b": torch.ones(2, 3)}


def config(folder, **given):
    """Write a config.json."""
    (folder / "config.json").write_text(json.dumps(given))


def test_what_is_written_is_read(tmp_path) -> None:
    FORM.write(tmp_path / "new", FORM.settings({"dim": 8}), WEIGHTS)
    assert FORM.read_config(tmp_path / "new", dict) == {"dim": 8}
    found = FORM.read_weights(tmp_path / "new")
    assert found.keys() == WEIGHTS.keys()
    assert all(torch.equal(found[name], WEIGHTS[name]) for name in WEIGHTS)


def test_several_files_are_read_by_their_index(tmp_path) -> None:
    places = {}
    for number, (name, tensor) in enumerate(WEIGHTS.items()):
        places[name] = f"part-{number}.safetensors"
        safetensors.torch.save_file({name: tensor}, tmp_path / places[name])
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": places}))
    assert FORM.read_weights(tmp_path).keys() == WEIGHTS.keys()
    index.write_text("{}")
    with pytest.raises(ValueError, match="has no weight_map"):
        FORM.read_weights(tmp_path)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"width": 8, "breadth": 9}, "says width = 8 and breadth = 9, which are the same setting"),
        ({"kind": "tin"}, "says kind = 'tin', expected 'toy' or None: Toy can't compute"),
    ],
)
def test_settings_that_can_not_be_are_named(given, message, tmp_path) -> None:
    config(tmp_path, **given)
    with pytest.raises(ValueError, match=message):
        FORM.read_config(tmp_path, dict)


def test_what_the_maker_refuses_is_said_with_the_file(tmp_path) -> None:
    def refuse(**given):
        raise ValueError("dim is too small.")

    config(tmp_path, width=1)
    with pytest.raises(ValueError, match=r"config\.json can't be read: dim is too small"):
        FORM.read_config(tmp_path, refuse)


@pytest.mark.parametrize(("text", "message"), [("{", "is no JSON"), ("[]", "holds a list")])
def test_a_config_that_is_none_is_named(text, message, tmp_path) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=message):
        FORM.read_config(tmp_path, dict)


def test_files_that_are_not_there_or_not_whole_are_named(tmp_path) -> None:
    with pytest.raises(FileNotFoundError, match=r"has no config\.json.*There is nothing"):
        FORM.read_config(tmp_path / "nowhere", dict)
    config(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no model\.safetensors.*There is config\.json"):
        FORM.read_weights(tmp_path)
    data = safetensors.torch.save(WEIGHTS)
    (tmp_path / "model.safetensors").write_bytes(data[:-1])
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        FORM.read_weights(tmp_path)
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        tensors_of(data[:-1], tmp_path)
    assert torch.equal(tensors_of(data, tmp_path)["b"], WEIGHTS["b"])


def test_shapes_that_do_not_fit_are_named(tmp_path) -> None:
    check_weight_shapes(WEIGHTS, {"a": (4,), "b": (2, 3)}, tmp_path)
    with pytest.raises(ValueError, match=r"b is missing there, expected \(2, 3\)"):
        check_weight_shapes({"a": WEIGHTS["a"]}, {"a": (4,), "b": (2, 3)}, tmp_path)
    with pytest.raises(ValueError, match=r"b is \(2, 3\) there, expected no such weight"):
        check_weight_shapes(WEIGHTS, {"a": (4,)}, tmp_path)


def test_a_setting_and_weights_that_are_missing_are_named(tmp_path) -> None:
    with pytest.raises(ValueError, match="own has no 'dim', expected all of Toy's settings"):
        FORM.settings({})
    with pytest.raises(ValueError, match="weights is empty"):
        FORM.write(tmp_path, {}, {})
