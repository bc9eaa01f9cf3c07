"""A recorded game: Shannon's alphabet, his own round, and its picture."""

from collections import Counter
from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.information import shannon_bounds
from lmteach.widgets.guessing_game.recorded_game import (
    ALPHABET,
    SHANNON_1951,
    RecordedGame,
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
    figure = draw_recorded(RecordedGame("ab cd", (1, 2, 1, 9, 27), source="$me$"), width=40)
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
        RecordedGame(text, guesses, source="nobody")
