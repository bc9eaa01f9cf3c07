"""Dropout: some numbers of a layer set to 0 while it learns. Taught in notebook 19."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmteach.checks import check_number, checked_by
from lmteach.typed import typed


def _check(share: float) -> None:
    check_number("share", share, at_least=0, below=1, mend="It is the share that is dropped.")


@typed
@checked_by(_check)
def keep_mask(
    x: Float[Tensor, "*batch"], share: float, generator: torch.Generator
) -> Bool[Tensor, "*batch"]:
    """Return where a number is kept, True or False in the shape of ``x``, each drawn apart.

    ``share`` of them is False, on average. Raises ``ValueError`` for a share that is not at least 0
    and below 1.

    >>> keep_mask(torch.ones(6), 0.5, torch.Generator().manual_seed(0))
    tensor([False,  True, False, False, False,  True])
    """
    drawn = torch.rand(x.shape, generator=generator, device=generator.device)
    return (drawn >= share).to(x.device)


@typed
@checked_by(_check)
def inverted_dropout(
    x: Float[Tensor, "*batch"], kept: Bool[Tensor, "*batch"], share: float
) -> Float[Tensor, "*batch"]:
    """Return ``x`` where it is ``kept``, 0 elsewhere, over the share that is kept on average.

    So the mean over all masks is ``x``, and nothing has to be done to it when the network judges:
    *inverted*, since Srivastava et al. shrink the weights then. With a mask drawn at ``share`` it
    is ``torch.nn.functional.dropout(x, share)``. Source: N. Srivastava et al., "Dropout" (2014),
    §4 and §10; our ``share`` is their 1 - p.

    Raises ``ValueError`` for a share that is not at least 0 and below 1, or a mask of another
    shape.

    >>> x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    >>> inverted_dropout(x, torch.tensor([True, False, True, True]), share=0.25)
    tensor([1.3333, 0.0000, 4.0000, 5.3333])
    """
    return x * kept / (1 - share)
