"""Exercises of notebook 00: right answers pass, likely wrong ones are told what is wrong."""

import bz2
import math

import pytest

from lmteach.exercises import start_here as check


def blank(*arguments): ...


def size(text):
    return len(bz2.compress(text.encode()))


RIGHT = {
    "surprise": lambda p: -math.log2(p),
    "bz2_bits": lambda text: size(text) * 8 / len(text),
    "fixed_order_guesses": lambda text, order: tuple(order.find(letter) + 1 for letter in text),
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert repr(getattr(check, name)(RIGHT[name])) == f"{name}: right"
    assert repr(getattr(check, name)(blank)) == f"{name}: not attempted yet"


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("surprise", lambda p: -math.log(p), "Natural logarithm"),
        ("surprise", lambda p: math.log2(p), "The sign"),
        ("surprise", lambda p: -math.log10(p), "Base 10"),
        ("surprise", lambda p: -p * math.log2(p), "already weighted by p"),
        ("surprise", lambda p: 1 / p, "the bits are its logarithm"),
        ("bz2_bits", lambda text: size(text) / len(text), "a byte has 8 bits"),
        (
            "bz2_bits",
            lambda text: 8 * size(text) / len(text.encode()),
            "two bytes but one character",
        ),
        ("bz2_bits", lambda text: len(text) / size(text), "times smaller"),
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
    verdict = repr(getattr(check, name)(wrong))
    assert verdict.startswith(f"{name}: for ")
    assert hint in verdict
