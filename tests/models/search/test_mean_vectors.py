"""Mean vectors against gensim's, and by hand."""

import math

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.models.search.mean_vectors import MeanVectors

WORDS = [f"w{n}" for n in range(9)]
TABLE = np.random.default_rng(0).normal(size=(9, 4))
OURS, THEIRS = WordVectors(WORDS, TABLE), KeyedVectors(4)
THEIRS.add_vectors(WORDS, TABLE)
texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6)


@given(texts, texts)
def test_cosines_are_gensims(one: list[str], other: list[str]) -> None:
    def mean(words: list[str]) -> np.ndarray:
        return THEIRS.get_mean_vector(words, pre_normalize=False)

    a, b = mean(one), mean(other)
    expected = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    found = MeanVectors([" ".join(one)], OURS).scores(" ".join(other))
    assert found == pytest.approx([expected], abs=1e-5)


@given(texts)
def test_the_order_of_words_means_nothing_and_unknown_ones_are_left_out(words: list[str]) -> None:
    found = MeanVectors([" ".join(words)], OURS)
    assert found.scores(" zebra ".join(reversed(words))) == pytest.approx([1], abs=1e-12)


def test_by_hand() -> None:
    vectors = WordVectors(["east", "north"], np.array([[3.0, 0], [0, 1]]))
    found = MeanVectors(["East north.", "unknown"], vectors)  # the mean is (1.5, 0.5)
    assert found.scores("north") == pytest.approx([0.5 / math.sqrt(2.5), 0], abs=1e-12)
