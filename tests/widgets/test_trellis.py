"""The trellis widget: what the browser is given, its path, its picture and what it refuses."""

import html
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.models.hmm.viterbi import viterbi
from lmteach.widgets.trellis import Trellis

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


def test_the_script_comes_whole() -> None:
    state = Trellis(**WEATHER).get_state()
    assert state["_esm"].count("export default { render };") == 1
    for name in ("element", "layout", "viterbi", "editedRow"):
        assert state["_esm"].count(f"function {name}(") == 1


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
