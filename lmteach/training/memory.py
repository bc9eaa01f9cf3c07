"""How much memory training takes: the weights are the least of it. Taught in notebook 17."""

import copy
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from lmteach.checks import check_whole, checked_by
from lmteach.models.llama.packed import Packed
from lmteach.typed import check_fields, typed


@dataclass(frozen=True)
class Memory:
    """Bytes of a model's weights, of their gradients, and of what the optimizer remembers of them.

    >>> Memory(weights=400, gradients=400, optimizer=800).total
    1600
    """

    weights: int
    gradients: int
    optimizer: int

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("weights", "gradients", "optimizer"):
            check_whole(name, getattr(self, name), at_least=0)

    @property
    def total(self) -> int:
        """All three together."""
        return self.weights + self.gradients + self.optimizer


def _check(model: nn.Module, optimizer: Optimizer) -> None:
    own = {id(parameter) for parameter in model.parameters()}
    trained = {id(parameter) for parameter in _trained_by(optimizer)}
    if not trained <= own:
        raise ValueError(
            "the optimizer trains weights that are not the model's: make it of "
            "model.parameters(), after all adapters are in."
        )


@typed
@checked_by(_check)
def training_memory(model: nn.Module, optimizer: Optimizer) -> Memory:
    """Return the bytes that training a model with an optimizer takes from the first step on.

    All weights and buffers count, packed ones as they lie there; gradients are those of weights
    that are not frozen. What an optimizer remembers is found by a step of its copy, on tensors that
    have shapes and no numbers; or it is what it has, once it has made a step. What is kept on the
    way forward for the way back (the activations) is not counted: it grows with batch and length.

    Raises ``ValueError`` for an optimizer of other weights than the model's, or one whose first
    step can't be tried without numbers.

    >>> model = nn.Linear(9, 1, bias=False)
    >>> training_memory(model, torch.optim.SGD(model.parameters(), lr=0.1))
    Memory(weights=36, gradients=36, optimizer=0)
    >>> training_memory(model, torch.optim.Adam(model.parameters()))  # two averages, and its steps
    Memory(weights=36, gradients=36, optimizer=76)
    """
    weights = sum(map(_bytes, [*model.parameters(), *model.buffers()]))
    gradients = sum(_bytes(weight) for weight in model.parameters() if weight.requires_grad)
    return Memory(weights, gradients, _remembered_bytes(optimizer))


def _trained_by(optimizer: Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _bytes(tensor: Tensor) -> int:
    return tensor.bytes if isinstance(tensor, Packed) else tensor.nbytes


def _remembered_bytes(optimizer: Optimizer) -> int:
    """The bytes of an optimizer's state after a step in which all that is trained moves."""
    if optimizer.state:
        return sum(map(_bytes, _tensors(optimizer.state.values())))
    stand_ins: dict[int, Any] = {}
    for weight in _trained_by(optimizer):
        stand_in = nn.Parameter(torch.empty_like(weight, device="meta"), weight.requires_grad)
        stand_in.grad = torch.empty_like(stand_in) if weight.requires_grad else None
        stand_ins[id(weight)] = stand_in
    trial = copy.deepcopy(optimizer, stand_ins)  # of its settings, over the stand-ins
    try:
        trial.step()
    except (RuntimeError, TypeError) as error:
        raise ValueError(
            f"a step of {type(optimizer).__name__} can't be tried on shapes alone ({error}): make "
            "its first step, and then ask what it remembers."
        ) from error
    return sum(map(_bytes, _tensors(trial.state.values())))


def _tensors(states: Iterable[dict[str, Any]]) -> list[Tensor]:
    return [value for own in states for value in own.values() if isinstance(value, Tensor)]


@contextmanager
def activations_counted() -> Iterator[list[int]]:
    """Count the bytes that are kept for the way back, while the body goes forward.

    The list that is given fills with one number for each memory that is kept, however many tensors
    look at it. The weights are among them where a layer keeps them: take them off by their bytes,
    or count twice with another batch.

    >>> layer, x = nn.Linear(8, 4), torch.ones(3, 8)
    >>> with activations_counted() as kept:
    ...     _ = layer(x).square().sum()
    >>> sum(kept)  # x for the weight, and the output for the square
    144
    """
    kept: list[int] = []
    seen: list[Tensor] = []  # held, so that no other gets the address of one that is gone

    def keep(tensor: Tensor) -> Tensor:
        memory = tensor.untyped_storage()
        if all(memory.data_ptr() != other.untyped_storage().data_ptr() for other in seen):
            seen.append(tensor)
            kept.append(memory.nbytes())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        yield kept
