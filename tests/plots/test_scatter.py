"""The plane against NumPy's own eigenvectors, by hand, and what is drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.plots.scatter import principal_components, scatter
from lmteach.plots.style import BLUE, GREY


@given(seed=st.integers(0, 99), count=st.integers(3, 12), dim=st.integers(2, 6))
def test_the_plane_is_that_of_the_covariance(seed: int, count: int, dim: int) -> None:
    table = np.random.default_rng(seed).normal(size=(count, dim)) * np.arange(1, dim + 1)
    points, kept = principal_components(table)
    variances = np.linalg.eigvalsh(np.cov(table.T))[::-1]
    assert points.var(axis=0, ddof=1) == pytest.approx(variances[:2], rel=1e-8)
    assert kept == pytest.approx(variances[:2].sum() / variances.sum(), rel=1e-9)
    assert points.sum(axis=0) == pytest.approx(0, abs=1e-9)


def test_by_hand() -> None:
    """A flat cross in space: nothing is lost, and the long side comes first."""
    points, kept = principal_components([[4, 1, 1], [-4, 1, 1], [0, 3, 1], [0, -1, 1]])
    assert points.tolist() == [pytest.approx(row) for row in ([4, 0], [-4, 0], [0, 2], [0, -2])]
    assert kept == pytest.approx(1)


def test_turning_over_changes_nothing() -> None:
    table = np.random.default_rng(0).normal(size=(8, 5))
    assert np.allclose(
        np.abs(principal_components(-table)[0]), np.abs(principal_components(table)[0])
    )


def test_names_stand_at_their_points() -> None:
    axes = scatter([[0, 0], [2, 1], [1, 5]], ["a", "$b", "c"], {"vowels": ["a"]}, title="letters")
    assert [(name.get_text(), name.xy) for name in axes.texts] == [
        ("a", (0, 0)),
        ("$b", (2, 1)),
        ("c", (1, 5)),
    ]
    dots = [
        (dot.get_xydata().tolist(), dot.get_color()) for dot in axes.lines if len(dot.get_xdata())
    ]
    assert dots == [([[0, 0]], BLUE), ([[2, 1]], GREY), ([[1, 5]], GREY)]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["vowels"]
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert low < 0 < 2 < high
    assert bottom < 0 < 5 < top
    assert axes.get_title(loc="left") == "letters"
    plt.close(axes.figure)


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match=r"shape \(1, 3\), expected at least 2 rows"):
        principal_components([[1, 2, 3]])
    with pytest.raises(ValueError, match="all the same point"):
        principal_components([[1, 2], [1, 2]])
    with pytest.raises(ValueError, match=r"shape \(2, 2\) and there are 1 names"):
        scatter([[0, 0], [1, 1]], ["a"])
    with pytest.raises(ValueError, match="a group has 'x'"):
        scatter([[0, 0], [1, 1]], ["a", "b"], {"group": ["x"]})
