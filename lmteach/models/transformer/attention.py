"""Attention: look at all of a sequence, and decide anew at each place where to look.

Taught in notebook 09.
"""

import math
import warnings
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmteach.checks import check_flag, check_number, check_sizes, check_whole, checked_by
from lmteach.models.checks import check_kind, check_tensor
from lmteach.models.transformer.norms import rms_norm
from lmteach.models.transformer.positions import ALiBi, Rotary
from lmteach.typed import typed


class NothingToAttendTo(UserWarning):
    """A mask leaves a query without any key: its weights are all 0, and so is its output."""


def check_heads(dim: int, heads: int, key_heads: int | None = None) -> None:
    """Raise ``ValueError`` unless ``dim`` can be cut into ``heads`` pieces of one width.

    Key heads, if there are fewer, must divide the heads.

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
    if key_heads is not None:
        check_sizes(key_heads=key_heads)
        if heads % key_heads:
            raise ValueError(
                f"heads is {heads} and key_heads is {key_heads}, expected key_heads to divide "
                "heads: each key head serves as many query heads as any other."
            )


def check_rotated_width(dim: int, heads: int) -> None:
    """Raise ``ValueError`` unless rotary positions can turn the entries of a head in pairs.

    >>> check_rotated_width(dim=6, heads=2)
    Traceback (most recent call last):
    ValueError: a head is 3 wide (dim 6 / heads 2), expected an even width: rotary positions turn \
its entries in pairs.
    """
    if dim // heads % 2:
        raise ValueError(
            f"a head is {dim // heads} wide (dim {dim} / heads {heads}), expected an even width: "
            "rotary positions turn its entries in pairs."
        )


def _broadcasts(shape: Sequence[int], wanted: Sequence[int]) -> bool:
    """Return whether a tensor of one shape can stand for one of another, repeated where it is 1.

    >>> _broadcasts((3, 1), (2, 3, 4)), _broadcasts((2, 4), (2, 3, 4))
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
    if not _broadcasts(mask.shape, wanted):
        padding = mask.shape == (wanted[0], wanted[-1])
        hint = " A padding mask (B, S) is the same for all queries: give mask[:, None]."
        raise ValueError(
            f"mask has shape {tuple(mask.shape)}, expected one that broadcasts to {letters} = "
            f"{tuple(wanted)}.{hint if padding else ''}"
        )


