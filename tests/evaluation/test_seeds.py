"""The interval over seeds: SciPy's, by hand, and how often it holds the truth."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from lmteach.evaluation.seeds import seed_interval


@pytest.mark.parametrize("level", [0.5, 0.95, 0.99])
@pytest.mark.parametrize("count", [2, 5, 40])
def test_it_is_that_of_the_t_test(level: float, count: int) -> None:
    values = np.random.default_rng(count).normal(size=count)
    mean, low, high = seed_interval(values, level)
    expected = ttest_1samp(values, 0).confidence_interval(level)
    assert (low, high) == pytest.approx((expected.low, expected.high), rel=1e-9)
    assert mean == pytest.approx(values.mean())


def test_by_hand() -> None:
    # 1, 2, 3: s = 1, and t for 2 degrees of freedom is 4.3027
    mean, low, high = seed_interval(np.array([1.0, 2.0, 3.0]))
    assert (mean, high - mean) == pytest.approx((2, 4.302653 / 3**0.5))
    assert mean - low == pytest.approx(high - mean)


def test_of_draws_with_five_seeds_95_in_100_hold_the_truth() -> None:
    draws = np.random.default_rng(0).normal(3.0, 2.0, size=(2000, 5))
    held = [low < 3.0 < high for _, low, high in map(seed_interval, draws)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


@pytest.mark.parametrize(
    ("values", "level", "message"),
    [
        ([1.0], 0.95, "values has 1 figures, expected at least 2"),
        ([1.0, np.inf], 0.95, "values contains inf"),
        ([1.0, 2.0], 1.0, "level is 1.0"),
    ],
)
def test_what_has_no_interval_is_refused(values: list[float], level: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        seed_interval(np.array(values), level)
