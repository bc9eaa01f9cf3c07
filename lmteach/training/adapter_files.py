"""Adapters in a file of their own: a new skill in a hundredth of the model's size. Notebook 17."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from lmteach.checks import checked_by
from lmteach.models.lora.adapters import (
    adapter_state,
    adapters_of,
    add_adapters,
    check_has_adapters,
    linear_maps,
)
from lmteach.models.lora.layers import check_adapter
from lmteach.training.checkpoints import Notes, read, write
from lmteach.typed import typed

FORM = ("rank", "alpha", "dropout", "targets")  # what the notes of a file say of its adapters


def _check_alike(model: nn.Module) -> None:
    check_has_adapters(model)
    forms = {(one.rank, one.alpha, one.dropout.p) for one in adapters_of(model).values()}
    if len(forms) != 1:
        raise ValueError(
            f"the {type(model).__name__} has adapters of {len(forms)} forms, expected those of one "
            "call of add_adapters."
        )


@typed
@checked_by(_check_alike)
def save_adapter(path: str | Path, model: nn.Module, **notes: Any) -> None:
    """Write a model's adapters alone to a file, with rank, alpha, dropout, and what they adapt.

    ``notes`` are numbers, texts and lists about them. The file is written whole or not at all;
    folders on the way are made.

    Raises ``ValueError`` for a model without adapters.

    >>> import tempfile
    >>> from lmteach.models.gpt.config import GPTConfig
    >>> from lmteach.models.gpt.model import GPT
    >>> config = GPTConfig(vocab_size=5, context=8, dim=4, heads=2, layers=1)
    >>> model = GPT(config)
    >>> _ = add_adapters(model, rank=2)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_adapter(f"{folder}/dates.safetensors", model, steps=100)
    ...     load_adapter(f"{folder}/dates.safetensors", GPT(config))
    {'steps': 100}
    """
    first = next(iter(adapters_of(model).values()))
    form = {
        "rank": first.rank,
        "alpha": first.alpha,
        "dropout": first.dropout.p,
        "targets": [*adapters_of(model)],
    }
    write(path, adapter_state(model), {"lora": form, "notes": notes})


@typed
def load_adapter(path: str | Path, model: nn.Module) -> Notes:
    """Put the adapters of a file beside the maps of a model; return the notes saved with them.

    The model is the one that they were trained beside, made anew and without adapters; it may be
    kept in more or fewer bits. Whether its weights are those of then can't be told, only whether
    names and sizes are. The model is untouched unless all of the file fits.

    Raises ``FileNotFoundError`` if there is no file; ``ValueError`` for one that is damaged or
    holds no adapters, a model of another form, and one that has adapters already.
    """
    tensors, notes = read(path)
    form = notes.get("lora")
    if not isinstance(form, dict) or set(FORM) - form.keys():
        raise ValueError(
            f"{path} holds no adapters, expected a file that save_adapter wrote. Whole models are "
            "read by lmteach.training.checkpoints.load."
        )
    rank, alpha, dropout, targets = (form[name] for name in FORM)
    check_adapter(rank, alpha, dropout)
    if adapters_of(model):
        raise ValueError(
            f"the {type(model).__name__} has adapters already: take them off with remove_adapters, "
            "and load others then."
        )
    maps = linear_maps(model)
    wrong = [f"it has no map {name}" for name in targets if name not in maps]
    for name in [name for name in targets if name in maps]:
        (inputs, outputs), where = maps[name], f"{name}.lora_"
        theirs = [tuple(tensors[where + part].shape) for part in "AB" if where + part in tensors]
        if theirs != [(rank, inputs), (outputs, rank)]:
            wrong.append(f"its map {name} has {inputs} inputs and {outputs} outputs")
    if wrong:
        more = f", and {len(wrong) - 2} more" if len(wrong) > 2 else ""
        raise ValueError(
            f"{path} has adapters for another model than this {type(model).__name__}: "
            f"{', '.join(wrong[:2])}{more}. Make the model as it was when they were saved."
        )
    adapters = add_adapters(model, rank, alpha, targets, dropout)
    with torch.no_grad():
        for name, low_rank in adapters.items():
            for which, weight in low_rank.named_parameters():
                weight.copy_(tensors[f"{name}.{which}"])
    return dict(notes["notes"])
