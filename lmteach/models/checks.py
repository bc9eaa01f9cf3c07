"""What networks ask of the tensors that they are given."""

from collections.abc import Sequence

from torch import Tensor


def check_tensor(name: str, value: object, shape: Sequence[int | None], letters: str) -> None:
    """Say what is wrong with a tensor of numbers that is to have a shape, None for any length.

    >>> import torch
    >>> check_tensor("x", torch.zeros(2, 3), (None, 4), "(B, inputs)")
    Traceback (most recent call last):
    ValueError: x has shape (2, 3), expected (B, inputs) = (any, 4).
    """
    if not isinstance(value, Tensor) or not value.is_floating_point():
        kind = value.dtype if isinstance(value, Tensor) else type(value).__name__
        raise ValueError(
            f"{name} is of type {kind}, expected a tensor of floating point numbers {letters}. "
            "Ids go through an embedding first."
        )
    fits = len(value.shape) == len(shape) and all(
        found == wanted if wanted is not None else found > 0
        for found, wanted in zip(value.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise ValueError(f"{name} has shape {tuple(value.shape)}, expected {letters} = ({wanted}).")
