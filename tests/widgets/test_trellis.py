"""The trellis: its table against every path there is, its picture, and what it refuses."""

import html
from itertools import pairwise, product
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.viterbi import viterbi
from lmteach.widgets.trellis.widget import Trellis, edited_row, viterbi_table

WEATHER: dict[str, Any] = {
    "initial": [0.5, 0.5],
    "transition": [[0.7, 0.3], [0.3, 0.7]],
    "emission": [[0.9, 0.1], [0.2, 0.8]],
    "observations": [0, 0, 1, 0, 0],
    "states": ["rainy", "sunny"],
    "symbols": ["umbrella", " "],
}


def test_the_browser_gets_the_model_as_it_is() -> None:
    weather = Trellis(**WEATHER)
    assert weather.observed == ["umbrella", "umbrella", " ", "umbrella", "umbrella"]
    state = weather.get_state()
    assert state["_seen"] == [[0.9, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.2], [0.9, 0.2]]
    assert state["transition"] == state["_original"] == WEATHER["transition"]
    assert state["step"] == 1


def test_the_path_follows_the_transitions() -> None:
    weather = Trellis(**WEATHER)
    assert weather.path == ["rainy", "rainy", "sunny", "rainy", "rainy"]  # as in Russell & Norvig
    weather.transition = [[0.94, 0.06], [0.3, 0.7]]
    assert weather.path == ["rainy"] * 5
    scores = [np.log(WEATHER["initial"]), np.log(weather.transition), np.log(weather._seen)]
    path, _ = viterbi(*scores)
    assert weather.path == [weather.states[state] for state in path]


def test_the_picture_keeps_the_model_as_it_was_made() -> None:
    weather = Trellis(**WEATHER)
    weather.transition = [[0.94, 0.06], [0.3, 0.7]]
    figure = weather.picture()
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert labels == ["umbrella", "umbrella", "␣", "umbrella", "umbrella"]
    best = np.log(0.5 * 0.9 * 0.7 * 0.9 * 0.3 * 0.8 * 0.3 * 0.9 * 0.7 * 0.9)
    assert f"−{-best:.2f}" in [text.get_text() for text in figure.axes[0].texts]
    for words in ("rainy, sunny", "5 steps", "sunny for space", f"log score is {best:.2f}"):
        assert words in weather.alt
    plt.close(figure)


def test_what_cannot_be_is_said() -> None:
    never = {**WEATHER, "emission": [[1.0, 0.0], [1.0, 0.0]]}
    weather = Trellis(**never)
    assert weather.path == []
    assert "No path can have emitted" in weather.alt
    plt.close(weather.picture())


