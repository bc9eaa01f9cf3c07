"""The checks of notebook 00: surprise, a compressor as a judge, a player who knows no words."""

import bz2
import math
from collections.abc import Callable, Sequence

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("surprise", "bz2_bits", "fixed_order_guesses")


@exercise
def surprise(answer: Callable[[float], float]) -> None:
    """Check ``surprise(p)``: the bits that an event of probability p carries, log2(1 / p).

    >>> surprise(lambda p: -math.log(p))
    surprise: for (0.5) you gave 0.693147, expected 1. Natural logarithm where base 2 is meant?
    """
    expect(
        answer,
        [(0.5,), (0.25,), (1.0,), (1 / 27,)],
        lambda p: math.log2(1 / p),
        slips=[
            (lambda p: -math.log(p), "Natural logarithm where base 2 is meant?"),
            (lambda p: math.log2(p), "The sign: log p is negative, surprise is not."),
            (lambda p: -math.log10(p), "Base 10 where base 2 is meant?"),
            (lambda p: -p * math.log2(p), "That is already weighted by p: the mean comes later."),
            (lambda p: 1 / p, "How many such choices there are; the bits are its logarithm."),
        ],
    )


@exercise
def bz2_bits(answer: Callable[[str], float]) -> None:
    """Check ``bz2_bits(text)``: bits per character of the text after bz2.

    >>> bz2_bits(lambda text: len(bz2.compress(text.encode())) / len(text))
    ... # doctest: +ELLIPSIS
    bz2_bits: ...That is bytes per character: a byte has 8 bits.
    """

    def size(text: str) -> int:
        return len(bz2.compress(text.encode()))

    expect(
        answer,
        [("to be or not to be, " * 40,), ("Straße nach Köln, 30 €. " * 20,)],
        lambda text: 8 * size(text) / len(text),
        slips=[
            (
                lambda text: size(text) / len(text),
                "That is bytes per character: a byte has 8 bits.",
            ),
            (
                lambda text: 8 * size(text) / len(text.encode()),
                "That is per byte: a letter such as ß is two bytes but one character.",
            ),
            (lambda text: len(text) / size(text), "That is how many times smaller it became."),
        ],
    )


@exercise
def fixed_order_guesses(answer: Callable[[str, str], Sequence[int]]) -> None:
    """Check ``fixed_order_guesses(text, order)``: on which guess each letter is found.

    >>> fixed_order_guesses(lambda text, order: [order.index(letter) for letter in text])
    ... # doctest: +ELLIPSIS
    fixed_order_guesses: ...The first guess is number 1, and index counts from 0.
    """

    def guesses(text: str, order: str) -> list[int]:
        return [order.index(letter) + 1 for letter in text]

    expect(
        answer,
        [("tea", "eta"), ("a tea", " etaoin"), ("noon", "on")],
        guesses,
        slips=[
            (
                lambda text, order: [order.index(letter) for letter in text],
                "The first guess is number 1, and index counts from 0.",
            ),
            (
                lambda text, order: [text.index(letter) + 1 for letter in order if letter in text],
                "Text and order have changed places.",
            ),
            (
                lambda text, order: sum(order.index(letter) + 1 for letter in text),
                "One number for each letter is wanted, not their sum.",
            ),
        ],
    )
