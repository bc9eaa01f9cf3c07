"""A small causal language model that is told where its tokens stand, in a way of your choice.

Taught in notebook 10.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_choice, check_sizes, checked_by
from lmteach.models.checks import check_context, check_ids, token_row
from lmteach.models.transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    check_rotated_width,
)
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.model import Encoder
from lmteach.models.transformer.positions import LearnedPositions, Rotary, alibi_bias, sinusoidal
from lmteach.models.transformer.windows import check_stride, score_by_windows
from lmteach.typed import typed

POSITIONS = ("none", "sinusoidal", "learned", "rotary", "alibi")
EMBEDDING_STD = 0.3  # small enough that learned positions, which start small, are soon heard


def _check_choice(
    vocab_size: int, config: TransformerConfig, positions: str, longest: int | None
) -> None:
    check_sizes(vocab_size=vocab_size)
    check_choice("positions", positions, POSITIONS)
    if (longest is None) == (positions == "learned"):
        raise ValueError(
            f"positions is {positions!r} and longest is {longest}, expected longest, the number of "
            "places that the table has, with learned positions and with no others."
        )
    if positions == "rotary":
        check_rotated_width(config.dim, config.heads)


def _check_ids(self: "PositionedLM", ids: Tensor) -> None:
    check_ids("ids", ids, self.embedding.num_embeddings)


def _check_window(self: "PositionedLM", stride: int | None, context: int) -> None:
    check_sizes(context=context)
    if self.positions == "learned":
        check_context(context, self.learned.longest)
    check_stride(stride, context)


class PositionedLM(nn.Module):
    """Embedding, causal Transformer layers, an output layer; and ``positions`` where they enter.

    ``positions`` is ``"sinusoidal"`` or ``"learned"``: added to the embeddings; ``"rotary"``:
    queries and keys are turned; ``"alibi"``: added to the scores; or ``"none"``. A learned table
    has ``longest`` places. ``forward(ids (B, T))`` returns the logits (B, T, V) of what comes after
    each place. The layers are those of ``Encoder``, with a causal mask.

    Raises ``ValueError`` for another choice, ``longest`` without a table or a table without it,
    sinusoids or rotary positions of odd width, unknown ids, and places beyond a learned table.

    >>> config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1)
    >>> model = PositionedLM(vocab_size=5, config=config, positions="alibi")
    >>> model(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 5])
    """

    @checked_by(_check_choice)
    @typed
    def __init__(
        self,
        vocab_size: int,
        config: TransformerConfig,
        positions: str,
        longest: int | None = None,
    ) -> None:
        super().__init__()
        self.config, self.positions = config, positions
        self.embedding = nn.Embedding(vocab_size, config.dim)
        nn.init.normal_(self.embedding.weight, std=EMBEDDING_STD)
        self.output = nn.Linear(config.dim, vocab_size)
        self.encoder = Encoder(config)
        if positions == "rotary":
            for layer in self.encoder.layers:
                layer.self_attn = MultiHeadAttention(config.dim, config.heads, positions=Rotary())
        if longest is not None:
            self.learned = LearnedPositions(longest, config.dim)

    @checked_by(_check_ids)
    def forward(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of the token after each place."""
        time, x, bias = ids.shape[1], self.embedding(ids), None
        if self.positions == "sinusoidal":
            x = x + sinusoidal(time, self.config.dim).to(x)
        elif self.positions == "learned":
            x = x + self.learned(torch.arange(time, device=x.device))
        elif self.positions == "alibi":
            bias = alibi_bias(self.config.heads, time).to(x)
        return self.output(self.encoder(x, causal_mask(time).to(x.device), bias))

    @checked_by(_check_window)
    @typed
    def log_probabilities(
        self,
        ids: Sequence[int] | Int[Tensor, " time"],
        stride: int | None = None,
        context: int = 128,
    ) -> Float[Tensor, " time"]:
        """Return log p of each of ``ids`` (T,), in nats, given those before it.

        Of these it looks at the last ``context`` at most, in windows that are moved on by
        ``stride``, as ``score_by_windows`` says. The first token gets 1 / V.

        Raises ``ValueError`` for ids outside the vocabulary or none, a stride out of range, and a
        context beyond a learned table.

        >>> config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1)
        >>> PositionedLM(5, config, "rotary").log_probabilities([1, 4, 2], context=2).shape
        torch.Size([3])
        """
        vocab_size = self.embedding.num_embeddings
        row = token_row(ids, vocab_size, self.embedding.weight.device)
        return score_by_windows(self, row, vocab_size, context, stride)
