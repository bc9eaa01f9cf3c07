"""Additive attention: a small network scores each place. Taught in notebook 08."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_padding, check_tensor
from lmteach.typed import typed


def _check_attended(
    self: "AdditiveAttention",
    query: Tensor,
    keys: Tensor,
    mask: Tensor | None,
    projected: Tensor | None,
) -> None:
    check_tensor("query", query, (None, self.dim), "(B, D)")
    check_tensor("keys", keys, (len(query), None, self.dim), "(B, S, D)")
    if projected is not None:
        check_tensor("projected", projected, keys.shape, "(B, S, D)")
    if mask is not None:
        check_padding("mask", mask, keys.shape[:2], "(B, S)")
        if not bool(mask.any(dim=1).all()):
            raise ValueError(
                "a query has no key that it may attend to, expected at least one: is a sequence "
                "empty?"
            )


def _check_width(dim: int) -> None:
    check_sizes(dim=dim)


class AdditiveAttention(nn.Module):
    """Attention whose score is a small network over query and key.

    With a query q and keys k_1 … k_S, the score of place j is v · tanh(W q + U k_j); the weights
    are the softmax of the scores, and the context is the weighted mean of the keys. ``query``,
    ``key`` and ``score`` are W, U and v. Source: Bahdanau, Cho and Bengio (2015), section A.1.2,
    whose s_{i-1}, h_j and W_a, U_a, v_a these are.

    >>> attention = AdditiveAttention(dim=4)
    >>> context, weights = attention(torch.zeros(1, 4), torch.zeros(1, 2, 4))
    >>> weights
    tensor([[0.5000, 0.5000]], grad_fn=<SoftmaxBackward0>)
    """

    @typed
    @checked_by(_check_width)
    def __init__(self, dim: int) -> None:
        """Make the three maps, for queries and keys of width ``dim``."""
        super().__init__()
        self.dim = dim
        self.query = nn.Linear(dim, dim, bias=False)
        self.key = nn.Linear(dim, dim)
        self.score = nn.Linear(dim, 1, bias=False)

    @checked_by(_check_attended)
    def forward(
        self,
        query: Float[Tensor, "batch dim"],
        keys: Float[Tensor, "batch source dim"],
        mask: Bool[Tensor, "batch source"] | None = None,
        projected: Float[Tensor, "batch source dim"] | None = None,
    ) -> tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch source"]]:
        """Return the context (B, D) and the weights (B, S), which sum to 1.

        ``mask`` is True where a key may be attended to; all others get a weight of exactly 0.
        ``projected`` is ``attention.key(keys)``, for whoever asks the same keys many times.

        Raises ``ValueError`` for shapes that don't fit, or a query that may attend to nothing.
        """
        projected = self.key(keys) if projected is None else projected
        both = torch.tanh(self.query(query)[:, None] + projected)  # (B, S, D)
        scores = self.score(both).squeeze(-1)  # (B, S)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        weights = scores.softmax(dim=-1)
        context = (weights[:, None] @ keys).squeeze(1)  # (B, D)
        return context, weights
