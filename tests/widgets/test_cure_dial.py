"""The dial of cures: what the browser gets, the words, the picture, what is refused."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.widgets.cure_dial.widget import CureDial

RUNS = {
    "decay": {"0": ([0.3, 0.0, 0.0], [0.6, 0.9, 1.2]), "3": ([0.5, 0.4, 0.3], [0.7, 0.6, 0.65])},
    "more": {"500": ([0.3, 0.0, 0.0], [0.6, 0.9, 1.2])},
}


def test_the_browser_gets_every_run() -> None:
    dial = CureDial(RUNS)
    assert [run["cure"] for run in dial._runs] == ["decay", "more"]
    assert [one["strength"] for one in dial._runs[0]["strengths"]] == ["0", "3"]
    assert dial._runs[0]["strengths"][1]["curves"] == [[0.5, 0.4, 0.3], [0.7, 0.6, 0.65]]
    assert (dial.cure, dial.place, dial.level) == ("decay", 0, {"name": "a coin", "height": 0.6931})


def test_the_words_follow_what_is_chosen() -> None:
    dial = CureDial(RUNS, names=("the 500", "valid"))
    assert dial.said.startswith("decay 0: after 3 passes the 500 0.00, valid 1.20; lowest on valid")
    dial.place = 1
    assert dial.said.endswith("the 500 0.30, valid 0.65; lowest on valid 0.60, after 2")
    dial.cure = "more"  # has one strength only
    assert dial.said.startswith("more 500: ")


def test_the_picture_shows_the_best_strength_of_each_and_the_first() -> None:
    dial = CureDial(RUNS)
    figure = dial.picture()
    assert [axes.get_title("left") for axes in figure.axes[:2]] == ["decay 3", "more 500"]
    first, taught, held_out = (line.get_ydata().tolist() for line in figure.axes[0].lines[:3])
    assert (first, taught, held_out) == ([0.6, 0.9, 1.2], *RUNS["decay"]["3"])
    assert not any(axes.axison for axes in figure.axes[2:])
    [legend] = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["without", "train", "valid"]
    figure.draw_without_rendering()
    place = legend.get_window_extent()
    assert not any(place.overlaps(axes.get_window_extent()) for axes in figure.axes)
    plt.close(figure)
    data, _ = dial._repr_mimebundle_()
    assert f'alt="{html.escape(dial.alt)}"' in data["text/html"]
    assert "decay 3: after 3 passes train 0.30, valid 0.65" in dial.alt


@pytest.mark.parametrize(
    ("runs", "words"),
    [
        ({}, "runs is empty"),
        ({"decay": {}}, "'decay' has no strengths"),
        ({"decay": {"0": [1.0]}}, "expected a pair of curves"),
        ({"decay": {"0": ([1.0], [np.nan])}}, "what is held out, contains nan"),
        ({"decay": {"0": ([1.0], [[1.0]])}}, "has shape"),
        ({"decay": {"0": ([1.0, 2.0], [1.0])}}, r"\[1, 2\] passes"),
    ],
)
def test_bad_runs(runs: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        CureDial(runs)  # type: ignore[arg-type]


def test_bad_names_and_levels() -> None:
    with pytest.raises(ValueError, match="expected two that differ"):
        CureDial(RUNS, names=("valid", "valid"))
    with pytest.raises(ValueError, match="level"):
        CureDial(RUNS, level=("a coin", np.inf))


def test_what_cant_be_chosen() -> None:
    dial = CureDial(RUNS)
    with pytest.raises(ValueError, match="cure is 'rest', expected one of 'decay', 'more'"):
        dial.cure = "rest"
    for place in (-1, 2):
        with pytest.raises(ValueError, match=f"place is {place}, expected 0 to 1"):
            dial.place = place
