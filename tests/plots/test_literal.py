"""Names with signs that mean something elsewhere: every figure shows them as they are written."""

import importlib
import inspect
import pkgutil

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

import lmteach.plots
from lmteach.plots.alignment import alignment
from lmteach.plots.bars import bars
from lmteach.plots.clock_hands import clock_hands
from lmteach.plots.cost_and_quality import cost_and_quality
from lmteach.plots.curves import curves
from lmteach.plots.descent_paths import descent_paths
from lmteach.plots.gates import coloured_text, gate_strips
from lmteach.plots.gradient_lag import gradient_lag
from lmteach.plots.head_grid import head_grid
from lmteach.plots.heatmap import heatmap
from lmteach.plots.journey import journey
from lmteach.plots.labels_and_accuracy import labels_and_accuracy
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.merge_tree import merge_tree
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.picture import picture_bundle
from lmteach.plots.ranking import ranking
from lmteach.plots.scatter import scatter
from lmteach.plots.token_boxes import token_boxes
from lmteach.plots.trade_off import trade_off
from lmteach.plots.training_runs import training_runs
from lmteach.plots.trellis import trellis
from lmteach.plots.zipf import rank_frequency

DOLLARS, BROKEN, HIDDEN = "$5 to $6", r"$\frac{$", "_a_b"  # a formula, a wrong one, a hidden name
NAMES = [DOLLARS, BROKEN, HIDDEN, "100 % <b> & `x` *y*"]
TITLE = "a $title$"
ROW = np.array([0.1, 0.2, 0.3, 0.4])
SQUARE = np.full((4, 4), 0.25)
POINTS = np.arange(8.0).reshape(4, 2)
LINES = dict(zip(NAMES, np.arange(1.0, 13).reshape(4, 3), strict=True))
PAIRS = dict(zip(NAMES, [(1.0, 2.0), (2.0, 3.0), (3.0, 1.0), (4.0, 4.0)], strict=True))
LABELS = {"xlabel": TITLE, "ylabel": TITLE}

FIGURES = {  # each with the names that are to be read in it
    alignment: lambda: alignment(SQUARE, NAMES, NAMES, title=TITLE),
    bars: lambda: bars(ROW, NAMES, title=TITLE, ylabel=TITLE),
    clock_hands: lambda: clock_hands(SQUARE, NAMES, NAMES, None, TITLE, TITLE, TITLE),
    coloured_text: lambda: coloured_text(ROW[:3], "$a$", title=TITLE),
    cost_and_quality: lambda: cost_and_quality(
        {name: PAIRS for name in NAMES}, {DOLLARS: 2.0}, (HIDDEN, 1.0, 2.0), **LABELS
    ),
    curves: lambda: curves(LINES, title=TITLE, reference=("_$r$", 1.0), **LABELS),
    descent_paths: lambda: descent_paths(
        {name: POINTS + i for i, name in enumerate(NAMES)}, lambda x, y: x**2 + y**2, title=TITLE
    ),
    gate_strips: lambda: gate_strips({name: ROW[:3] for name in NAMES}, "$a$", title=TITLE),
    gradient_lag: lambda: gradient_lag(LINES, title=TITLE, ylabel=TITLE),
    head_grid: lambda: head_grid(np.full((2, 2, 3, 3), 0.3), title=TITLE),
    heatmap: lambda: heatmap(SQUARE, NAMES, NAMES, None, TITLE, TITLE, TITLE, TITLE),
    journey: lambda: journey(3),
    labels_and_accuracy: lambda: labels_and_accuracy(
        {name: [[0.5, 0.6], [0.7, 0.8]] for name in NAMES}, [10, 99], {DOLLARS: 0.5}, None, TITLE
    ),
    merge_tree: lambda: merge_tree([["$", "a", "$"], ["$a", "$"]]),
    next_token_bars: lambda: next_token_bars(ROW, NAMES, title=TITLE),
    rank_frequency: lambda: rank_frequency(LINES),
    ranking: lambda: ranking(dict(zip(NAMES, ROW, strict=True)), ("_$b$", 0.1, 0.2), xlabel=TITLE),
    scatter: lambda: scatter(POINTS, NAMES, {name: [name] for name in NAMES}, title=TITLE),
    token_boxes: lambda: token_boxes(NAMES),
    trade_off: lambda: trade_off({name: PAIRS for name in NAMES}, PAIRS, title=TITLE, **LABELS),
    training_runs: lambda: training_runs(
        {name: (line, line) for name, line in LINES.items()}, {DOLLARS: 2.0}, None, TITLE, TITLE
    ),
    trellis: lambda: trellis(SQUARE, [0, 1, 2, 3], NAMES, NAMES, title=TITLE),
}
OWN = "$\\mathdefault{"  # what an axis in factors writes


