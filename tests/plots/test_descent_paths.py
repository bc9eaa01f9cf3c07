"""Paths over contours: the arrays behind them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.descent_paths import descent_paths


def bowl(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 0.5 * (x**2 + 100 * y**2)


def test_paths_are_drawn_as_they_were_walked_and_the_end_is_in_sight() -> None:
    straight, bent = [[4.0, 1.0], [2.0, 0.5], [0.5, 0.1]], np.array([[4.0, 1.0], [4.0, -1.5]])
    axes = descent_paths({"straight": straight, "bent": bent}, bowl, title="two ways")
    first, second, lowest = axes.lines
    np.testing.assert_array_equal(first.get_xydata(), straight)
    np.testing.assert_array_equal(second.get_xydata(), bent)
    np.testing.assert_array_equal(lowest.get_xydata(), [[0.0, 0.0]])
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    assert left < 0 < 4 < right
    assert low < -1.5 < 1 < high
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["straight", "bent"]
    assert axes.get_title(loc="left") == "two ways"


def test_contours_are_those_of_the_height() -> None:
    axes = descent_paths({"one": [[4.0, 1.0]]}, bowl)
    [contours] = axes.collections
    levels = contours.levels  # type: ignore[attr-defined]
    assert len(levels) == 14
    np.testing.assert_allclose(levels[1:] / levels[:-1], levels[1] / levels[0])
    lines = contours.get_paths()
    for level, path in zip(levels[3:9], lines[3:9], strict=True):
        x, y = path.vertices.T
        np.testing.assert_allclose(bowl(x, y), level, rtol=0.1)


def test_it_draws_into_the_axes_it_is_given_around_another_end() -> None:
    _, axes = plt.subplots()
    found = descent_paths(
        {"one": [[1.0, 1.0]]}, lambda x, y: (x - 5) ** 2 + y**2, axes, lowest=(5.0, 0.0)
    )
    assert found is axes
    assert axes.lines[1].get_xdata().tolist() == [5]
    assert axes.get_xlim()[1] > 5


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ({}, "paths is empty"),
        ({"one": [1.0, 2.0]}, r"'one' has shape \(2,\)"),
        ({"one": np.zeros((0, 2))}, r"'one' has shape \(0, 2\)"),
        ({"one": [[1.0, 2.0, 3.0]]}, r"\(1, 3\)"),
        ({"one": [[1.0, np.inf]]}, "finite points"),
    ],
)
def test_what_it_refuses(paths: dict[str, list[list[float]]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        descent_paths(paths, bowl)
