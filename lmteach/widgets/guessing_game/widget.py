"""Shannon's guessing game: a reader's guesses become bits per character.

Played in notebook 00. Source: Shannon 1951, "Prediction and Entropy of Printed English".
"""

import math
from collections.abc import Sequence
from typing import Any

import traitlets
from matplotlib.figure import Figure

from lmteach.evaluation.information import shannon_bounds
from lmteach.typed import typed
from lmteach.widgets.guessing_game.recorded_game import (
    ALPHABET,
    SHANNON_1951,
    RecordedGame,
    check_guesses,
    draw_recorded,
    to_shannon_alphabet,
)
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet


class GuessingGame(TeachingWidget):
    """Guess a text letter by letter, in Shannon's alphabet of 26 letters and the space.

    ``sentences`` are the texts, in any spelling: they are reduced to the 27 symbols. The first
    ``given`` words of each are shown for free. ``recorded`` is the game drawn where widgets
    can't run. A letter given up, or left over after 26 wrong guesses, counts as 27.

    ``guesses`` holds the number of guesses of every letter played so far, over all sentences,
    and follows the game: read it in a later cell. ``sentence``, ``position`` and ``wrong`` say
    where the game stands: which sentence, how many of its letters are shown, and the letters
    tried in vain for the next one.

    Raises ``ValueError`` for no sentences, one that is too short, or a negative ``given``.

    >>> game = GuessingGame(["It's a small world, after all."])
    >>> game.sentences
    ['it s a small world after all']
    >>> game.guesses = [1, 2, 1, 2]  # what the browser does while you play
    >>> game.bounds()
    (1.0, 1.0)
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    sentences = traitlets.List(traitlets.Unicode()).tag(sync=True)
    given = traitlets.Int().tag(sync=True)
    guesses = traitlets.List(traitlets.Int()).tag(sync=True)
    sentence = traitlets.Int(0).tag(sync=True)
    position = traitlets.Int(0).tag(sync=True)
    wrong = traitlets.Unicode("").tag(sync=True)

    @typed
    def __init__(
        self,
        sentences: Sequence[str],
        given: int = 1,
        recorded: RecordedGame = SHANNON_1951,
        **options: Any,
    ) -> None:
        """Set up the game; ``options`` go to ipywidgets (``layout``, for one)."""
        if isinstance(sentences, str):
            raise ValueError("sentences is one string, expected a list of them: write [sentence].")
        if given < 0:
            raise ValueError(f"given is {given}, expected a number of words from 0 up.")
        texts = [to_shannon_alphabet(sentence) for sentence in sentences]
        if not texts:
            raise ValueError("sentences is empty, expected at least one sentence to guess.")
        for original, text in zip(sentences, texts, strict=True):
            if len(text.split()) <= given:
                raise ValueError(
                    f"the sentence {original!r} has {len(text.split())} words in Shannon's "
                    f"alphabet and {given} of them are given, so nothing is left to guess. "
                    "Take a longer one, or give fewer words."
                )
        self.recorded = recorded
        super().__init__(
            sentences=texts, given=given, position=_letters_given(texts[0], given), **options
        )

    @traitlets.validate("guesses")
    def _check_guesses(self, proposal: dict[str, Any]) -> list[int]:
        """Let in only what the game can give."""
        check_guesses(proposal["value"])
        return list(proposal["value"])

    def bounds(self) -> tuple[float, float]:
        """Return Shannon's lower and upper bound on your bits per character.

        Raises ``ValueError`` while no letter has been played.
        """
        if not self.guesses:
            raise ValueError("no letter has been played yet: guess a few in the widget first.")
        return shannon_bounds(self.guesses)

    def picture(self) -> Figure:
        """Draw the recorded game."""
        return draw_recorded(self.recorded)

    @property
    def alt(self) -> str:
        """Say in words what the picture of the recorded game shows."""
        game = self.recorded
        low, high = game.bounds
        hardest = max(range(len(game.guesses)), key=lambda place: game.guesses[place])
        return (
            f"A recorded guessing game ({game.source}). The text is “{game.text.strip()}”, and "
            "under each letter stands the number of guesses it took. "
            f"{game.first_tries} of {len(game.text)} letters, spaces counted, were right at the "
            f"first guess; the hardest was {_named(game.text[hardest])}, with "
            f"{game.guesses[hardest]}. The entropy lies between {low:.2f} and {high:.2f} bits "
            f"per character; {len(ALPHABET)} equally likely symbols would take "
            f"{math.log2(len(ALPHABET)):.2f}."
        )


def _letters_given(text: str, words: int) -> int:
    """Return how many letters the first ``words`` words take, with the space after them."""
    return sum(len(word) + 1 for word in text.split()[:words])


def _named(letter: str) -> str:
    """Return a letter as it is said aloud."""
    return "a space" if letter == " " else f"the letter {letter}"
