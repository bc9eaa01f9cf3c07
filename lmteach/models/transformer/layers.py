"""The layers of a Transformer: attention, then each place by itself. Taught in notebook 11."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_sizes
from lmteach.models.transformer.attention import MultiHeadAttention, check_heads
from lmteach.models.transformer.norms import LayerNorm

Part = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, Part] = {
    "relu": functional.relu,
    "gelu": functional.gelu,
}


@dataclass(frozen=True)
class TransformerConfig:
    """The sizes of a Transformer; those that are the default are the base model's of 2017.

    ``dim`` is d_model, ``heads`` is h, ``feed_forward_dim`` is d_ff and ``layers``, in the encoder
    and again in the decoder, is N in A. Vaswani et al., "Attention Is All You Need" (2017), table
    3. ``pre_norm`` puts the norm before each sublayer instead of after it (R. Xiong et al., "On
    Layer Normalization in the Transformer Architecture", 2020).

    Raises ``ValueError`` if ``heads`` doesn't divide ``dim``, or for sizes out of range.

    >>> TransformerConfig(dim=32, heads=4, feed_forward_dim=64, layers=2).pre_norm
    False
    """

    dim: int = 512
    heads: int = 8
    feed_forward_dim: int = 2048
    layers: int = 6
    dropout: float = 0.1
    pre_norm: bool = False
    activation: Literal["relu", "gelu"] = "relu"
    layer_norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        check_heads(self.dim, self.heads)
        check_sizes(feed_forward_dim=self.feed_forward_dim, layers=self.layers)
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}, expected at least 0 and below 1.")
        if self.activation not in ACTIVATIONS:
            raise ValueError(
                f"activation is {self.activation!r}, expected one of {', '.join(ACTIVATIONS)}."
            )


class Sublayers(nn.Module):
    """What both kinds of layers have: the feed-forward part, and the way around a part.

    >>> import torch
    >>> layer = EncoderLayer(TransformerConfig(dim=4, heads=2, pre_norm=True, dropout=0.0))
    >>> x = torch.randn(1, 3, 4)
    >>> bool((layer.around(x, layer.norm1, torch.zeros_like) == x).all())  # the residual path
    True
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.pre_norm, self.activation = config.pre_norm, ACTIVATIONS[config.activation]
        self.linear1 = nn.Linear(config.dim, config.feed_forward_dim)
        self.linear2 = nn.Linear(config.feed_forward_dim, config.dim)
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

    ``forward(x (B, T, D), mask)`` returns (B, T, D). With a ``causal_mask`` it is the layer of
    a decoder-only model. Names as in ``torch.nn.TransformerEncoderLayer``. Source: Vaswani et al.
    (2017), §3.1; dropout stands where §5.4 puts it, on what each part returns. (``torch.nn``
    drops inside the parts, too: in training the two differ, in ``eval()`` they are equal.)

    Raises ``ValueError`` for shapes that don't fit.

    >>> import torch
    >>> layer = EncoderLayer(TransformerConfig(dim=8, heads=2, feed_forward_dim=16))
    >>> layer(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__(config)
        self.self_attn = MultiHeadAttention(config.dim, config.heads)
        self.norm1 = LayerNorm(config.dim, config.layer_norm_eps)
        self.norm2 = LayerNorm(config.dim, config.layer_norm_eps)

    def forward(
        self,
        x: Float[Tensor, "batch time dim"],
        mask: Bool[Tensor, "..."] | None = None,
        bias: Float[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch time dim"]:
        """Return the places after this layer; ``mask`` and ``bias`` as in ``self_attn``."""

        def look(x: Tensor) -> Tensor:
            return self.self_attn(x, x, x, mask, bias, need_weights=False)[0]

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

    def __init__(self, config: TransformerConfig) -> None:
        super().__init__(config)
        self.self_attn = MultiHeadAttention(config.dim, config.heads)
        self.multihead_attn = MultiHeadAttention(config.dim, config.heads)
        self.norm1 = LayerNorm(config.dim, config.layer_norm_eps)
        self.norm2 = LayerNorm(config.dim, config.layer_norm_eps)
        self.norm3 = LayerNorm(config.dim, config.layer_norm_eps)

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
