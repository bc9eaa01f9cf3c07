"""A word that grows: a picture for each merge, and what is lit in it."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgba

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.merges import growing
from lmteach.plots.style import BLUE, GREEN

STEPS = [list("lower"), ["lo", "w", "e", "r"], ["lo", "w", "er"], ["low", "er"]]


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def shown(axes):
    """The texts that are not pale."""
    return [t.get_text() for t in axes.texts if t.get_text() and t.get_color() == INK]


def test_a_picture_for_each_merge():
    found = texts(growing(STEPS))
    titles = ["bytes", "1. l + o", "2. e + r", "3. lo + w"]
    assert [text for text in found if text in titles] == titles
    assert [found.count(token) for token in ("l", "lo", "er", "low")] == [4, 3, 2, 1]
    assert found.count("lower") == 0


def test_letters_keep_their_places_and_what_is_joined_stands_above():
    axes = growing(STEPS)
    places = [(t.get_text(), *t.get_position()) for t in axes.texts if t.get_text()]
    last = places[-9:-1]  # the title comes after
    assert places[-1][0] == "3. lo + w"
    assert [token for token, _, _ in last] == ["l", "o", "w", "e", "r", "lo", "er", "low"]
    heights = {token: y for token, _, y in last}
    assert heights["l"] == heights["w"] < heights["lo"] == heights["er"] < heights["low"]
    across = {token: x for token, x, _ in last}
    assert across["lo"] == pytest.approx((across["l"] + across["o"]) / 2)
    assert across["low"] == pytest.approx(across["o"])


@pytest.mark.parametrize(
    ("lit", "expected"),
    [
        ("bytes", ["l", "o", "w", "e", "r", "bytes"]),
        ("merge 1", ["l", "o", "lo", "1. l + o"]),
        ("merge 3", ["w", "lo", "low", "3. lo + w"]),
        ("tokens", ["er", "low", "3. lo + w"]),
    ],
)
def test_what_is_lit_stands_out(lit, expected):
    assert shown(growing(STEPS, lit=[lit])) == expected


def test_bytes_and_tokens_have_colours_of_their_own():
    edges = [patch.get_edgecolor() for patch in growing([["a", "b"], ["ab"]]).patches[:5]]
    bytes_, token = to_rgba(GREEN), to_rgba(BLUE)
    assert edges.count(bytes_) == 4
    assert edges.count(token) == 1


def test_a_pair_that_is_found_twice_is_joined_twice_in_one_picture():
    steps = [list("nana"), ["na", "na"], ["nana"]]
    assert texts(growing(steps)).count("na") == 4
    assert shown(growing(steps, lit=["merge 1"])).count("na") == 2


@pytest.mark.parametrize(
    ("steps", "lit", "message"),
    [
        (STEPS, ["merge 4"], "no part is called 'merge 4', expected 'bytes', 'merge 1'"),
        (STEPS, ["merge 0"], "no part is called 'merge 0'"),
        (STEPS, ["lo"], "no part is called 'lo'"),
        ([], [], "expected one and the same"),
        ([["a", "b"], ["a"]], [], "expected one and the same"),
        ([["a", "b"], ["a", "b"]], [], "expected neighbours that were joined"),
    ],
)
def test_bad_input_is_refused(steps, lit, message):
    with pytest.raises(ValueError, match=message):
        growing(steps, lit=lit)
