"""Batches of sequences that are about equally long, so that little padding is computed.

Taught in notebook 08.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Int
from torch import Tensor

from lmteach.checks import checked_by


def _check(lengths: Tensor, batch: int) -> None:
    if lengths.ndim not in (1, 2) or len(lengths) == 0:
        raise ValueError(
            f"lengths has shape {tuple(lengths.shape)}, expected one number for each sequence, or "
            "a row of numbers for each, and at least one sequence."
        )
    if batch < 1:
        raise ValueError(f"batch is {batch}, expected at least 1.")


@checked_by(_check)
def batches_of_like_length(
    lengths: Int[Tensor, "batch ..."], batch: int, generator: torch.Generator
) -> Iterator[Int[Tensor, " _"]]:
    """Yield the places of all sequences once, ``batch`` at a time, neighbours in length together.

    ``lengths`` has one number for each sequence, or several (source, target), the first of which
    counts most. Sequences of equal length meet in a new order on each call, and the batches come
    in random order; the batch of the very longest may be smaller than the others.

    Raises ``ValueError`` for no sequences or a batch of less than 1.

    >>> lengths = torch.tensor([3, 1, 3, 1, 2])
    >>> generator = torch.Generator().manual_seed(0)
    >>> [places.tolist() for places in batches_of_like_length(lengths, 2, generator)]
    [[4, 0], [2], [1, 3]]
    """
    order = torch.randperm(len(lengths), generator=generator)
    for column in reversed(lengths.reshape(len(lengths), -1).unbind(dim=1)):
        order = order[column[order].argsort(stable=True)]
    batches = order.split(batch)
    for number in torch.randperm(len(batches), generator=generator).tolist():
        yield batches[number]
