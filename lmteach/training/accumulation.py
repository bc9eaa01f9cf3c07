"""A large batch in small parts: the gradients of all parts, added up. Taught in notebook 22."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from torch import Tensor, nn

from lmteach.checks import check_number
from lmteach.typed import typed

Part = TypeVar("Part")
Model = TypeVar("Model", bound=nn.Module)


@typed
def accumulate(
    model: Model,
    parts: Iterable[Part],
    summed_loss: Callable[[Model, Part], tuple[Tensor, int]],
) -> float:
    """Leave the gradient of a whole batch in the model, computed part by part; return its loss.

    ``summed_loss(model, part)`` is the loss of a part, *summed* over what is predicted in it, a
    tensor () in nats, and how many predictions there were. The result is the mean over all of them,
    however unequal the parts: the sums are added, and divided once, by how many there were
    altogether. Only one part's activations are held at a time. What was in the gradients before is
    dropped.

    A part is a tensor, or a tuple of tensors.

    Raises ``ValueError`` if there are no parts, no predictions in any of them, a part is something
    else, or its loss is not one number.

    >>> line = nn.Linear(1, 1, bias=False)
    >>> def summed_loss(model, x):
    ...     return (model(x) - 2 * x).square().sum(), len(x)
    >>> import torch
    >>> with torch.no_grad():
    ...     _ = line.weight.fill_(0.0)
    >>> accumulate(line, [torch.tensor([[1.0], [2.0]]), torch.tensor([[3.0]])], summed_loss)
    18.666666666666668
    >>> line.weight.grad  # -4 times the mean of 1, 4 and 9
    tensor([[-18.6667]])
    """
    model.zero_grad()
    total, count = 0.0, 0
    for part in parts:
        _check_part(part)
        returned = summed_loss(model, part)
        _check_returned(returned)
        loss, predictions = returned
        loss.backward()  # adds to what is there
        total, count = total + loss.item(), count + int(predictions)
    if count == 0:
        raise ValueError("there is nothing to predict in the parts, expected at least one place.")
    for weight in model.parameters():
        if weight.grad is not None:
            weight.grad /= count
    return total / count


def _check_part(part: object) -> None:
    tensors = part if isinstance(part, tuple) else (part,)
    if not tensors or not all(isinstance(tensor, Tensor) for tensor in tensors):
        raise ValueError(f"a part is {part!r:.60}, expected a tensor, or a tuple of tensors.")


def _check_returned(returned: object) -> None:
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise ValueError(
            f"summed_loss returned {returned!r:.60}, expected a loss and how many predictions it "
            "is the sum over."
        )
    loss, predictions = returned
    if not isinstance(loss, Tensor) or loss.ndim != 0 or not loss.requires_grad:
        came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
        raise ValueError(
            f"the loss of a part is {came}, expected a tensor with one number that depends on the "
            "weights: sum over batch and time, and don't call .item()."
        )
    check_number("the number of predictions", predictions, at_least=0)
