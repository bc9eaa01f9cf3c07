"""Methods and references: where they are drawn, what is written, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Annotation

from lmteach.plots.trade_off import MARKS, trade_off

HEAT = {"heat": {"cold": (0.0, 1.0), "warm": (1.0, 3.0), "hot": (2.0, 2.0)}}


def test_methods_and_references_by_hand() -> None:
    _, panel = plt.subplots()
    axes = trade_off(
        HEAT | {"cut": {"$p$": (3.0, 0.0)}},
        {"people": (1.0, 1.0), "greedy": (0.0, 0.0)},
        panel,
        xlabel="x",
        ylabel="y",
    )
    assert axes is panel
    drawn = [(line.get_label(), np.array(line.get_xydata()).tolist()) for line in axes.lines]
    assert drawn == [
        ("heat", [[0, 1], [1, 3], [2, 2]]),
        ("cut", [[3, 0]]),
        ("people", [[1, 1]]),
        ("greedy", [[0, 0]]),
    ]
    assert [(t.get_text(), t.xy) for t in axes.texts if isinstance(t, Annotation)] == [
        ("cold", (0, 1)),
        ("warm", (1, 3)),
        ("hot", (2, 2)),
        ("$p$", (3, 0)),
    ]
    assert [line.get_marker() for line in axes.lines] == ["o", "o", *MARKS[:2]]
    colours = [line.get_color() for line in axes.lines]
    assert len({*colours[:2]}) == 2  # two methods can be told apart
    assert {text.get_color() for text in axes.texts} == {"black"}
    legend = axes.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["heat", "cut", "people", "greedy"]
    axes.figure.canvas.draw()
    plt.close(axes.get_figure(root=True))


def test_nothing_is_drawn_out_of_sight() -> None:
    axes = trade_off(HEAT, {"far": (-9.0, 20.0)})
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert left < -9 < 2 < right
    assert bottom < 1 < 20 < top
    plt.close(axes.get_figure(root=True))


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="a method has no settings"):
        trade_off({"heat": {}}, {})
    with pytest.raises(ValueError, match="a method has no settings"):
        trade_off({}, {"people": (0.0, 0.0)})
    with pytest.raises(ValueError, match=r"a point is \(0.0, nan\), expected two finite"):
        trade_off({"heat": {"cold": (0.0, float("nan"))}}, {})
    with pytest.raises(ValueError, match="expected two finite"):
        trade_off(HEAT, {"people": (float("inf"), 0.0)})
    with pytest.raises(ValueError, match="7 references, expected at most 6"):
        trade_off(HEAT, {str(number): (0.0, 0.0) for number in range(7)})
