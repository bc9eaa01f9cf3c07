"""Does a search find alike the documents that people find alike? Taught in notebook 16."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, checked_by
from lmteach.evaluation.bootstrap import bootstrap_interval
from lmteach.evaluation.retrieval import Scores
from lmteach.evaluation.word_similarity import rank_correlation
from lmteach.typed import typed


@dataclass(frozen=True)
class Correlation:
    """A correlation, with the ends of its 95 % interval.

    >>> Correlation(0.612, low=0.5, high=0.7)
    0.612 [0.500, 0.700]
    """

    value: float
    low: float
    high: float

    def __repr__(self) -> str:
        """The value, and how far chance may have moved it."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def _check_documents(documents: Sequence[str]) -> None:
    if isinstance(documents, str) or len(documents) == 0:
        raise ValueError(
            f"documents is {documents[:20]!r}, expected a list of texts, at least one."
        )


@typed
@checked_by(_check_documents)
def likeness(found: Scores, documents: Sequence[str]) -> Float[np.ndarray, "documents documents"]:
    """Return how alike each two documents are by a search, each asked for the other as a query.

    The two directions may differ, as BM25's do: their mean is taken.

    Raises ``ValueError`` unless there is one score for each document.

    >>> from lmteach.models.search.bm25 import BM25
    >>> texts = ("a cat", "a dog", "snow")
    >>> likeness(BM25(texts), texts).round(2)[0]
    array([0.53, 0.17, 0.  ])
    """
    wanted = (len(documents),)
    rows = [
        check_finite("scores", found.scores(text), wanted, "(documents,)") for text in documents
    ]
    table = np.stack(rows).astype(float)
    return (table + table.T) / 2


def _check_tables(measured: ArrayLike, judged: ArrayLike) -> None:
    size = np.shape(judged)[0] if np.ndim(judged) else 0
    for name, table in (("measured", measured), ("judged", judged)):
        values = check_finite(name, table, (size or None, size or None), "(documents, documents)")
        if not np.allclose(values, values.T, rtol=0, atol=1e-9):
            raise ValueError(f"{name} is not symmetric, expected one number for each pair.")
    if size < 3:
        raise ValueError(f"there are {size} documents, expected at least 3: three pairs.")
    for name, table in (("measured", measured), ("judged", judged)):
        if np.ptp(_pairs(np.asarray(table), np.arange(size))) == 0:
            raise ValueError(f"all pairs are equal in {name}: they have no order to compare.")


@typed
@checked_by(_check_tables)
def agreement_with_people(
    measured: ArrayLike,
    judged: ArrayLike,
    generator: np.random.Generator,
    by_rank: bool = False,
    rounds: int = 1000,
) -> Correlation:
    """Correlate measured likeness (documents, documents) with people's, over all pairs.

    It is Pearson's correlation, or ``by_rank`` Spearman's. The interval is drawn over documents,
    not pairs, for a document takes part in many pairs, which are right or wrong together: documents
    are drawn anew with replacement, and all pairs of those drawn are correlated, but for pairs of a
    document with itself. Where all pairs that were drawn are equal, there is none: 0.

    Raises ``ValueError`` for tables that are not symmetric or of different size, fewer than three
    documents, or pairs that are all equal.

    >>> from lmteach.models.search.bm25 import BM25
    >>> from lmteach.text.corpora.lee_documents import lee_documents
    >>> lee = lee_documents()
    >>> measured = likeness(BM25(lee.documents), lee.documents)
    >>> agreement_with_people(measured, lee.likeness, np.random.default_rng(0))
    0.471 [0.321, 0.589]
    """
    one, other = np.asarray(measured, dtype=float), np.asarray(judged, dtype=float)
    correlation = rank_correlation if by_rank else _pearson

    def of_documents(places: np.ndarray) -> float:
        pairs = _pairs(one, places), _pairs(other, places)
        return 0.0 if min(map(_spread, pairs)) == 0 else correlation(*pairs)

    everyone = np.arange(len(one))
    low, high = bootstrap_interval(everyone, generator, of_documents, rounds)
    return Correlation(of_documents(everyone), low, high)


def _pairs(table: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the entries of all pairs of the drawn documents that are not the same one twice."""
    first, second = np.triu_indices(len(places), 1)
    one, other = places[first], places[second]
    return table[one[one != other], other[one != other]]


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _spread(values: np.ndarray) -> float:
    return float(np.ptp(values)) if len(values) else 0.0
