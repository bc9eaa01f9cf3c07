"""Do word vectors find alike what people find alike? Measured by a correlation of ranks.

Taught in notebook 05.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from lmteach.checks import check_shape, checked_by
from lmteach.text.corpora.wordsim353 import RatedPair, wordsim353
from lmteach.typed import typed


@runtime_checkable
class HasSimilarity(Protocol):
    """What is asked of word vectors; ours and gensim's ``KeyedVectors`` both have it.

    >>> from lmteach.models.embedding.word_vectors import WordVectors
    >>> isinstance(WordVectors(["tiger", "cat"], np.eye(2)), HasSimilarity)
    True
    """

    def __contains__(self, word: object) -> bool:
        """Say whether a word has a vector."""
        ...

    def similarity(self, one: str, other: str) -> float:
        """Return how alike two words are."""
        ...


@dataclass(frozen=True)
class Agreement:
    """How well vectors agree with people: ``correlation`` over ``pairs`` of the ``of`` pairs.

    Pairs with a word that has no vector can't be asked, and are left out.

    >>> Agreement(0.5, pairs=20, of=353)
    0.500 (20 of 353 pairs)
    """

    correlation: float
    pairs: int
    of: int

    def __repr__(self) -> str:
        """The correlation, and how much it stands on."""
        return f"{self.correlation:.3f} ({self.pairs} of {self.of} pairs)"


def _check_row(values: ArrayLike) -> None:
    row = np.asarray(values)
    check_shape("values", row.shape, (None,), "(N,)")
    if not np.isfinite(row).all():
        raise ValueError("a value is not a finite number, so it has no rank.")


@typed
@checked_by(_check_row)
def ranks(values: ArrayLike) -> np.ndarray:
    """Return the rank (N,) of each value, the smallest 1; equal values share their mean rank.

    >>> ranks([30, 10, 20, 10])
    array([4. , 1.5, 3. , 1.5])
    """
    _, places, counts = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[places]


def _check_rows(one: ArrayLike, other: ArrayLike) -> None:
    shapes = np.shape(one), np.shape(other)
    if shapes[0] != shapes[1] or len(shapes[0]) != 1 or shapes[0][0] < 2:
        raise ValueError(
            f"the values have shapes {shapes[0]} and {shapes[1]}, expected two rows of one length, "
            "at least 2."
        )
    for values in (one, other):
        if not np.isfinite(values).all():
            raise ValueError("a value is not a finite number, so it has no rank.")
        if np.ptp(np.asarray(values)) == 0:
            raise ValueError("all values of a row are equal: they have no order to compare.")


@typed
@checked_by(_check_rows)
def rank_correlation(one: ArrayLike, other: ArrayLike) -> float:
    """Return Spearman's rank correlation of two rows (N,): 1 same order, -1 reversed, 0 neither.

    It is the correlation of the ranks (Spearman 1904), so any rising rescaling changes nothing.

    Raises ``ValueError`` for rows of different lengths, fewer than two values, or all equal.

    >>> rank_correlation([1, 2, 3], [1, 10, 100])
    1.0
    """
    return round(float(np.corrcoef(ranks(one), ranks(other))[0, 1]), 12)


def _check_pairs(pairs: Sequence[RatedPair]) -> None:
    if len(pairs) == 0:
        raise ValueError("pairs is empty, expected at least one, such as wordsim353().")


@typed
@checked_by(_check_pairs)
def covered(vectors: HasSimilarity, pairs: Sequence[RatedPair]) -> list[RatedPair]:
    """Return the pairs of which both words have vectors.

    >>> from lmteach.models.embedding.word_vectors import WordVectors
    >>> covered(WordVectors(["tiger", "cat"], np.eye(2)), wordsim353()[:2])
    [RatedPair(one='tiger', other='cat', rating=7.35)]
    """
    return [pair for pair in pairs if pair.one in vectors and pair.other in vectors]


@typed
def word_similarity(vectors: HasSimilarity, pairs: Sequence[RatedPair] | None = None) -> Agreement:
    """Correlate the similarities of vectors with people's ratings, by rank.

    ``pairs`` are WordSim-353's if not given. Raises ``ValueError`` if fewer than two can be asked.

    >>> from lmteach.models.embedding.word_vectors import WordVectors
    >>> vectors = WordVectors(["tiger", "cat", "car"], np.array([[3.0, 1], [2, 1], [0, 1]]))
    >>> rated = [RatedPair("tiger", "cat", 7.35), RatedPair("cat", "car", 0.5)]
    >>> word_similarity(vectors, rated)
    1.000 (2 of 2 pairs)
    """
    asked = wordsim353() if pairs is None else pairs
    known = covered(vectors, asked)
    if len(known) < 2:
        raise ValueError(
            f"only {len(known)} of {len(asked)} pairs have vectors for both words, expected at "
            "least 2. Were the words lower-cased? Train on a longer text, or lower min_count."
        )
    measured = [vectors.similarity(pair.one, pair.other) for pair in known]
    value = rank_correlation(measured, [pair.rating for pair in known])
    return Agreement(value, pairs=len(known), of=len(asked))
