"""The learner's function as a check calls it: nothing that it does can reach what comes after."""

import copy
import inspect
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np

from lmteach.exercises.results import in_brackets, plain, same


class Wrong(Exception):
    """Raised within a check with the sentence that the learner is to read."""


class Attempt:
    """The learner's function. Call it as if it were that itself; it gives a plain result.

    Each call gets copies of the arguments, so that a function that works in place spoils nothing;
    ``changed`` names those that it did change. Random states and settings are put back. Whatever
    stops it, but for the learner's own interrupt, becomes ``Wrong`` in one sentence, and so does
    a missing ``return``.

    >>> def halve(numbers):
    ...     numbers /= 2
    ...     return numbers
    >>> attempt, numbers = Attempt(halve), np.array([1.0, 2.0])
    >>> attempt(numbers), numbers, attempt.changed
    (array([0.5, 1. ]), array([1., 2.]), ['`numbers`'])
    >>> Attempt(sys.exit)(3)
    Traceback (most recent call last):
    lmteach.exercises.attempt.Wrong: for (3) your code raised SystemExit: 3
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.changed: list[str] = []

    def __call__(self, *arguments: Any) -> Any:
        own = _copies(arguments)
        try:
            with undisturbed():
                given = plain(self.function(*own))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise Wrong(f"for {in_brackets(arguments)} your code raised {_said(error)}") from error
        if given is None:
            raise Wrong(f"for {in_brackets(arguments)} you gave None. Is a `return` missing?")
        for name, mine, theirs in zip(self._names(len(own)), own, arguments, strict=True):
            if name not in self.changed and not same(mine, theirs):
                self.changed.append(name)
        return given

    def _names(self, count: int) -> list[str]:
        """How the learner calls the arguments, as far as they have names."""
        try:
            parameters = list(inspect.signature(self.function).parameters.values())
        except (TypeError, ValueError):  # some that are written in C have no signature
            parameters = []
        named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = [f"`{parameter.name}`" for parameter in parameters if parameter.kind in named]
        return [*names[:count], *(f"argument {i + 1}" for i in range(len(names), count))]


def run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What one of our own functions gives for copies of the arguments, whatever was set before.

    >>> run(lambda numbers: numbers.pop(), ([1, 2],))
    2
    """
    with undisturbed():
        return function(*_copies(arguments))


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put back what is everyone's: random states, PyTorch's modes, how NumPy warns and prints.

    Warnings are silent meanwhile: a check says what is wrong in its own words.

    >>> before = np.geterr()
    >>> with undisturbed():
    ...     replaced = np.seterr(all="raise")
    >>> np.geterr() == before
    True
    """
    with ExitStack() as kept:
        kept.enter_context(warnings.catch_warnings())
        kept.enter_context(np.errstate(all="ignore"))
        kept.enter_context(np.printoptions())
        kept.callback(random.setstate, random.getstate())
        kept.callback(np.random.set_state, np.random.get_state())  # noqa: NPY002
        torch = sys.modules.get("torch")  # what was never imported has no state
        if torch:
            cuda = torch.cuda.is_available() and torch.cuda.is_initialized()
            devices = range(torch.cuda.device_count()) if cuda else []
            kept.enter_context(torch.random.fork_rng(devices=devices))
            kept.enter_context(torch.set_grad_enabled(torch.is_grad_enabled()))
            kept.callback(torch.set_default_dtype, torch.get_default_dtype())
        warnings.simplefilter("ignore")
        yield


def _copies(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(map(_copy, arguments))


def _copy(argument: Any) -> Any:
    """A deep copy; what can't be copied is passed as it is."""
    try:
        return copy.deepcopy(argument)
    except Exception:
        return argument


def _said(error: BaseException) -> str:
    """An error in one line, at most 200 characters of what it says."""
    try:
        words = " ".join(str(error).split())[:200]
    except Exception:  # an error that can't even say what it is
        words = ""
    return ": ".join(filter(None, [type(error).__name__, words]))
