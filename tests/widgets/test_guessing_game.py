"""Shannon's game: its alphabet, its state, and his own recorded round."""

from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
import traitlets
from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.information import shannon_bounds
from lmteach.widgets.guessing_game import GuessingGame
from lmteach.widgets.recorded import (
    ALPHABET,
    SHANNON_1951,
    Recorded,
    draw_recorded,
    to_shannon_alphabet,
    wrapped,
)


def test_alphabet_by_hand() -> None:
    assert to_shannon_alphabet("  Don't\npanic: 42 times!\t") == "don t panic times"
    assert to_shannon_alphabet("1951, 42!") == ""


@given(st.text())
def test_alphabet_holds_27_symbols_and_is_reached_once(text: str) -> None:
    once = to_shannon_alphabet(text)
    assert set(once) <= set(ALPHABET)
    assert "  " not in once
    assert once == once.strip() == to_shannon_alphabet(once)


def test_shannons_recorded_game_has_the_tally_of_his_paper() -> None:
    """P. 56: "Out of 102 symbols" 79 on the first guess, 8, 3, 2, 2, and 8 on more than five."""
    counts = Counter(SHANNON_1951.guesses)
    assert len(SHANNON_1951.text) == len(SHANNON_1951.guesses) == 102
    assert [counts[i] for i in range(1, 6)] == [79, 8, 3, 2, 2]
    assert sum(count for guess, count in counts.items() if guess > 5) == 8
    hard = {
        letter
        for letter, guess in zip(SHANNON_1951.text, SHANNON_1951.guesses, strict=True)
        if guess > 10
    }
    assert hard == set("rvd")  # of reverse, and of dramatically


def test_picture_holds_every_letter_with_its_guesses() -> None:
    figure = draw_recorded(Recorded("ab cd", (1, 2, 1, 9, 27), source="$me$"), width=40)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[:10] == ["a", "1", "b", "2", "␣", "1", "c", "9", "d", "27"]
    low, high = shannon_bounds((1, 2, 1, 9, 27))
    assert f"{low:.2f}" in texts[10]
    assert f"{high:.2f}" in texts[10]
    colours = [text.get_color() for text in figure.axes[0].texts[:10:2]]
    assert len({colours[0], colours[1], colours[3]}) == 3
    plt.close(figure)


@given(st.text("ab ", max_size=120), st.integers(3, 50))
def test_lines_cover_the_text(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert lines[0][0] == 0
    assert lines[-1][1] == len(text)
    assert all(a[1] == b[0] for a, b in pairwise(lines))
    assert all(0 <= end - start <= width for start, end in lines)


def test_game_begins_after_the_words_given() -> None:
    assert GuessingGame(["One two three"]).position == len("one ")
    assert GuessingGame(["One two three"], given=2).position == len("one two ")
    assert GuessingGame(["One two three"], given=0).position == 0


def test_bounds_are_those_of_the_guesses() -> None:
    game = GuessingGame(["One two three"])
    with pytest.raises(ValueError, match="no letter has been played"):
        game.bounds()
    game.guesses = [1, 1, 4, 27]
    assert game.bounds() == shannon_bounds([1, 1, 4, 27])


def test_alt_text_says_what_was_recorded() -> None:
    alt = GuessingGame(["One two"], recorded=Recorded("it is", (4, 1, 1, 9, 1), "Ann")).alt
    for words in ("Ann", "“it is”", "3 of 5 letters", "the letter i, with 9"):
        assert words in alt


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sentences": []}, "at least one sentence"),
        ({"sentences": "one string"}, r"write \[sentence\]"),
        ({"sentences": ["word"]}, "nothing is left to guess"),
        ({"sentences": ["1234 5678"], "given": 0}, "0 words in Shannon's alphabet"),
        ({"sentences": ["two words"], "given": -1}, "given is -1"),
    ],
)
def test_bad_games(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GuessingGame(**arguments)


@pytest.mark.parametrize("guesses", [[0], [28], [1, -2]])
def test_guesses_that_cannot_be(guesses: list[int]) -> None:
    with pytest.raises(ValueError, match="expected whole numbers from 1 to 27"):
        GuessingGame(["one two"]).guesses = guesses
    with pytest.raises(traitlets.TraitError, match="expected an int"):
        GuessingGame(["one two"]).guesses = ["a"]


@pytest.mark.parametrize(
    ("text", "guesses", "message"),
    [
        ("AB", (1, 1), "text contains 'A'"),
        ("ab", (1,), "got 1 guesses for 2 letters"),
        ("", (), "at least one"),
        ("ab", (1, 28), "guesses contains 28"),
    ],
)
def test_bad_recordings(text: str, guesses: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Recorded(text, guesses, source="nobody")
