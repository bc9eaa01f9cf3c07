"""Units of information against SciPy, hand-worked cases and properties."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from lmteach.evaluation.information import bits_per_character, perplexity, shannon_bounds

GAMES = st.lists(st.integers(1, 27), min_size=1, max_size=200)


def test_bits_per_character_by_hand():
    assert bits_per_character(math.log(2), tokens=10, characters=10) == pytest.approx(1)
    assert bits_per_character(math.log(8), tokens=10, characters=30) == pytest.approx(1)
    assert bits_per_character(0.0, tokens=1, characters=1) == 0


@given(st.floats(0, 20), st.integers(1, 10**6), st.integers(1, 5))
def test_bits_per_character_does_not_depend_on_how_the_text_is_cut(loss, tokens, length):
    whole = bits_per_character(loss, tokens, tokens * length)
    cut_into_characters = bits_per_character(loss / length, tokens * length, tokens * length)
    assert whole == pytest.approx(cut_into_characters, rel=1e-12)


@given(st.integers(1, 1000))
def test_perplexity_of_a_fair_die_is_its_number_of_sides(sides):
    assert perplexity(math.log(sides)) == pytest.approx(sides)


def test_perplexity_of_the_impossible_is_infinite():
    assert perplexity(math.inf) == math.inf
    assert perplexity(1000.0) == math.inf


@given(GAMES)
def test_upper_bound_is_the_entropy_of_the_guess_numbers(guesses):
    _, upper = shannon_bounds(guesses)
    assert upper == pytest.approx(entropy(list(Counter(guesses).values()), base=2), abs=1e-12)


@given(GAMES)
def test_lower_bound_never_exceeds_the_upper(guesses):
    lower, upper = shannon_bounds(guesses)
    assert -1e-12 <= lower <= upper + 1e-12
    assert upper <= math.log2(27) + 1e-12


def test_shannon_bounds_by_hand():
    # half of the letters at once, a quarter each at the second and third guess:
    # lower = 1 (1/2 - 1/4) log2 1 + 2 (1/4 - 1/4) log2 2 + 3 (1/4) log2 3, upper = 1.5
    lower, upper = shannon_bounds([1, 1, 2, 3])
    assert lower == pytest.approx(0.75 * math.log2(3))
    assert upper == pytest.approx(1.5)


def test_level_guesses_leave_no_gap():
    assert shannon_bounds(list(range(1, 28))) == pytest.approx((math.log2(27), math.log2(27)))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: bits_per_character(-0.1, 1, 1), "nats_per_token is -0.1, expected a number"),
        (lambda: bits_per_character(math.nan, 1, 1), "nats_per_token is nan"),
        (lambda: bits_per_character(1.0, 0, 1), "got 0 tokens and 1 characters"),
        (lambda: bits_per_character(1.0, 1, 0), "got 1 tokens and 0 characters"),
        (lambda: perplexity(-1.0), "turn its sign first"),
        (lambda: shannon_bounds([]), "guesses is empty"),
        (lambda: shannon_bounds([1, 0]), "contains 0, expected whole numbers from 1 up"),
        (lambda: shannon_bounds([1, -3]), "contains -3"),
    ],
)
def test_bad_input_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
