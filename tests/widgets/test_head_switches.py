"""Heads as switches: what is asked and once only, the words, the picture, what is refused."""

import html

import matplotlib.pyplot as plt
import pytest

from lmteach.widgets.head_switches.widget import HeadSwitches

HEADS = ["16.0", "18.6", "18.7"]


def made():
    asked = []

    def says(off):
        asked.append(off)
        return 0.5 + len(off), [(" fox", 0.75 / (1 + len(off))), ("\n", 0.1)]

    return HeadSwitches(HEADS, says), asked


def test_each_setting_is_asked_once():
    switches, asked = made()
    for off in ([], [0], [2, 0], [0], [0, 2, 2], []):
        switches.off = off
    assert asked == [[], [0], [0, 2]]
    assert switches.off == []
    assert switches.answer == {
        "off": [],
        "loss": 0.5,
        "whole": 0.5,
        "next": [(" fox", 0.75), ("\n", 0.1)],
        "message": "",
    }


def test_the_words_and_the_picture():
    switches, _ = made()
    switches.off = [2, 1]
    assert switches.said == (
        "Off: 18.6, 18.7. Loss 2.50 (all on: 0.50). Next: space fox 25 %, line end 10 %."
    )
    figure = switches.picture()
    assert [patch.get_width() for patch in figure.axes[0].patches] == [0.5, 2.5]
    assert "18.6, 18.7" in figure.axes[0].get_title("left") + figure.axes[0].get_title()
    plt.close(figure)
    data, _ = switches._repr_mimebundle_()
    assert f'alt="{html.escape(switches.alt)}"' in data["text/html"]


def test_what_the_model_refuses_is_said_and_an_interrupt_leaves_a_sentence():
    def says(off):
        if off == [0]:
            raise ValueError("Head 16.0 can't be spared.")
        if off == [1]:
            raise KeyboardInterrupt("stopped")
        return 1.0, [("a", 1.0)]

    switches = HeadSwitches(HEADS, says)
    switches.off = [0]
    assert switches.said == "Head 16.0 can't be spared."
    plt.close(switches.picture())
    with pytest.raises(KeyboardInterrupt, match="stopped"):
        switches.off = [1]
    assert switches.said.startswith("The kernel was interrupted")
    switches.off = []
    assert switches.said.startswith("Off: none. Loss 1.00")


@pytest.mark.parametrize(
    ("heads", "says", "message"),
    [
        ([], lambda off: (1.0, [("a", 1.0)]), "expected a list of 1 to 24 names"),
        (["a", "a"], lambda off: (1.0, [("a", 1.0)]), "that all differ"),
        ("ab", lambda off: (1.0, [("a", 1.0)]), "expected a list of 1 to 24"),
        ([""], lambda off: (1.0, [("a", 1.0)]), "empty"),
        (["a"], lambda off: 1.0, "expected the loss and the likeliest"),
        (["a"], lambda off: (1.0, []), "expected the loss and the likeliest"),
        (["a"], lambda off: (float("nan"), [("a", 1.0)]), "the loss"),
        (["a"], lambda off: (1.0, [("a", 1.5)]), "the probability of 'a'"),
    ],
)
def test_what_does_not_fit_is_refused(heads, says, message):
    with pytest.raises(ValueError, match=message):
        HeadSwitches(heads, says)


def test_places_that_are_not_there():
    switches, _ = made()
    for off in ([3], [-1, 0]):
        with pytest.raises(ValueError, match="expected places from 0 to 2"):
            switches.off = off