def texts(axes: Axes) -> list[Text]:
    axes.figure.draw_without_rendering()
    return [text for text in axes.figure.findobj(Text) if text.get_visible() and text.get_text()]


def test_every_figure_is_looked_at() -> None:
    """Every function that takes ``axes``, and returns what it drew into."""
    drawn = set()
    for module in pkgutil.iter_modules(lmteach.plots.__path__):
        found = importlib.import_module(f"lmteach.plots.{module.name}")
        for name, function in inspect.getmembers(found, inspect.isfunction):
            parameters = inspect.signature(function).parameters
            if function.__module__ == found.__name__ and not name.startswith("_"):
                drawn |= {function} if len(parameters) > 1 and "axes" in parameters else set()
    assert {f.__name__ for f in drawn} - {"draw_levels", "write_names", "name_lines"} == {
        f.__name__ for f in FIGURES
    }


@pytest.mark.parametrize("plot", FIGURES, ids=lambda plot: plot.__name__)
def test_names_are_shown_as_they_are_written(plot) -> None:
    axes = FIGURES[plot]()
    for text in texts(axes):
        if "$" in text.get_text() and not text.get_text().startswith(OWN):
            assert not text.get_parse_math(), text.get_text()
    assert picture_bundle(axes, alt="It can be drawn.")  # a wrong formula can't


@pytest.mark.parametrize("plot", [curves, cost_and_quality, descent_paths, gradient_lag])
@pytest.mark.parametrize("name", NAMES)
def test_a_legend_leaves_no_name_out(plot, name) -> None:
    legend = FIGURES[plot]().get_legend()
    assert name in [text.get_text() for text in legend.get_texts()]
    plt.close("all")


@pytest.mark.parametrize("plot", [scatter, trade_off, training_runs, rank_frequency])
def test_other_legends_leave_no_name_out_either(plot) -> None:
    legend = FIGURES[plot]().get_legend()
    assert set(NAMES) <= {text.get_text() for text in legend.get_texts()}
    plt.close("all")


def test_a_legend_shows_each_name_beside_its_line() -> None:
    axes = plt.figure().add_subplot()
    axes.plot([1, 2], color="red", label="_b")
    axes.plot([1, 2], color="grey")  # nobody's
    axes.axhspan(1, 2, color="blue", label="a")
    legend = name_lines(axes, loc="upper left")
    handles = [handle.get_label() for handle in legend.legend_handles]
    assert [text.get_text() for text in legend.get_texts()] == ["_b", "a"]
    assert len(handles) == 2
    assert legend.legend_handles[0].get_color() == "red"
    outside = name_lines(axes, loc="outside upper left")
    assert [text.get_text() for text in outside.get_texts()] == ["_b", "a"]
    assert axes.figure.legends == [outside]
    plt.close("all")


def test_powers_of_an_axis_in_factors_stay_formulas() -> None:
    axes = rank_frequency({"a": [1000, 100, 10, 1]})
    ticks = [text for text in texts(axes) if text.get_text().startswith(OWN)]
    assert ticks
    assert all(text.get_parse_math() for text in ticks)
    plt.close("all")


def test_a_formula_that_somebody_writes_later_is_one() -> None:
    axes = literal(plt.figure().add_subplot())
    axes.set_title("$x^2$")
    assert axes.title.get_parse_math()
    plt.close("all")
