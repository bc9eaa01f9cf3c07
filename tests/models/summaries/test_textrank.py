"""TextRank against a solved system of equations, sets of words, and by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.summaries.textrank import page_rank, textrank, word_likeness

TABLES = (
    st.integers(1, 6)
    .flatmap(
        lambda n: st.lists(
            st.lists(st.sampled_from([0.0, 0.0, 1.0, 2.5]), min_size=n, max_size=n),
            min_size=n,
            max_size=n,
        )
    )
    .map(np.array)
)
SENTENCES = st.lists(
    st.lists(st.sampled_from("a cat sat down".split()), max_size=5).map(" ".join), min_size=1
).filter(any)


@given(TABLES, st.sampled_from([0.0, 0.5, 0.85]))
def test_ranks_solve_their_equation(weights: np.ndarray, damping: float) -> None:
    """x = (1 − d) / J + d Gᵀ x, solved at once."""
    count = len(weights)
    gives = np.array([row / row.sum() if row.any() else np.ones(count) / count for row in weights])
    solved = np.linalg.solve(np.eye(count) - damping * gives.T, np.full(count, 1 - damping) / count)
    found = page_rank(weights, damping)
    assert found == pytest.approx(solved, abs=1e-10)
    assert found.sum() == pytest.approx(1, abs=1e-10)


@given(SENTENCES)
def test_likeness_by_sets(sentences: list[str]) -> None:
    found = word_likeness(sentences)
    words = [set(sentence.split()) for sentence in sentences]
    for i, one in enumerate(words):
        for j, other in enumerate(words):
            length = sum(math.log(len(own)) for own in (one, other) if own)
            expected = len(one & other) / length if i != j and length else 0
            assert found[i, j] == pytest.approx(expected, abs=1e-12)


def test_by_hand() -> None:
    assert word_likeness(["a b", "b c"]) == pytest.approx(np.array([[0, 1], [1, 0]]) / math.log(4))
    # two who look at each other are level; who is looked at by all has most
    assert page_rank(np.array([[0.0, 1], [1, 0]])) == pytest.approx([0.5, 0.5])
    star = np.array([[0.0, 1, 1, 1], [1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    hub = (0.15 / 4 + 0.85) / 1.85  # h = 0.15/4 + 0.85 (1 − h)
    assert page_rank(star)[0] == pytest.approx(hub)
    # the first shares a word with two others, each of them only with it
    assert textrank(["a b", "a c", "b d", "x y"], 1) == [0]
    assert textrank(["x y", "a c", "b d", "a b"], 1) == [3]


@given(SENTENCES, st.integers(1, 4))
def test_places_rise_and_ranks_follow_the_sentences(sentences: list[str], count: int) -> None:
    chosen = textrank(sentences, count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, len(sentences))
    ranks = page_rank(word_likeness(sentences))
    turned = page_rank(word_likeness(sentences[::-1]))
    assert turned[::-1] == pytest.approx(ranks, abs=1e-9)
    left = [rank for place, rank in enumerate(ranks) if place not in chosen]
    assert min(ranks[chosen]) >= max(left, default=0) - 1e-9


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="no word is in the 1 documents"):
        textrank(["..."])
    with pytest.raises(ValueError, match="is the text"):
        textrank("A cat. A dog.")
    with pytest.raises(ValueError, match="count is 0"):
        textrank(["a cat"], 0)
    with pytest.raises(ValueError, match="weights contains -1"):
        page_rank(np.array([[-1.0]]))
    with pytest.raises(ValueError, match="damping is 1"):
        page_rank(np.ones((2, 2)), 1.0)
    with pytest.raises(ValueError, match="weights"):
        page_rank(np.ones((2, 3)))
