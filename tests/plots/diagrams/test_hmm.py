"""Diagrams of hidden Markov models: every number is there, what is lit stands out."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.hmm import counts_on_trellis, states_and_emissions

INITIAL = np.array([0.71, 0.29])
TRANSITION = np.array([[0.82, 0.18], [0.34, 0.66]])
EMISSION = np.array([[0.79, 0.16, 0.05], [0.21, 0.42, 0.37]])
NIGHT = {
    "initial": INITIAL,
    "transition": TRANSITION,
    "emission": EMISSION,
    "states": ["asleep", "awake"],
    "symbols": ["quiet", "babble", "cry"],
}
IN_STATE = np.array([[0.11, 0.89], [0.62, 0.38], [0.47, 0.53]])
MOVES = np.array([[[0.01, 0.10], [0.61, 0.28]], [[0.40, 0.22], [0.07, 0.31]]])
WORD = {"in_state": IN_STATE, "moves": MOVES, "states": ["A", "B"], "symbols": "nan"}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def dark(axes):
    return [t.get_text() for t in axes.texts if t.get_text() and t.get_color() == INK]


def overlapping(axes):
    """Pairs of texts that stand on each other."""
    axes.figure.canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent()) for t in axes.texts if t.get_text()]
    return [
        (one, other)
        for place, (one, box) in enumerate(boxes)
        for other, another in boxes[place + 1 :]
        if box.overlaps(another)
    ]


def test_the_graph_has_all_names_and_numbers():
    shown = texts(states_and_emissions(**NIGHT))
    numbers = [*INITIAL, *TRANSITION.ravel(), *EMISSION.ravel()]
    assert sorted(shown) == sorted(
        ["start", *NIGHT["states"], *NIGHT["symbols"], *(f"{number:.2f}" for number in numbers)]
    )


def test_the_lit_arrow_of_the_graph_is_dark():
    assert dark(states_and_emissions(**NIGHT, lit=["awake", "awake→asleep"])) == ["awake", "0.34"]
    assert dark(states_and_emissions(**NIGHT, lit=["start→asleep"])) == ["0.71"]
    assert dark(states_and_emissions(**NIGHT, lit=["awake→cry", "cry"])) == ["cry", "0.37"]
    assert dark(states_and_emissions(**NIGHT, lit=["asleep→asleep"])) == ["0.82"]


def test_every_part_of_the_graph_can_be_lit():
    names = ["start", *NIGHT["states"], *NIGHT["symbols"]]
    for state in NIGHT["states"]:
        names.append(f"start→{state}")
        names += [f"{state}→{other}" for other in NIGHT["states"] + NIGHT["symbols"]]
    axes = states_and_emissions(**NIGHT, lit=names)
    assert dark(axes) == texts(axes)


@pytest.mark.parametrize("count", range(1, 6))
def test_nothing_in_the_graph_stands_on_anything_else(count):
    emission = np.full((2, count), 1 / count)
    symbols = ["babble" + "·" * place for place in range(count)]
    axes = states_and_emissions(INITIAL, TRANSITION, emission, ["A", "B"], symbols)
    assert overlapping(axes) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"states": ["asleep"]}, "expected two states"),
        ({"states": ["asleep", "asleep"]}, "a name of its own"),
        ({"states": ["asleep", "cry"]}, "a name of its own"),
        ({"states": ["asleep", "start"]}, "none of them 'start'"),
        ({"symbols": []}, "1 to 5 symbols"),
        ({"symbols": list("abcdef")}, "1 to 5 symbols"),
        ({"symbols": ["quiet", "cry"]}, "emission"),
        ({"initial": np.array([0.5, 0.6])}, "initial"),
        ({"transition": np.ones((2, 2))}, "transition"),
        ({"lit": ["asleep→dream"]}, "no part is called 'asleep→dream'"),
    ],
)
def test_what_can_be_no_graph_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        states_and_emissions(**(NIGHT | changes))


def test_the_trellis_has_a_circle_for_every_state_and_an_arrow_for_every_move():
    shown = texts(counts_on_trellis(**WORD))
    numbers = [f"{number:.2f}" for number in [*IN_STATE.ravel(), *MOVES.ravel()]]
    assert sorted(shown) == sorted(["z = A", "z = B", "n", "a", "n", *numbers])


def test_the_lit_parts_of_the_trellis_are_dark():
    always = ["z = A", "z = B"]
    assert dark(counts_on_trellis(**WORD, lit=["z2=A"])) == [*always, "0.62"]
    assert dark(counts_on_trellis(**WORD, lit=["z1=B→A"])) == [*always, "0.61"]
    assert dark(counts_on_trellis(**WORD, lit=["x2", "z2=B→A"])) == [*always, "a", "0.07"]


@pytest.mark.parametrize(("steps", "states"), [(2, 1), (6, 1), (2, 2), (6, 2)])
def test_nothing_on_the_trellis_stands_on_anything_else(steps, states):
    in_state, moves = np.full((steps, states), 0.5), np.full((steps - 1, states, states), 0.25)
    axes = counts_on_trellis(in_state, moves, list("ABC")[:states], "banana"[:steps])
    assert overlapping(axes) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"symbols": "n"}, "expected 2 to 6 symbols"),
        ({"symbols": "bananas"}, "expected 2 to 6 symbols"),
        ({"symbols": "na"}, "in_state"),
        ({"states": ["A", "A"]}, "a name of its own"),
        ({"states": ["A", "B", "C"]}, "one state or two"),
        ({"states": []}, "one state or two"),
        ({"in_state": -IN_STATE}, "in_state"),
        ({"moves": MOVES[:1]}, "moves"),
        ({"moves": MOVES * np.nan}, "moves"),
        ({"lit": ["z4=A"]}, "no part is called 'z4=A'"),
    ],
)
def test_what_can_be_no_trellis_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        counts_on_trellis(**(WORD | changes))
