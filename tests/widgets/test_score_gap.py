"""The slider of two systems: the interval, what the browser gets, the picture."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy import stats

from lmteach.evaluation.paired_bootstrap import paired_bootstrap
from lmteach.widgets.score_gap.widget import ITEMS, ScoreGap, gap_interval


def drawn(seed: int, size: int = 400) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    hard = rng.normal(0.5, 0.1, size)
    return hard + rng.normal(0, 0.05, size), hard + rng.normal(0, 0.05, size)


def test_the_interval_is_the_normal_one() -> None:
    expected = stats.norm.interval(0.95, loc=2, scale=10 / 30**0.5)
    assert gap_interval(2.0, 10.0, 30) == pytest.approx(expected, abs=1e-3)
    assert gap_interval(1.0, 0.0, 5) == (1, 1)


def test_it_is_about_the_bootstraps() -> None:
    ours, theirs = drawn(0)
    gain = paired_bootstrap(ours, theirs, np.random.default_rng(0), rounds=20_000)
    widget = ScoreGap(ours, theirs)
    low, high = gap_interval(100 * gain.value, widget.deviation(), len(ours))
    assert (low, high) == pytest.approx((100 * gain.low, 100 * gain.high), abs=0.02)


def test_pairs_have_less_spread_and_more_items_less_width() -> None:
    widget = ScoreGap(*drawn(1))
    assert widget.deviation(paired=True) < 0.6 * widget.deviation(paired=False)
    for paired in (True, False):
        widths = [high - low for low, high in widget.intervals(paired)]
        assert widths == sorted(widths, reverse=True)
        assert widths[1] / widths[3] == pytest.approx(2)  # 50 and 200 items
        middles = [(high + low) / 2 for low, high in widget.intervals(paired)]
        assert middles == pytest.approx([widget.gap] * len(ITEMS))


def test_the_browser_gets_the_spreads() -> None:
    ours, theirs = drawn(2)
    widget = ScoreGap(ours, theirs)
    assert widget._spreads == pytest.approx(
        [100 * np.std(ours - theirs, ddof=1), 100 * np.hypot(ours.std(ddof=1), theirs.std(ddof=1))]
    )
    assert (widget.gap, widget.paired, widget._items) == (1.0, True, list(ITEMS))


def test_picture_and_words_show_the_same() -> None:
    widget = ScoreGap(*drawn(3))
    figure = widget.picture()
    for axes, paired in zip(figure.axes, (True, False), strict=True):
        bars = [tuple(line.get_ydata()) for line in axes.lines[: len(ITEMS)]]
        assert np.array(bars) == pytest.approx(np.array(widget.intervals(paired)))
        first = next(n for n, (low, _) in zip(ITEMS, bars, strict=True) if low > 0)
        assert f"from {first:,} items on" in widget.alt
    plt.close(figure)
    data, _ = widget._repr_mimebundle_()
    assert f'alt="{html.escape(widget.alt)}"' in data["text/html"]
    widget.gap = 0.0
    assert "on the same items with none" in widget.alt


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused() -> None:
    two = np.array([0.5, 0.6])
    with pytest.raises(ValueError, match="ours has 1 score, expected at least 2"):
        ScoreGap(two[:1], two[:1])
    with pytest.raises(ValueError, match="theirs is of type float64 and shape"):
        ScoreGap(two, np.array([0.5, 0.6, 0.7]))
    with pytest.raises(ValueError, match="ours contains nan"):
        ScoreGap(np.array([0.5, np.nan]), two)
    with pytest.raises(ValueError, match="gap is 11"):
        ScoreGap(two, two).gap = 11.0
    with pytest.raises(ValueError, match="deviation is -1"):
        gap_interval(1.0, -1.0, 10)
    with pytest.raises(ValueError, match="items is 0"):
        gap_interval(1.0, 1.0, 0)
