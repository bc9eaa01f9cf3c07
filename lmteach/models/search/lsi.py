"""Latent semantic indexing: words that occur in the same documents fall together.

Taught in notebook 16.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmteach.checks import check_sizes, checked_by
from lmteach.models.search.ranking import Ranking, direction, words_of
from lmteach.typed import typed

# The decomposition is found by random samples of the texts' space, and is exact from as many on as
# there are texts. By the usual 100, the cosines of 350 texts were off by up to 0.4.
MOST_SAMPLES = 1000


def _check_settings(topics: int) -> None:
    check_sizes(topics=topics)


class LSI(Ranking):
    """Scores by the cosine of query and document in a space of few ``topics``.

    A text is a vector with an entry for each word, its count times log2(N / n) for a word that n of
    N documents have. All documents together are a matrix, of which a singular value decomposition
    keeps the ``topics`` directions with the largest values; two words of like company end up near
    each other, and a query can find a document with which it shares no word. gensim's ``LsiModel``
    does it, over its ``TfidfModel``. ``background`` are further texts to learn company from, which
    are not searched.

    Source: S. Deerwester et al., "Indexing by Latent Semantic Analysis" (1990), §4.

    Raises ``ValueError`` if no document has a word, or for ``topics`` below 1.

    >>> texts = ["cats purr", "cats purr softly", "kittens purr", "dogs bark", "dogs bark loudly"]
    >>> [round(float(score), 2) for score in LSI(texts, topics=2).scores("kittens")]
    [1.0, 1.0, 1.0, 0.0, 0.0]
    """

    @typed
    @checked_by(_check_settings)
    def __init__(
        self, documents: Sequence[str], topics: int = 200, background: Sequence[str] = ()
    ) -> None:
        """Count, weigh and decompose."""
        from gensim.corpora import Dictionary  # takes over a second, once
        from gensim.models import LsiModel, TfidfModel

        super().__init__(documents)
        texts = [words_of(text) for text in (*self.documents, *background)]
        self.words = Dictionary(texts)
        counts = [self.words.doc2bow(text) for text in texts]
        self.weights = TfidfModel(counts)
        self.model = LsiModel(
            self.weights[counts],
            id2word=self.words,
            num_topics=topics,
            extra_samples=min(len(texts), MOST_SAMPLES),
            random_seed=0,
        )
        self.vectors = np.stack([self._vector(document) for document in self.documents])

    def _scores(self, query: str) -> Float[np.ndarray, " documents"]:
        """Return the cosine of each document with the query; 0 if no word of either is known."""
        return self.vectors @ self._vector(query)

    def _vector(self, text: str) -> Float[np.ndarray, " dim"]:
        """Return a text's direction among the topics."""
        vector = np.zeros(self.model.num_topics)
        for topic, weight in self.model[self.weights[self.words.doc2bow(words_of(text))]]:
            vector[topic] = weight
        return direction(vector)
