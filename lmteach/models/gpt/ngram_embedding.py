"""Vectors of n-grams, looked up in hashed tables, beside those of single tokens. Notebook 13."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_number, check_sizes, check_whole, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.gpt.config import GPTConfig
from lmteach.typed import typed

GOLDEN = 1_640_531_527  # odd, and 2³² / GOLDEN is close to the golden ratio squared
BITS = 32
SCALE = 0.2  # of the vectors: rare n-grams would be learned by heart if they learned as fast as all


def _check_hashed(ids: Tensor, order: int, rows: int) -> None:
    check_ids("ids", ids)
    check_sizes(order=order, rows=rows)


def _check_tokens(tokens: Sequence[Tensor], rows: int) -> None:
    check_sizes(rows=rows)
    if len(tokens) == 0:
        raise ValueError("tokens is empty, expected a tensor (B, T) for each token of the n-gram.")


def _check_last(ids: Tensor, last: int) -> None:
    check_ids("ids", ids)
    check_whole("last", last)
    if last > ids.shape[1]:
        raise ValueError(f"last is {last}, expected at most {ids.shape[1]}, the number of places.")


@typed
@checked_by(_check_tokens)
def hashed_rows(
    tokens: Sequence[Int[Tensor, "batch time"]], rows: int
) -> Int[Tensor, "batch time"]:
    """Return a row (B, T) for each place: a hash of the tokens that are given for it, in order.

    From the first to the last, h ← (h + id) · GOLDEN mod 2³², and then h ← h xor h / 2¹⁵; the row
    is h · rows / 2³², rounded down. Source: D. Knuth, "The Art of Computer Programming", volume 3
    (1973), §6.4, multiplicative hashing.

    >>> hashed_rows([torch.tensor([[7]]), torch.tensor([[0]])], rows=1000).tolist()
    [[328]]
    """
    number = torch.zeros_like(tokens[0])
    for one in tokens:
        number = (number + one) * GOLDEN % 2**BITS
        number = number ^ (number >> 15)
    return number * rows >> BITS


@checked_by(_check_hashed)
def ngram_rows(ids: Int[Tensor, "batch time"], order: int, rows: int) -> Int[Tensor, "batch time"]:
    """Return the row (B, T) of the n-gram that ends at each place: a hash of its tokens.

    It is ``hashed_rows`` of its tokens, from the last to the first. N-grams with the same row share
    it. Before the first token stand zeros.

    >>> ngram_rows(torch.tensor([[7, 7, 7]]), order=2, rows=1000).tolist()
    [[328, 1, 1]]
    """
    time = ids.shape[1]
    return hashed_rows([functional.pad(ids, (back, 0))[:, :time] for back in range(order)], rows)


class NGramEmbedding(nn.Module):
    """For each place a vector of its bigram, its trigram, … up to ``order``, added up.

    What an n-gram model counts, a network has to work out from single tokens; here it can look it
    up. Each order has a table of ``rows`` vectors, which start at 0 and are multiplied by 0.2:
    Adam moves all numbers alike, so they learn more slowly than the rest. In training, each vector
    is left out with probability ``dropout``, and the others are divided by 1 − ``dropout``, so that
    the network can't leave a text that it reads again to the tables. Source: H. Huang et al.,
    "Over-Tokenized Transformer" (2025), over-encoding, which has no dropout.

    Raises ``ValueError`` for an order below 2, a size below 1, or a ``dropout`` that is no share.

    >>> NGramEmbedding(order=3, rows=100, dim=8)(torch.tensor([[1, 4, 2]]), last=2).shape
    torch.Size([1, 2, 8])
    """

    @typed
    def __init__(self, order: int, rows: int, dim: int, dropout: float = 0.0) -> None:
        check_sizes(rows=rows, dim=dim)
        check_number("dropout", dropout, at_least=0, below=1)
        if order < 2:
            raise ValueError(f"order is {order}, expected at least 2: single tokens have a table.")
        super().__init__()
        self.rows = rows
        tables = [nn.Embedding(rows, dim) for _ in range(2, order + 1)]
        for table in tables:
            nn.init.zeros_(table.weight)
        self.tables = nn.ModuleList(tables)
        self.dropout = nn.Dropout1d(dropout)  # whole vectors, not single entries

    @checked_by(_check_last)
    def forward(
        self, ids: Int[Tensor, "batch source"], last: int
    ) -> Float[Tensor, "batch time dim"]:
        """Return the vectors (B, T, D) of the n-grams that end at the ``last`` T of all places."""
        near = ids[:, -(last + len(self.tables)) :]  # what the first of them begins with
        vectors = torch.zeros((), device=ids.device)
        for order, table in enumerate(self.tables, start=2):
            found = table(ngram_rows(near, order, self.rows)[:, -last:])
            vectors = vectors + self.dropout(found)
        return SCALE * vectors


@typed
def make_ngrams(config: GPTConfig) -> NGramEmbedding | None:
    """Return the tables of n-grams, if there are any.

    >>> make_ngrams(GPTConfig()) is None
    True
    """
    if config.ngram_order == 1:
        return None
    return NGramEmbedding(config.ngram_order, config.ngram_rows, config.dim, config.ngram_dropout)
