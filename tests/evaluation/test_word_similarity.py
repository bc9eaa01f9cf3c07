"""Rank correlation against SciPy's, and WordSim-353 against gensim's own evaluation."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from gensim.test.utils import datapath
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from lmteach.evaluation.word_similarity import covered, rank_correlation, ranks, word_similarity
from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.text.corpora.wordsim353 import RatedPair, wordsim353

rows = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30)


@given(pairs=rows)
def test_ranks_and_correlation_are_scipys(pairs: list[tuple[int, int]]) -> None:
    one, other = (list(row) for row in zip(*pairs, strict=True))
    assert ranks(one).tolist() == rankdata(one).tolist()
    if len(set(one)) > 1 and len(set(other)) > 1:
        expected = spearmanr(one, other).statistic
        assert rank_correlation(one, other) == pytest.approx(expected, abs=1e-11)


def test_by_hand() -> None:
    # differences of ranks 0, 1, -1: 1 - 6 (0 + 1 + 1) / (3 (9 - 1)) = 0.5
    assert rank_correlation([1, 2, 3], [10, 30, 20]) == 0.5
    assert rank_correlation([1, 2, 3], [5, 0, -7]) == -1.0


@given(pairs=rows)
def test_a_rising_rescaling_changes_nothing(pairs: list[tuple[int, int]]) -> None:
    one, other = (np.array(row, dtype=float) for row in zip(*pairs, strict=True))
    if len(set(one)) > 1 and len(set(other)) > 1:
        assert rank_correlation(np.exp(one), other**3) == rank_correlation(one, other)


def test_wordsim_is_what_gensim_finds() -> None:
    """On vectors for every word but those of each tenth pair."""
    missing = {pair.one for pair in wordsim353()[::10]}
    words = sorted({w for pair in wordsim353() for w in (pair.one, pair.other)} - missing)
    table = np.random.default_rng(0).normal(size=(len(words), 5))
    theirs = KeyedVectors(5)
    theirs.add_vectors(words, table)
    file = datapath("wordsim353.tsv")
    _, expected, unknown = theirs.evaluate_word_pairs(file, case_insensitive=True)
    found = word_similarity(WordVectors(words, table))
    assert found.correlation == pytest.approx(expected.statistic, abs=1e-6)
    assert found.pairs == pytest.approx(353 * (1 - unknown / 100))
    assert found.of == 353
    assert word_similarity(theirs).correlation == pytest.approx(found.correlation, abs=1e-4)


def test_pairs_with_unknown_words_are_left_out() -> None:
    rated = [RatedPair("a", "b", 9.0), RatedPair("a", "x", 1.0), RatedPair("a", "c", 0.0)]
    vectors = WordVectors(["a", "b", "c"], np.array([[1.0, 0], [1, 1], [0, 1]]))
    assert covered(vectors, rated) == [rated[0], rated[2]]
    assert repr(word_similarity(vectors, rated)) == "1.000 (2 of 3 pairs)"


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="only 0 of 353 pairs have vectors"):
        word_similarity(WordVectors(["zzz"], np.ones((1, 2))))
    with pytest.raises(ValueError, match=r"shapes \(2,\) and \(3,\)"):
        rank_correlation([1, 2], [1, 2, 3])
    with pytest.raises(ValueError, match="at least 2"):
        rank_correlation([1], [1])
    with pytest.raises(ValueError, match="all values of a row are equal"):
        rank_correlation([1, 2], [3, 3])
    with pytest.raises(ValueError, match="not a finite number"):
        rank_correlation([1, 2], [3, np.nan])
