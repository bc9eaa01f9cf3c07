"""The checks of notebook 00: bits per word, a player who knows no words."""

from collections.abc import Callable, Sequence

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("bits_per_word", "fixed_order_guesses")


@exercise
def bits_per_word(answer: Callable[[float, str], float]) -> None:
    """Check ``bits_per_word(bits_per_character, text)``: the same information, counted by words.

    >>> bits_per_word(lambda bits, text: bits * len(text.replace(" ", "")) / len(text.split()))
    ... # doctest: +ELLIPSIS
    bits_per_word: ...The spaces cost bits too: count them among the characters.
    """
    expect(
        answer,
        [(2.0, "to be or not to be"), (1.3, "guess the next letter")],
        lambda bits, text: bits * len(text) / len(text.split()),
        slips=[
            (
                lambda bits, text: bits * len(text.replace(" ", "")) / len(text.split()),
                "The spaces cost bits too: count them among the characters.",
            ),
            (
                lambda bits, text: bits * len(text.split()) / len(text),
                "Upside down: a word has several characters, so it must cost more than one does.",
            ),
            (
                lambda bits, text: bits * len(text) / text.count(" "),
                "There is one word more than there are spaces.",
            ),
            (lambda bits, text: bits * len(text), "That is the whole text: divide by its words."),
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
        [("noon", "on"), ("tea", "eta"), ("a tea", " etaoin")],
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
