"""Clocks: where their faces and the tips of their hands are."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.plots.clock_hands import RADIUS, clock_hands


def parts(axes):
    faces, hands = axes.collections
    return np.asarray(faces.get_offsets()), np.asarray(hands.get_segments())


def test_by_hand():
    """At a quarter turn the hand points up, and up is where y gets smaller."""
    axes = clock_hands([[0.0, np.pi / 2], [np.pi, -np.pi / 2]], ["0", "1"], ["left", "right"])
    faces, hands = parts(axes)
    long = 0.9 * RADIUS
    np.testing.assert_allclose(faces, [[0, 0], [1, 0], [0, 1], [1, 1]])
    np.testing.assert_allclose(hands[:, 0], faces)
    tips = [[long, 0], [1, -long], [-long, 1], [1, 1 + long]]
    np.testing.assert_allclose(hands[:, 1], tips, atol=1e-12)
    assert axes.yaxis_inverted()
    assert [label.get_text() for label in axes.get_xticklabels()] == ["left", "right"]
    plt.close(axes.figure)


@given(st.integers(1, 4), st.integers(1, 4), st.floats(-50, 50))
def test_hands_have_one_length_and_a_full_turn_changes_nothing(rows, columns, start):
    angles = start + np.arange(rows * columns).reshape(rows, columns)
    names = [str(i) for i in range(rows)], [str(i) for i in range(columns)]
    found = []
    for turned in (angles, angles + 2 * np.pi):
        _, axes = plt.subplots()
        assert clock_hands(turned, *names, axes=axes) is axes
        found.append(parts(axes)[1])
        plt.close(axes.figure)
    np.testing.assert_allclose(*found, atol=1e-9)
    lengths = np.linalg.norm(found[0][:, 1] - found[0][:, 0], axis=1)
    np.testing.assert_allclose(lengths, 0.9 * RADIUS, rtol=1e-9)


def test_names_that_do_not_fit():
    with pytest.raises(ValueError, match=r"angles has shape \(1, 2\), but there are 2 row names"):
        clock_hands([[0.0, 1.0]], ["a", "b"], ["c", "d"])
