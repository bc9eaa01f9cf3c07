"""Two methods on one test: the interval against SciPy's and by hand, and how often it is right."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lmteach.evaluation.paired_bootstrap import Gain, paired_bootstrap


def drawn(seed: int, size: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """What two methods judge right: the sentences that are easy for one are so for the other."""
    rng = np.random.default_rng(seed)
    easy = rng.random(size)
    return rng.random(size) < 0.3 + 0.6 * easy, rng.random(size) < 0.2 + 0.6 * easy


def test_it_is_scipys_interval() -> None:
    ours, theirs = drawn(0)
    found = paired_bootstrap(ours, theirs, np.random.default_rng(1), rounds=20_000)
    expected = stats.bootstrap(
        (ours.astype(float), theirs.astype(float)),
        lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
        paired=True,
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(2),
        batch=2_000,
    ).confidence_interval
    step = 1 / 200  # gains are whole numbers of sentences
    assert found.low == pytest.approx(expected.low, abs=step)
    assert found.high == pytest.approx(expected.high, abs=step)
    assert found.value == pytest.approx(ours.mean() - theirs.mean(), abs=1e-12)


def test_two_sentences_by_hand() -> None:
    """One gain of 1, one of 0: of four equally likely draws, one comes to 0, two to 1/2."""
    ours, theirs = np.array([True, True]), np.array([False, True])
    wide = paired_bootstrap(ours, theirs, np.random.default_rng(0))
    assert wide == Gain(0.5, 0.0, 1.0)
    middle = paired_bootstrap(ours, theirs, np.random.default_rng(0), level=0.4)
    assert middle == Gain(0.5, 0.5, 0.5)


def test_pairs_narrow_it() -> None:
    """The same two rows, one of them shuffled, are no pairs any more."""
    easy = np.random.default_rng(3).random(400) < 0.7
    ours, theirs = easy.copy(), easy.copy()
    ours[:20], theirs[:20] = True, False
    pairs = paired_bootstrap(ours, theirs, np.random.default_rng(0))
    shuffled = np.random.default_rng(4).permutation(theirs)
    alone = paired_bootstrap(ours, shuffled, np.random.default_rng(0))
    assert alone.value == pytest.approx(pairs.value)
    assert alone.high - alone.low > 2 * (pairs.high - pairs.low)


def test_it_holds_the_truth_as_often_as_it_says() -> None:
    """Of 400 tests of 200 sentences, 95 % hold the true gain of 0.1, within four deviations."""
    rng, held = np.random.default_rng(5), 0
    for seed in range(400):
        gain = paired_bootstrap(*drawn(seed), rng, rounds=400)
        held += gain.low <= 0.1 <= gain.high
    deviation = (0.95 * 0.05 / 400) ** 0.5
    assert held / 400 == pytest.approx(0.95, abs=4 * deviation)


@given(st.lists(st.tuples(st.sampled_from([0.0, 1 / 3, 2 / 3, 1.0]), st.booleans()), min_size=2))
def test_turned_around_it_changes_its_sign(pairs: list[tuple[float, bool]]) -> None:
    ours, theirs = (np.array(row, dtype=float) for row in zip(*pairs, strict=True))
    found = paired_bootstrap(ours, theirs, np.random.default_rng(0), rounds=200)
    turned = paired_bootstrap(theirs, ours, np.random.default_rng(0), rounds=200)
    assert found.value == pytest.approx(-turned.value, abs=1e-12)
    assert found.low <= found.high
    assert -1 <= found.low
    assert found.high <= 1
    same = paired_bootstrap(ours, ours, np.random.default_rng(0), rounds=200)
    assert same == Gain(0.0, 0.0, 0.0)


def test_what_is_refused() -> None:
    right, rng = np.array([True, False]), np.random.default_rng(0)
    with pytest.raises(ValueError, match="ours has 1 sentences, expected at least 2"):
        paired_bootstrap(np.array([True]), np.array([True]), rng)
    with pytest.raises(ValueError, match=r"theirs is of type bool and shape \(3,\)"):
        paired_bootstrap(right, np.array([True, False, True]), rng)
    with pytest.raises(ValueError, match="level is 95"):
        paired_bootstrap(right, right, rng, level=95.0)
    with pytest.raises(ValueError, match="rounds is 0"):
        paired_bootstrap(right, right, rng, rounds=0)
    with pytest.raises(ValueError, match="ours contains nan"):
        paired_bootstrap(np.array([0.5, np.nan]), np.array([0.5, 1.0]), rng)


def test_points_of_a_hundred() -> None:
    assert str(Gain(-0.031, -0.0512, 0.009)) == "-3.1 points (-5.1 to +0.9)"
