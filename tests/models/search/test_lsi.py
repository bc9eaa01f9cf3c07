"""LSI against NumPy's singular value decomposition, and by hand."""

import math

import numpy as np
import pytest

from lmteach.models.search.lsi import LSI
from lmteach.models.search.ranking import words_of
from lmteach.text.corpora.lee_documents import lee_documents

LEE = lee_documents()


def decomposed(texts: list[str], topics: int) -> np.ndarray:
    """The cosines of all texts with each other, by a dense matrix of words and texts."""
    counts = [words_of(text) for text in texts]
    known = sorted({word for words in counts for word in words})
    table = np.array([[words.count(word) for words in counts] for word in known], dtype=float)
    table *= np.log2(len(texts) / (table > 0).sum(axis=1))[:, None]
    table /= np.linalg.norm(table, axis=0)
    left, _, _ = np.linalg.svd(table, full_matrices=False)
    placed = left[:, :topics].T @ table
    placed /= np.linalg.norm(placed, axis=0)
    return placed.T @ placed


@pytest.mark.parametrize("topics", [2, 5, 30])
def test_cosines_are_those_of_numpys_decomposition(topics: int) -> None:
    texts = list(LEE.documents)
    found = LSI(texts, topics)
    scores = np.stack([found.scores(text) for text in texts])
    assert scores == pytest.approx(decomposed(texts, topics), abs=1e-6)


def test_background_is_learned_from_and_not_searched() -> None:
    """With 50 topics of 350 texts, where gensim's own settings are far from exact."""
    found = LSI(LEE.documents, 50, LEE.background)
    scores = np.stack([found.scores(text) for text in LEE.documents])
    expected = decomposed([*LEE.documents, *LEE.background], 50)[:50, :50]
    assert scores == pytest.approx(expected, abs=1e-6)


def test_by_hand() -> None:
    """With all topics it is the cosine of the weighted counts: here 1/√2 with both who share."""
    found = LSI(["cat", "dog", "cat dog"], topics=2)
    share = math.sqrt(0.5)
    assert found.scores("cat") == pytest.approx([1, 0, share], abs=1e-9)


def test_words_of_like_company_find_each_other() -> None:
    texts = ["cats purr", "kittens purr", "dogs bark", "wolves bark"]
    cats, kittens, dogs, _ = LSI(texts, topics=2).scores("cats")
    assert cats == pytest.approx(kittens, abs=1e-9)
    assert abs(dogs) < 1e-9


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="topics is 0"):
        LSI(["a"], topics=0)
