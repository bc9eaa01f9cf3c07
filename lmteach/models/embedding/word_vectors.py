"""Words with their vectors: how alike two of them are, and which are nearest.

Taught in notebook 05.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_sizes, checked_by
from lmteach.typed import typed


class UnknownWordError(ValueError, KeyError):
    """A word that has no vector: a bad argument, and a key that is missing."""

    __str__ = ValueError.__str__  # a KeyError shows its sentence in quotation marks


class WordVectors:
    """``words`` (V) and ``vectors`` (V, D), compared by the cosine of their angle.

    Raises ``ValueError`` if there is not one vector for each word, a word is there twice, or a
    vector has no direction, and when an unknown word is asked for (that is a ``KeyError``, too).

    >>> vectors = WordVectors(["east", "north", "up"], np.array([[2.0, 0], [0, 1], [1, 1]]))
    >>> vectors.nearest(["east"], count=1)
    [('up', 0.7071067811865475)]
    >>> "west" in vectors
    False
    """

    @typed
    def __init__(self, words: Sequence[str], vectors: Float[np.ndarray, "vocab dim"]) -> None:
        """Keep the vectors, and their directions."""
        table = np.asarray(vectors, dtype=float)
        if table.ndim != 2 or len(table) != len(words) or len(words) == 0:
            raise ValueError(
                f"vectors has shape {table.shape} and there are {len(words)} words, expected one "
                "row for each word, and at least one."
            )
        self.words = tuple(words)
        self.numbers = {word: number for number, word in enumerate(self.words)}
        if len(self.numbers) < len(self.words):
            twice = next(word for n, word in enumerate(self.words) if self.numbers[word] != n)
            raise ValueError(f"words contains {twice!r} twice, expected each word once.")
        lengths = np.linalg.norm(table, axis=1)
        if not (np.isfinite(lengths) & (lengths > 0)).all():
            wrong = self.words[int(np.argmin(np.isfinite(lengths) & (lengths > 0)))]
            raise ValueError(
                f"the vector of {wrong!r} is zero or not finite, so it has no direction; leave the "
                "word out."
            )
        self.vectors = table
        self.directions = table / lengths[:, None]  # (V, D), each of length 1

    def __contains__(self, word: object) -> bool:
        """Say whether a word has a vector."""
        return word in self.numbers

    def __getitem__(self, word: str) -> Float[np.ndarray, " dim"]:
        """Return the vector of a word."""
        return self.vectors[self._number(word)]

    @typed
    def similarity(self, one: str, other: str) -> float:
        """Return the cosine of the angle between two words, from -1 to 1."""
        return float(self.directions[self._number(one)] @ self.directions[self._number(other)])

    @typed
    def nearest(
        self, plus: Sequence[str], minus: Sequence[str] = (), count: int = 10
    ) -> list[tuple[str, float]]:
        """Return the ``count`` words nearest to a sum of directions, and their cosines.

        The words that were asked with are left out. ``nearest(["king", "woman"], ["man"])`` asks:
        what is to *woman* as *king* is to *man*? (Mikolov et al. 2013.)

        Raises ``ValueError`` if no word is given, the sum is zero or ``count`` is below 1.
        """
        check_sizes(count=count)
        asked = [self._number(word) for word in (*plus, *minus)]
        signs = np.repeat([1.0, -1.0], [len(plus), len(minus)])
        scores = _cosines(self.directions, asked, signs)
        scores[asked] = -np.inf
        best = np.argsort(-scores, kind="stable")[:count]
        return [(self.words[n], float(scores[n])) for n in best if np.isfinite(scores[n])]

    def _number(self, word: str) -> int:
        """Return the row of a word."""
        if word not in self.numbers:
            raise UnknownWordError(
                f"{word!r} has no vector: it is not among the {len(self.words)} words that were "
                "frequent enough. Check with: word in vectors."
            )
        return self.numbers[word]


def _check_asked(
    directions: Float[np.ndarray, "vocab dim"], asked: list[int], signs: np.ndarray
) -> None:
    if not asked:
        raise ValueError("no word was given, expected at least one in plus or minus.")
    if not np.linalg.norm(signs @ directions[asked]) > 1e-12:
        raise ValueError(
            "the words cancel each other: their sum is zero and has no direction. Ask for others."
        )


@checked_by(_check_asked)
def _cosines(
    directions: Float[np.ndarray, "vocab dim"], asked: list[int], signs: np.ndarray
) -> Float[np.ndarray, " vocab"]:
    """Return the cosine of every word with the signed sum of those asked for."""
    goal = signs @ directions[asked]
    return directions @ (goal / np.linalg.norm(goal))
