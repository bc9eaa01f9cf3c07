"""A sentence judged by the mean of its words' vectors: the deep averaging network.

Iyyer, Manjunatha, Boyd-Graber and Daumé III 2015, "Deep Unordered Composition Rivals Syntactic
Methods for Text Classification". Taught in notebook 19.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.typed import typed


def _check_model(vocab_size: int, dim: int, hidden_dim: int, dropout: float) -> None:
    check_sizes(vocab_size=vocab_size, dim=dim, hidden_dim=hidden_dim)
    check_number("dropout", dropout, at_least=0, below=1)


def _check_sentences(self: "AveragingNetwork", ids: Tensor) -> None:
    check_ids("ids", ids, self.words.num_embeddings)


class AveragingNetwork(nn.Module):
    """How much a sentence is praise, from the mean of its words' vectors and one hidden layer.

        x = mean of C(w),   y = b + u · relu(d + H x)

    Id 0 stands for nothing: padding, or an unknown word. It is not looked up, and the mean is over
    the others; of a sentence without any it is 0. C is ``words.weight`` (V, D), H and d are
    ``hidden``, u and b are ``output``; ``dropout`` falls on x and on the hidden layer. Source:
    Iyyer et al. 2015, §3, with one hidden layer, ReLU in place of tanh, and dropout in each layer
    in place of the words', which ``drop_words`` does.

    Raises ``ValueError`` for sizes below 1, a dropout that is no share below 1, or unknown ids.

    >>> import torch
    >>> model = AveragingNetwork(vocab_size=9, dim=2, hidden_dim=4)
    >>> model(torch.tensor([[3, 1, 2], [8, 0, 0]])).shape
    torch.Size([2])
    """

    @checked_by(_check_model)
    @typed
    def __init__(self, vocab_size: int, dim: int, hidden_dim: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.words = nn.EmbeddingBag(vocab_size, dim, mode="mean", padding_idx=0)
        self.hidden = nn.Linear(dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, 1)
        self.dropout = nn.Dropout(dropout)
        nn.init.normal_(self.words.weight[1:], std=0.1)

    @checked_by(_check_sentences)
    @typed
    def forward(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, " batch"]:
        """Return the log of the odds that each sentence (B, T) is praise, (B,)."""
        x = self.dropout(self.words(ids))  # (B, D)
        h = self.dropout(torch.relu(self.hidden(x)))  # (B, hidden_dim)
        return self.output(h)[:, 0]
