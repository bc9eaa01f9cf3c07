"""Viterbi against every path, on log scores of any kind."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.viterbi import viterbi

ZEROS = np.zeros((2, 2))


def score_of(path, initial, transition, emission):
    """One path's score, added up step by step."""
    total = initial[path[0]] + emission[0, path[0]]
    for t in range(1, len(path)):
        total += transition[path[t - 1], path[t]] + emission[t, path[t]]
    return total


@given(st.integers(1, 4), st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_equals_the_best_of_all_paths(states, time, seed):
    rng = np.random.default_rng(seed)
    scores = [rng.normal(size=shape) * 3 for shape in (states, (states, states), (time, states))]
    scores[1][rng.random((states, states)) < 0.2] = -np.inf
    path, score = viterbi(*scores)
    best = max(score_of(each, *scores) for each in product(range(states), repeat=time))
    assert score == pytest.approx(best, abs=1e-12)
    assert score_of(path, *scores) == pytest.approx(best, abs=1e-12)


def test_by_hand():
    path, score = viterbi(
        np.array([1.0, 0.0]),
        np.array([[0.0, 2.0], [-1.0, 0.0]]),
        np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 0.5]]),
    )
    assert path.tolist() == [0, 0, 1]
    assert score == 1.0 + 0.0 + 3.0 + 2.0 + 0.5


@given(st.integers(0, 2**32 - 1), st.floats(-50.0, 50.0))
def test_a_constant_added_to_a_step_changes_the_score_and_not_the_path(seed, constant):
    rng = np.random.default_rng(seed)
    initial, transition, emission = (
        rng.normal(size=3),
        rng.normal(size=(3, 3)),
        rng.normal(size=(6, 3)),
    )
    path, score = viterbi(initial, transition, emission)
    emission[2] += constant
    lifted_path, lifted = viterbi(initial, transition, emission)
    assert lifted_path.tolist() == path.tolist()
    assert lifted == pytest.approx(score + constant, abs=1e-9)


def test_of_equal_paths_the_earlier_states_are_taken():
    path, score = viterbi(np.zeros(3), np.zeros((3, 3)), np.zeros((4, 3)))
    assert path.tolist() == [0, 0, 0, 0]
    assert score == 0.0


def test_if_nothing_is_possible_the_score_says_so():
    _, score = viterbi(np.zeros(2), np.full((2, 2), -np.inf), np.zeros((3, 2)))
    assert score == -np.inf


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("initial", "transition", "emission", "message"),
    [
        (np.zeros(0), ZEROS, ZEROS, r"initial_scores has shape \(0,\), expected \(N,\)"),
        (ZEROS, ZEROS, ZEROS, r"initial_scores has shape \(2, 2\)"),
        (np.zeros(3), ZEROS, ZEROS, r"transition_scores has shape \(2, 2\), expected \(3, 3\)"),
        (np.zeros(2), ZEROS, np.zeros((4, 3)), r"emission_scores has shape \(4, 3\)"),
        (np.zeros(2), ZEROS, np.zeros((0, 2)), "with T of at least 1"),
        (np.zeros(2), ZEROS, np.zeros(2), r"expected \(T, 2\)"),
        (np.zeros(2), ZEROS * np.nan, ZEROS, "transition_scores contains something else than"),
        (np.zeros(2), ZEROS, ZEROS + np.inf, "emission_scores contains something else than"),
        (np.array(["a", "b"]), ZEROS, ZEROS, "initial_scores contains something else than"),
    ],
)
def test_bad_scores_are_refused(initial, transition, emission, message):
    with pytest.raises(ValueError, match=message):
        viterbi(initial, transition, emission)
