"""A recorded round of Shannon's guessing game, and its picture.

Seen in notebook 00.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lmteach.checks import check_sizes, checked_by
from lmteach.evaluation.information import shannon_bounds
from lmteach.plots.style import BLUE, GREY, RED, monospace, use_style
from lmteach.typed import check_fields, typed

ALPHABET = "abcdefghijklmnopqrstuvwxyz "
HARD = 5  # more guesses than this and a letter is coloured as hard


@typed
def to_shannon_alphabet(text: str) -> str:
    """Reduce a text to Shannon's 27 symbols: the letters a to z and the space.

    Letters are lower-cased, everything else becomes a space, spaces in a row become one, and
    none is left at the ends.

    >>> to_shannon_alphabet("It's 1951 -- guess!")
    'it s guess'
    """
    return " ".join("".join(c if c in ALPHABET else " " for c in text.lower()).split())


@dataclass(frozen=True)
class RecordedGame:
    """A game that somebody played: the text, the guesses each letter took, and who says so.

    ``text`` is in Shannon's alphabet of 27 symbols; ``guesses`` has one number from 1 to 27
    for each of its letters. Raises ``ValueError`` where the two don't fit.

    >>> RecordedGame("a cat", (9, 1, 20, 3, 2), source="a friend").first_tries
    1
    """

    text: str
    guesses: tuple[int, ...]
    source: str

    def __post_init__(self) -> None:
        """Check that the text and the guesses can belong to one game."""
        check_fields(self)
        strange = sorted(set(self.text) - set(ALPHABET))
        if strange:
            raise ValueError(
                f"text contains {strange[0]!r}, expected only the letters a to z and the space: "
                "pass it through to_shannon_alphabet."
            )
        if not self.text or len(self.text) != len(self.guesses):
            raise ValueError(
                f"got {len(self.guesses)} guesses for {len(self.text)} letters, expected as many "
                "as there are letters, spaces counted, and at least one."
            )
        check_guesses(self.guesses)
        if not self.source.strip():
            raise ValueError("source is empty, expected who played, as 'Shannon 1951, p. 56'.")

    @property
    def bounds(self) -> tuple[float, float]:
        """Shannon's lower and upper bound, in bits per character."""
        return shannon_bounds(self.guesses)

    @property
    def first_tries(self) -> int:
        """How many letters were right at the first guess."""
        return self.guesses.count(1)


def check_guesses(guesses: Sequence[int]) -> None:
    """Refuse numbers of guesses that 27 symbols don't allow.

    >>> check_guesses([1, 28])
    Traceback (most recent call last):
    ValueError: guesses contains 28, expected whole numbers from 1 to 27: ...
    """
    for guess in guesses:
        if guess % 1 != 0 or not 1 <= guess <= len(ALPHABET):
            raise ValueError(
                f"guesses contains {guess}, expected whole numbers from 1 to {len(ALPHABET)}: "
                "a letter found at once took 1, and there are only so many symbols to try."
            )


# Shannon 1951, "Prediction and Entropy of Printed English", example (9), p. 56. The paper counts
# 102 symbols: 79 found on the first guess, 8 on the second, 3, 2 and 2 on the next, 8 later.
SHANNON_1951 = RecordedGame(
    text="there is no reverse on a motorcycle a friend of mine found this out rather dramatically "
    "the other day ",
    guesses=tuple(
        int(guess)
        for guess in (
            "1 1 1 5 1 1 2 1 1 2 1 1 15 1 17 1 1 1 2 1 3 2 1 2 2 7 1 1 1 1 4 1 1 1 1 1 3 1 8 "
            "6 1 3 1 1 1 1 1 1 1 1 1 1 1 6 2 1 1 1 1 1 1 2 1 1 1 1 1 1 4 1 1 1 1 1 1 11 5 1 1 "
            "1 1 1 1 1 1 1 1 1 6 1 1 1 1 1 1 1 1 1 1 1 1 1 "
        ).split()
    ),
    source="Shannon 1951, p. 56",
)


def _check_width(width: int) -> None:
    check_sizes(width=width)


@typed
@checked_by(_check_width)
def draw_recorded(game: RecordedGame, width: int = 40) -> Figure:
    """Draw a game: the sentence in lines of ``width`` letters, the guesses under each letter.

    Letters that took more than one guess are blue, those that took more than five are red.

    Raises ``ValueError`` for a width below 1.

    >>> len(draw_recorded(RecordedGame("a cat", (9, 1, 20, 3, 2), source="a friend")).axes)
    1
    """
    use_style()
    lines = wrapped(game.text, width)
    figure, axes = plt.subplots(figsize=(10, 0.75 * len(lines) + 1.1), layout="none")
    axes.set_position((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(-0.5, width - 0.5)
    axes.set_ylim(len(lines) + 0.7, -0.5)
    for row, (start, end) in enumerate(lines):
        for place in range(start, end):
            letter, guess = game.text[place], game.guesses[place]
            colour = RED if guess > HARD else BLUE if guess > 1 else GREY
            _write(
                axes,
                place - start,
                float(row),
                "␣" if letter == " " else letter,
                21,
                "black" if guess == 1 else colour,
            )
            _write(axes, place - start, row + 0.4, str(guess), 13 if guess < 10 else 11, colour)
    low, high = game.bounds
    share = game.first_tries / len(game.text)
    axes.text(
        -0.4,
        len(lines) + 0.3,
        f"{len(game.text)} letters, {share:.0%} right at the first guess: between {low:.2f} and "
        f"{high:.2f} bits\nper character ({game.source})",
        fontsize=15,
        va="center",
        parse_math=False,
    )
    return figure


@typed
@checked_by(_check_width)
def wrapped(text: str, width: int) -> list[tuple[int, int]]:
    """Return where each line of ``text`` starts and ends, broken after spaces.

    Raises ``ValueError`` for a width below 1.

    >>> wrapped("to be or not", width=6)
    [(0, 6), (6, 12)]
    """
    lines, start = [], 0
    while len(text) - start > width:
        end = text.rfind(" ", start, start + width) + 1 or start + width
        lines.append((start, end))
        start = end
    return [*lines, (start, len(text))]


def _write(axes: Axes, x: int, y: float, text: str, size: int, colour: str) -> None:
    """Write one centred sign."""
    axes.text(
        x,
        y,
        text,
        fontsize=size,
        color=colour,
        family=monospace(),
        ha="center",
        va="center",
        weight="normal" if colour in (GREY, "black") else "bold",
    )
