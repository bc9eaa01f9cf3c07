"""BERT's encoder: what a token is, where it stands, which text it belongs to; then layers.

Taught in notebook 15; with MiniLM's numbers, used from notebook 09 on.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmteach.checks import checked_by
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.neighbour_embedding import NeighbourEmbedding
from lmteach.models.checks import check_context, check_ids, check_padding
from lmteach.models.transformer.layers import EncoderLayer, make_norm
from lmteach.typed import typed


def _check_ids(
    self: "BertEncoder", ids: Tensor, attention_mask: Tensor | None, token_type_ids: Tensor | None
) -> None:
    check_ids("ids", ids, self.config.vocab_size)
    check_context(ids.shape[1], self.config.context)
    if attention_mask is not None:
        check_padding("attention_mask", attention_mask, ids.shape)
    if token_type_ids is not None:
        check_ids("token_type_ids", token_type_ids, self.config.segments, ids.shape)


class BertEncoder(nn.Module):
    """Three embeddings added up, a norm, and post-norm layers in which each place sees all others.

    A token's vector is the sum of what it is (``words``), where it stands (``positions``) and to
    which of two texts it belongs (``segments``), and, if the configuration says so, of what stands
    around it (``neighbours``). ``forward(ids (B, T), attention_mask (B, T), token_type_ids (B,
    T))`` returns (B, T, D); the mask is True where a place is no padding, and without
    ``token_type_ids`` all is one text. Source: J. Devlin et al., "BERT" (2019), §3 and fig. 2.

    Raises ``ValueError`` for ids out of range, a mask of another shape, or more tokens than
    positions.

    >>> encoder = BertEncoder(BertConfig(vocab_size=9, context=8, dim=16, heads=2, layers=2))
    >>> encoder(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 16])
    """

    @typed
    def __init__(self, config: BertConfig) -> None:
        super().__init__()
        self.config = config
        self.words = nn.Embedding(config.vocab_size, config.dim)
        self.positions = nn.Embedding(config.context, config.dim)
        self.segments = nn.Embedding(config.segments, config.dim)
        self.neighbours = (
            NeighbourEmbedding(config.neighbour_order, config.neighbour_rows, config.dim)
            if config.neighbour_order
            else None
        )
        self.norm = make_norm(config.layer)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.ModuleList(EncoderLayer(config.layer) for _ in range(config.layers))

    @checked_by(_check_ids)
    @typed
    def hidden_states(
        self,
        ids: Int[Tensor, "batch time"],
        attention_mask: Bool[Tensor, "batch time"] | None = None,
        token_type_ids: Int[Tensor, "batch time"] | None = None,
    ) -> list[Float[Tensor, "batch time dim"]]:
        """Return the vectors (B, T, D) before the first layer, and after each."""
        places = torch.arange(ids.shape[1], device=ids.device)
        segments = torch.zeros_like(ids) if token_type_ids is None else token_type_ids
        x = self.words(ids) + self.positions(places) + self.segments(segments)
        if self.neighbours is not None:
            seen = ids if attention_mask is None else ids.where(attention_mask, self.config.pad_id)
            x = x + self.neighbours(seen)
        states = [self.dropout(self.norm(x))]
        mask = None if attention_mask is None else attention_mask[:, None]  # (B, 1, S)
        for layer in self.layers:
            states.append(layer(states[-1], mask))
        return states

    def forward(
        self,
        ids: Int[Tensor, "batch time"],
        attention_mask: Bool[Tensor, "batch time"] | None = None,
        token_type_ids: Int[Tensor, "batch time"] | None = None,
    ) -> Float[Tensor, "batch time dim"]:
        """Return the vectors (B, T, D) after the last layer; what stands in padding means nothing.

        Raises ``ValueError`` as ``hidden_states`` does.
        """
        return self.hidden_states(ids, attention_mask, token_type_ids)[-1]
