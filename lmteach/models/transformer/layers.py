"""The layers of a Transformer: attention, then each place by itself. Taught in notebook 11."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_choice, check_number, check_sizes, checked_by
from lmteach.models.transformer.attention import (
    KeysAndValues,
    MultiHeadAttention,
    check_heads,
    check_rotated_width,
)
from lmteach.models.transformer.norms import LayerNorm, RMSNorm
from lmteach.models.transformer.positions import ALiBi, Rotary
from lmteach.typed import check_fields, typed

Part = Callable[[Tensor], Tensor]
Norm = Literal["layer", "rms"]
Activation = Literal["relu", "gelu", "gelu_tanh", "squared_relu", "swiglu"]
Positions = Literal["rotary", "alibi"]


@typed
def squared_relu(x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
    """Return relu(x)². Source: D. So et al., "Primer" (2021).

    >>> import torch
    >>> squared_relu(torch.tensor([-3.0, 3.0]))
    tensor([0., 9.])
    """
    return functional.relu(x).square()


def _check_halves(x: Tensor) -> None:
    if x.ndim < 1 or x.shape[-1] % 2:
        raise ValueError(
            f"x has shape {tuple(x.shape)}, expected an even last axis: one half is the gate of "
            "the other."
        )


@typed
@checked_by(_check_halves)
def swiglu(x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch _"]:
    """Return silu(a) · b, where a and b are the two halves of x.

    Source: N. Shazeer, "GLU Variants Improve Transformer" (2020), eq. 6.

    >>> import torch
    >>> swiglu(torch.tensor([9.0, -9.0, 2.0, 2.0])).round(decimals=2)
    tensor([18., -0.])
    """
    gate, value = x.chunk(2, dim=-1)
    return functional.silu(gate) * value


ACTIVATIONS: dict[str, Part] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
    "gelu_tanh": partial(functional.gelu, approximate="tanh"),
    "squared_relu": squared_relu,
    "swiglu": swiglu,
}
HALVED = {"swiglu"}  # activations that leave half of what enters them


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes and parts of a layer; those that are the default are the base model's of 2017.

    ``dim`` is d_model, ``heads`` is h, ``feed_forward_dim`` is d_ff and ``layers``, in the encoder
    and again in the decoder, is N in A. Vaswani et al., "Attention Is All You Need" (2017), table
    3. ``pre_norm`` puts the norm before each sublayer instead of after it (R. Xiong et al., "On
    Layer Normalization in the Transformer Architecture", 2020). ``bias`` is that of all maps;
    ``attention_dropout``, ``key_heads``, ``query_key_norm`` and ``positions`` go to
    ``MultiHeadAttention``; ``rotary_base`` and ``rotary_stretch`` are those of rotary positions.

    Raises ``ValueError`` if ``heads`` doesn't divide ``dim``, or for sizes and choices out of
    range.

    >>> TransformerConfig(dim=32, heads=4, feed_forward_dim=64, layers=2).pre_norm
    False
    """

    dim: int = 512
    heads: int = 8
    feed_forward_dim: int = 2048
    layers: int = 6
    dropout: float = 0.1
    pre_norm: bool = False
    activation: Activation = "relu"
    norm: Norm = "layer"
    norm_eps: float = 1e-5
    bias: bool = True
    attention_dropout: float = 0.0
    key_heads: int | None = None
    query_key_norm: bool = False
    positions: Positions | None = None
    rotary_base: float = 10000.0
    rotary_stretch: float = 1.0

    def __post_init__(self) -> None:
        check_fields(self)
        check_heads(self.dim, self.heads, self.key_heads)
        check_sizes(feed_forward_dim=self.feed_forward_dim, layers=self.layers)
        for name in ("dropout", "attention_dropout"):
            check_number(name, getattr(self, name), at_least=0, below=1)
        check_number("norm_eps", self.norm_eps, above=0, at_most=1)
        check_choice("activation", self.activation, get_args(Activation))
        check_choice("norm", self.norm, get_args(Norm))
        if self.positions is not None:
            check_choice("positions", self.positions, get_args(Positions))
        Rotary(self.rotary_base, self.rotary_stretch)  # says what is wrong with them
        if self.positions == "rotary":
            check_rotated_width(self.dim, self.heads)


@typed
def make_norm(config: TransformerConfig) -> LayerNorm | RMSNorm:
    """Return a norm of the kind that a configuration asks for.

    >>> make_norm(TransformerConfig(dim=8, heads=2, norm="rms")).weight.shape
    torch.Size([8])
    """
    kind = LayerNorm if config.norm == "layer" else RMSNorm
    return kind(config.dim, config.norm_eps)


