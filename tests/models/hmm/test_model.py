"""The class against every path, hmmlearn, and by hand."""

from itertools import pairwise, product

import numpy as np
import pytest
from hmmlearn.hmm import CategoricalHMM
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.model import HMM, count_tagged

SEEDS = st.integers(0, 2**32 - 1)


def hmmlearn_twin(model, **settings):
    """The same model in hmmlearn."""
    twin = CategoricalHMM(model.states, n_features=model.vocab_size, **settings)
    twin.startprob_, twin.transmat_ = model.initial, model.transition
    twin.emissionprob_ = model.emission
    return twin


def joint(model, path, observations):
    """The probability of one path together with the observations."""
    steps = pairwise(path)
    return (
        model.initial[path[0]]
        * np.prod([model.transition[step] for step in steps])
        * np.prod([model.emission[pair] for pair in zip(path, observations, strict=True)])
    )


@given(st.integers(1, 4), st.integers(1, 7), SEEDS)
def test_equals_the_enumeration_of_all_paths(states, length, seed):
    rng = np.random.default_rng(seed)
    model = HMM.random(states, 3, rng)
    observations = rng.integers(0, 3, length)
    paths = list(product(range(states), repeat=length))
    joints = np.array([joint(model, path, observations) for path in paths])
    assert model.log_likelihood(observations) == pytest.approx(np.log(joints.sum()), abs=1e-10)
    path, log_probability = model.viterbi(observations)
    assert log_probability == pytest.approx(np.log(joints.max()), abs=1e-10)
    assert joint(model, tuple(path), observations) == pytest.approx(joints.max(), rel=1e-10)
    shorter = [np.exp(model.log_likelihood(observations[:t])) if t else 1 for t in range(length)]
    steps = np.exp([model.log_likelihood(observations[: t + 1]) for t in range(length)]) / shorter
    assert np.exp(model.log_probabilities(observations)) == pytest.approx(steps, rel=1e-10)
    posterior = np.zeros((length, states))
    for each, weight in zip(paths, joints, strict=True):
        posterior[range(length), each] += weight
    posterior /= joints.sum()
    assert model.posterior(observations) == pytest.approx(posterior, abs=1e-10)


@given(st.integers(1, 20), st.integers(1, 500), SEEDS)
def test_equals_hmmlearn(states, length, seed):
    rng = np.random.default_rng(seed)
    model = HMM.random(states, 10, rng)
    observations = rng.integers(0, 10, length)
    theirs = hmmlearn_twin(model)
    log_likelihood, posterior = theirs.score_samples(observations[:, None])
    assert model.log_likelihood(observations) == pytest.approx(log_likelihood, rel=1e-10)
    assert model.posterior(observations) == pytest.approx(posterior, abs=1e-9)
    score, _ = theirs.decode(observations[:, None])
    assert model.viterbi(observations)[1] == pytest.approx(score, rel=1e-10)


@given(st.integers(1, 6), st.lists(st.integers(1, 30), min_size=1, max_size=8), SEEDS)
def test_a_batch_equals_one_by_one(states, lengths, seed):
    rng = np.random.default_rng(seed)
    model = HMM.random(states, 4, rng)
    sequences = [rng.integers(0, 4, length) for length in lengths]
    paths, scores = model.viterbi_batch(sequences)
    for observations, path, score in zip(sequences, paths, scores, strict=True):
        alone, log_probability = model.viterbi(observations)
        assert path.tolist() == alone.tolist()
        assert score == log_probability


@given(st.integers(1, 6), st.integers(1, 60), SEEDS)
def test_posteriors_sum_to_one_and_agree_with_the_forward_pass_at_the_end(states, length, seed):
    rng = np.random.default_rng(seed)
    model = HMM.random(states, 4, rng)
    observations = rng.integers(0, 4, length)
    posterior = model.posterior(observations)
    assert posterior.sum(axis=1) == pytest.approx(np.ones(length), abs=1e-10)
    last = np.exp(model.forward(observations)[-1] - model.log_likelihood(observations))
    assert posterior[-1] == pytest.approx(last, abs=1e-10)


