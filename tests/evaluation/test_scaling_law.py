"""Scaling laws: against scipy's own fit, by hand, exact laws found again, what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import curve_fit

from lmteach.evaluation.scaling_law import ScalingLaw, fit_scaling_law, power_through

SIZES = np.array([2e4, 4e4, 6e4, 1e5, 2e5])
LOSSES = np.array([5.0, 4.83, 4.72, 4.61, 4.51])


def test_the_fit_is_that_of_scipy() -> None:
    law = fit_scaling_law(SIZES, LOSSES)
    theirs, _ = curve_fit(
        lambda n, e, a, alpha: e + a / n**alpha, SIZES, LOSSES, p0=(3, 100, 0.4), maxfev=20000
    )
    assert (law.floor, law.scale, law.exponent) == pytest.approx(theirs, rel=1e-3)


def test_by_hand() -> None:
    assert ScalingLaw(1.0, 8.0, 1.5).loss(4.0) == 2.0
    law = power_through([1.0, 4.0], [8.0, 4.0])
    assert (law.floor, law.scale, law.exponent) == pytest.approx((0.0, 8.0, 0.5))


@given(st.floats(0.5, 4), st.floats(5, 500), st.floats(0.2, 1.0))
def test_a_law_is_found_again_from_its_own_losses(floor, scale, exponent) -> None:
    law = ScalingLaw(floor, scale, exponent)
    found = fit_scaling_law(SIZES, [law.loss(float(size)) for size in SIZES])
    assert found.loss(1e6) == pytest.approx(law.loss(1e6), rel=1e-3)


def test_the_order_does_not_matter_and_seeds_count_once_each() -> None:
    law = fit_scaling_law(SIZES, LOSSES)
    again = fit_scaling_law(np.repeat(SIZES, 2)[::-1], np.repeat(LOSSES, 2)[::-1])
    assert again.loss(1e6) == pytest.approx(law.loss(1e6), rel=1e-5)


def test_where_the_best_floor_would_be_negative_it_is_0() -> None:
    steep = fit_scaling_law([1.0, 2.0, 4.0], [4.0, 2.5, 0.1])
    assert steep.floor == 0.0


@pytest.mark.parametrize(
    ("sizes", "losses", "words"),
    [
        ([1, 2], [3.0, 2.0], "expected at least 3"),
        ([1, 2, 3], [3.0, 2.0], "expected as many of each"),
        ([1, 2, 0], [3.0, 2.0, 1.0], "sizes contains 0"),
        ([1, 2, 3], [3.0, 2.0, np.nan], "losses contains nan"),
        ([1, 2, 3], [1.0, 2.0, 3.0], "do not fall"),
    ],
)
def test_what_can_be_no_law_is_refused(sizes, losses, words) -> None:
    with pytest.raises(ValueError, match=words):
        fit_scaling_law(sizes, losses)
    with pytest.raises(ValueError, match="do not fall"):
        power_through([1, 2], [1.0, 2.0])


def test_laws_out_of_range_are_refused() -> None:
    for bad in ((-1.0, 1.0, 1.0), (1.0, 0.0, 1.0), (1.0, 1.0, 0.0)):
        with pytest.raises(ValueError, match="expected"):
            ScalingLaw(*bad)
    with pytest.raises(ValueError, match="size is 0"):
        ScalingLaw(1.0, 1.0, 1.0).loss(0.0)
