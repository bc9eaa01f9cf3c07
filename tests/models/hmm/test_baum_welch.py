"""Baum–Welch: the likelihood never falls, and hmmlearn learns the same from the same start."""

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm import baum_welch
from lmteach.models.hmm.baum_welch import expected_counts, expected_counts_batch, re_estimate
from lmteach.models.hmm.model import HMM

SEEDS = st.integers(0, 2**32 - 1)
LENGTHS = st.lists(st.integers(1, 15), min_size=1, max_size=6)


def drawn(lengths, seed, states=3, vocab_size=4):
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(0, vocab_size, length) for length in lengths]
    return HMM.random(states, vocab_size, rng), sequences


def tables(model):
    return model.initial, model.transition, model.emission


@given(LENGTHS, SEEDS, st.integers(1, 4))
def test_the_likelihood_never_falls(lengths, seed, states):
    model, sequences = drawn(lengths, seed, states)
    learned, log_likelihoods = model.baum_welch(sequences, iterations=15, tolerance=0.0)
    rounding = 1e-13 * sum(lengths)
    assert (np.diff(log_likelihoods) >= -rounding).all()
    start = sum(model.log_likelihood(row) for row in sequences)
    end = sum(learned.log_likelihood(row) for row in sequences)
    assert log_likelihoods[0] == pytest.approx(start, abs=1e-9)
    assert log_likelihoods[-1] == pytest.approx(end, abs=1e-9)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("rounds", [1, 5, 40])
def test_equals_hmmlearn_from_the_same_start(seed, rounds):
    rng = np.random.default_rng(seed)
    states, vocab_size = 2 + seed % 3, 6
    sequences = [rng.integers(0, vocab_size, length) for length in rng.integers(5, 80, 12)]
    start = HMM.random(states, vocab_size, rng)
    theirs = CategoricalHMM(
        states, n_iter=rounds, tol=-np.inf, init_params="", params="ste", n_features=vocab_size
    )
    theirs.startprob_, theirs.transmat_ = start.initial.copy(), start.transition.copy()
    theirs.emissionprob_ = start.emission.copy()
    theirs.fit(np.concatenate(sequences)[:, None], [len(row) for row in sequences])
    ours, log_likelihoods = start.baum_welch(sequences, iterations=rounds, tolerance=0.0)
    assert ours.initial == pytest.approx(theirs.startprob_, abs=1e-6)
    assert ours.transition == pytest.approx(theirs.transmat_, abs=1e-6)
    assert ours.emission == pytest.approx(theirs.emissionprob_, abs=1e-6)
    assert log_likelihoods[:-1] == pytest.approx(list(theirs.monitor_.history), abs=1e-6)


@given(LENGTHS, SEEDS, st.sampled_from([1, 40, 10_000]))
def test_a_batch_counts_what_the_sequences_count_one_by_one(lengths, seed, most_cells):
    model, sequences = drawn(lengths, seed)
    together = expected_counts_batch(*tables(model), sequences, most_cells)
    alone = [expected_counts(*tables(model), row) for row in sequences]
    for name in together._fields:
        expected = sum(getattr(counts, name) for counts in alone)
        assert getattr(together, name) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(LENGTHS, SEEDS)
def test_counts_add_up_to_the_steps_there_were(lengths, seed):
    model, sequences = drawn(lengths, seed)
    counts = expected_counts_batch(*tables(model), sequences)
    assert counts.initial.sum() == pytest.approx(len(lengths), rel=1e-9)
    assert counts.transition.sum() == pytest.approx(sum(lengths) - len(lengths), rel=1e-9)
    symbols = np.bincount(np.concatenate(sequences), minlength=4)
    assert counts.emission.sum(axis=0) == pytest.approx(symbols, rel=1e-9)


def test_by_hand_when_nothing_is_hidden():
    model = HMM(np.array([0.5, 0.5]), np.full((2, 2), 0.5), np.eye(2))
    learned, log_likelihoods = model.baum_welch([np.array([0, 0, 1, 1]), np.array([0])], 1)
    assert learned.initial == pytest.approx(np.array([1.0, 0.0]))
    assert learned.transition == pytest.approx(np.array([[0.5, 0.5], [0.0, 1.0]]))
    assert log_likelihoods == pytest.approx([5 * np.log(0.5), 2 * np.log(0.5)])


def test_steps_that_floating_point_would_lose_are_counted_term_by_term(monkeypatch):
    model, sequences = drawn([9, 4, 12], seed=5)
    expected = expected_counts_batch(*tables(model), sequences).transition
    monkeypatch.setattr(baum_welch, "SAFE_LIFT", -1e9)
    again = expected_counts_batch(*tables(model), sequences).transition
    assert again == pytest.approx(expected, rel=1e-12)


def test_a_switch_at_the_last_moment_is_not_lost():
    # State 1 is e to the minus 900 times less likely, until it alone can emit the last symbol.
    almost, never = 1 - 1e-3, 1e-3
    model = HMM(
        np.array([0.5, 0.5]),
        np.eye(2),
        np.array([[almost, never, 0.0], [never, almost / 2, almost / 2]]),
    )
    row = np.array([0] * 130 + [2])
    counts = expected_counts_batch(*tables(model), [row])
    assert counts.transition == pytest.approx(np.array([[0.0, 0.0], [0.0, 130.0]]))
    assert counts.initial == pytest.approx(np.array([0.0, 1.0]))


def test_it_stops_at_the_tolerance_and_tells_the_callback_of_every_round():
    model, sequences = drawn([30, 20], seed=1)
    told = []
    learned, log_likelihoods = model.baum_welch(
        sequences, 1000, tolerance=1e-4, callback=lambda *news: told.append(news)
    )
    assert len(log_likelihoods) < 1000
    assert log_likelihoods[-1] - log_likelihoods[-2] < 1e-4
    assert (np.diff(log_likelihoods)[:-1] >= 1e-4).all()
    assert [value for _, value in told] == log_likelihoods
    assert told[0][0] is model
    assert told[-1][0] is learned


def test_restarts_keep_the_likeliest():
    _, sequences = drawn([40, 40], seed=3)
    best, runs = HMM.fit_restarts(sequences, 3, 4, np.random.default_rng(0), restarts=4)
    ends = [run[-1] for run in runs]
    assert len(ends) == 4
    reached = sum(best.log_likelihood(row) for row in sequences)
    assert reached == pytest.approx(max(ends), abs=1e-9)
    assert len(set(np.round(ends, 3))) > 1  # there is more than one hill


def test_a_state_never_visited_keeps_its_rows():
    assert re_estimate(np.zeros((1, 2)), np.array([[0.3, 0.7]])).tolist() == [[0.3, 0.7]]
    model = HMM(np.array([1.0, 0.0]), np.eye(2), np.array([[0.5, 0.5], [0.1, 0.9]]))
    learned, _ = model.baum_welch([[0, 0, 1]], iterations=2)
    assert learned.emission == pytest.approx(np.array([[2 / 3, 1 / 3], [0.1, 0.9]]))


def test_a_bar_is_shown_only_if_asked_for_and_slow(capsys):
    model, sequences = drawn([3], seed=0)
    model.baum_welch(sequences, iterations=2, progress=True)
    assert capsys.readouterr().err == ""


def test_impossible_sequences_are_named():
    model = HMM(np.array([1.0, 0.0]), np.eye(2), np.eye(2))
    with pytest.raises(ValueError, match="sequence 1 is impossible under this model"):
        model.baum_welch([[0, 0], [1, 1]])
    with pytest.raises(ValueError, match="observations is impossible under this model"):
        expected_counts(*tables(model), np.array([1]))
