"""The bootstrap against SciPy's, its coverage in a simulation, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from lmteach.evaluation.bootstrap import bootstrap_interval


@given(
    st.lists(st.integers(-5, 5), min_size=2, max_size=20),
    st.sampled_from([0.5, 0.9, 0.95]),
    st.sampled_from([np.mean, np.median]),
)
def test_intervals_are_scipys(values: list[int], level: float, statistic) -> None:
    """Both draw their samples by the same call."""
    expected = bootstrap(
        (np.array(values),),
        statistic,
        n_resamples=50,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    found = bootstrap_interval(
        values, np.random.default_rng(1), lambda s: float(statistic(s)), 50, level
    )
    assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_it_covers_the_truth_as_often_as_it_says() -> None:
    """200 samples of 100 coins: 90 % is 180, of which four standard deviations are 17."""
    generator = np.random.default_rng(0)
    inside = 0
    for _ in range(200):
        low, high = bootstrap_interval(
            generator.random(100) < 0.3, generator, rounds=200, level=0.9
        )
        inside += low <= 0.3 <= high
    assert 163 <= inside <= 197


def test_by_hand() -> None:
    generator = np.random.default_rng(0)
    assert bootstrap_interval([3, 3, 3], generator) == (3, 3)
    assert bootstrap_interval([True, True], generator) == (1, 1)
    # of two values, a quarter of all samples has the mean 0, a half 1/2, a quarter 1
    assert bootstrap_interval([0, 1], generator, level=0.4) == (0.5, 0.5)
    assert bootstrap_interval([0, 1], generator, level=0.6) == (0, 1)


def test_rows_are_drawn_whole() -> None:
    pairs = np.array([[1.0, 10], [2, 20], [3, 30]])
    found = bootstrap_interval(
        pairs, np.random.default_rng(0), lambda s: float(np.abs(10 * s[:, 0] - s[:, 1]).max())
    )
    assert found == (0, 0)


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused() -> None:
    generator = np.random.default_rng(0)
    for values, message in (
        ([], "values has shape"),
        (3, "values has shape"),
        ([1, np.nan], "values contains nan"),
    ):
        with pytest.raises(ValueError, match=message):
            bootstrap_interval(values, generator)
    with pytest.raises(ValueError, match="what statistic returns is None"):
        bootstrap_interval([1, 2], generator, lambda _: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(ValueError, match="rounds is 0"):
        bootstrap_interval([1, 2], generator, rounds=0)
    with pytest.raises(ValueError, match="level is 1"):
        bootstrap_interval([1, 2], generator, level=1)
