"""The scrubber's numbers, what is shown, its picture and words, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.widgets.gate_scrubber.widget import GateScrubber

TEXT, LETTERS = "a <b", "ab <$&xyz"
MEMORY = np.linspace(-1, 1, 8).reshape(4, 2)
GATES = {"forget": np.full((4, 2), 0.25), "input": np.linspace(0, 1, 8).reshape(4, 2)}
ODDS = np.random.default_rng(0).dirichlet(np.ones(9), size=4)


def scrubber(**changes: object) -> GateScrubber:
    given = {"text": TEXT, "memory": MEMORY, "gates": GATES, "odds": ODDS, "letters": LETTERS}
    return GateScrubber(**(given | changes))


def test_it_starts_at_the_end_or_where_it_is_told() -> None:
    assert scrubber().place == 3
    assert scrubber(place=0).place == 0


def test_the_browser_gets_everything_once() -> None:
    state = scrubber(units=["cell 7", "cell 9"]).get_state()
    assert state["names"] == ["forget", "input"]
    assert state["units"] == ["cell 7", "cell 9"]
    assert state["memory"] == MEMORY.round(3).tolist()
    assert state["gates"][1] == GATES["input"].round(3).tolist()


def test_the_six_likeliest_letters_come_in_order() -> None:
    shown = scrubber()
    for place in range(4):
        shown.place = place
        order = np.argsort(-ODDS[place])[:6]
        expected = [(LETTERS[i], round(ODDS[place, i], 3)) for i in order]
        assert shown.following() == [(letter, pytest.approx(odds)) for letter, odds in expected]


def test_picture_and_words_are_of_the_shown_place_and_unit() -> None:
    shown = scrubber()
    shown.place, shown.unit = 1, 1
    figure = shown.picture()
    above, left, right = figure.axes[:3]
    assert "".join(text.get_text() for text in above.texts) == "a␣<b"
    heights = [patch.get_height() for patch in left.patches]
    assert heights == [0.25, pytest.approx(GATES["input"][1, 1], abs=1e-3)]
    assert len(right.patches) == 6
    plt.close(figure)
    memory = f"its memory is {MEMORY[1, 1]:.2f}"
    assert memory in shown.alt
    assert "After 'a '" in shown.alt
    assert "forget 0.25" in shown.alt
    assert repr(shown.following()[0][0]) in shown.alt


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": ""}, "text has 0 letters, expected 1 to 400"),
        ({"text": "abcde"}, r"memory has shape \(4, 2\), expected \(5, any\)"),
        ({"memory": MEMORY * 2}, "memory contains -2.0, expected numbers from -1 to 1"),
        ({"memory": np.zeros((4, 65))}, "memory has 65 units, expected 1 to 64"),
        ({"gates": {}}, "gates is empty"),
        ({"gates": {"forget": MEMORY}}, "forget contains -1.0, expected numbers from 0 to 1"),
        ({"gates": {"forget": MEMORY[:3]}}, r"forget has shape \(3, 2\)"),
        ({"letters": "ab"}, r"odds has shape \(4, 9\), expected \(4, 2\)"),
        ({"odds": ODDS * np.nan}, "odds contains nan"),
        ({"units": ["one"]}, "units has 1 names, expected 2"),
        ({"place": 4}, "place is 4, expected 0 to 3"),
    ],
)
def test_what_does_not_fit_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scrubber(**changes)
