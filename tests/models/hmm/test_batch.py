"""Many sequences at once against one at a time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm import batch as hmm_batch
from lmteach.models.hmm.batch import (
    backward_batch,
    forward_batch,
    log_of,
    log_times,
    packs,
    viterbi_batch,
)
from lmteach.models.hmm.baum_welch import expected_counts, expected_counts_batch, re_estimate
from lmteach.models.hmm.forward_backward import backward, forward
from lmteach.models.hmm.model import HMM
from lmteach.models.hmm.viterbi import viterbi

LENGTHS = st.lists(st.integers(1, 12), min_size=1, max_size=9)


def drawn(lengths, seed, states=3, vocab_size=4):
    rng = np.random.default_rng(seed)
    sequences = [rng.integers(0, vocab_size, length) for length in lengths]
    return HMM.random(states, vocab_size, rng), sequences


@given(LENGTHS, st.integers(1, 60))
def test_packs_hold_every_sequence_once_in_tables_of_bounded_size(lengths, most_cells):
    sequences = [np.arange(length) + 10 * place for place, length in enumerate(lengths)]
    found = {}
    for pack in packs(sequences, states=2, most_cells=most_cells):
        time, batch = pack.observations.shape
        assert batch == 1 or time * batch * 2 <= most_cells
        assert pack.running.tolist() == [(pack.lengths > t).sum() for t in range(time)]
        assert (np.diff(pack.lengths) <= 0).all()
        for column, place in enumerate(pack.places):
            found[place] = pack.observations[: pack.lengths[column], column].tolist()
    assert found == {place: row.tolist() for place, row in enumerate(sequences)}


@given(LENGTHS, st.integers(0, 2**32 - 1))
def test_forward_and_backward_equal_one_by_one(lengths, seed):
    model, sequences = drawn(lengths, seed)
    (pack,) = packs(sequences, model.states)
    seen = log_of(model.emission).T[pack.observations]
    alpha = forward_batch(log_of(model.initial), model.transition, seen, pack.running)
    beta = backward_batch(model.transition, seen, pack.running)
    for column, place in enumerate(pack.places):
        length = lengths[place]
        alone = model.emission_scores(sequences[place])
        expected = forward(log_of(model.initial), log_of(model.transition), alone)
        assert alpha[:length, column] == pytest.approx(expected, abs=1e-9)
        assert (alpha[length:, column] == -np.inf).all()
        expected = backward(log_of(model.transition), alone)
        assert beta[:length, column] == pytest.approx(expected, abs=1e-9)


@given(LENGTHS, st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_viterbi_equals_one_by_one_however_few_states_are_compared_at_once(lengths, seed, most):
    model, sequences = drawn(lengths, seed)
    initial, transition, emission = map(log_of, (model.initial, model.transition, model.emission))
    (pack,) = packs(sequences, model.states)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hmm_batch, "MOST_CANDIDATES", most)
        paths, scores = viterbi_batch(initial, transition, emission, pack)
    for column, place in enumerate(pack.places):
        path, score = viterbi(initial, transition, emission.T[sequences[place]])
        assert paths[column, : lengths[place]].tolist() == path.tolist()
        assert scores[column] == score


@given(st.integers(1, 5), st.integers(0, 2**32 - 1), st.floats(0.1, 3000.0))
def test_log_times_equals_the_sum_term_by_term_however_small(states, seed, spread):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(6, states)) * spread
    scores[rng.random(scores.shape) < 0.2] = -np.inf
    matrix = rng.random((states, states)) * (rng.random((states, states)) < 0.6)
    expected = np.logaddexp.reduce(scores[:, :, None] + log_of(matrix), axis=1)
    assert log_times(scores, matrix) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_a_state_all_but_excluded_is_not_lost():
    behind = np.array([[0.0, -2000.0]])  # e to the minus 2000 is 0 in floating point
    assert log_times(behind, np.eye(2)).tolist() == [[0.0, -2000.0]]


HALF, SEEN, TWO = np.full((2, 2), 0.5), np.zeros((2, 1, 2)), np.array([1, 1])
ONE_ROW = [np.array([0, 1])]
(PACK,) = packs(ONE_ROW, states=2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: next(packs([], 2)), "there are 0 sequences"),
        (lambda: next(packs([np.array([0]), np.array([], dtype=int)], 2)), "1 of them empty"),
        (lambda: next(packs(ONE_ROW, 0)), "states is 0"),
        (lambda: log_of(np.array([-0.1])), "probabilities contains -0.1"),
        (lambda: log_of(np.array([np.nan])), "probabilities contains nan"),
        (lambda: log_times(SEEN[0] + np.nan, HALF), "scores contains something else"),
        (lambda: log_times(SEEN[0], -HALF), "matrix contains -0.5"),
        (lambda: forward_batch(SEEN[0, 0] + np.inf, HALF, SEEN, TWO), "initial_scores contains"),
        (lambda: forward_batch(SEEN[0, 0], HALF, SEEN, np.array([1, 0])), "at least 1"),
        (lambda: backward_batch(HALF, SEEN, np.array([2, 1])), "of the 1 sequences"),
        (lambda: backward_batch(HALF, SEEN * np.nan, TWO), "emission_scores contains"),
        (lambda: viterbi_batch(SEEN[0, 0], HALF, HALF[:, :1], PACK), "contains the id 1"),
        (lambda: expected_counts(HALF[0], HALF, HALF, np.array([-1])), "contains the id -1"),
        (lambda: expected_counts(HALF[0], HALF, HALF * 2, np.array([0])), "row 0 of emission sums"),
        (lambda: expected_counts_batch(HALF[0], HALF, HALF, []), "sequences is empty"),
        (
            lambda: expected_counts_batch(HALF[0], HALF, HALF, [np.array([0, 2])]),
            "sequences contains the id 2",
        ),
        (lambda: re_estimate(HALF, HALF[None]), "otherwise has shape"),
        (lambda: re_estimate(-HALF, HALF), "counts contains -0.5"),
    ],
)
@pytest.mark.usefixtures("without_shape_checks")
def test_what_can_be_no_score_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
