"""Names beside points: where they stand when something is in the way."""

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from lmteach.plots.names import FONT, write_names


@pytest.fixture
def axes() -> Axes:
    _, axes = plt.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    return axes


def boxes(axes: Axes) -> list:
    axes.figure.draw_without_rendering()  # moves annotations to their places
    return [Text.get_window_extent(text) for text in axes.texts]


def test_a_name_with_room_stands_to_the_right_of_its_point_at_its_height(axes: Axes) -> None:
    axes.plot([5], [5], "o")
    write_names(axes, [("a name", (5.0, 5.0))])
    [box] = boxes(axes)
    x, y = axes.transData.transform((5, 5))
    assert 0 < box.x0 - x < FONT * axes.figure.dpi / 72
    assert (box.y0 + box.y1) / 2 == pytest.approx(y, abs=3)
    assert axes.texts[0].get_color() == "black"


def test_at_the_right_edge_it_stands_to_the_left(axes: Axes) -> None:
    axes.plot([9.9], [5], "o")
    write_names(axes, [("a name", (9.9, 5.0))])
    assert boxes(axes)[0].x1 < axes.transData.transform((9.9, 5))[0]


def test_it_gives_way_to_whole_lines_and_not_to_dashed_ones(axes: Axes) -> None:
    axes.plot([0, 10], [5, 5], "--")
    axes.plot([5], [5], "o")
    write_names(axes, [("dashed", (5.0, 5.0))])
    axes.plot([0, 10], [2, 2], "-")
    axes.plot([5], [2], "o")
    write_names(axes, [("whole", (5.0, 2.0))])
    on_dashed, off_whole = boxes(axes)
    assert on_dashed.y0 < axes.transData.transform((5, 5))[1] < on_dashed.y1
    assert not off_whole.y0 < axes.transData.transform((5, 2))[1] < off_whole.y1


def test_names_and_marks_of_others_are_left_free(axes: Axes) -> None:
    points = [(3.0, 3.0), (3.1, 3.0), (3.2, 3.1), (3.9, 3.0), (3.0, 3.3)]
    axes.plot(*np.transpose(points), "s")
    write_names(axes, [(f"number {i}", point) for i, point in enumerate(points)])
    found = boxes(axes)
    assert not any(a.overlaps(b) for a, b in itertools.combinations(found, 2))
    middles = axes.transData.transform(points)
    assert not any(box.contains(*middle) for box in found for middle in middles)


def test_nothing_to_name_nothing_written(axes: Axes) -> None:
    write_names(axes, [])
    assert not axes.texts
