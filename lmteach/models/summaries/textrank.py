"""TextRank: sentences vote for those that they share words with. Taught in notebook 18."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_number, check_sizes, check_table, checked_by
from lmteach.models.search.ranking import check_documents, words_of
from lmteach.typed import typed


def _check_sentences(sentences: Sequence[str]) -> None:
    check_documents(sentences)


@typed
@checked_by(_check_sentences)
def word_likeness(sentences: Sequence[str]) -> Float[np.ndarray, "documents documents"]:
    """Return how alike each two sentences are (J, J): words in common, over the logs of lengths.

    A sentence is not compared with itself: the diagonal is 0. So is what a sentence of one word
    would get. Source: R. Mihalcea and P. Tarau, "TextRank" (2004), §4, of distinct words.

    Raises ``ValueError`` if no sentence has a word.

    >>> word_likeness(["a cat sleeps", "a cat eats fish", "dogs bark"]).round(2)
    array([[0. , 0.8, 0. ],
           [0.8, 0. , 0. ],
           [0. , 0. , 0. ]])
    """
    words = [set(words_of(sentence)) for sentence in sentences]
    known = {word: place for place, word in enumerate(sorted(set().union(*words)))}
    table = np.zeros((len(words), len(known)))
    for row, own in zip(table, words, strict=True):
        row[[known[word] for word in own]] = 1
    logs = np.log(np.maximum(table.sum(axis=1), 1))
    lengths = logs[:, None] + logs
    alike = np.where(lengths > 0, table @ table.T / np.where(lengths > 0, lengths, 1), 0)
    np.fill_diagonal(alike, 0)
    return alike


def _check_votes(weights: Float[np.ndarray, "documents documents"], damping: float) -> None:
    check_table("weights", weights, (None, None), "(J, J)")
    check_number("damping", damping, at_least=0, below=1)


@typed
@checked_by(_check_votes)
def page_rank(
    weights: Float[np.ndarray, "documents documents"], damping: float = 0.85
) -> Float[np.ndarray, " documents"]:
    """Return how much each of J pages gets (J,) if all give what they have, by their weights.

    Row i of ``weights`` (J, J) holds what i gives to each; one who gives to nobody gives to all
    alike. A share of 1 − ``damping`` is given to all alike, too. The result sums to 1.

    Source: S. Brin and L. Page, "The Anatomy of a Large-Scale Hypertextual Web Search Engine"
    (1998), §2.1.1, over J.

    Raises ``ValueError`` for negative weights, or a damping that is not from 0 to below 1.

    >>> page_rank(np.array([[0.0, 1, 0], [1, 0, 0], [1, 0, 0]])).round(2)  # all look at the first
    array([0.49, 0.46, 0.05])
    """
    count = len(weights)
    sums = weights.sum(axis=1, keepdims=True)
    gives = np.where(sums > 0, weights / np.where(sums > 0, sums, 1), 1 / count)
    ranks = np.full(count, 1 / count)
    moved = 1.0
    while moved > 1e-12:
        before = ranks
        ranks = (1 - damping) / count + damping * before @ gives
        moved = float(np.abs(ranks - before).sum())
    return ranks


def _check_count(sentences: Sequence[str], count: int) -> None:
    check_documents(sentences)
    check_sizes(count=count)


@typed
@checked_by(_check_count)
def textrank(sentences: Sequence[str], count: int = 3) -> list[int]:
    """Return the places of the ``count`` sentences that most others have words of, in order.

    Source: R. Mihalcea and P. Tarau, "TextRank: Bringing Order into Texts" (2004), §4.

    Raises ``ValueError`` if no sentence has a word, or ``count`` is below 1.

    >>> textrank(["Cats eat fish.", "Dogs bark.", "A cat may eat.", "Fish swim, cats eat."], 2)
    [0, 3]
    """
    ranks = page_rank(word_likeness(sentences))
    best: Int[np.ndarray, " documents"] = np.argsort(-ranks.round(12), kind="stable")[:count]
    return sorted(best.tolist())
