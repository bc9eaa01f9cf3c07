"""The planner: its words and its picture follow the sliders, and what is refused."""

import html

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.training.planning import Accelerator, plan
from lmteach.widgets.run_planner.widget import RunPlanner, short_number

CHIP = Accelerator("a chip", operations=1e12, memory=1e9)


def test_the_plan_is_the_packages() -> None:
    planner = RunPlanner([CHIP], price=3.0)
    planner.size, planner.text, planner.doublings, planner.share = 7.0, 8.0, 3, 50
    assert planner.plan == plan(1e7, 1e8, CHIP, 8, 0.5, 3.0)


def test_by_hand() -> None:
    planner = RunPlanner([CHIP], price=3.0)
    planner.size, planner.text, planner.share = 8.0, 9.0, 100
    assert planner.said == (
        "100M parameters on 1.00B tokens: 6.00e+17 operations, 6.94 days on 1 x a chip, 500 in "
        "money. Memory for weights, gradients and Adam: 1.60 GB in all, 1.60 GB on each chip when "
        "shared out: it does not fit. Expected loss: 3.70 nats per token."
    )
    planner.doublings = 1
    assert "800 MB on each chip when shared out: it fits" in planner.said


@given(st.floats(1e-2, 1e14))
def test_a_short_number_is_near_the_number(value) -> None:
    text = short_number(value)
    size = {"k": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}.get(text[-1], 1.0)
    assert float(text.rstrip("kMBT")) * size == pytest.approx(value, rel=0.06)
    assert len(text) <= 6


def test_the_picture_shows_both_ways_to_hold_it() -> None:
    planner = RunPlanner()
    planner.size, planner.doublings = 10.0, 4
    figure = planner.picture()
    [axes] = figure.axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([10.0, 160.0])
    assert axes.lines[0].get_xdata()[0] == 80.0
    plt.close(figure)
    data, _ = planner._repr_mimebundle_()
    assert f'alt="{html.escape(planner.alt)}"' in data["text/html"]
    assert planner.said in planner.alt


def test_what_cant_be_planned_is_refused() -> None:
    for chips in ([], [CHIP, CHIP]):
        with pytest.raises(ValueError, match="expected at least one, no name twice"):
            RunPlanner(chips)
    with pytest.raises(ValueError, match="price is 21"):
        RunPlanner(price=21.0)
    planner = RunPlanner()
    for name, value in (
        ("size", 5.0),
        ("text", 15.0),
        ("doublings", 15),
        ("share", 0),
        ("price", -1.0),
    ):
        with pytest.raises(ValueError, match=f"{name} is {value:g}"):
            setattr(planner, name, value)
    with pytest.raises(ValueError, match="chip is 'abacus', expected one of 'A100 80 GB'"):
        planner.chip = "abacus"
