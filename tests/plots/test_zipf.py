"""Ranks and counts, and the line that falls as 1 / rank."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.zipf import rank_frequency


def test_counts_fall_and_the_line_falls_as_one_over_rank() -> None:
    axes = rank_frequency({"words": [1, 12, 3, 4], "letters": [2, 5]})
    words, letters, line = axes.lines
    assert words.get_xdata().tolist() == [1, 2, 3, 4]
    assert words.get_ydata().tolist() == [12, 4, 3, 1]
    assert letters.get_ydata().tolist() == [5, 2]
    assert line.get_xdata().tolist() == [1, 4]
    assert line.get_ydata().tolist() == [12, 3]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_it_draws_into_the_axes_it_is_given() -> None:
    _, axes = plt.subplots()
    assert rank_frequency({"words": np.array([2, 1])}, axes=axes) is axes


@pytest.mark.parametrize("counts", [{}, {"words": []}, {"words": [3, 0]}])
def test_nothing_to_draw(counts: dict[str, list[int]]) -> None:
    with pytest.raises(ValueError, match="expected counts of what occurs"):
        rank_frequency(counts)
