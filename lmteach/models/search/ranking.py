"""What all ways to search have in common: each document gets a score, and the best come first.

Taught in notebook 16.
"""

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_finite, check_sizes, check_text, checked_by
from lmteach.typed import typed


@typed
def words_of(text: str) -> list[str]:
    """Return the words of a text in small letters; what stands between them goes.

    >>> words_of("Who won, in 1996?")
    ['who', 'won', 'in', '1996']
    """
    return re.findall(r"\w+", text.lower())


def check_documents(documents: Sequence[str]) -> None:
    """Say what is wrong with the documents that are to be searched, if anything.

    >>> check_documents("A cat sleeps.")
    Traceback (most recent call last):
    ValueError: documents is the text 'A cat sleeps.', expected a list of texts: \
text.splitlines(), for one.
    """
    if isinstance(documents, str):
        raise ValueError(
            f"documents is the text {documents[:20]!r}, expected a list of texts: "
            "text.splitlines(), for one."
        )
    if not any(words_of(document) for document in documents):
        raise ValueError(
            f"no word is in the {len(documents)} documents, expected at least one text to search."
        )


def check_query(query: str) -> None:
    """Say that a query asks for nothing, if so.

    >>> check_query(" ")
    Traceback (most recent call last):
    ValueError: The query is empty: type at least one word.
    """
    check_text(query)
    if not query.strip():
        raise ValueError("The query is empty: type at least one word.")


class Ranking:
    """Documents, ranked for a query by their scores. Each way to search defines ``_scores``.

    Raises ``ValueError`` if no document has a word.

    >>> class Shared(Ranking):
    ...     def _scores(self, query: str) -> Float[np.ndarray, " documents"]:
    ...         asked = set(words_of(query))
    ...         return np.array([float(len(asked & set(words_of(d)))) for d in self.documents])
    >>> found = Shared(["a dog", "a cat", "the cat sleeps"])
    >>> found.scores("the cat")
    array([0., 1., 2.])
    >>> found.search("the cat", top=2)
    [(2, 2.0), (1, 1.0)]
    """

    @typed
    @checked_by(check_documents)
    def __init__(self, documents: Sequence[str]) -> None:
        """Keep the documents."""
        self.documents = tuple(documents)

    @typed
    @checked_by(check_query)
    def scores(self, query: str) -> Float[np.ndarray, " documents"]:
        """Return the score of each document, higher is better; 0 where no word is known.

        Raises ``ValueError`` for an empty query.
        """
        return self._scores(query)

    def _scores(self, query: str) -> Float[np.ndarray, " documents"]:
        raise NotImplementedError(
            f"{type(self).__name__} has no scores yet: define _scores(query) to return an array."
        )

    @typed
    def search(self, query: str, top: int = 10) -> list[tuple[int, float]]:
        """Return the places of the ``top`` best documents with their scores, the best first.

        Of equal ones the first comes first, so where no word is known all come in their order.

        Raises ``ValueError`` for an empty query or ``top`` below 1.
        """
        check_sizes(top=top)
        scores = self.scores(query)
        best = np.argsort(-scores, kind="stable")[:top]
        return [(int(place), float(scores[place])) for place in best]


def _check_vector(vector: Float[np.ndarray, "*batch dim"]) -> None:
    check_finite("vector", vector, (None,) * vector.ndim, "(…, D)")


@typed
@checked_by(_check_vector)
def direction(vector: Float[np.ndarray, "*batch dim"]) -> Float[np.ndarray, "*batch dim"]:
    """Return vectors of length 1 that point where the given ones do; zeros stay zeros.

    The product of two of them is the cosine of their angle. Raises ``ValueError`` for numbers that
    are not finite.

    >>> direction(np.array([[3.0, 4.0], [0.0, 0.0]]))
    array([[0.6, 0.8],
           [0. , 0. ]])
    """
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    return vector / np.where(length == 0, 1, length)
