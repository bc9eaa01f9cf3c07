"""BM25: count the words that a query and a document share, rare ones more, repeated ones less.

Taught in notebook 16.
"""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_number, checked_by
from lmteach.models.search.ranking import Ranking, words_of
from lmteach.typed import typed


def _check_settings(k1: float, b: float) -> None:
    check_number("k1", k1, at_least=0)
    check_number("b", b, at_least=0, at_most=1)


class BM25(Ranking):
    """Scores by the words that a query shares with a document of |d| words, of which f are t:

        score(q, d) = Σ_t idf(t) · f / (f + k1 (1 − b + b |d| / mean |d|)),   t over the words of q

    A second f adds less than the first, the less the smaller ``k1``; ``b`` says how far a long
    document must have a word more often to count as much. Source: S. Robertson and H. Zaragoza,
    "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), eq. 3.15; the constant factor
    k1 + 1 that some have above the line changes no order, and is left out. A word that the query
    repeats counts again.

    Raises ``ValueError`` if no document has a word, ``k1`` is below 0 or ``b`` not from 0 to 1.

    >>> found = BM25(["a cat sleeps", "a dog barks", "the dog and the cat"])
    >>> [(place, round(score, 3)) for place, score in found.search("a cat", top=2)]
    [(0, 0.41), (1, 0.205)]
    """

    @typed
    @checked_by(_check_settings)
    def __init__(self, documents: Sequence[str], k1: float = 1.5, b: float = 0.75) -> None:
        """Count the words, and note for each where it occurs and how often."""
        super().__init__(documents)
        counts = [Counter(words_of(document)) for document in self.documents]
        lengths = np.array([counted.total() for counted in counts])
        self.damping = k1 * (1 - b + b * lengths / lengths.mean())  # of each document
        self.occurrences: dict[str, list[tuple[int, int]]] = {}
        for place, counted in enumerate(counts):
            for word, count in counted.items():
                self.occurrences.setdefault(word, []).append((place, count))

    @typed
    def idf(self, word: str) -> float:
        """Return how much a word tells: the more, the fewer documents have it.

        Robertson and Zaragoza's log((N − n + ½) / (n + ½)), for n of N documents, is negative where
        more than half have the word. Here 1 is added inside, as Lucene does, so that it stays
        above 0.
        """
        having = len(self.occurrences.get(word, []))
        return math.log(1 + (len(self.documents) - having + 0.5) / (having + 0.5))

    def _scores(self, query: str) -> Float[np.ndarray, " documents"]:
        """Add up what each word of the query tells about each document that has it."""
        scores = np.zeros(len(self.documents))
        for word in words_of(query):
            weight = self.idf(word)
            for place, count in self.occurrences.get(word, []):
                scores[place] += weight * count / (count + self.damping[place])
        return scores
