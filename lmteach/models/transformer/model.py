"""The Transformer of 2017: encoder and decoder, layer upon layer. Taught in notebook 11."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from lmteach.checks import checked_by
from lmteach.models.checks import check_padding, check_tensor
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.layers import (
    DecoderLayer,
    EncoderLayer,
    TransformerConfig,
    make_norm,
)
from lmteach.typed import typed


def _check_places(name: str, places: Tensor, mask: Tensor | None, dim: int) -> None:
    check_tensor(name, places, (None, None, dim), "(B, places, D)")
    if mask is not None:
        check_padding(f"{name}_mask", mask, places.shape[:2], "(B, places)")


class Encoder(nn.Module):
    """The encoder's layers, and a norm after the last.

    ``forward(x (B, S, D), mask)`` returns (B, S, D). Names as in ``torch.nn.TransformerEncoder``.
    The last norm is needed after pre-norm layers, where nothing else holds the sum; after
    post-norm layers it changes little, and ``torch.nn.Transformer`` has it all the same.

    >>> import torch
    >>> encoder = Encoder(TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=3))
    >>> encoder(torch.randn(2, 5, 8)).shape
    torch.Size([2, 5, 8])
    """

    @typed
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.layers))
        self.norm = make_norm(config)

    def forward(
        self,
        x: Float[Tensor, "batch source dim"],
        mask: Bool[Tensor, "..."] | None = None,
        bias: Float[Tensor, "..."] | None = None,
        causal: bool = False,
    ) -> Float[Tensor, "batch source dim"]:
        """Return the places (B, S, D) after all layers, each of which uses the same mask."""
        for layer in self.layers:
            x = layer(x, mask, bias, causal=causal)
        return self.norm(x)


class Decoder(nn.Module):
    """The decoder's layers, and a norm after the last.

    ``forward(x (B, T, D), memory (B, S, D), mask, memory_mask)`` returns (B, T, D). Names as in
    ``torch.nn.TransformerDecoder``.

    >>> import torch
    >>> decoder = Decoder(TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=3))
    >>> decoder(torch.randn(2, 3, 8), torch.randn(2, 5, 8), causal_mask(3)).shape
    torch.Size([2, 3, 8])
    """

    @typed
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.layers))
        self.norm = make_norm(config)

    @typed
    def forward(
        self,
        x: Float[Tensor, "batch time dim"],
        memory: Float[Tensor, "batch source dim"],
        mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch time dim"]:
        """Return the places (B, T, D) after all layers, each of which sees the same memory."""
        for layer in self.layers:
            x = layer(x, memory, mask, memory_mask)
        return self.norm(x)


def _check_source(self: "Transformer", source: Tensor, source_mask: Tensor | None) -> None:
    _check_places("source", source, source_mask, self.config.dim)


def _check_target(
    self: "Transformer",
    target: Tensor,
    memory: Tensor,
    target_mask: Tensor | None,
    source_mask: Tensor | None,
) -> None:
    _check_places("target", target, target_mask, self.config.dim)
    _check_places("source", memory, source_mask, self.config.dim)
    if len(memory) != len(target):
        raise ValueError(
            f"there are {len(target)} targets for {len(memory)} sources, expected one for each."
        )


class Transformer(nn.Module):
    """Encoder and decoder: ``torch.nn.Transformer``, under its names, with ``batch_first=True``.

    ``forward(source (B, S, D), target (B, T, D), source_mask (B, S), target_mask (B, T))`` returns
    (B, T, D). Both masks are True where a place is no padding. The decoder is causal unless told
    otherwise. Embeddings and positions come before it, a map to the vocabulary after. All matrices
    start as X. Glorot and Y. Bengio (2010) propose. Source: Vaswani et al. (2017), §3.

    Raises ``ValueError`` for shapes that don't fit, or an empty source or target.

    >>> import torch
    >>> model = Transformer(TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=2))
    >>> model(torch.randn(4, 5, 8), torch.randn(4, 3, 8)).shape
    torch.Size([4, 3, 8])
    """

    @typed
    def __init__(self, config: TransformerConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder, self.decoder = Encoder(config), Decoder(config)
        for parameter in self.parameters():
            if parameter.ndim > 1:
                nn.init.xavier_uniform_(parameter)

    @checked_by(_check_source)
    @typed
    def encode(
        self,
        source: Float[Tensor, "batch source dim"],
        source_mask: Bool[Tensor, "batch source"] | None = None,
    ) -> Float[Tensor, "batch source dim"]:
        """Return the memory (B, S, D): what the decoder will look at."""
        mask = None if source_mask is None else source_mask[:, None]  # (B, 1, S)
        return self.encoder(source, mask)

    @checked_by(_check_target)
    @typed
    def decode(
        self,
        target: Float[Tensor, "batch time dim"],
        memory: Float[Tensor, "batch source dim"],
        target_mask: Bool[Tensor, "batch time"] | None = None,
        source_mask: Bool[Tensor, "batch source"] | None = None,
        causal: bool = True,
    ) -> Float[Tensor, "batch time dim"]:
        """Return what the decoder makes of each place (B, T, D) of the target.

        Place t sees the targets up to t itself: feed it the target shifted by one, or the answer
        is in the question. With ``causal=False`` it sees them all.
        """
        mask = causal_mask(target.shape[1]).to(target.device) if causal else None
        if target_mask is not None:
            padding = target_mask[:, None]  # (B, 1, T)
            mask = padding if mask is None else mask & padding  # (B, T, T)
        memory_mask = None if source_mask is None else source_mask[:, None]  # (B, 1, S)
        return self.decoder(target, memory, mask, memory_mask)

    def forward(
        self,
        source: Float[Tensor, "batch source dim"],
        target: Float[Tensor, "batch time dim"],
        source_mask: Bool[Tensor, "batch source"] | None = None,
        target_mask: Bool[Tensor, "batch time"] | None = None,
        causal: bool = True,
    ) -> Float[Tensor, "batch time dim"]:
        """Encode the source, and decode every place of the target at once."""
        memory = self.encode(source, source_mask)
        return self.decode(target, memory, target_mask, source_mask, causal)
