"""Sentences changed a little, so that no two passes over them are the same. Taught in notebook 19.

Rows of ids as ``pad`` makes them; id 0 stands for nothing: padding, or an unknown word. Source: J.
Wei and K. Zou, "EDA" (2019), §2, with random words in place of synonyms.
"""

import torch
from jaxtyping import Int
from torch import Tensor

from lmteach.checks import check_known, check_number, check_shape, check_whole, checked_by
from lmteach.typed import typed


def _check_rows(ids: Tensor) -> None:
    check_shape("ids", ids.shape, (None, None), "(B, T)")
    check_known("ids", int(ids.min()), int(ids.max()), None)


def _check(share: float) -> None:
    check_number("share", share, at_least=0, at_most=1, mend="It is the share of words.")


def _check_vocabulary(ids: Tensor, vocab_size: int) -> None:
    check_whole("vocab_size", vocab_size, at_least=2, mend="0 stands for nothing.")
    check_known("ids", int(ids.min()), int(ids.max()), vocab_size)


def _hit(ids: Tensor, share: float, generator: torch.Generator) -> Tensor:
    drawn = torch.rand(ids.shape, generator=generator, device=generator.device)
    return (drawn < share).to(ids.device)


@typed
@checked_by(_check_rows)
@checked_by(_check)
def drop_words(
    ids: Int[Tensor, "batch time"], share: float, generator: torch.Generator
) -> Int[Tensor, "batch time"]:
    """Return the rows with ``share`` of their words, on average, turned into 0.

    Raises ``ValueError`` for a share that does not lie from 0 to 1, no rows, or an id below 0.

    >>> drop_words(torch.tensor([[5, 6, 7, 8]]), 0.5, torch.Generator().manual_seed(0))
    tensor([[0, 6, 0, 0]])
    """
    return ids.masked_fill(_hit(ids, share, generator), 0)


@typed
@checked_by(_check_rows)
@checked_by(_check)
@checked_by(_check_vocabulary)
def replace_words(
    ids: Int[Tensor, "batch time"], share: float, vocab_size: int, generator: torch.Generator
) -> Int[Tensor, "batch time"]:
    """Return the rows with ``share`` of their words, on average, replaced by any words.

    Each of the others, 1 to ``vocab_size`` - 1, is drawn as often; where nothing stands, nothing is
    put. Raises ``ValueError`` for a share that does not lie from 0 to 1, a vocabulary without
    words, no rows, or ids that are not in it.

    >>> replace_words(torch.tensor([[5, 6, 7, 0]]), 0.5, 50, torch.Generator().manual_seed(0))
    tensor([[16,  6, 42,  0]])
    """
    hit = _hit(ids, share, generator)
    device = generator.device
    others = torch.randint(1, vocab_size, ids.shape, generator=generator, device=device).to(ids)
    return ids.where(~hit | (ids == 0), others)


@typed
@checked_by(_check_rows)
def swap_words(
    ids: Int[Tensor, "batch time"], generator: torch.Generator
) -> Int[Tensor, "batch time"]:
    """Return the rows with two words of each exchanged, which may be one and the same.

    The padding stands at the end of a row, and stays there. Raises ``ValueError`` for no rows, or
    an id below 0.

    >>> swap_words(torch.tensor([[5, 6, 7, 8, 0]]), torch.Generator().manual_seed(0))
    tensor([[5, 8, 7, 6, 0]])
    """
    lengths = (ids != 0).sum(dim=1, keepdim=True)
    drawn = torch.rand(len(ids), 2, generator=generator, device=generator.device)
    places = (drawn.to(ids.device) * lengths).long()  # (B, 2)
    return ids.scatter(1, places, ids.gather(1, places.flip(1)))
