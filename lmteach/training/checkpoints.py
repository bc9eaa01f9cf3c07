"""Weights in a file: safetensors, never pickles, which can run anything when they are opened."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from lmteach.checks import checked_by, for_json
from lmteach.files import named_path, write_whole
from lmteach.typed import typed

Notes = dict[str, Any]


@typed
def save(path: str | Path, model: nn.Module, **notes: Any) -> None:
    """Write a model's weights to a file, and ``notes``: numbers, texts and lists about it.

    The file is written whole or not at all; folders on the way are made.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Path(folder) / "model.safetensors", nn.Linear(2, 1), step=7)
    ...     load(Path(folder) / "model.safetensors", nn.Linear(2, 1))
    {'step': 7}
    """
    write(path, model.state_dict(), notes)


@typed
def load(path: str | Path, model: nn.Module) -> Notes:
    """Read weights into a model and return the notes that were saved with them.

    The model is untouched unless all of it can be read. Raises ``ValueError`` for a file that is
    no checkpoint, is cut short or damaged, or belongs to another model, and says which weights
    don't fit.
    """
    tensors, notes = read(path)
    check_fit(model, tensors, path)
    model.load_state_dict(tensors)
    return notes


def _check_tensors(tensors: Mapping[str, Tensor]) -> None:
    if not tensors:
        raise ValueError("tensors is empty, expected at least one tensor by name to write.")


@typed
@checked_by(_check_tensors)
def write(path: str | Path, tensors: Mapping[str, Tensor], notes: Notes) -> None:
    """Write named tensors and notes to a safetensors file, whole or not at all.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(Path(folder) / "one.safetensors", {"ones": torch.ones(2)}, {"step": 1})
    ...     read(Path(folder) / "one.safetensors")
    ({'ones': tensor([1., 1.])}, {'step': 1})
    """
    # Copies, since tied weights share their memory, which the format doesn't know.
    copies = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in tensors.items()}
    text = json.dumps(notes, default=for_json)
    metadata = {"notes": text, "sha256": _digest(copies, text)}
    write_whole(path, safetensors.torch.save(copies, metadata))


@typed
def read(path: str | Path) -> tuple[dict[str, Tensor], Notes]:
    """Return the tensors and notes of a file that ``write`` made, or say why that can't be done.

    Raises ``ValueError`` for a file that is no checkpoint of ours, cut short, or damaged.
    """
    file = named_path(path)
    if not file.exists():
        raise FileNotFoundError(f"there is no file {path}, expected one that write or save made.")
    data = file.read_bytes()
    try:
        tensors = safetensors.torch.load(data)
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
        metadata = header["__metadata__"]
        text, expected = metadata["notes"], metadata["sha256"]
    except (SafetensorError, KeyError) as error:
        raise ValueError(
            f"{path} is not a whole checkpoint ({error}): it was cut short, or something else "
            "made it. Delete it to start anew, or take a copy that is whole."
        ) from error
    if _digest(tensors, text) != expected:
        raise ValueError(
            f"{path} is damaged: its content is not what was written. Delete it to start anew, or "
            "take a copy that is whole."
        )
    return tensors, json.loads(text)


def check_fit(model: nn.Module, tensors: Mapping[str, Tensor], path: str | Path) -> None:
    """Say which weights of the file ``path`` don't fit a model, if any.

    Raises ``ValueError`` if a weight is missing, left over, or of another shape.

    >>> check_fit(nn.Linear(2, 1), {"weight": torch.ones(1, 3), "bias": torch.ones(1)}, "a.file")
    Traceback (most recent call last):
    ValueError: a.file belongs to another model: weight is (1, 3) there, and (1, 2) in this model...
    """
    own = model.state_dict()
    wrong = [f"{name} is missing there" for name in own.keys() - tensors.keys()]
    wrong += [f"{name} is unknown here" for name in tensors.keys() - own.keys()]
    wrong += [
        f"{name} is {tuple(tensors[name].shape)} there, and {tuple(own[name].shape)} in this model"
        for name in own.keys() & tensors.keys()
        if tensors[name].shape != own[name].shape
    ]
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise ValueError(
            f"{path} belongs to another model: {'; '.join(sorted(wrong)[:3])}{more}. Make the "
            "model as it was when the file was saved, or use another file."
        )


def _digest(tensors: Mapping[str, Tensor], text: str) -> str:
    """SHA-256 of the notes and of all tensors with their names: safetensors has no checksum."""
    digest = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        digest.update(name.encode())
        digest.update(tensors[name].reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
