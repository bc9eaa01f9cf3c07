"""Which class of sentences would say this? One n-gram model for each, and Bayes' rule.

With single words and add-k it is the classifier that is known as naive Bayes. The models are those
of notebook 02.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_tokens, check_whole, checked_by
from lmteach.models.ngram.counts import Tokens
from lmteach.models.ngram.model import NGramModel, check_model
from lmteach.typed import typed


def _check_new(
    order: int, smoothing: str, vocab_size: int, parameters: dict[str, float | None]
) -> None:
    check_model(order, smoothing, vocab_size, parameters)
    if smoothing == "mle":
        raise ValueError(
            "smoothing is 'mle', expected another: under it a word that a class has not seen "
            "makes that class impossible, and where both have one, no class is left."
        )


def _check_sentences(sentences: Sequence[Tokens], vocab_size: int) -> None:
    if len(sentences) == 0:
        raise ValueError("sentences is empty, expected at least one row of ids.")
    for place, sentence in enumerate(sentences):
        check_tokens(sentence, vocab_size, at_least=0, name=f"sentences[{place}]")


def _check_examples(
    self: "NGramClassifier", sentences: Sequence[Tokens], classes: Sequence[int]
) -> None:
    if len(sentences) != len(classes):
        raise ValueError(
            f"got {len(sentences)} sentences and {len(classes)} classes, expected one class for "
            "each sentence."
        )
    for place, one in enumerate(classes):
        check_whole(f"classes[{place}]", one, at_least=0)
    if len(classes) == 0 or set(classes) != set(range(max(classes) + 1)) or max(classes) == 0:
        raise ValueError(
            f"classes has {sorted(set(classes))}, expected at least 0 and 1, and no number between "
            "that is missing: each class needs a sentence to count."
        )
    _check_sentences(sentences, self.vocab_size)


def _check_asked(self: "NGramClassifier", sentences: Sequence[Tokens]) -> None:
    if not self.models:
        raise ValueError("the classifier has not counted anything yet: call fit first.")
    _check_sentences(sentences, self.vocab_size)


class NGramClassifier:
    """Judge a sentence by which class's n-gram model gives it more.

    log P(class | words) is, but for what all classes share, log P(class) + log P(words | class)
    (T. Bayes 1763). P(class) is the class's share of the sentences, and P(words | class) the
    product that an ``NGramModel`` of that class's sentences gives. Sentences are rows of ids below
    ``vocab_size``; one id more ends each of them, and stands before the next. ``order``,
    ``smoothing`` and its parameters are those of ``NGramModel``.

    Raises ``ValueError`` for what ``NGramModel`` refuses, and for "mle", under which a new word
    makes every class impossible.

    Source: M. Maron, "Automatic Indexing" (1961); with higher orders, F. Peng and D. Schuurmans,
    "Combining Naive Bayes and n-Gram Language Models for Text Classification" (2003).

    By hand, with two words and add-1: class 0 has said word 0 twice, and ended once; so word 0 has
    (2 + 1) / (3 + 3), and class 1, which has said word 1, gives it (0 + 1) / (2 + 3).

    >>> classifier = NGramClassifier(vocab_size=2).fit([[0, 0], [1]], classes=[0, 1])
    >>> classifier.log_scores([[0]]).round(4)  # log 1/2 · 3/6 · 2/6, and log 1/2 · 1/5 · 2/5
    array([[-2.4849, -3.2189]])
    >>> classifier.predict([[0], [1, 1]])
    array([0, 1])
    """

    @typed
    def __init__(
        self, vocab_size: int, order: int = 1, smoothing: str = "add_k", **parameters: float | None
    ) -> None:
        _check_new(order, smoothing, vocab_size, parameters)
        self.vocab_size, self.order, self.smoothing = vocab_size, order, smoothing
        self.parameters = parameters
        self.models: list[NGramModel] = []  # of each class, once fitted
        self.log_shares = np.zeros(0)

    @typed
    @checked_by(_check_examples)
    def fit(self, sentences: Sequence[Tokens], classes: Sequence[int]) -> "NGramClassifier":
        """Count the sentences of each class, 0, 1, …, and return the classifier itself.

        Raises ``ValueError`` for another number of classes than sentences, a class without one, or
        ids outside the vocabulary.
        """
        end, counts = self.vocab_size, np.bincount(classes)
        self.models = []
        for one in range(len(counts)):
            own = [words for words, own in zip(sentences, classes, strict=True) if own == one]
            said = [end, *(word for sentence in own for word in (*sentence, end))]
            if self.order == 1:
                said = said[1:]  # the end before the first is a context, and no sentence's end
            model = NGramModel(self.order, self.smoothing, end + 1, **self.parameters)
            self.models.append(model.fit(said))
        self.log_shares = np.log(counts / len(classes))
        return self

    @typed
    @checked_by(_check_asked)
    def log_scores(self, sentences: Sequence[Tokens]) -> Float[np.ndarray, "batch _"]:
        """Return log P(class) + log P(words | class) of each sentence and class, in nats.

        Raises ``ValueError`` before ``fit``, for no sentence, or ids outside the vocabulary.
        """
        end = self.vocab_size
        rows = [
            [model.log_probabilities([end, *words, end])[1:].sum() for model in self.models]
            for words in sentences
        ]
        return np.array(rows) + self.log_shares

    def predict(self, sentences: Sequence[Tokens]) -> Int[np.ndarray, " batch"]:
        """Return the likeliest class of each sentence; of equally likely ones the first.

        Raises ``ValueError`` as ``log_scores`` does.
        """
        return self.log_scores(sentences).argmax(axis=1)
