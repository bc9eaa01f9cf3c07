"""The three threads: each with its text, its question, its answer and its unit."""

import matplotlib.pyplot as plt
import pytest

from lmteach.evaluation.scoreboard import THREADS as ON_THE_BOARD
from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.threads import THREADS, threads


def test_they_are_those_of_the_scoreboard() -> None:
    assert {name: unit for name, (*_, unit) in THREADS.items()} == {
        name: thread.unit for name, thread in ON_THE_BOARD.items()
    }


def test_all_of_a_thread_can_be_lit() -> None:
    axes = threads(lit=["B"])
    plt.close("all")
    colours = {text.get_text(): text.get_color() for text in axes.texts if text.get_text()}
    assert {colours[word] for word in THREADS["B"]} == {INK}
    assert INK not in {colours[word] for name in "AC" for word in THREADS[name]}


def test_an_unknown_thread_is_refused() -> None:
    with pytest.raises(ValueError, match="no part is called 'D'"):
        threads(lit=["D"])
    plt.close("all")
