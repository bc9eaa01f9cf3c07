"""The trellis: what stands in the circles, and where the arrows lead."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Circle, FancyArrowPatch

from lmteach.plots.style import BLUE
from lmteach.plots.trellis import trellis

SCORES = [[-1.0, -2.0], [-np.inf, -3.25], [-104.5, -5.0]]
GOOD = {"path": [0, 1, 1], "states": ["A", "B"], "symbols": ["x", "$y$", "z"]}


def arrows(axes, width):
    """Where the arrows of this width begin and end, rounded to the circles they join."""
    found = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    ends = [p._posA_posB for p in found if p.get_linewidth() == width]
    return [tuple(tuple(map(round, end)) for end in pair) for pair in ends]


def test_circles_hold_the_scores():
    axes = trellis(SCORES, **GOOD)
    written = {text.get_position(): text.get_text() for text in axes.texts}
    assert written == {
        (0, 0): "−1.00",
        (0, 1): "−2.00",
        (1, 0): "−∞",
        (1, 1): "−3.25",
        (2, 0): "−104",
        (2, 1): "−5.00",
    }
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["x", "$y$", "z"]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["A", "B"]
    axes.figure.canvas.draw()  # a symbol with dollars is no formula


def test_the_best_path_is_thick_and_coloured():
    axes = trellis(SCORES, **GOOD)
    assert arrows(axes, 5) == [((0, 0), (1, 1)), ((1, 1), (2, 1))]
    blue = plt.matplotlib.colors.to_rgba(BLUE)
    filled = [p.center for p in axes.patches if isinstance(p, Circle) and p.get_facecolor() == blue]
    assert filled == [(0, 0), (1, 1), (2, 1)]


def test_back_pointers_are_thin_and_leave_the_impossible_out():
    axes = trellis(SCORES, **GOOD, back_pointers=[[-1, -1], [0, 0], [1, 0]])
    assert arrows(axes, 1.5) == [((0, 0), (1, 1)), ((1, 1), (2, 0)), ((1, 0), (2, 1))]


def test_without_a_path_nothing_is_thick():
    axes = trellis([[-np.inf, -np.inf]], path=[], states=["A", "B"], symbols=["x"])
    assert arrows(axes, 5) == []
    assert [text.get_text() for text in axes.texts] == ["−∞", "−∞"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"states": ["A"]}, r"scores has shape \(3, 2\), and there are 3 observed symbols and 1"),
        ({"symbols": "xy"}, "there are 2 observed symbols"),
        ({"scores": np.zeros((0, 2)), "symbols": []}, "at least one of both"),
        ({"scores": np.full((3, 2), np.nan)}, "scores contains nan"),
        ({"scores": np.full((3, 2), np.inf)}, "scores contains inf"),
        ({"path": [0, 1]}, r"path has shape \(2,\).*expected whole numbers of shape \(3,\)"),
        ({"path": [0.0, 1.0, 1.0]}, "path has shape .* and type float64"),
        ({"path": [0, 1, 2]}, "path contains 2, expected states from 0 to 1"),
        ({"path": [0, -1, 1]}, "path contains -1"),
        ({"back_pointers": [[0, 0]]}, r"back_pointers has shape \(1, 2\)"),
        ({"back_pointers": [[-1, -1], [0, 2], [0, 0]]}, "back_pointers contains 2"),
    ],
)
def test_bad_trellises(changes, message):
    with pytest.raises(ValueError, match=message):
        trellis(**{"scores": SCORES, **GOOD, **changes})
