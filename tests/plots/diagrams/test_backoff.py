"""The staircase: what each context keeps, passes on and says, down to the die."""

from fractions import Fraction

import numpy as np
import pytest

from lmteach.plots.diagrams.backoff import MOST, staircase

GOOD = {"token": "b", "contexts": ["a", ""], "kept": [0.25, 0.1], "passed": [0.5, 0.4], "die": 0.2}


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def colours(axes, text):
    return {found.get_color() for found in axes.texts if found.get_text() == text}


def test_every_stair_says_what_it_keeps_and_gets_from_below():
    found = texts(staircase(**GOOD))
    assert "P(b) = 0.1 + 0.4 · 0.2 = 0.18" in found
    assert "P(b | a) = 0.25 + 0.5 · 0.18 = 0.34" in found
    assert {"after a", "no context", "fair die: 0.2", "passes on 0.5", "passes on 0.4"} <= set(
        found
    )


def test_the_stairs_of_abracadabra_by_hand():
    kept = [Fraction(3, 4), Fraction(1, 2), Fraction(1, 14)]
    passed = [Fraction(1, 4), Fraction(1, 2), Fraction(5, 14)]
    exact = kept[0] + passed[0] * (kept[1] + passed[1] * (kept[2] + passed[2] * Fraction(1, 5)))
    found = texts(
        staircase("r", ["ab", "b", ""], [*map(float, kept)], [*map(float, passed)], die=0.2)
    )
    assert any(text.endswith(f"= {float(exact):.3f}") for text in found if "P(r | ab)" in text)


def test_the_empty_context_alone_will_do():
    assert "P(b) = 0.1 + 0.5 · 0.2 = 0.2" in texts(staircase("b", [""], [0.1], [0.5], die=0.2))


def test_what_is_lit_stands_out():
    axes = staircase(**GOOD, lit=["order 1", "pass 2"])
    lit = colours(axes, "no context")
    assert lit == colours(axes, "passes on 0.5")
    assert lit != colours(axes, "after a")
    assert colours(axes, "after a") == colours(axes, "passes on 0.4")


@pytest.mark.parametrize("lit", ["order 2", "order 1", "pass 2", "pass 1", "die"])
def test_each_part_can_be_lit(lit):
    assert staircase(**GOOD, lit=[lit])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"token": ""}, "token is empty"),
        ({"contexts": ["ab", "b"]}, 'the empty one, "", last'),
        ({"contexts": []}, "expected one to 4 texts"),
        ({"contexts": [*"abcd", ""], "kept": np.zeros(5)}, f"expected one to {MOST} texts"),
        ({"kept": [0.1]}, "kept has shape"),
        ({"kept": [0.1, np.nan]}, "kept contains nan"),
        ({"passed": [0.5, 1.5]}, "a number of passed is 1.5"),
        ({"die": -0.2}, "die is -0.2"),
        ({"lit": ["order 3"]}, "no part is called 'order 3'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, said):
    with pytest.raises(ValueError, match=said):
        staircase(**{**GOOD, **given})
