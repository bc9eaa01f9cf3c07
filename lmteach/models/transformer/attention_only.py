"""The smallest model in which heads can work together: attention, and nothing else. Notebook 20."""

from collections.abc import Sequence

from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_ids, token_row
from lmteach.models.transformer.attention import (
    MultiHeadAttention,
    check_heads,
    check_rotated_width,
)
from lmteach.models.transformer.norms import RMSNorm
from lmteach.models.transformer.positions import Rotary
from lmteach.models.transformer.windows import check_stride, score_by_windows
from lmteach.typed import typed


def _check_sizes(vocab_size: int, dim: int, heads: int, layers: int) -> None:
    check_sizes(vocab_size=vocab_size, layers=layers)
    check_heads(dim, heads)
    check_rotated_width(dim, heads)


def _check_ids(self: "AttentionOnly", ids: Tensor) -> None:
    check_ids("ids", ids, self.wte.num_embeddings)


def _check_window(self: "AttentionOnly", stride: int | None, context: int) -> None:
    check_sizes(context=context)
    check_stride(stride, context)


class AttentionLayer(nn.Module):
    """x plus what attention finds in norm(x): a layer without a feed-forward part.

    >>> import torch
    >>> AttentionLayer(dim=8, heads=2)(torch.randn(1, 3, 8)).shape
    torch.Size([1, 3, 8])
    """

    @typed
    def __init__(self, dim: int, heads: int) -> None:
        super().__init__()
        self.norm1 = RMSNorm(dim)
        self.self_attn = MultiHeadAttention(dim, heads, bias=False, positions=Rotary())

    def forward(self, x: Float[Tensor, "batch time dim"]) -> Float[Tensor, "batch time dim"]:
        """Return the places after this layer."""
        normed = self.norm1(x)
        return x + self.self_attn(normed, normed, normed, need_weights=False, causal=True)[0]


class AttentionOnly(nn.Module):
    """A causal language model of attention layers with rotary positions, names as in ``GPT``.

    ``forward(ids (B, T))`` returns the logits (B, T, V) of what comes after each place. Source: N.
    Elhage et al., "A Mathematical Framework for Transformer Circuits" (2021); theirs has no norms.

    Raises ``ValueError`` for sizes below 1, heads that don't divide ``dim`` or are of odd width,
    and ids outside the vocabulary.

    >>> import torch
    >>> model = AttentionOnly(vocab_size=5, dim=8, heads=2, layers=2)
    >>> model(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 5])
    """

    @typed
    @checked_by(_check_sizes)
    def __init__(self, vocab_size: int, dim: int = 64, heads: int = 4, layers: int = 2) -> None:
        super().__init__()
        self.wte = nn.Embedding(vocab_size, dim)
        self.h = nn.ModuleList(AttentionLayer(dim, heads) for _ in range(layers))
        self.ln_f = RMSNorm(dim)
        self.lm_head = nn.Linear(dim, vocab_size, bias=False)

    @checked_by(_check_ids)
    def forward(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of the token after each place."""
        x = self.wte(ids)
        for layer in self.h:
            x = layer(x)
        return self.lm_head(self.ln_f(x))

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

        Raises ``ValueError`` for ids outside the vocabulary or none, and a stride out of range.

        >>> AttentionOnly(5, dim=8, heads=2).log_probabilities([1, 4, 2], context=2).shape
        torch.Size([3])
        """
        vocab_size = self.wte.num_embeddings
        row = token_row(ids, vocab_size, self.wte.weight.device)
        return score_by_windows(self, row, vocab_size, context, stride)
