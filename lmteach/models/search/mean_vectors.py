"""Search by the mean of word vectors: a text points where its words point on average.

Taught in notebook 16; the vectors are those of notebook 05.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.models.search.ranking import Ranking, direction, words_of
from lmteach.typed import typed


class MeanVectors(Ranking):
    """Scores by the cosine of the mean vectors of query and document.

    Words that have no vector are left out. The order of words means nothing.

    Raises ``ValueError`` if no document has a word.

    >>> vectors = WordVectors(["cat", "kitten", "dog"], np.array([[2.0, 0], [1, 0], [0, 1]]))
    >>> found = MeanVectors(["A dog and a cat.", "A cat.", "Snow."], vectors)
    >>> [(place, round(score, 3)) for place, score in found.search("kitten")]
    [(1, 1.0), (0, 0.894), (2, 0.0)]
    """

    @typed
    def __init__(self, documents: Sequence[str], vectors: WordVectors) -> None:
        """Take the mean of each document."""
        super().__init__(documents)
        self.words = vectors
        self.vectors = np.stack([self._vector(document) for document in self.documents])

    def _scores(self, query: str) -> Float[np.ndarray, " documents"]:
        """Return the cosine of each document with the query; 0 if no word of either is known."""
        return self.vectors @ self._vector(query)

    def _vector(self, text: str) -> Float[np.ndarray, " dim"]:
        """Return the direction of the mean over the known words of a text."""
        known = [self.words[word] for word in words_of(text) if word in self.words]
        return direction(np.mean(known, axis=0) if known else np.zeros(self.words.vectors.shape[1]))
