"""Shannon's game: its state, its bounds, and what it refuses."""

import pytest
import traitlets

from lmteach.evaluation.information import shannon_bounds
from lmteach.widgets.guessing_game.recorded_game import RecordedGame
from lmteach.widgets.guessing_game.widget import GuessingGame


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
    alt = GuessingGame(["One two"], recorded=RecordedGame("it is", (4, 1, 1, 9, 1), "Ann")).alt
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
