"""A training run in a file: everything that is needed to go on to the same numbers."""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lmteach.checks import checked_by
from lmteach.training import checkpoints
from lmteach.training.history import History
from lmteach.typed import typed

Weights = dict[str, Tensor]


@typed
def copy_of(model: nn.Module) -> Weights:
    """Return the weights of a model as they are now, so that later steps don't change them.

    Frozen ones are left out: they don't change, and may be many.

    >>> sorted(copy_of(nn.Linear(2, 1)))
    ['bias', 'weight']
    """
    weights = model.named_parameters(remove_duplicate=False)
    frozen = {name for name, weight in weights if not weight.requires_grad}
    state = model.state_dict()
    return {name: state[name].detach().clone() for name in state if name not in frozen}


def _check_best(best: Weights | None) -> None:
    if best is not None and not best:
        raise ValueError("best is empty, expected the best weights by name, or None.")


@typed
@checked_by(_check_best)
def save_run(
    path: str | Path,
    model: nn.Module,
    optimizer: Optimizer,
    generator: torch.Generator,
    history: History,
    best: Weights | None,
) -> None:
    """Write a run as it stands: weights, the best ones so far, optimizer, random states, history.

    Between ``fit``'s steps only; ``load_run`` reads it back.

    >>> import tempfile
    >>> model, generator = nn.Linear(2, 1), torch.Generator()
    >>> optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = f"{folder}/run.safetensors"
    ...     save_run(path, model, optimizer, generator, History((2.0, 1.5)), best=None)
    ...     history, best = load_run(path, model, optimizer, generator)
    >>> history.losses, best
    ((2.0, 1.5), None)
    """
    state: Mapping[int, Mapping[str, Any]] = optimizer.state_dict()["state"]
    entries = {
        f"{place}.{key}": value for place, own in state.items() for key, value in own.items()
    }
    moments = {name: value for name, value in entries.items() if isinstance(value, Tensor)}
    device = _device(model)
    randomness = {"draw": generator.get_state(), "global": torch.get_rng_state()}
    if device.type == "cuda":
        randomness["cuda"] = torch.cuda.get_rng_state(device)
    parts = {
        "model": model.state_dict(),
        "best": best or {},
        "optimizer": moments,
        "random": randomness,
    }
    notes = {
        "history": asdict(history),
        "settings": _settings(optimizer),
        "plain": {name: value for name, value in entries.items() if name not in moments},
        "device": device.type,
    }
    tensors = {f"{part}.{name}": t for part, named in parts.items() for name, t in named.items()}
    checkpoints.write(path, tensors, notes)


@typed
def load_run(
    path: str | Path, model: nn.Module, optimizer: Optimizer, generator: torch.Generator
) -> tuple[History, Weights | None]:
    """Put a saved run back into model, optimizer and generators; return history and best weights.

    Raises ``ValueError`` if the file is damaged or no saved run, belongs to another model, was
    made on another kind of device, or with another optimizer or other settings of it.
    """
    tensors, notes = checkpoints.read(path)
    if missing := {"history", "settings", "plain", "device"} - notes.keys():
        raise ValueError(
            f"{path} holds weights, and no run to go on with ({', '.join(sorted(missing))} is "
            "missing). Load it with lmteach.training.checkpoints.load, or name another file."
        )
    parts: dict[str, Weights] = {"model": {}, "best": {}, "optimizer": {}, "random": {}}
    for name, tensor in tensors.items():
        part, _, rest = name.partition(".")
        parts[part][rest] = tensor
    checkpoints.check_fit(model, parts["model"], path)
    there = {"device": notes["device"], **notes["settings"]}
    here = {"device": _device(model).type, **_settings(optimizer)}
    for what in {**there, **here}:
        if there.get(what) != here.get(what):
            raise ValueError(
                f"{path} was saved with {what} {there.get(what)}, and this run has "
                f"{here.get(what)}. Set it up as it was, or name another file to start anew."
            )
    model.load_state_dict(parts["model"])
    _restore_optimizer(optimizer, {**parts["optimizer"], **notes["plain"]})
    generator.set_state(parts["random"]["draw"])
    torch.set_rng_state(parts["random"]["global"])
    if "cuda" in parts["random"]:
        torch.cuda.set_rng_state(parts["random"]["cuda"], _device(model))
    history: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in notes["history"].items()
    }
    best = {name: tensor.to(_device(model)) for name, tensor in parts["best"].items()}
    return History(**history), best or None


def _restore_optimizer(optimizer: Optimizer, entries: Mapping[str, Any]) -> None:
    state: dict[int, dict[str, Any]] = {}
    for name, value in entries.items():
        place, _, key = name.partition(".")
        state.setdefault(int(place), {})[key] = value
    optimizer.load_state_dict(
        {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
    )


def _settings(optimizer: Optimizer) -> dict[str, Any]:
    """The optimizer's kind and the numbers of its groups, as they come back from JSON."""
    settings: dict[str, Any] = {"optimizer": type(optimizer).__name__}
    for place, group in enumerate(optimizer.param_groups):
        for name, value in group.items():
            if isinstance(value, bool | int | float | str | tuple | None):
                plain = list(value) if isinstance(value, tuple) else value
                settings[f"{name} of group {place}"] = plain
    return settings


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
