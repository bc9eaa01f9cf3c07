"""A run on paper: by hand, what follows from what, a published run, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.training.planning import ACCELERATORS, Accelerator, plan

CHIP = Accelerator("a chip", operations=1e12, memory=1e9)


def test_by_hand() -> None:
    made = plan(1e6, 1e9, CHIP, count=2, share=0.5, price=3.0)
    assert made.operations == 6e15
    assert made.hours == pytest.approx(6000 / 3600)
    assert made.cost == pytest.approx(10.0)
    assert (made.bytes_whole, made.bytes_each) == (16e6, 8e6)


def test_the_published_model_has_its_published_operations_and_loss() -> None:
    """Chinchilla: 5.76e23 operations, Hoffmann et al. (2022), table A9; the loss is their law's."""
    made = plan(70e9, 1.4e12, ACCELERATORS[0])
    assert made.operations == pytest.approx(5.76e23, rel=0.03)
    assert made.loss == pytest.approx(1.69 + 406.4 / 70e9**0.34 + 410.7 / 1.4e12**0.28)


@given(st.floats(1e6, 1e12), st.floats(1e6, 1e13), st.integers(1, 4096))
def test_twice_the_chips_take_half_the_time_for_the_same_money(size, text, count) -> None:
    one, two = plan(size, text, CHIP, count), plan(size, text, CHIP, 2 * count)
    assert two.hours == pytest.approx(one.hours / 2)
    assert two.cost == pytest.approx(one.cost)
    assert two.bytes_each == pytest.approx(one.bytes_each / 2)
    assert plan(2 * size, text, CHIP, count).loss < one.loss


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"parameters": 0.0}, "parameters is 0"),
        ({"tokens": 0.5}, "tokens is 0.5"),
        ({"count": 0}, "count is 0"),
        ({"share": 0.0}, "share is 0"),
        ({"share": 1.5}, "share is 1.5"),
        ({"price": -1.0}, "price is -1"),
    ],
)
def test_what_can_be_no_plan_is_refused(changed, words) -> None:
    good = {"parameters": 1e6, "tokens": 1e9, "chip": CHIP}
    with pytest.raises(ValueError, match=words):
        plan(**good | changed)


def test_chips_that_compute_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="operations is 0"):
        Accelerator("a chip", 0.0, 1e9)
    with pytest.raises(ValueError, match="memory is -1"):
        Accelerator("a chip", 1e12, -1.0)
