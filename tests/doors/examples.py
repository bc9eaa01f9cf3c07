"""A good call of every public function, caught while the examples in the docstrings run."""

import atexit
import copy
import doctest
import functools
import importlib
import inspect
import pkgutil
import shutil
import tempfile
import typing
from collections.abc import Callable, Iterator
from contextlib import (
    AbstractContextManager,
    ExitStack,
    contextmanager,
    nullcontext,
    redirect_stdout,
)
from dataclasses import dataclass, is_dataclass
from io import StringIO
from types import ModuleType
from typing import Any
from unittest import mock

import matplotlib.pyplot as plt
import numpy as np
import torch

import lmteach

# Checks are what doors ask; an exercise's check takes whatever a learner may have written. What
# layers inherit or do within forward is called by them alone; and a merge is made for each pair in
# each word, where asking takes three times as long as merging.
NO_DOORS = ("checks", "typed", "exercises", "interrupts", "models.checks")
INSIDE = (
    "models.transformer.attention.MultiHeadAttention.project",
    "models.lora.attention.LoRAAttention.project",
    "models.transformer.layers.Sublayers.",
    "text.tokenizers.bpe.merge",
    "training.optimizers.Adam.update",
    "training.optimizers.AdamW.update",
    "training.replicas.average_gradients",  # within a team, which no example can hand over
    "training.distributed.train",
)


@dataclass
class Door:
    """A public function or method: where it stands, and the arguments of a call that is right."""

    name: str  # dotted path below lmteach
    owner: Any  # the module or class that holds it
    attribute: str
    function: Callable[..., Any]
    arguments: dict[str, Any] | None = None
    settled: bool = False  # whether the next call is no better one

    @property
    def parameters(self) -> list[str]:
        """The names of what it takes, without ``self``."""
        found = inspect.signature(self.function).parameters.values()
        several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        names = [one.name for one in found if one.kind not in several]
        return names[1:] if names[:1] in (["self"], ["cls"]) else names

    @property
    def hints(self) -> dict[str, Any]:
        """The annotations of its parameters, Any where there is none."""
        found = typing.get_type_hints(inspect.unwrap(self.function))
        return {name: found.get(name, Any) for name in self.parameters}

    def call(self, arguments: dict[str, Any]) -> Any:
        """Call it with named arguments, ``self`` among them for a method."""
        signature = inspect.signature(self.function)
        bound = inspect.BoundArguments(signature, dict(arguments))  # type: ignore[arg-type]
        return self.function(*bound.args, **bound.kwargs)


def modules() -> list[ModuleType]:
    """Every module of the package."""
    names = [one.name for one in pkgutil.walk_packages(lmteach.__path__, "lmteach.")]
    return [importlib.import_module(name) for name in names]


def doors() -> list[Door]:
    """Every public function, method and constructor that the package itself defines.

    A frozen record that a function returns is no door: nobody is asked to make one.
    """
    found = []
    for module in modules():
        path = module.__name__.removeprefix("lmteach.")
        if path.startswith(NO_DOORS):
            continue
        for name, value in vars(module).items():
            if name.startswith(("_", "check_", "checked_")) or not _is_from(value, module):
                continue
            if inspect.isfunction(value):
                found.append(Door(f"{path}.{name}", module, name, value))
            if inspect.isclass(value) and not getattr(value, "_is_protocol", False):
                found.extend(_methods(f"{path}.{name}", value))
    return [door for door in found if not door.name.startswith(INSIDE)]


def _is_from(value: Any, module: ModuleType) -> bool:
    return bool(getattr(value, "__module__", None) == module.__name__)


def _methods(path: str, owner: type) -> Iterator[Door]:
    for name, value in vars(owner).items():
        plain = getattr(value, "__func__", value)
        record = is_dataclass(owner) and not hasattr(owner, "__post_init__")
        made = name == "__init__" and not record
        called = made or name == "__call__"
        if inspect.isfunction(plain) and (called or not name.startswith("_")):
            yield Door(path if name == "__init__" else f"{path}.{name}", owner, name, plain)


