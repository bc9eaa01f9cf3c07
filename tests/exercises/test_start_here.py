"""Exercises of notebook 00: right answers pass, likely wrong ones are told what is wrong."""

import pytest

from lmteach.exercises import start_here as check
from tests.exercises.saying import assert_right_and_blank, assert_told

RIGHT = {
    "bits_per_word": lambda bits, text: len(text) / (text.count(" ") + 1) * bits,
    "fixed_order_guesses": lambda text, order: tuple(order.find(letter) + 1 for letter in text),
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("bits_per_word", lambda b, t: b * len(t.replace(" ", "")) / len(t.split()), "The spaces"),
        ("bits_per_word", lambda b, t: b / len(t) * len(t.split()), "Upside down"),
        ("bits_per_word", lambda b, t: b * len(t) / t.count(" "), "one word more"),
        ("bits_per_word", lambda b, t: b * len(t), "the whole text"),
        ("fixed_order_guesses", lambda t, o: [o.index(c) for c in t], "index counts from 0"),
        (
            "fixed_order_guesses",
            lambda t, o: [t.find(c) + 1 for c in o if c in t],
            "changed places",
        ),
        ("fixed_order_guesses", lambda t, o: sum(o.index(c) + 1 for c in t), "not their sum"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
