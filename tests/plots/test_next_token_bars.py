"""The bars of the next token: which are drawn, how high, and what a cut looks like."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.style import BLUE, GREY


def widths(axes: Axes, number: int = 0) -> list[float]:
    """The lengths of one series of bars, from top to bottom."""
    bars = axes.containers[number]
    return [bar.get_width() for bar in sorted(bars, key=lambda bar: bar.get_y())]


def test_by_hand() -> None:
    names = ["a", " b", "c\n", "$d$"]
    axes = next_token_bars([0.2, 0.5, 0.1, 0.2], names, [0.3, 0.7, 0.0, 0.0], shown=3, title="next")
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["␣b", "a", "$d$"]
    assert widths(axes, 0) == [0.5, 0.2, 0.2]
    assert widths(axes, 1) == [0.7, 0.3, 0.0]
    colours = [to_hex(bars[0].get_facecolor()) for bars in axes.containers]
    assert colours == [GREY.lower(), BLUE.lower()]
    assert axes.get_title(loc="left") == "next"
    axes.figure.canvas.draw()  # a "$" is no formula
    low, high = axes.get_ylim()
    assert low > high  # the likeliest on top
    plt.close(axes.get_figure(root=True))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 999), size=st.integers(1, 30), shown=st.integers(1, 12))
def test_the_likeliest_come_first(seed: int, size: int, shown: int) -> None:
    own = np.random.default_rng(seed).dirichlet(np.ones(size))
    _, panel = plt.subplots()
    axes = next_token_bars(own, [str(token) for token in range(size)], shown=shown, axes=panel)
    assert axes is panel
    assert len(axes.containers) == 1
    assert widths(axes) == sorted(own.tolist(), reverse=True)[:shown]
    names = [int(tick.get_text()) for tick in axes.get_yticklabels()]
    assert own[names].tolist() == widths(axes)
    plt.close(axes.get_figure(root=True))


def test_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match=r"own has shape \(2,\), and there are 1 names"):
        next_token_bars([0.5, 0.5], ["a"])
    with pytest.raises(ValueError, match=r"drawn has shape \(1,\), and there are 2 names"):
        next_token_bars([0.5, 0.5], ["a", "b"], drawn=[1.0])
    with pytest.raises(ValueError, match="shown is 0"):
        next_token_bars([0.5, 0.5], ["a", "b"], shown=0)