def test_a_hundred_thousand_steps_do_not_underflow():
    rng = np.random.default_rng(0)
    model = HMM.random(4, 6, rng)
    observations, _ = model.sample(100_000, rng)
    path, log_probability = model.viterbi(observations)
    assert len(path) == 100_000
    assert np.isfinite(log_probability)
    assert log_probability < model.log_likelihood(observations) < -10_000
    paths, scores = model.viterbi_batch([observations])
    assert (paths[0] == path).all()
    assert scores[0] == log_probability


def test_from_counts_by_hand():
    tags, letters = [[0, 0, 1], [1, 1]], [[2, 1, 0], [0, 1]]
    counts = count_tagged(tags, letters, states=2, vocab_size=3)
    model = HMM.from_counts(*counts)
    assert model.initial.tolist() == [0.5, 0.5]
    assert model.transition.tolist() == [[0.5, 0.5], [0.0, 1.0]]
    assert model.emission.tolist() == [[0.0, 0.5, 0.5], [2 / 3, 1 / 3, 0.0]]
    smooth = HMM.from_counts(*counts, pseudocount=1.0)
    assert smooth.initial.tolist() == [0.5, 0.5]
    assert smooth.transition.tolist() == [[0.5, 0.5], [1 / 3, 2 / 3]]
    assert smooth.emission == pytest.approx(
        np.array([[1 / 5, 2 / 5, 2 / 5], [1 / 2, 1 / 3, 1 / 6]])
    )


def test_tagged_data_from_a_model_give_the_model_back():
    rng = np.random.default_rng(2)
    model = HMM.random(3, 4, rng)
    observations, states = model.sample(200_000, rng)
    again = HMM.from_counts(*count_tagged([states], [observations], 3, 4), pseudocount=1e-3)
    assert again.transition == pytest.approx(model.transition, abs=0.01)
    assert again.emission == pytest.approx(model.emission, abs=0.01)


def test_samples_start_as_the_model_says_and_come_again_with_the_same_seed():
    model = HMM(np.array([0.2, 0.8]), np.eye(2), np.array([[1.0, 0.0], [0.25, 0.75]]))
    rng = np.random.default_rng(1)
    firsts = np.array([model.sample(1, rng)[1][0] for _ in range(5000)])
    assert firsts.mean() == pytest.approx(0.8, abs=0.03)  # five standard errors
    for _ in range(20):
        observations, states = model.sample(8, rng)
        assert len(set(states.tolist())) == 1  # no way from one state to the other
        assert states[0] == 1 or not observations.any()
    one, other = (model.sample(50, np.random.default_rng(3)) for _ in range(2))
    assert [part.tolist() for part in one] == [part.tolist() for part in other]


def test_what_is_impossible_is_said_to_be():
    model = HMM(np.array([1.0, 0.0]), np.eye(2), np.eye(2))
    assert model.log_likelihood([0, 0]) == 0
    assert model.log_likelihood([0, 1]) == -np.inf
    assert model.viterbi([0, 1])[1] == -np.inf
    assert model.log_probabilities([0, 0, 1, 0]).tolist() == [0, 0, -np.inf, -np.inf]
    with pytest.raises(ValueError, match="observations is impossible under this model"):
        model.posterior([0, 1])


def test_each_symbol_is_predicted_by_hand():
    """It rains or not, seen as wet (0) or dry (1): the second day by what the first says."""
    model = HMM(
        np.array([0.5, 0.5]), np.array([[0.8, 0.2], [0.4, 0.6]]), np.array([[1.0, 0.0], [0.5, 0.5]])
    )
    # wet: 0.5 · 1 + 0.5 · 0.5; then rain with 2/3: tomorrow's rain 2/3 · 0.8 + 1/3 · 0.4 = 2/3
    expected = [0.75, 1 / 3 * 0.5]
    assert np.exp(model.log_probabilities([0, 1])) == pytest.approx(expected, rel=1e-12)


def test_the_model_keeps_its_own_copy_of_the_numbers():
    emission = np.array([[0.5, 0.5]])
    model = HMM(np.ones(1), np.ones((1, 1)), emission)
    emission[0, 0] = 7.0
    assert model.emission.tolist() == [[0.5, 0.5]]


