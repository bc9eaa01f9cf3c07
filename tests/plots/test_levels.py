"""Levels and their names: none over another, no further from its level than needed."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.plots.levels import apart, draw_levels


@given(st.lists(st.floats(-10, 10), max_size=8), st.floats(0, 3))
def test_labels_are_moved_up_and_no_further_than_needed(heights: list[float], gap: float) -> None:
    moved = apart(heights, gap)
    ordered = sorted(moved)
    for low, high in pairwise(ordered):
        assert high - low >= gap - 1e-9
    for before, after in zip(heights, moved, strict=True):
        assert after >= before
        pushed = any(after == pytest.approx(other + gap) for other in moved)
        assert after == before or pushed


def test_by_hand() -> None:
    assert apart([2.0, 6.0, 5.9], gap=0.5) == [2.0, 6.4, 5.9]
    assert apart([], gap=0.5) == []


def test_names_stand_right_of_the_axes_and_of_each_other_free() -> None:
    figure, axes = plt.subplots(figsize=(6, 4))
    axes.plot([0, 1], [1.0, 5.0])
    marks = {"gzip": 2.96, "$xz": 2.9, "human": 1.0}
    draw_levels(axes, marks)
    figure.canvas.draw()
    assert [text.get_text() for text in axes.texts] == list(marks)
    assert [line.get_ydata()[0] for line in axes.lines[1:]] == list(marks.values())
    boxes = [text.get_window_extent() for text in axes.texts]
    assert all(box.x0 > axes.get_window_extent().x1 for box in boxes)
    boxes.sort(key=lambda box: box.y0)
    assert all(low.y1 <= high.y0 + 1 for low, high in pairwise(boxes))


def test_no_levels_nothing_drawn() -> None:
    _, axes = plt.subplots()
    draw_levels(axes, {})
    assert not axes.texts
    assert not axes.lines
