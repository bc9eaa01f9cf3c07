"""What a network that reads one sequence and writes another asks of both.

The network has the sizes of its vocabularies, ``source_vocab`` and ``target_vocab``.
"""

from typing import Any

from torch import Tensor

from lmteach.checks import check_number, check_sizes
from lmteach.models.checks import check_ids
from lmteach.models.transformer.attention import padding_mask


def check_widths(dim: int, embedding_dim: int, dropout: float) -> None:
    """Raise ``ValueError`` unless the widths of a network are sizes, and its dropout a share.

    >>> check_widths(dim=6, embedding_dim=0, dropout=0.0)
    Traceback (most recent call last):
    ValueError: embedding_dim is 0, expected a whole number of at least 1.
    """
    check_sizes(dim=dim, embedding_dim=embedding_dim)
    check_number("dropout", dropout, at_least=0, below=1)


def check_even(dim: int) -> None:
    """Raise ``ValueError`` for a width of which two readers can't have half each.

    >>> check_even(5)
    Traceback (most recent call last):
    ValueError: dim is 5, expected an even number: half of it reads from the left, half from the \
right.
    """
    if dim % 2:
        raise ValueError(
            f"dim is {dim}, expected an even number: half of it reads from the left, half from "
            "the right."
        )


def check_source(self: Any, source: Tensor, lengths: Tensor) -> None:
    """Raise ``ValueError`` unless the sources (B, S) and their lengths (B,) can be read.

    >>> from types import SimpleNamespace
    >>> import torch
    >>> model = SimpleNamespace(source_vocab=5, target_vocab=4)
    >>> check_source(model, torch.tensor([[3, 7]]), torch.tensor([2]))
    Traceback (most recent call last):
    ValueError: source contains the id 7, but the vocabulary has 5 entries (ids 0 to 4). Encode \
with the tokenizer that the model was made for.
    """
    check_ids("source", source, self.source_vocab, letters="(B, S)")
    padding_mask(lengths, source.shape[1])
    if len(lengths) != len(source):
        raise ValueError(
            f"there are {len(lengths)} lengths for {len(source)} sequences, expected one for each."
        )


def check_both(self: Any, source: Tensor, lengths: Tensor, target: Tensor) -> None:
    """Raise ``ValueError`` unless the sources, their lengths and the targets (B, T) fit.

    >>> from types import SimpleNamespace
    >>> import torch
    >>> model, ids = SimpleNamespace(source_vocab=5, target_vocab=4), torch.ones(2, 3).long()
    >>> check_both(model, ids, torch.tensor([3, 2]), ids[:1])
    Traceback (most recent call last):
    ValueError: there are 1 targets for 2 sources, expected one for each.
    """
    check_source(self, source, lengths)
    check_ids("target", target, self.target_vocab)
    if len(target) != len(source):
        raise ValueError(
            f"there are {len(target)} targets for {len(source)} sources, expected one for each."
        )