ONE, HALF = np.array([0.5, 0.5]), np.full((2, 2), 0.5)
FAIR = HMM(ONE, HALF, HALF)
RNG = np.random.default_rng(0)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: HMM(ONE, HALF, np.array([[0.5, 0.5], [0, 0]])), "row 1 of emission is all zeros"),
        (
            lambda: HMM(np.zeros(2), HALF, HALF),
            "initial is all zeros, expected probabilities",
        ),
        (lambda: HMM(ONE, HALF + 0.1, HALF), "row 0 of transition sums to 1.2, expected 1"),
        (lambda: HMM(ONE * 0.9, HALF, HALF), "initial sums to 0.9, expected 1"),
        (lambda: HMM(ONE, np.array([[1.5, -0.5], [0, 1]]), HALF), "transition contains -0.5"),
        (lambda: HMM(ONE, HALF, HALF * np.nan), "emission contains nan, expected finite"),
        (lambda: HMM(np.array([np.inf, 0]), HALF, HALF), "initial contains inf"),
        (lambda: HMM(HALF, HALF, HALF), r"initial has shape \(2, 2\), expected \(N,\) = \(any,\)"),
        (lambda: HMM(ONE, HALF[:1], HALF), r"transition has shape \(1, 2\), expected .*\(2, 2\)"),
        (
            lambda: HMM(ONE, HALF, HALF[:, :0]),
            r"emission has shape \(2, 0\), .* = \(2, any\)",
        ),
        (
            lambda: HMM(ONE, HALF, np.array([["a"], ["b"]])),
            "emission is of type <U1, expected",
        ),
        (lambda: HMM(np.zeros(0), HALF, HALF), r"initial has shape \(0,\), expected \(N,\)"),
        (lambda: HMM.from_counts(ONE, HALF, np.eye(2) * [1, 0]), "row 1 of emission is all zeros"),
        (lambda: HMM.from_counts(ONE, -HALF, HALF), "transition contains -0.5"),
        (lambda: HMM.from_counts(ONE, HALF, HALF, -1.0), "pseudocount is -1.0, expected a finite"),
        (lambda: HMM.from_counts(ONE, HALF, HALF, np.nan), "pseudocount is nan"),
        (lambda: HMM.random(0, 2, RNG), "states is 0, expected a whole number of at least 1"),
        (lambda: HMM.random(2, 0, RNG), "vocab_size is 0, expected a whole number"),
        (lambda: FAIR.log_likelihood([]), "observations has 0 ids, expected at least 1"),
        (lambda: FAIR.log_likelihood([0, 2]), "observations contains the id 2, but the vocab"),
        (lambda: FAIR.posterior([-1]), "observations contains the id -1"),
        (lambda: FAIR.forward("ab"), "observations is the text 'ab'"),
        (lambda: FAIR.backward([[0], [1]]), r"observations has shape \(2, 1\)"),
        (lambda: FAIR.viterbi([0.5]), "type float64, expected one row of whole numbers"),
        (lambda: FAIR.viterbi_batch([]), "sequences is empty"),
        (lambda: FAIR.viterbi_batch([0, 1]), "sequences is one row of ids"),
        (lambda: FAIR.viterbi_batch("abc"), "sequences is a str"),
        (lambda: FAIR.viterbi_batch(["abc"]), "sequence 0: observations is the text"),
        (lambda: FAIR.viterbi_batch([[0], []]), "sequence 1: observations has 0 ids"),
        (lambda: FAIR.viterbi_batch([np.array([0]), np.array([5])]), "sequence 1: .* the id 5"),
        (lambda: FAIR.baum_welch([[0], [3]]), "sequence 1: observations contains the id 3"),
        (lambda: FAIR.baum_welch([[0]], iterations=0), "iterations is 0, expected a whole number"),
        (
            lambda: FAIR.baum_welch([[0]], tolerance=-1.0),
            "tolerance is -1.0, expected a finite",
        ),
        (lambda: FAIR.baum_welch([[0]], tolerance=np.nan), "tolerance is nan"),
        (lambda: HMM.fit_restarts([[0]], 2, 2, RNG, restarts=0), "restarts is 0"),
        (lambda: FAIR.sample(0, RNG), "length is 0, expected a whole number of at least 1"),
    ],
)
def test_bad_input_is_refused_with_what_came_and_what_was_expected(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
