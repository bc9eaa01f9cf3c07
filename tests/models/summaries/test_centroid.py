"""Nearest to the mean: by SciPy's cosine, by hand, and turned around."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cosine

from lmteach.models.summaries.centroid import nearest_to_mean


@given(st.integers(0, 99), st.integers(1, 6))
def test_equals_scipys_cosine(seed: int, count: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(8, 3))
    mean = vectors.mean(axis=0)
    by_distance = sorted(range(8), key=lambda place: cosine(vectors[place], mean))
    assert nearest_to_mean(vectors, count) == sorted(by_distance[:count])


def test_by_hand() -> None:
    vectors = np.array([[1.0, 0], [0, 1], [3, 3.3], [-1, 0]])  # the mean is (0.75, 1.075)
    assert nearest_to_mean(vectors, 1) == [2]
    assert nearest_to_mean(vectors, 2) == [1, 2]
    assert nearest_to_mean(vectors, 9) == [0, 1, 2, 3]
    assert nearest_to_mean(np.ones((3, 2)), 2) == [0, 1]  # of equal ones the first


@given(st.integers(0, 99))
def test_a_longer_vector_of_the_same_direction_is_no_nearer(seed: int) -> None:
    vectors = np.random.default_rng(seed).normal(size=(6, 3))
    assert nearest_to_mean(7 * vectors, 2) == nearest_to_mean(vectors, 2)
    turned = nearest_to_mean(vectors[::-1].copy(), 2)
    assert sorted(5 - place for place in turned) == nearest_to_mean(vectors, 2)


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="vectors contains nan"):
        nearest_to_mean(np.array([[np.nan]]))
    with pytest.raises(ValueError, match="count is 0"):
        nearest_to_mean(np.ones((2, 2)), 0)
    with pytest.raises(ValueError, match="vectors has shape"):
        nearest_to_mean(np.ones((0, 2)))
