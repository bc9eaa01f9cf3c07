"""BM25 against gensim's Lucene form, the formula term by term, and by hand."""

import math

import numpy as np
import pytest
from gensim.corpora import Dictionary
from gensim.models import LuceneBM25Model
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.search.bm25 import BM25

WORDS = st.lists(st.sampled_from("the cat sat mat dog ran".split()), min_size=1, max_size=9)
TEXTS = st.lists(WORDS.map(" ".join), min_size=1, max_size=6)


@given(TEXTS, WORDS, st.floats(0, 3), st.floats(0, 1))
def test_scores_are_gensims(texts: list[str], asked: list[str], k1: float, b: float) -> None:
    split = [text.split() for text in texts]
    words = Dictionary(split)
    theirs = LuceneBM25Model(dictionary=words, k1=k1, b=b)
    query = dict(words.doc2bow(asked))
    expected = [
        sum(query.get(word, 0) * weight for word, weight in theirs[words.doc2bow(text)])
        for text in split
    ]
    assert BM25(texts, k1, b).scores(" ".join(asked)) == pytest.approx(expected, rel=1e-12)


@given(TEXTS, WORDS)
def test_scores_are_the_formula_term_by_term(texts: list[str], asked: list[str]) -> None:
    split = [text.split() for text in texts]
    mean = sum(map(len, split)) / len(split)
    for place, score in enumerate(BM25(texts).scores(" ".join(asked))):
        expected = 0.0
        for term in asked:
            f, n = split[place].count(term), sum(term in text for text in split)
            idf = math.log((len(split) - n + 0.5) / (n + 0.5) + 1)
            expected += idf * f / (f + 1.5 * (1 - 0.75 + 0.75 * len(split[place]) / mean))
        assert score == pytest.approx(expected, rel=1e-12)


def test_by_hand() -> None:
    """Two documents of two words: each damping is k1. One of two has it: idf = log(1 + 1.5/1.5)."""
    found = BM25(["cat cat", "dog ran"], k1=2.0)
    assert found.scores("Cat!") == pytest.approx([math.log(2) * 2 / (2 + 2), 0], rel=1e-15)
    assert found.scores("cat cat") == pytest.approx([math.log(2), 0], rel=1e-15)
    assert found.idf("unknown") == pytest.approx(math.log(1 + 2.5 / 0.5), rel=1e-15)


@given(TEXTS)
def test_a_word_of_all_documents_still_counts(texts: list[str]) -> None:
    everywhere = [f"{text} here" for text in texts]
    assert (BM25(everywhere).scores("here") > 0).all()


def test_a_long_document_needs_a_word_more_often_unless_b_is_0() -> None:
    texts = ["cat", "cat and many other words besides", "dog"]
    short, long, _ = BM25(texts).scores("cat")
    assert short > long
    short, long, _ = BM25(texts, b=0.0).scores("cat")
    assert short == long


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"k1 is -1.0, expected .* at least 0"):
        BM25(["a"], k1=-1.0)
    with pytest.raises(ValueError, match=r"b is 1.5, expected .* at most 1"):
        BM25(["a"], b=1.5)
    assert np.array_equal(BM25(["a", "b"]).scores("zzz ?"), [0, 0])
