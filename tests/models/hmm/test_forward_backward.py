"""Forward and backward against sums over every path."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.forward_backward import backward, forward

HALF = np.full((2, 2), 0.5)


def drawn(states, time, seed):
    """Random probabilities (a fifth of the transitions 0), and their logarithms."""
    rng = np.random.default_rng(seed)
    initial, transition = rng.random(states), rng.random((states, states))
    transition[rng.random((states, states)) < 0.2] = 0
    emission = rng.random((time, states))
    with np.errstate(divide="ignore"):
        return (initial, transition, emission), tuple(map(np.log, (initial, transition, emission)))


def product_of(path, transition, emission):
    """Emissions and transitions along a path, multiplied."""
    steps = [transition[one, other] for one, other in pairwise(path)]
    return np.prod(steps) * np.prod([emission[t, state] for t, state in enumerate(path)])


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_forward_equals_the_sum_over_all_paths_so_far(states, time, seed):
    (initial, transition, emission), logs = drawn(states, time, seed)
    alpha = np.exp(forward(*logs))
    expected = np.zeros((time, states))
    for t in range(time):
        for path in product(range(states), repeat=t + 1):
            expected[t, path[-1]] += initial[path[0]] * product_of(path, transition, emission)
    assert alpha == pytest.approx(expected, rel=1e-10, abs=0)


@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_backward_equals_the_sum_over_all_ways_on(states, time, seed):
    (_, transition, emission), (_, *logs) = drawn(states, time, seed)
    beta = np.exp(backward(*logs))
    expected = np.zeros((time, states))
    for t in range(time):
        for path in product(range(states), repeat=time - t):
            here = emission[t, path[0]]
            expected[t, path[0]] += product_of(path, transition, emission[t:]) / here
    assert beta == pytest.approx(expected, rel=1e-10, abs=0)


@given(st.integers(1, 5), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_forward_and_backward_meet_in_the_same_sum_at_every_step(states, time, seed):
    _, logs = drawn(states, time, seed)
    both = np.logaddexp.reduce(forward(*logs) + backward(*logs[1:]), axis=1)
    assert both == pytest.approx(np.full(time, both[-1]), rel=1e-10)


def test_by_hand():
    emission = np.array([[0.5, 0.25], [1.0, 0.5]])
    alpha = np.exp(forward(np.log([0.5, 0.5]), np.log(HALF), np.log(emission)))
    assert alpha == pytest.approx(np.array([[0.25, 0.125], [0.1875, 0.09375]]), rel=1e-14)
    beta = np.exp(backward(np.log(HALF), np.log(emission)))
    assert beta == pytest.approx(np.array([[0.75, 0.75], [1.0, 1.0]]), rel=1e-14)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: forward(np.zeros(2), HALF, np.zeros((3, 4))), r"has shape \(3, 4\)"),
        (lambda: forward(np.zeros(2), HALF * np.nan, HALF), "something else than numbers below"),
        (lambda: backward(np.zeros((2, 3)), HALF), r"transition_scores has shape \(2, 3\)"),
        (lambda: backward(np.array(1.0), HALF), r"transition_scores has shape \(\)"),
        (lambda: backward(HALF, np.zeros((0, 2))), "at least 1"),
    ],
)
def test_bad_scores_are_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
