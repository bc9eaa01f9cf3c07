"""Interrupts at any moment of a run, and what must be the same after it.

An event is a line that begins to run, of the package or of PyTorch's optimizers. At the chosen one
a real SIGINT arrives, as from Ctrl-C or ■, so that whoever holds interrupts back is asked, too.
"""

import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import matplotlib as mpl
import numpy as np
import torch
from torch import nn
from tqdm.auto import tqdm

import lmteach

WATCHED = (
    str(Path(lmteach.__file__).parent) + os.sep,
    str(Path(torch.optim.__file__).parent) + os.sep,
)


def _count(function: Callable[[], object], at: int | None) -> int:
    """Call a function and count events; at event ``at``, interrupt."""
    events = 0

    def line(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal events
        if event == "line":
            events += 1
            if events == at:
                sys.settrace(None)
                signal.raise_signal(signal.SIGINT)
        return line

    def call(frame: FrameType, event: str, arg: object) -> Any:
        return line if frame.f_code.co_filename.startswith(WATCHED) else None

    traced = sys.gettrace()
    # A shell that starts the tests in the background makes them deaf to interrupts.
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.settrace(call)
    try:
        function()
    finally:
        sys.settrace(traced)
        left = signal.signal(signal.SIGINT, heard)
        assert left is signal.default_int_handler, f"SIGINT is left to {left}"
    return events


def events_of(function: Callable[[], object]) -> int:
    """How many events a call of the function has. Call it once before: what is cached is none."""
    return _count(function, at=None)


def interrupted_at(event: int, function: Callable[[], object]) -> KeyboardInterrupt:
    """Call a function, interrupt it at an event (from 1), and return what it raised.

    The interrupt must come out of it, at once or later: a cell that swallows one goes on.
    """
    try:
        _count(function, at=event)
    except KeyboardInterrupt as interrupt:
        return interrupt
    raise AssertionError(f"the interrupt at event {event} was swallowed, or came after the end")


def moments(function: Callable[[], object], count: int, seed: int = 0) -> list[int]:
    """As many random events of a function, in their order."""
    return sorted(random.Random(seed).sample(range(1, events_of(function) + 1), count))


def world() -> dict[str, Any]:
    """All that a library can change behind one's back: to be compared before and after.

    The checks of shapes draw from Python's random numbers: turn them off, without_shape_checks.
    """
    return {
        "random": random.getstate(),
        "numpy's random": str(np.random.get_state()),  # noqa: NPY002
        "torch's random": torch.get_rng_state().tolist(),
        "gradients": (torch.is_grad_enabled(), torch.is_inference_mode_enabled()),
        "autocast": (torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled("cuda")),
        "type": torch.get_default_dtype(),
        "torch's threads": torch.get_num_threads(),
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "floating point": np.geterr(),
        "warnings": [*warnings.filters],
        "style": dict(mpl.rcParams),
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "SIGINT": signal.getsignal(signal.SIGINT),
        "bars": len(tqdm._instances),
        "global hooks": nn.modules.module._has_any_global_hook(),
    }


def state_of(model: nn.Module) -> dict[str, Any]:
    """All of a model but its numbers: modes, hooks, and what may be trained."""
    return {
        name or "whole": (
            part.training,
            len(part._forward_hooks) + len(part._forward_pre_hooks) + len(part._backward_hooks),
            [parameter.requires_grad for parameter in part.parameters(recurse=False)],
            sorted(vars(part)),
        )
        for name, part in model.named_modules()
    }


def numbers_of(model: nn.Module) -> dict[str, list[Any]]:
    """All numbers of a model, to be compared bit for bit."""
    return {name: tensor.tolist() for name, tensor in model.state_dict().items()}
