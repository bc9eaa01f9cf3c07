"""What networks ask of the tensors that they are given."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Int
from torch import Tensor

from lmteach.checks import check_known, check_shape, check_tokens


def check_tensor(name: str, value: object, shape: Sequence[int | None], letters: str) -> None:
    """Say what is wrong with a tensor of numbers that is to have a shape, None for any length.

    >>> check_tensor("x", torch.zeros(2, 3), (None, 4), "(B, inputs)")
    Traceback (most recent call last):
    ValueError: x has shape (2, 3), expected (B, inputs) = (any, 4).
    """
    if not isinstance(value, Tensor) or not value.is_floating_point():
        raise ValueError(
            f"{name} is of type {_kind(value)}, expected a tensor of floating point numbers "
            f"{letters}. Ids go through an embedding first."
        )
    check_shape(name, value.shape, shape, letters)


def check_kind(name: str, value: object) -> None:
    """Say that something is no tensor, if so.

    >>> check_kind("key", None)
    Traceback (most recent call last):
    ValueError: key is of type NoneType, expected a tensor.
    """
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} is of type {_kind(value)}, expected a tensor.")


def check_ids(
    name: str,
    ids: object,
    vocab_size: int | None = None,
    shape: Sequence[int | None] = (None, None),
    letters: str = "(B, T)",
    mend: str = "",
) -> None:
    """Say what is wrong with a tensor of ids: its type, its shape, or an id out of the vocabulary.

    None in ``shape`` stands for any length of at least 1; ``mend`` says how to come by the shape.

    >>> check_ids("ids", torch.tensor([1, 4, 2]), vocab_size=5)
    Traceback (most recent call last):
    ValueError: ids has shape (3,), expected (B, T) = (any, any). One text alone is a batch of \
one: ids[None].
    """
    if not isinstance(ids, Tensor) or ids.dtype not in (torch.int64, torch.int32):
        raise ValueError(
            f"{name} is of type {_kind(ids)}, expected a tensor of whole numbers {letters}, "
            "such as torch.tensor(tokenizer.encode(text)) of type torch.int64."
        )
    alone = f"One text alone is a batch of one: {name}[None]." if ids.ndim < len(shape) else ""
    check_shape(name, ids.shape, shape, letters, mend or alone)
    if ids.numel():
        low, high = ids.aminmax()
        check_known(name, int(low), int(high), vocab_size)


def check_context(time: int, context: int, held: int = 0) -> None:
    """Say that so many tokens are more than a model can look at, ``held`` in its cache, if so.

    >>> check_context(3, context=4, held=2)
    Traceback (most recent call last):
    ValueError: there are 3 tokens after 2 in the cache, but the model looks at 4 at most, its \
context: give it fewer.
    """
    if held + time > context:
        before = f" after {held} in the cache" if held else ""
        raise ValueError(
            f"there are {time} tokens{before}, but the model looks at {context} at most, its "
            "context: give it fewer."
        )


def check_padding(name: str, mask: object, shape: Sequence[int], letters: str = "(B, T)") -> None:
    """Say what is wrong with a mask that is to be True where a place is no padding.

    >>> check_padding("mask", torch.ones(2, 3), (2, 3))
    Traceback (most recent call last):
    ValueError: mask is of type torch.float32, expected bool: True where a place is no padding, \
as padding_mask returns it.
    """
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        raise ValueError(
            f"{name} is of type {_kind(mask)}, expected bool: True where a place is no padding, "
            "as padding_mask returns it."
        )
    check_shape(name, mask.shape, shape, letters)


def check_logits(logits: Tensor, step: int) -> None:
    """Say that no token can be chosen by logits or log probabilities (…, V), if so.

    >>> check_logits(torch.tensor([[0.5, float("nan")]]), step=3)
    Traceback (most recent call last):
    ValueError: the model's logits at step 3 contain nan, so no token can be chosen. Did its \
training break down? Look for weights that are not finite.
    """
    best = logits.amax(dim=-1)  # NaN, if there is one
    if not math.isfinite(best.sum().item()):
        raise ValueError(
            f"the model's logits at step {step} contain {best[~best.isfinite()][0].item()}, so no "
            "token can be chosen. Did its training break down? Look for weights that are not "
            "finite."
        )


def token_row(
    ids: Sequence[int] | Int[Tensor, " time"],
    vocab_size: int,
    device: torch.device,
    at_least: int = 1,
) -> Int[Tensor, " time"]:
    """Return ``ids`` as one row (T,) where a network is, or say what is wrong with them.

    >>> token_row([2, 0, 1], vocab_size=3, device=torch.device("cpu"))
    tensor([2, 0, 1])
    """
    return torch.from_numpy(check_tokens(ids, vocab_size, at_least)).to(device)


def _kind(value: object) -> str:
    return str(value.dtype) if isinstance(value, Tensor) else type(value).__name__
