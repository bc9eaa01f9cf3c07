"""Random numbers and draws, held against other ways to make them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lmteach.widgets.shared.random_numbers import draw, uniform


def mulberry32(seed: int, count: int) -> list[float]:
    """The generator as it is usually written, with a state that is carried along."""
    numbers, state = [], seed
    for _ in range(count):
        state = (state + 0x6D2B79F5) % 2**32
        mixed = (state ^ (state >> 15)) * (state | 1) % 2**32
        mixed ^= (mixed + (mixed ^ (mixed >> 7)) * (mixed | 61)) % 2**32
        numbers.append((mixed ^ (mixed >> 14)) / 2**32)
    return numbers


@given(st.integers(0, 2**32 - 1))
def test_numbers_are_those_of_the_carried_state(seed: int) -> None:
    assert [uniform(seed, index) for index in range(20)] == mulberry32(seed, 20)


def test_numbers_spread_evenly() -> None:
    counts, _ = np.histogram([uniform(1, index) for index in range(10_000)], bins=10, range=(0, 1))
    assert abs(counts - 1000).max() < 5 * np.sqrt(900)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=8).filter(any), st.floats(0, 1 - 2**-32))
def test_draw_is_the_inverse_of_the_running_sum(counts: list[int], chance: float) -> None:
    weights = (np.array(counts) / sum(counts)).tolist()
    found = draw(weights, chance)
    assert weights[found] > 0
    expected = np.searchsorted(np.cumsum(weights), chance, side="right")
    assert found == min(expected, max(np.flatnonzero(weights)))


def test_draw_by_hand() -> None:
    assert [draw([0.5, 0.0, 0.5], chance) for chance in (0.0, 0.49, 0.5, 0.99)] == [0, 0, 2, 2]


def test_drawn_frequencies_approach_the_probabilities() -> None:
    row = [0.6, 0.3, 0.1]
    found = [draw(row, uniform(5, index)) for index in range(20_000)]
    assert np.allclose(np.bincount(found) / 20_000, row, atol=0.015)
