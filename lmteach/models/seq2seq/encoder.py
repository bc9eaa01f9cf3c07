"""Reading a sequence from both sides. Taught in notebook 08.

Source: Schuster and Paliwal (1997); as the encoder of a translator, Bahdanau et al. (2015).
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.recurrent.layers import LSTM
from lmteach.models.seq2seq.checks import check_even, check_widths
from lmteach.models.transformer.attention import padding_mask
from lmteach.typed import typed


def _check_within(x: Tensor, lengths: Tensor) -> None:
    padding_mask(lengths, x.shape[1])


def _check_sizes(vocab_size: int, dim: int, embedding_dim: int, dropout: float) -> None:
    check_sizes(vocab_size=vocab_size)
    check_widths(dim, embedding_dim, dropout)
    check_even(dim)


def _check_source(self: "Encoder", source: Tensor) -> None:
    check_ids("source", source, self.embedding.num_embeddings, letters="(B, S)")


@typed
@checked_by(_check_within)
def reverse_within(
    x: Float[Tensor, "batch time dim"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, "batch time dim"]:
    """Turn each row around within its own length; padding stays where it is.

    >>> reverse_within(torch.tensor([[[1.0], [2.0], [0.0]]]), torch.tensor([2]))[0, :, 0]
    tensor([2., 1., 0.])
    """
    places = torch.arange(x.shape[1], device=x.device).expand(x.shape[:2])
    turned = torch.where(places < lengths[:, None], lengths[:, None] - 1 - places, places)
    return x.gather(1, turned[..., None].expand_as(x))


class Encoder(nn.Module):
    """Two LSTMs read a sequence, one from each side, so that each place knows both neighbours.

    >>> keys, summary = Encoder(vocab_size=9, dim=6)(torch.tensor([[3, 4]]), torch.tensor([2]))
    >>> keys.shape, summary.shape
    (torch.Size([1, 2, 6]), torch.Size([1, 6]))
    """

    @typed
    @checked_by(_check_sizes)
    def __init__(
        self, vocab_size: int, dim: int, embedding_dim: int = 64, dropout: float = 0.0
    ) -> None:
        """Make both readers, each with half of ``dim``."""
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, embedding_dim)
        self.rightward = LSTM(embedding_dim, dim // 2)
        self.leftward = LSTM(embedding_dim, dim // 2)
        self.dropout = nn.Dropout(dropout)

    @checked_by(_check_source)
    def forward(
        self, source: Int[Tensor, "batch source"], lengths: Int[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch source dim"], Float[Tensor, "batch dim"]]:
        """Return a vector for each place (B, S, D), and one for the whole sequence (B, D)."""
        x = self.dropout(self.embedding(source))  # (B, S, E)
        rightward, _ = self.rightward(x)
        leftward, _ = self.leftward(reverse_within(x, lengths))
        leftward = reverse_within(leftward, lengths)
        last = rightward[torch.arange(len(x), device=x.device), lengths - 1]
        summary = torch.cat([last, leftward[:, 0]], dim=-1)  # (B, D)
        return self.dropout(torch.cat([rightward, leftward], dim=-1)), summary
