"""Each argument of each public function, replaced by what people give by mistake."""

import signal
import traceback
import typing
import warnings
from collections.abc import Iterator, Sized
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import torch

import lmteach
from lmteach.typed import fits
from tests.doors.bad import bad_values
from tests.doors.examples import Door, copied

PACKAGE = str(Path(lmteach.__file__).parent)
SECONDS = 20


@dataclass(frozen=True)
class Trial:
    """What came of one bad value in the place of one argument."""

    door: str
    parameter: str
    bad: str
    verdict: str  # "clear", "accepted", or what was raised instead
    said: str


def trials(door: Door) -> Iterator[Trial]:
    """Try a door with every bad value for each parameter, the other arguments good.

    What a door refuses it leaves unchanged, so that the same arguments serve for the next value.
    """
    hints = door.hints
    arguments = copied(door.arguments)
    for parameter in door.parameters:
        good = door.arguments.get(parameter)
        for name, bad in bad_values(good):
            verdict, said = outcome(door, {**arguments, parameter: bad})
            if verdict == "accepted" and _is_good(name, bad, hints.get(parameter, Any)):
                continue
            if verdict == "accepted" and name == "another length" and _is_alone(door, parameter):
                continue
            yield Trial(door.name, parameter, name, verdict, said)
            if verdict != "clear":
                arguments = copied(door.arguments)


def _is_good(name: str, bad: Any, hint: Any) -> bool:
    """Some of the values are what a parameter is for: None where it may be None, any text."""
    if name in ("None", "a text", "bytes", "True", "a dict", "a list of texts"):
        return fits(bad, hint)
    if name in ("halves", "an unknown id inside"):  # a row of any numbers, not of ids
        return fits(bad, hint) and fits([0.5], hint)
    if name in ("one axis more", "one axis less"):
        return "*" in getattr(hint, "dim_str", "")
    if name.startswith("returns "):
        return fits(bad(), (typing.get_args(hint) or (Any, None))[-1])
    return False


def _is_alone(door: Door, parameter: str) -> bool:
    """Whether no other argument is as long as this one, so that its length is free."""
    sizes = {
        name: len(value)
        for name, value in (door.arguments or {}).items()
        if isinstance(value, Sized) and getattr(value, "ndim", 1) and not isinstance(value, str)
    }
    return [*sizes.values()].count(sizes[parameter]) == 1


def outcome(door: Door, arguments: dict[str, Any]) -> tuple[str, str]:
    """What comes of a call: "clear", "accepted" or the error's name, and what it said."""
    try:
        with _quietly():
            result = door.call(arguments)
            if hasattr(result, "__next__"):  # the checks of a generator wait for its first item
                next(result, None)
    except Exception as error:
        raised = type(error).__name__
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        ours = bool(frames) and frames[-1].startswith(PACKAGE)
        clear = ours and isinstance(error, ValueError | FloatingPointError | OSError | ImportError)
        clear = clear or isinstance(error, FileNotFoundError)  # it names the file
        return ("clear" if clear else raised), str(error)[:200]
    return "accepted", ""


@contextmanager
def _quietly() -> Iterator[None]:
    """Without output, figures, warnings or changed random states; and not for ever."""

    def late(*_: object) -> None:
        raise TimeoutError(f"no end after {SECONDS} seconds")

    state = torch.get_rng_state()
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(SECONDS)
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
        torch.set_rng_state(state)
        torch.set_grad_enabled(True)
        plt.close("all")
