"""Ranks, recall and reciprocal ranks against scikit-learn's, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import label_ranking_average_precision_score, top_k_accuracy_score

from lmteach.evaluation.retrieval import mean_reciprocal_rank, rank_of, ranks_of, recall_at
from lmteach.models.search.bm25 import BM25
from lmteach.text.corpora.made_queries import MadeQueries

NUMBERS = st.lists(
    st.tuples(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.integers(0, 3)), min_size=1
)


@given(NUMBERS)
def test_reciprocal_ranks_are_scikit_learns(queries: list[tuple[list[int], int]]) -> None:
    """Ties, too: there the right label also comes after others of the same score."""
    scores, right = (np.array(column) for column in zip(*queries, strict=True))
    ranks = [rank_of(row, int(place)) for row, place in zip(scores, right, strict=True)]
    expected = label_ranking_average_precision_score(np.eye(4)[right], scores)
    assert mean_reciprocal_rank(ranks) == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.tuples(st.permutations(range(4)), st.integers(0, 3)), min_size=1))
def test_recall_is_scikit_learns(queries: list[tuple[list[int], int]]) -> None:
    scores, right = (np.array(column) for column in zip(*queries, strict=True))
    ranks = [rank_of(row, int(place)) for row, place in zip(scores, right, strict=True)]
    for k in (1, 2, 3):
        expected = top_k_accuracy_score(right, scores, k=k, labels=range(4))
        assert recall_at(ranks, k) == pytest.approx(expected, rel=1e-12)


def test_by_hand() -> None:
    made = MadeQueries(("cat", "dog dog cat", "ant"), ("dog", "cat", "ant"), (1, 1, 0))
    ranks = ranks_of(BM25(made.documents), made)
    assert ranks.tolist() == [1, 2, 3]  # the last: two documents have 0, and the tie counts
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 1 / 2 + 1 / 3) / 3, rel=1e-15)
    assert [recall_at(ranks, k) for k in (1, 2, 3)] == pytest.approx([1 / 3, 2 / 3, 1])


@given(st.lists(st.integers(1, 9), min_size=1))
def test_more_places_never_find_less_and_mrr_lies_between(ranks: list[int]) -> None:
    recalls = [recall_at(ranks, k) for k in range(1, 10)]
    assert recalls == sorted(recalls)
    assert recalls[-1] == 1
    assert recalls[0] - 1e-12 <= mean_reciprocal_rank(ranks) <= (1 + recalls[0]) / 2 + 1e-12


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused() -> None:
    made = MadeQueries(("cat", "dog"), ("dog",), (1,))
    with pytest.raises(ValueError, match=r"scores has shape \(3,\), expected"):
        ranks_of(BM25(["a", "b", "c"]), made)
    with pytest.raises(ValueError, match="right contains the id 2"):
        rank_of([0.1, 0.2], 2)
    with pytest.raises(ValueError, match="scores contains nan"):
        rank_of([0.1, np.nan], 0)
    for measure in (mean_reciprocal_rank, lambda ranks: recall_at(ranks, 1)):
        with pytest.raises(ValueError, match="ranks contains 0"):
            measure([1, 0])
        with pytest.raises(ValueError, match="ranks has 0 ids"):
            measure([])
    with pytest.raises(ValueError, match="k is 0"):
        recall_at([1], 0)