@typed
def make_attention(config: TransformerConfig, across: bool = False) -> MultiHeadAttention:
    """Return an attention of the kind that a configuration asks for.

    ``across`` two texts there are no positions: the places of one are not those of the other.

    >>> make_attention(TransformerConfig(dim=8, heads=2, positions="rotary")).positions
    Rotary(base=10000.0, stretch=1.0)
    """
    positions = None if across else config.positions
    rotary = Rotary(config.rotary_base, config.rotary_stretch)
    return MultiHeadAttention(
        config.dim,
        config.heads,
        config.key_heads,
        config.bias,
        config.attention_dropout,
        config.query_key_norm,
        {None: None, "rotary": rotary, "alibi": ALiBi(config.heads)}[positions],
    )


class Sublayers(nn.Module):
    """What both kinds of layers have: the feed-forward part, and the way around a part.

    >>> import torch
    >>> layer = EncoderLayer(TransformerConfig(dim=4, heads=2, pre_norm=True, dropout=0.0))
    >>> x = torch.randn(1, 3, 4)
    >>> bool((layer.around(x, layer.norm1, torch.zeros_like) == x).all())  # the residual path
    True
    """

    @typed
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.pre_norm, self.activation = config.pre_norm, ACTIVATIONS[config.activation]
        hidden = config.feed_forward_dim
        entering = 2 * hidden if config.activation in HALVED else hidden
        self.linear1 = nn.Linear(config.dim, entering, config.bias)
        self.linear2 = nn.Linear(hidden, config.dim, config.bias)
        self.dropout = nn.Dropout(config.dropout)

    def feed_forward(self, x: Float[Tensor, "batch time dim"]) -> Float[Tensor, "batch time dim"]:
        """Return what a small network makes of each place by itself (§3.3, eq. 2)."""
        return self.linear2(self.activation(self.linear1(x)))

    def around(
        self, x: Float[Tensor, "batch time dim"], norm: nn.Module, part: Part
    ) -> Float[Tensor, "batch time dim"]:
        """Return ``x`` plus what a part makes of it, and the norm of that.

        With ``pre_norm`` the norm stands before the part, and nothing after the sum.
        """
        if self.pre_norm:
            return x + self.dropout(part(norm(x)))
        return norm(x + self.dropout(part(x)))


class EncoderLayer(Sublayers):
    """Each place looks at all others, then thinks by itself; a residual path around both.

    The block of which all models here are made: encoders as it is, decoder-only models with
    ``causal``. ``forward(x (B, T, D), mask)`` returns (B, T, D). Names as in
    ``torch.nn.TransformerEncoderLayer``. Source: Vaswani et al. (2017), §3.1; dropout stands where
    §5.4 puts it, on what each part returns. (``torch.nn`` drops inside the parts, too: in training
    the two differ, in ``eval()`` they are equal.)

    Raises ``ValueError`` for shapes that don't fit.

    >>> import torch
    >>> layer = EncoderLayer(TransformerConfig(dim=8, heads=2, feed_forward_dim=16))
    >>> layer(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    @typed
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__(config)
        self.self_attn = make_attention(config)
        self.norm1, self.norm2 = make_norm(config), make_norm(config)

    def forward(
        self,
        x: Float[Tensor, "batch time dim"],
        mask: Bool[Tensor, "..."] | None = None,
        bias: Float[Tensor, "..."] | None = None,
        cache: KeysAndValues | None = None,
        causal: bool = False,
    ) -> Float[Tensor, "batch time dim"]:
        """Return the places after this layer; all else as in ``self_attn``."""

        def look(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, mask, bias, cache, need_weights=False, causal=causal)[0]

        x = self.around(x, self.norm1, look)
        return self.around(x, self.norm2, self.feed_forward)


class DecoderLayer(Sublayers):
    """Look at what is written so far, then at the source, then think by itself.

    ``forward(x (B, T, D), memory (B, S, D), mask, memory_mask)`` returns (B, T, D). In the second
    attention the queries are the decoder's, keys and values the encoder's. Names as in
    ``torch.nn.TransformerDecoderLayer``. Source: Vaswani et al. (2017), §3.1 and §3.2.3.

    Raises ``ValueError`` for shapes that don't fit, or an empty source.

    >>> import torch
    >>> layer = DecoderLayer(TransformerConfig(dim=8, heads=2, feed_forward_dim=16))
    >>> layer(torch.randn(2, 3, 8), torch.randn(2, 5, 8)).shape
    torch.Size([2, 3, 8])
    """

    @typed
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__(config)
        self.self_attn = make_attention(config)
        self.multihead_attn = make_attention(config, across=True)
        self.norm1, self.norm2, self.norm3 = (make_norm(config) for _ in range(3))

    @typed
    def forward(
        self,
        x: Float[Tensor, "batch time dim"],
        memory: Float[Tensor, "batch source dim"],
        mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch time dim"]:
        """Return the places after this layer; masks that broadcast to (B, T, T) and (B, T, S)."""

        def look(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, mask, need_weights=False)[0]

        def look_across(x: Tensor) -> Tensor:
            return self.multihead_attn(x, memory, memory, memory_mask, need_weights=False)[0]

        x = self.around(x, self.norm1, look)
        x = self.around(x, self.norm2, look_across)
        return self.around(x, self.norm3, self.feed_forward)