def copied(value: Any, memo: dict[int, Any] | None = None) -> Any:
    """A copy that shares nothing: of containers, tensors, models, and sources of randomness.

    What two of the arguments share, such as a model and its optimizer, their copies share, too.
    """
    memo = {} if memo is None else memo
    if isinstance(value, torch.Generator):
        return memo.setdefault(id(value), value.clone_state())
    if isinstance(value, dict):
        return {key: copied(own, memo) for key, own in value.items()}
    try:
        with mock.patch.object(torch.nn.Parameter, "__deepcopy__", _with_gradient):
            return copy.deepcopy(value, memo)
    except Exception:
        return value


def _with_gradient(parameter: torch.nn.Parameter, memo: dict[int, Any]) -> torch.nn.Parameter:
    """A copy of a parameter; PyTorch's own leaves the gradient out."""
    if id(parameter) not in memo:
        own = torch.nn.Parameter(parameter.detach().clone(), parameter.requires_grad)
        own.grad = None if parameter.grad is None else parameter.grad.clone()
        memo[id(parameter)] = own
    return memo[id(parameter)]


def with_examples(found: list[Door]) -> list[Door]:
    """Run the examples of the doors' modules, and keep for each door the arguments of a call.

    It is the first one that its own module's examples lead to, or else the first one at all: what
    other modules call it with may depend on what is in caches and files already. The others' are
    run only while a door has no call yet, for all of them take minutes.
    """
    own = {door.function.__module__ for door in found}
    with ExitStack() as stack:
        for door in found:
            stack.enter_context(_watched(door))
        finder = doctest.DocTestFinder()
        runner = doctest.DocTestRunner(verbose=False)
        stack.enter_context(redirect_stdout(StringIO()))
        stack.enter_context(mock.patch.object(tempfile, "TemporaryDirectory", _kept_folder))
        for module in sorted(modules(), key=lambda module: module.__name__ not in own):
            called = all(door.arguments is not None for door in found)
            if called and module.__name__ not in own:
                break
            for door in found:
                door.settled = door.arguments is not None and not _is_from(door.function, module)
            for test in finder.find(module, module.__name__):
                torch.manual_seed(0)
                np.random.seed(0)  # noqa: NPY002
                runner.run(test, clear_globs=False)  # functions of an example need its names
            plt.close("all")  # open figures add up, and Matplotlib warns of them
    return found


def _kept_folder() -> AbstractContextManager[str]:
    """What an example writes into its folder is there until the tests are over."""
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return nullcontext(folder)


@contextmanager
def _watched(door: Door) -> Iterator[None]:
    @functools.wraps(door.function)
    def watching(*args: Any, **kwargs: Any) -> Any:
        if door.arguments is None or not door.settled:
            before, door.settled = door.arguments, True
            try:
                bound = inspect.signature(door.function).bind(*args, **kwargs)
                door.arguments = {}  # a call of itself is no other example
                own = {name: bound.arguments.get(name) for name in ("self", "cls")}
                memo = {id(value): value for value in own.values()}
                door.arguments = {
                    name: value if name in own else copied(value, memo)
                    for name, value in bound.arguments.items()
                }
            except TypeError:
                pass
            try:
                return door.function(*args, **kwargs)
            except Exception:  # an example of what is refused is no good call
                door.arguments, door.settled = before, False
                raise
        return door.function(*args, **kwargs)

    original = vars(door.owner)[door.attribute]
    wrapped: Any = watching
    if isinstance(original, classmethod | staticmethod):
        wrapped = type(original)(watching)
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(door.owner, door.attribute, wrapped))
        if isinstance(door.owner, ModuleType):
            for module in modules():
                for name, value in list(vars(module).items()):
                    if value is door.function:
                        stack.enter_context(mock.patch.object(module, name, watching))
        yield
