"""Vectors of the tokens around each place, looked up in hashed tables. Notebook 15."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.gpt.ngram_embedding import hashed_rows
from lmteach.typed import typed


def _check_rows(ids: Tensor, order: int, rows: int) -> None:
    check_ids("ids", ids)
    check_sizes(order=order, rows=rows)


def _check_ids(ids: Tensor) -> None:
    check_ids("ids", ids)


@checked_by(_check_rows)
def neighbour_rows(
    ids: Int[Tensor, "batch time"], order: int, rows: int
) -> list[Int[Tensor, "batch time"]]:
    """Return rows (B, T) of what stands around each place: hashes of its neighbours.

    The first is of the tokens on both sides, one on each; then come the nearest 1, 2, … up to
    ``order`` tokens on the left, and as many on the right. The token at the place itself is in none
    of them. Beyond the first and the last token stand zeros. The hash is ``hashed_rows``, nearest
    token first.

    >>> both, left, right = neighbour_rows(torch.tensor([[7, 0, 7]]), order=1, rows=1000)
    >>> left.tolist(), right.tolist()
    ([[0, 673, 0]], [[0, 673, 0]])
    """
    time = ids.shape[1]
    wide = functional.pad(ids, (order, order))
    left = [wide[:, order - away : order - away + time] for away in range(1, order + 1)]
    right = [wide[:, order + away : order + away + time] for away in range(1, order + 1)]
    sides = [side[:near] for side in (left, right) for near in range(1, order + 1)]
    return [hashed_rows(some, rows) for some in ([left[0], right[0]], *sides)]


class NeighbourEmbedding(nn.Module):
    """For each place vectors of what stands around it, added up: on both sides, left and right.

    There are 2 · ``order`` + 1 tables of ``rows`` vectors, which start at 0, see
    ``neighbour_rows``. What a count of n-grams holds, a network has to work out from single tokens;
    here it can look it up, and a place that is masked knows its neighbours at once.
    ``NGramEmbedding`` does the same for a model that reads from left to right.

    Raises ``ValueError`` for sizes below 1.

    >>> NeighbourEmbedding(order=2, rows=100, dim=8)(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 8])
    """

    @typed
    def __init__(self, order: int, rows: int, dim: int) -> None:
        check_sizes(order=order, rows=rows, dim=dim)
        super().__init__()
        self.order, self.rows = order, rows
        tables = [nn.Embedding(rows, dim) for _ in range(2 * order + 1)]
        for table in tables:
            nn.init.zeros_(table.weight)
        self.tables = nn.ModuleList(tables)

    @checked_by(_check_ids)
    def forward(self, ids: Int[Tensor, "batch time"]) -> Float[Tensor, "batch time dim"]:
        """Return the vectors (B, T, D) of what surrounds each place."""
        found = neighbour_rows(ids, self.order, self.rows)
        vectors = [table(rows) for table, rows in zip(self.tables, found, strict=True)]
        return torch.stack(vectors).sum(dim=0)
