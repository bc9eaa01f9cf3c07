"""Agreement with people against SciPy's correlations, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr

from lmteach.evaluation.document_likeness import Correlation, agreement_with_people, likeness
from lmteach.text.corpora.lee_documents import lee_documents

GENERATOR = np.random.default_rng(0)


def symmetric(seed: int, size: int) -> np.ndarray:
    table = np.random.default_rng(seed).random((size, size))
    return (table + table.T) / 2


@given(st.integers(0, 999), st.integers(3, 9))
def test_correlations_are_scipys(seed: int, size: int) -> None:
    one, other = symmetric(seed, size), symmetric(seed + 1, size)
    pairs = [table[np.triu_indices(size, 1)] for table in (one, other)]
    for by_rank, reference in ((False, pearsonr), (True, spearmanr)):
        found = agreement_with_people(one, other, GENERATOR, by_rank, rounds=2)
        assert found.value == pytest.approx(reference(*pairs).statistic, abs=1e-11)


def test_by_hand() -> None:
    """Pairs (0,1), (0,2), (1,2) have 1, 2, 3 and 1, 3, 2: both correlations are 1/2."""
    one = np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]])
    other = np.array([[9, 1, 3], [1, 9, 2], [3, 2, 9]])
    for by_rank in (False, True):
        found = agreement_with_people(one, other, np.random.default_rng(0), by_rank, rounds=200)
        assert found.value == pytest.approx(0.5, abs=1e-12)
    assert repr(Correlation(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"


def test_people_agree_with_themselves_whatever_is_drawn() -> None:
    judged = lee_documents().likeness
    for by_rank in (False, True):
        found = agreement_with_people(judged, judged, GENERATOR, by_rank, rounds=20)
        assert (found.value, found.low, found.high) == pytest.approx((1, 1, 1), abs=1e-12)


def test_the_interval_over_documents_is_wider_than_one_over_pairs() -> None:
    """Noise of documents, not of pairs: a row and column each moved as a whole."""
    judged = symmetric(0, 30)
    noise = np.random.default_rng(1).normal(size=30)
    measured = judged + noise[:, None] + noise
    found = agreement_with_people(measured, judged, np.random.default_rng(2))
    pairs = [table[np.triu_indices(30, 1)] for table in (measured, judged)]
    expected = pearsonr(*pairs).confidence_interval(0.95)
    assert found.low < found.value < found.high
    assert found.high - found.low > 1.5 * (expected.high - expected.low)


def test_a_document_is_not_compared_with_itself() -> None:
    one, other = symmetric(0, 6), symmetric(1, 6)
    first = agreement_with_people(one, other, np.random.default_rng(0))
    np.fill_diagonal(one, 99)
    assert agreement_with_people(one, other, np.random.default_rng(0)) == first


class Rows:
    """Scores by the number of the document that is asked."""

    def __init__(self, table: np.ndarray) -> None:
        self.table = table

    def scores(self, query: str) -> np.ndarray:
        return self.table[int(query)]


def test_both_directions_are_asked() -> None:
    found = likeness(Rows(np.array([[1.0, 0.2], [0.4, 1.0]])), ["0", "1"])
    assert found == pytest.approx(np.array([[1, 0.3], [0.3, 1]]), abs=1e-15)


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused() -> None:
    good = symmetric(0, 4)
    for measured, message in (
        (good[:3], r"measured has shape \(3, 4\)"),
        (symmetric(0, 3), r"measured has shape \(3, 3\)"),
        (np.triu(good), "measured is not symmetric"),
        (good * np.nan, "measured contains nan"),
        (np.ones((4, 4)), "all pairs are equal in measured"),
    ):
        with pytest.raises(ValueError, match=message):
            agreement_with_people(measured, good, GENERATOR)
    with pytest.raises(ValueError, match="there are 2 documents, expected at least 3"):
        agreement_with_people(good[:2, :2], good[:2, :2], GENERATOR)
    with pytest.raises(ValueError, match=r"scores has shape \(2,\), expected"):
        likeness(Rows(np.eye(2)), ["0"])
    with pytest.raises(ValueError, match="documents is 'abc', expected a list"):
        likeness(Rows(np.eye(2)), "abc")
