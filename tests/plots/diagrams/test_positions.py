"""Diagrams of positions: clocks that show the angles, and the four doors of a model."""

import numpy as np
import pytest

from lmteach.plots.diagrams.positions import RADIUS, clocks_on_words, where_positions_enter

WORDS = ["man", "bites", "dog"]
ANGLES = np.array([[0.0, 0.0], [1.0, 0.1], [2.0, 0.2]])


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_words_places_and_hands_are_named():
    said = texts(clocks_on_words(WORDS, ANGLES, ["a query", "", "a key"]))
    for expected in (*WORDS, "place 0", "place 2", "hand 0", "hand 1", "a query", "a key"):
        assert expected in said


def test_hands_point_at_their_angles():
    axes = clocks_on_words(WORDS, ANGLES)
    hands = [text for text in axes.texts if not text.get_text() and hasattr(text, "xyann")]
    turned = [np.subtract(hand.xy, hand.xyann) / RADIUS for hand in hands]
    expected = np.stack([np.cos(ANGLES), np.sin(ANGLES)], axis=-1).reshape(-1, 2)
    np.testing.assert_allclose(turned, expected, atol=1e-12)


@pytest.mark.parametrize(("lit", "count"), [("word1", 3), ("hand0", 3), ("word2.1", 1)])
def test_a_word_or_a_row_of_clocks_is_lit(lit, count):
    axes = clocks_on_words(WORDS, ANGLES, lit=[lit])
    assert len([patch for patch in axes.patches if patch.get_linewidth() > 2]) == count


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ((WORDS, ANGLES[:2]), r"angles has shape \(2, 2\), expected a row for each of 3 words"),
        ((WORDS, ANGLES[:, 0]), r"angles has shape \(3,\)"),
        (([], np.zeros((0, 2))), "a row for each of 0 words"),
        ((WORDS, ANGLES, ["a"]), "there are 1 notes and 3 words"),
        ((WORDS, ANGLES, [], ["word3"]), "no part is called 'word3'"),
        ((WORDS, ANGLES, [], ["hand2"]), "no part is called 'word0.2'"),
        ((WORDS, ANGLES, [], ["clock"]), "no part is called 'clock'"),
    ],
)
def test_what_does_not_fit_the_words_is_refused(given, message):
    with pytest.raises(ValueError, match=message):
        clocks_on_words(*given)


def test_the_model_has_four_doors():
    said = texts(where_positions_enter())
    for expected in ("word", "embedding", "W_Q", "W_K", "W_V", "turn", "softmax", "mix"):
        assert expected in said
    for expected in ("sinusoids", "a learned table", "rotary", "−m · distance"):
        assert expected in said


@pytest.mark.parametrize(
    ("lit", "count"), [("sinusoidal", 2), ("learned", 2), ("rotary", 3), ("alibi", 2), ("key", 1)]
)
def test_a_way_is_lit_with_the_part_that_it_enters(lit, count):
    axes = where_positions_enter(lit=[lit])
    assert len([patch for patch in axes.patches if patch.get_linewidth() > 2]) == count


def test_an_unknown_door_is_refused():
    with pytest.raises(ValueError, match="no part is called 'window'"):
        where_positions_enter(lit=["window"])
