"""Gradients against the lag: the arrays behind the lines."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.gradient_lag import gradient_lag


def test_lines_from_lag_one_on_a_scale_of_factors() -> None:
    axes = gradient_lag({"RNN (start)": [9.0, 0.5, 0.25], "RNN": np.array([9.0, 0.75])})
    start, trained = axes.lines
    assert start.get_xdata().tolist() == [1, 2]
    assert start.get_ydata().tolist() == [0.5, 0.25]
    assert trained.get_ydata().tolist() == [0.75]
    assert (start.get_linestyle(), trained.get_linestyle()) == ("--", "-")
    assert start.get_color() == trained.get_color()
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "log")
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["RNN (start)", "RNN"]


def test_a_gradient_of_nothing_leaves_the_scale() -> None:
    axes = gradient_lag({"RNN": [1.0, 0.5, 0.0]})
    assert np.isnan(axes.lines[0].get_ydata()).tolist() == [False, True]


def test_each_network_has_a_colour_of_its_own() -> None:
    lines = gradient_lag({"RNN": [1.0, 0.5], "GRU": [1.0, 0.7], "GRU (start)": [1.0, 0.6]}).lines
    assert [line.get_color() for line in lines] == ["C0", "C1", "C1"]


def test_it_draws_into_the_axes_it_is_given() -> None:
    _, axes = plt.subplots()
    assert gradient_lag({"RNN": [1.0, 0.5]}, axes=axes) is axes


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ({}, "lines is empty"),
        ({"RNN": [1.0]}, r"'RNN' has shape \(1,\)"),
        ({"RNN": [[1.0, 2.0]]}, r"'RNN' has shape \(1, 2\)"),
        ({"RNN": [1.0, -2.0]}, "at least 0"),
        ({"RNN": [1.0, np.nan]}, "at least 0"),
    ],
)
def test_what_it_refuses(lines: dict[str, list[float]], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        gradient_lag(lines)
