"""What attention asks of its arguments before it begins."""

import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from lmteach.models.recurrent_cells import check_sizes, check_tensor


class NothingToAttendTo(UserWarning):
    """A mask leaves a query without any key: its weights are all 0, and so is its output."""


def check_heads(dim: int, heads: int) -> None:
    """Raise ``ValueError`` unless ``dim`` can be cut into ``heads`` pieces of one width.

    >>> check_heads(dim=10, heads=4)
    Traceback (most recent call last):
    ValueError: dim is 10 and heads is 4, expected heads to divide dim: take dim=8 or dim=12.
    """
    check_sizes(dim=dim, heads=heads)
    if dim % heads:
        below = dim // heads * heads
        fitting = f"dim={below} or dim={below + heads}" if below else f"dim={heads}"
        raise ValueError(
            f"dim is {dim} and heads is {heads}, expected heads to divide dim: take {fitting}."
        )


def broadcasts(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    """Return whether a tensor of one shape can stand for one of another, repeated where it is 1.

    >>> broadcasts((3, 1), (2, 3, 4)), broadcasts((2, 4), (2, 3, 4))
    (True, False)
    """
    if len(shape) > len(wanted):
        return False
    last = wanted[len(wanted) - len(shape) :]
    return all(own in (1, there) for own, there in zip(shape, last, strict=True))


def check_mask(mask: object, wanted: Sequence[int], letters: str) -> None:
    """Raise ``ValueError`` unless ``mask`` is bool and broadcasts to a shape.

    >>> check_mask(torch.ones(2, 5).bool(), (2, 3, 5), "(B, T, S)")
    Traceback (most recent call last):
    ValueError: mask has shape (2, 5), expected one that broadcasts to (B, T, S) = (2, 3, 5). A \
padding mask (B, S) is the same for all queries: give mask[:, None].
    """
    if not isinstance(mask, Tensor) or mask.dtype != torch.bool:
        kind = mask.dtype if isinstance(mask, Tensor) else type(mask).__name__
        raise ValueError(
            f"mask is of type {kind}, expected a bool tensor, True where a query may attend to a "
            "key: as causal_mask and padding_mask return it."
        )
    if not broadcasts(mask.shape, wanted):
        padding = mask.shape == (wanted[0], wanted[-1])
        hint = " A padding mask (B, S) is the same for all queries: give mask[:, None]."
        raise ValueError(
            f"mask has shape {tuple(mask.shape)}, expected one that broadcasts to {letters} = "
            f"{tuple(wanted)}.{hint if padding else ''}"
        )


def warn_of_empty_rows(mask: Tensor) -> None:
    """Warn with ``NothingToAttendTo`` if a row of a mask (…, T, S) is False throughout.

    >>> warn_of_empty_rows(torch.tensor([[True, False]]))
    """
    empty = ~mask.any(dim=-1)
    if bool(empty.any()):
        warnings.warn(
            f"the mask leaves {int(empty.sum())} of {empty.numel()} rows without any key: their "
            "weights are all 0, and so is what attention returns for them.",
            NothingToAttendTo,
            stacklevel=4,
        )


def check_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
) -> None:
    """Raise ``ValueError`` unless queries, keys, values, mask and bias fit together.

    >>> check_attention(torch.zeros(2, 3), torch.zeros(0, 3), torch.zeros(0, 3))
    Traceback (most recent call last):
    ValueError: the source is empty: key has shape (0, 3), expected at least one key to attend to.
    """
    for name, given in (("query", query), ("key", key), ("value", value)):
        if given.ndim < 2 or not given.is_floating_point():
            raise ValueError(
                f"{name} has shape {tuple(given.shape)} and type {given.dtype}, expected floating "
                "point numbers, one row for each place, in at least two dimensions."
            )
    if key.shape[-2] == 0:
        raise ValueError(
            f"the source is empty: key has shape {tuple(key.shape)}, expected at least one key to "
            "attend to."
        )
    alike = query.shape[:-2] == key.shape[:-2] and query.shape[-1] == key.shape[-1]
    if not alike or key.shape[:-1] != value.shape[:-1]:
        raise ValueError(
            f"query has shape {tuple(query.shape)}, key {tuple(key.shape)} and value "
            f"{tuple(value.shape)}, expected (…, T, K), (…, S, K) and (…, S, any) with the same …"
        )
    scores = (*query.shape[:-1], key.shape[-2])
    if mask is not None:
        check_mask(mask, scores, "(…, T, S)")
        warn_of_empty_rows(mask)
    if bias is not None and not broadcasts(bias.shape, scores):
        raise ValueError(
            f"bias has shape {tuple(bias.shape)}, expected one that broadcasts to (…, T, S) = "
            f"{scores}."
        )


def check_many_heads(
    self: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None
) -> None:
    """Raise ``ValueError`` unless what a ``MultiHeadAttention`` is given fits its width.

    >>> from types import SimpleNamespace
    >>> x = torch.zeros(2, 3, 4)
    >>> check_many_heads(SimpleNamespace(dim=4), x, x, x, mask=torch.ones(3, 3).bool())
    """
    check_tensor("query", query, (None, None, self.dim), "(B, T, D)")
    if key.ndim == 3 and key.shape[1] == 0:
        raise ValueError(
            f"the source is empty: key has shape {tuple(key.shape)}, expected at least one key to "
            "attend to."
        )
    check_tensor("key", key, (len(query), None, self.dim), "(B, S, D)")
    check_tensor("value", value, tuple(key.shape), "(B, S, D)")
    if mask is not None:
        check_mask(mask, (len(query), query.shape[1], key.shape[1]), "(B, T, S)")
