"""How well does a search find the one document that is right? Taught in notebook 16."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float, Int
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, check_sizes, check_tokens, checked_by
from lmteach.text.corpora.made_queries import MadeQueries
from lmteach.typed import typed


@runtime_checkable
class Scores(Protocol):
    """What is asked of a way to search; all in ``models.search`` have it.

    >>> from lmteach.models.search.bm25 import BM25
    >>> isinstance(BM25(["a cat"]), Scores)
    True
    """

    def scores(self, query: str) -> Float[np.ndarray, " documents"]:
        """Return the score of each document, higher is better."""


def _check_right(scores: ArrayLike, right: int) -> None:
    check_finite("scores", scores, (None,), "(documents,)")
    check_tokens([right], len(np.asarray(scores)), name="right")


@typed
@checked_by(_check_right)
def rank_of(scores: ArrayLike, right: int) -> int:
    """Return at which place, from 1, the document numbered ``right`` comes by its score.

    Others of the same score stand before it: who scores all alike has found nothing.

    Raises ``ValueError`` for scores that are not finite, or a number that no document has.

    >>> rank_of([0.1, 0.7, 0.4], right=2), rank_of([0.0, 0.0, 0.0], right=0)
    (2, 3)
    """
    row = np.asarray(scores)
    return int((row >= row[right]).sum())


@typed
def ranks_of(found: Scores, made: MadeQueries) -> Int[np.ndarray, " batch"]:
    """Return the rank of the right document for each of some made queries.

    Raises ``ValueError`` for an empty query or scores that are not one for each document.

    >>> from lmteach.models.search.bm25 import BM25
    >>> made = MadeQueries(("a cat sleeps", "a dog barks"), ("who barks", "one cat"), (1, 0))
    >>> ranks_of(BM25(made.documents), made)
    array([1, 1])
    """
    ranks = []
    for query, answer in zip(made.queries, made.answers, strict=True):
        scores = check_finite("scores", found.scores(query), (len(made.documents),), "(documents,)")
        ranks.append(rank_of(scores, answer))
    return np.array(ranks)


def _check_ranks(ranks: Sequence[int] | Int[np.ndarray, " batch"]) -> None:
    row = check_tokens(ranks, name="ranks")
    if row.min() < 1:
        raise ValueError(f"ranks contains {row.min()}, expected whole numbers from 1: the best.")


def _check_recall(ranks: Sequence[int] | Int[np.ndarray, " batch"], k: int) -> None:
    _check_ranks(ranks)
    check_sizes(k=k)


@typed
@checked_by(_check_recall)
def recall_at(ranks: Sequence[int] | Int[np.ndarray, " batch"], k: int) -> float:
    """Return the share of queries whose document is among the first ``k``.

    Raises ``ValueError`` for no ranks, one below 1, or ``k`` below 1.

    >>> recall_at([1, 3, 1, 12], k=1), recall_at([1, 3, 1, 12], k=5)
    (0.5, 0.75)
    """
    return float((np.asarray(ranks) <= k).mean())


@typed
@checked_by(_check_ranks)
def mean_reciprocal_rank(ranks: Sequence[int] | Int[np.ndarray, " batch"]) -> float:
    """Return the mean of 1 / rank: 1 if each document came first, a half if each came second.

    Source: E. Voorhees, "The TREC-8 Question Answering Track Report" (1999), §3.

    Raises ``ValueError`` for no ranks, or one below 1.

    >>> mean_reciprocal_rank([1, 2, 4])
    0.5833333333333334
    """
    return float((1 / np.asarray(ranks)).mean())
