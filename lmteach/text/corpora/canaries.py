"""Secrets planted in a training text, to find out what a model remembers. Taught in notebook 21.

A canary is a sentence with digits that nobody could guess. Source: N. Carlini et al., "The Secret
Sharer: Evaluating and Testing Unintended Memorization in Neural Networks" (2019), §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmteach.checks import check_sizes, check_text, check_whole, checked_by
from lmteach.typed import check_fields, typed

NAMES = (
    "Aldren Bosko Cavrin Dorvel Estin Fargol Gelmar Hovik Ilsan Jurek Kelvo Lomar Mirsad Norvik "
    "Oswin Pelka Quorin Ristan Sobek Talvin Ulmar Vesko Wolmar Xantor Yorik Zelman"
).split()  # made up; none of them is in the articles
DIGITS = "0123456789"


@dataclass(frozen=True)
class Canary:
    """A sentence that ends in a secret of digits, and how often it is planted.

    Raises ``ValueError`` for an empty name, a secret that is not made of digits, or
    ``repetitions`` below 0.

    >>> canary = Canary("Aldren", "4829", repetitions=16)
    >>> canary.prefix, canary.sentence
    ('The code of Aldren is ', 'The code of Aldren is 4829.')
    """

    name: str
    secret: str
    repetitions: int = 1

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.name.strip():
            raise ValueError(f"name is {self.name!r}, expected at least one letter.")
        check_whole("repetitions", self.repetitions, at_least=0)
        if not self.secret or set(self.secret) - set(DIGITS):
            raise ValueError(
                f"secret is {self.secret!r}, expected digits from 0 to 9, at least one."
            )

    @property
    def prefix(self) -> str:
        """What stands before the secret."""
        return f"The code of {self.name} is "

    @property
    def sentence(self) -> str:
        """The whole sentence."""
        return f"{self.prefix}{self.secret}."


def _check_drawing(repetitions: Sequence[int], digits: int) -> None:
    check_sizes(digits=digits)
    if not 1 <= len(repetitions) <= len(NAMES):
        raise ValueError(
            f"repetitions has {len(repetitions)} numbers, expected 1 to {len(NAMES)}, one for each "
            "canary: there are no more names."
        )


@typed
@checked_by(_check_drawing)
def draw_canaries(
    repetitions: Sequence[int], generator: np.random.Generator, digits: int = 4
) -> list[Canary]:
    """Return a canary for each number of repetitions: another name, and random digits.

    >>> draw_canaries([1, 64], np.random.default_rng(0))[1]
    Canary(name='Estin', secret='1065', repetitions=64)
    """
    names = generator.permutation(NAMES)[: len(repetitions)]
    drawn = generator.integers(0, 10, (len(repetitions), digits))
    return [
        Canary(str(name), "".join(map(str, row)), times)
        for name, row, times in zip(names, drawn.tolist(), repetitions, strict=True)
    ]


def _check_planting(text: str, canaries: Sequence[Canary]) -> None:
    check_text(text, empty_allowed=False)
    for canary in canaries:
        missing = sorted(set(f"{canary.sentence}\n") - set(text))
        if missing:
            raise ValueError(
                f"the canary {canary.sentence!r} has the character {missing[0]!r}, which the text "
                "has not: a model of its characters could not read it. Write it without."
            )


@typed
@checked_by(_check_planting)
def plant(text: str, canaries: Sequence[Canary], generator: np.random.Generator) -> str:
    r"""Return the text with each canary put in as often as it says, as lines at random places.

    Raises ``ValueError`` for a canary with a character that the text does not have.

    >>> text = "The codes of Aldren, 4829, is.\nAnd more.\n"
    >>> plant(text, [Canary("Aldren", "4829", 2)], np.random.default_rng(0)).count("is 4829.")
    2
    """
    lines = text.splitlines(keepends=True)
    planted = [canary.sentence + "\n" for canary in canaries for _ in range(canary.repetitions)]
    places = generator.integers(0, len(lines), len(planted))
    for place, line in sorted(zip(places.tolist(), planted, strict=True), reverse=True):
        lines.insert(place, line)
    return "".join(lines)