def test_the_bundle_escapes_names() -> None:
    weather = Trellis(**{**WEATHER, "states": ["<b>", "$a$"], "symbols": ["&", '"']})
    data, _ = weather._repr_mimebundle_()
    assert data["text/plain"] == weather.alt
    assert f'alt="{html.escape(weather.alt)}"' in data["text/html"]
    assert data["text/html"].count("<") == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"initial": [0.5, 0.6]}, "initial sums to 1.1, expected 1"),
        ({"transition": [[0.7, 0.3], [0.7, 0.7]]}, "row 1 of transition sums to 1.4"),
        ({"transition": [[0.7, 0.3]]}, r"transition has shape \(1, 2\)"),
        ({"emission": [[0.9, 0.1], [1.2, -0.2]]}, "emission contains -0.2"),
        ({"emission": [[0.9, 0.1], [np.nan, 1.0]]}, "emission contains nan"),
        ({"emission": [[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]}, r"emission has shape \(2, 3\)"),
        ({"emission": [[0.0, 0.0], [0.2, 0.8]]}, "row 0 of emission is all zeros"),
        ({"observations": [0, 2]}, "observations contains the id 2, but the vocabulary has 2"),
        ({"observations": [0, -1]}, "observations contains the id -1"),
        ({"observations": []}, "observations has 0 ids"),
        ({"observations": [0.5]}, "expected one row of whole numbers"),
        ({"observations": [0] * 15}, "15 steps, expected at most 14: .* not be readable"),
        ({"states": ["one"]}, "there are 1 states, expected at least 2"),
        ({"states": list("abcdefghi")}, "9 states, expected at most 8: .* not be readable"),
        ({"states": ["a", "a"]}, "states contains 'a' twice"),
        ({"symbols": []}, "there are 0 symbols"),
    ],
)
def test_bad_models(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Trellis(**{**WEATHER, **changes})


def test_a_transition_set_later_is_looked_at_too() -> None:
    weather = Trellis(**WEATHER)
    with pytest.raises(ValueError, match=r"row 0 of transition sums to 0\.8"):
        weather.transition = [[0.5, 0.3], [0.3, 0.7]]


def random_model(seed: int, states: int, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.dirichlet(np.ones(states), size=states + 1)
    return rows[0], rows[1:], rng.random((steps, states))


@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(1, 5))
def test_scores_are_the_best_of_all_paths(seed: int, states: int, steps: int) -> None:
    initial, transition, seen = random_model(seed, states, steps)
    found = viterbi_table(initial, transition, seen)

    def probability(path: tuple[int, ...]) -> float:
        moves = np.prod([transition[a, b] for a, b in pairwise(path)])
        return initial[path[0]] * moves * np.prod([seen[t, j] for t, j in enumerate(path)])

    for length in range(1, steps + 1):
        paths = list(product(range(states), repeat=length))
        for last in range(states):
            best = max(probability(path) for path in paths if path[-1] == last)
            assert found.scores[length - 1, last] == pytest.approx(np.log(best), abs=1e-12)
    assert tuple(found.path) == max(product(range(states), repeat=steps), key=probability)


@given(st.integers(0, 2**32), st.integers(2, 8), st.integers(1, 14))
def test_the_pointers_lead_back_along_the_path(seed: int, states: int, steps: int) -> None:
    model = random_model(seed, states, steps)
    found = viterbi_table(*model)
    path, score = viterbi(*map(np.log, model))
    assert found.path.tolist() == path.tolist()
    assert found.scores[-1].max() == score
    assert [found.back_pointers[t, path[t]] for t in range(1, steps)] == path[:-1].tolist()
    assert (found.back_pointers[0] == -1).all()


def test_by_hand_with_what_is_impossible() -> None:
    initial, transition = np.array([1.0, 0.0]), np.array([[0.5, 0.5], [0.0, 1.0]])
    found = viterbi_table(initial, transition, np.array([[0.5, 0.5], [0.0, 0.5], [0.5, 0.5]]))
    expected = np.array([[0.5, 0.0], [0.0, 0.125], [0.0, 0.0625]])
    assert np.allclose(np.exp(found.scores), expected, rtol=0, atol=1e-12)
    assert found.path.tolist() == [0, 1, 1]
    nothing = viterbi_table(initial, transition, np.array([[0.0, 1.0], [1.0, 1.0]]))
    assert nothing.path.tolist() == []


def test_an_edited_row_by_hand() -> None:
    row = [0.2, 0.6, 0.2]
    assert edited_row(row, 1, 0.2, row) == pytest.approx([0.4, 0.2, 0.4], abs=1e-15)
    assert edited_row([0.0, 1.0, 0.0], 1, 0.5, [0.3, 0.6, 0.1]) == pytest.approx(
        [0.375, 0.5, 0.125]
    )
    assert edited_row([0.0, 1.0, 0.0], 1, 0.5, [0.0, 1.0, 0.0]) == [0.25, 0.5, 0.25]


@given(st.lists(st.integers(1, 9), min_size=2, max_size=8), st.floats(0, 1), st.data())
def test_an_edited_row_sums_to_1_and_keeps_its_ratios(
    counts: list[int], value: float, data: st.DataObject
) -> None:
    row = (np.array(counts) / sum(counts)).tolist()
    place = data.draw(st.integers(0, len(row) - 1))
    edited = edited_row(row, place, value, row)
    assert sum(edited) == pytest.approx(1, abs=1e-12)
    assert edited[place] == value
    others, before = np.delete(edited, place), np.delete(row, place)
    assert np.allclose(others * before.sum(), before * others.sum(), rtol=0, atol=1e-12)
    back = edited_row(edited_row(row, place, 1.0, row), place, row[place], row)
    assert np.allclose(back, row, rtol=0, atol=1e-12)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_bad_values(value: float) -> None:
    with pytest.raises(ValueError, match="expected a probability from 0 to 1"):
        edited_row([0.5, 0.5], 0, value, [0.5, 0.5])


def test_a_row_of_one_has_nothing_to_rescale() -> None:
    with pytest.raises(ValueError, match="in a row of 1"):
        edited_row([1.0], 0, 0.5, [1.0])