def _warn_of_empty_rows(mask: Tensor) -> None:
    """Warn with ``NothingToAttendTo`` if a row of a mask (…, T, S) is False throughout.

    >>> _warn_of_empty_rows(torch.tensor([[True, False]]))
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
        check_kind(name, given)
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
        _warn_of_empty_rows(mask)
    if bias is not None:
        check_kind("bias", bias)
    if bias is not None and not _broadcasts(bias.shape, scores):
        raise ValueError(
            f"bias has shape {tuple(bias.shape)}, expected one that broadcasts to (…, T, S) = "
            f"{scores}."
        )


def _check_axes(mask: Tensor | None, bias: Tensor | None) -> None:
    for name, given in (("mask", mask), ("bias", bias)):
        if given is not None and given.ndim < 2:
            raise ValueError(
                f"{name} has shape {tuple(given.shape)}, expected queries and keys as axes at "
                f"least, (T, S): for the same keys at every query, give {name}[None]."
            )


def check_many_heads(
    self: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    bias: Tensor | None = None,
    cache: Any = None,
    need_weights: bool = True,
    causal: bool = False,
) -> None:
    """Raise ``ValueError`` unless what a ``MultiHeadAttention`` is given fits its width.

    >>> from types import SimpleNamespace
    >>> x = torch.zeros(2, 3, 4)
    >>> check_many_heads(SimpleNamespace(dim=4), x, x, x, mask=torch.ones(3, 3).bool())
    """
    check_tensor("query", query, (None, None, self.dim), "(B, T, D)")
    check_kind("key", key)
    if key.ndim == 3 and key.shape[1] == 0:
        raise ValueError(
            f"the source is empty: key has shape {tuple(key.shape)}, expected at least one key to "
            "attend to."
        )
    check_tensor("key", key, (len(query), None, self.dim), "(B, S, D)")
    check_tensor("value", value, tuple(key.shape), "(B, S, D)")
    if cache is not None and not (hasattr(cache, "length") and hasattr(cache, "extend")):
        raise ValueError(
            f"cache is a {type(cache).__name__}, expected None or what remembers keys and values, "
            "as KeyValueCache gives it for each layer."
        )
    if mask is not None:
        held = 0 if cache is None else cache.length
        check_mask(mask, (len(query), query.shape[1], held + key.shape[1]), "(B, T, S)")
    if bias is not None:
        check_kind("bias", bias)
    _check_axes(mask, bias)
    check_flag("need_weights", need_weights)
    check_flag("causal", causal)


def _check_fused(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    bias: Tensor | None,
    causal: bool,
    dropout: float,
) -> None:
    check_attention(query, key, value, mask, bias)
    _check_axes(mask, bias)
    check_flag("causal", causal)
    check_number("dropout", dropout, at_least=0, below=1)


def _check_maker(dim: int, heads: int, key_heads: int | None, dropout: float) -> None:
    check_heads(dim, heads, key_heads)
    check_number("dropout", dropout, at_least=0, below=1)


def _check_lengths(lengths: Tensor, time: int) -> None:
    check_kind("lengths", lengths)
    check_sizes(time=time)
    if lengths.ndim != 1 or lengths.is_floating_point() or len(lengths) == 0:
        raise ValueError(
            f"lengths has shape {tuple(lengths.shape)} and type {lengths.dtype}, expected a row of "
            "whole numbers, one for each sequence of the batch."
        )
    if lengths.min() < 1 or lengths.max() > time:
        raise ValueError(
            f"lengths go from {int(lengths.min())} to {int(lengths.max())}, expected 1 to {time}, "
            "the number of places in the batch. An empty sequence has nothing to attend to."
        )


@checked_by(_check_lengths)
@typed
def padding_mask(lengths: Int[Tensor, " batch"], time: int) -> Bool[Tensor, "batch time"]:
    """Return which places of a padded batch are real: True up to each sequence's length.

    Raises ``ValueError`` for lengths below 1 or above ``time``.

    >>> padding_mask(torch.tensor([1, 3]), time=3)
    tensor([[ True, False, False],
            [ True,  True,  True]])
    """
    return torch.arange(time, device=lengths.device) < lengths[:, None]


def _check_time(time: int) -> None:
    check_whole("time", time)


@checked_by(_check_time)
@typed
def causal_mask(time: int) -> Bool[Tensor, "time time"]:
    """Return where each place (a row) may look: at itself and at what came before.

    Raises ``ValueError`` for a time below 1.

    >>> causal_mask(3)
    tensor([[ True, False, False],
            [ True,  True, False],
            [ True,  True,  True]])
    """
    return torch.ones(time, time, dtype=torch.bool).tril()


@checked_by(check_attention)
@typed
def scaled_dot_product_attention(
    query: Float[Tensor, "*batch time head_dim"],
    key: Float[Tensor, "*batch source head_dim"],
    value: Float[Tensor, "*batch source dim"],
    mask: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
) -> tuple[Float[Tensor, "*batch time dim"], Float[Tensor, "*batch time source"]]:
    """Return a mean of the values for each query, and the weights (T, S) of that mean.

    The score of a query q and a key k is q · k / √K. ``bias`` is added to the scores (for
    positions). ``mask`` is True where a query may attend to a key; everything else gets a weight
    of exactly 0. Both have a shape that broadcasts to the scores' (…, T, S). The weights of a query
    sum to 1, or to 0 if its whole row is masked: then the output is zeros, and a
    ``NothingToAttendTo`` warning says so. Source: A. Vaswani et al., "Attention Is All You Need"
    (2017), §3.2.1, eq. 1; our K is d_k.

    Raises ``ValueError`` for shapes that don't fit, a mask that isn't bool, or an empty source.

    >>> query, value = torch.tensor([[0.0, 9.0]]), torch.tensor([[1.0], [5.0]])
    >>> key = torch.tensor([[1.0, 0.0], [2.0, 0.0]])  # the query is at right angles to both
    >>> output, weights = scaled_dot_product_attention(query, key, value)
    >>> output, weights
    (tensor([[3.]]), tensor([[0.5000, 0.5000]]))
    """
    scores = query @ key.mT / math.sqrt(query.shape[-1])  # (B, T, S)
    if bias is not None:
        scores = scores + bias
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(dim=-1)
    if mask is not None:
        weights = weights.masked_fill(~mask, 0.0)  # a row of nothing but -inf is NaN until here
    return weights @ value, weights


@checked_by(_check_fused)
def fused_attention(
    query: Float[Tensor, "*batch time head_dim"],
    key: Float[Tensor, "*batch source head_dim"],
    value: Float[Tensor, "*batch source dim"],
    mask: Bool[Tensor, "..."] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    causal: bool = False,
    dropout: float = 0.0,
) -> Float[Tensor, "*batch time dim"]:
    """Return the output alone of ``scaled_dot_product_attention``, computed by PyTorch.

    Its kernels go through the keys block by block and never write the weights down, so that the
    memory grows with T and not with T². A mask that hides nothing is left out. ``causal`` stands
    for a ``causal_mask`` whose last row is the last query's, and is faster; a share of ``dropout``
    of the weights is set to 0, and the others grow for it. Source: T. Dao et al., "FlashAttention"
    (2022).

    Raises ``ValueError`` as ``scaled_dot_product_attention`` does.

    >>> x = torch.tensor([[1.0, 2.0], [1.0, 2.0]])
    >>> fused_attention(x, x, x)
    tensor([[1., 2.],
            [1., 2.]])
    """
    if mask is not None and mask.all():  # nothing is hidden, and without a mask it is faster
        mask = None
    time, source = query.shape[-2], key.shape[-2]
    if causal and (time != source or mask is not None or bias is not None):
        mask, causal = _with_causal(mask, query, source), False
    added = mask
    if bias is not None:
        added = bias if mask is None else bias.masked_fill(~mask, -torch.inf)
    return F.scaled_dot_product_attention(query, key, value, added, dropout, causal)


def _with_causal(mask: Tensor | None, query: Tensor, source: int) -> Tensor | None:
    """A mask, and a causal one for queries at the end of the source; the last one needs none."""
    time = query.shape[-2]
    if time == 1:
        return mask
    own = causal_mask(source)[-time:].to(query.device)
    return own if mask is None else own & mask


@runtime_checkable
class KeysAndValues(Protocol):
    """What remembers the keys and values of the places that an attention has seen.

    >>> isinstance("no cache", KeysAndValues)
    False
    """

    @property
    def length(self) -> int:
        """How many places are held."""

    def extend(
        self,
        keys: Float[Tensor, "batch heads time head_dim"],
        values: Float[Tensor, "batch heads time head_dim"],
    ) -> tuple[
        Float[Tensor, "batch heads source head_dim"], Float[Tensor, "batch heads source head_dim"]
    ]:
        """Keep what is new; return keys and values from the first place on."""


class MultiHeadAttention(nn.Module):
    """Several attentions side by side, each in a few dimensions of its own.

    Queries, keys and values are made by three maps, the rows of ``in_proj_weight`` (3 D, D) and
    ``in_proj_bias`` (3 D); each is cut into ``heads`` pieces of width K = D / H; the heads'
    outputs are laid side by side again, and ``out_proj`` mixes them. Names and first numbers are
    those of ``torch.nn.MultiheadAttention`` with the same seed. Source: Vaswani et al. (2017),
    §3.2.2; our ``dim`` is d_model, ``heads`` is h.

    With ``key_heads`` several heads share their keys and values (J. Ainslie et al., "GQA", 2023),
    and the two lower maps have fewer rows. ``bias`` is that of the maps. ``dropout`` is the share
    of weights that training sets to 0. ``query_key_norm`` gives queries and keys the length √K (A.
    Henry et al., 2020). ``positions`` is ``Rotary`` or ``ALiBi``; others are added beforehand.

    Raises ``ValueError`` if ``dim`` is not divisible by ``heads``, or ``heads`` by ``key_heads``.

    >>> attention = MultiHeadAttention(dim=6, heads=2)
    >>> x = torch.randn(1, 4, 6)
    >>> output, weights = attention(x, x, x, causal_mask(4))
    >>> output.shape, weights.shape
    (torch.Size([1, 4, 6]), torch.Size([1, 2, 4, 4]))
    """

    @checked_by(_check_maker)
    @typed
    def __init__(
        self,
        dim: int,
        heads: int,
        key_heads: int | None = None,
        bias: bool = True,
        dropout: float = 0.0,
        query_key_norm: bool = False,
        positions: Rotary | ALiBi | None = None,
    ) -> None:
        super().__init__()
        self.dim, self.heads, self.key_heads = dim, heads, key_heads or heads
        self.dropout, self.query_key_norm, self.positions = dropout, query_key_norm, positions
        self.rows = [n * dim // heads for n in (heads, self.key_heads, self.key_heads)]
        self.in_proj_weight = nn.Parameter(torch.empty(sum(self.rows), dim))
        self.in_proj_bias = nn.Parameter(torch.zeros(sum(self.rows))) if bias else None
        self.out_proj = nn.Linear(dim, dim, bias)
        nn.init.xavier_uniform_(self.in_proj_weight)
        if bias:
            nn.init.zeros_(self.out_proj.bias)

    def project(
        self,
        query: Float[Tensor, "batch time dim"],
        key: Float[Tensor, "batch source dim"],
        value: Float[Tensor, "batch source dim"],
    ) -> tuple[
        Float[Tensor, "batch heads time head_dim"],
        Float[Tensor, "batch _ source head_dim"],
        Float[Tensor, "batch _ source head_dim"],
    ]:
        """Return queries, keys and values of each head."""
        if query is key and key is value:  # one product for all three
            mapped = F.linear(query, self.in_proj_weight, self.in_proj_bias).split(self.rows, -1)
        else:
            bias = self.in_proj_bias
            biases = (None,) * 3 if bias is None else bias.split(self.rows)
            mapped = tuple(
                map(F.linear, (query, key, value), self.in_proj_weight.split(self.rows), biases)
            )
        head_dim = self.dim // self.heads
        q, k, v = (x.unflatten(-1, (-1, head_dim)).transpose(1, 2) for x in mapped)
        return q, k, v

    @checked_by(check_many_heads)
    def forward(
        self,
        query: Float[Tensor, "batch time dim"],
        key: Float[Tensor, "batch source dim"],
        value: Float[Tensor, "batch source dim"],
        mask: Bool[Tensor, "..."] | None = None,
        bias: Float[Tensor, "..."] | None = None,
        cache: KeysAndValues | None = None,
        need_weights: bool = True,
        causal: bool = False,
    ) -> tuple[Float[Tensor, "batch time dim"], Float[Tensor, "batch heads time _"] | None]:
        """Return the output (B, T, D) and the weights (B, H, T, S).

        ``mask`` (True = may attend) has a shape that broadcasts to (B, T, S), such as
        ``causal_mask(time)`` or ``padding_mask(lengths, source)[:, None]``; all heads share it.
        ``bias`` broadcasts to (B, H, T, S). With a ``cache`` keys and values go on where it stops,
        and S counts those that it holds, too. ``causal`` adds a causal mask. With
        ``need_weights=False`` the weights are None and the output comes from ``fused_attention``.

        Raises ``ValueError`` for shapes that don't fit, or an empty source.
        """
        q, k, v = self.project(query, key, value)  # (B, H, T or S, K)
        if self.query_key_norm:
            q, k = rms_norm(q), rms_norm(k)
        if isinstance(self.positions, Rotary):
            start = 0 if cache is None else cache.length
            q, k = self.positions.turn(q, start), self.positions.turn(k, start)
        if cache is not None:
            k, v = cache.extend(k, v)  # (B, H, S, K), S from the first place on
        if self.key_heads < self.heads:
            k, v = (x.repeat_interleave(self.heads // self.key_heads, dim=1) for x in (k, v))
        time, source = q.shape[2], k.shape[2]
        if isinstance(self.positions, ALiBi):
            own = self.positions.bias(time, source).to(q)
            bias = own if bias is None else own + bias
        mask = mask[:, None] if mask is not None and mask.ndim == 3 else mask
        dropout = self.dropout if self.training else 0.0
        if need_weights:
            mask = _with_causal(mask, q, source) if causal else mask
            output, weights = scaled_dot_product_attention(q, k, v, mask, bias)
            output = F.dropout(weights, dropout) @ v if dropout else output
        else:
            output, weights = fused_attention(q, k, v, mask, bias, causal, dropout), None
        return self.out_proj(output.transpose(1, 2).flatten(start_dim=-2)), weights
