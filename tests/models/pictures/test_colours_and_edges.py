"""Colours and edges of pictures that one can draw in the head."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lmteach.models.pictures.colours_and_edges import colours_and_edges


def test_one_colour_has_no_edges() -> None:
    red = np.zeros((1, 16, 16, 3), dtype=np.uint8)
    red[..., 0] = 255
    (row,) = colours_and_edges(red)
    assert row[:12].tolist() == [1, 0, 0] * 4
    assert np.flatnonzero(row[12:76]).tolist() == [48]  # the brightest red, no green, no blue
    assert not row[76:].any()


def test_an_upright_edge_has_one_direction() -> None:
    halves = np.zeros((1, 16, 16, 3), dtype=np.uint8)
    halves[:, :, 12:] = 255
    edges = colours_and_edges(halves)[0, 76:].reshape(2, 2, 8)
    assert edges[:, 1, 0].min() > 0.5
    edges[:, 1, 0] = 0
    assert not edges.any()


@given(arrays(np.uint8, (2, 8, 16, 3)), st.integers(0, 1))
def test_rows_are_of_their_own_picture(pictures: np.ndarray, place: int) -> None:
    alone = colours_and_edges(pictures[place : place + 1])[0]
    assert np.allclose(colours_and_edges(pictures)[place], alone)
    assert np.isfinite(alone).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="cells of 5 don't fill"):
        colours_and_edges(np.zeros((1, 16, 16, 3), dtype=np.uint8), cell=5)
