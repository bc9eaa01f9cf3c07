"""Hidden Markov models beside hmmlearn, which computes in C++."""

from collections.abc import Callable

import numpy as np
from hmmlearn.hmm import CategoricalHMM

from benchmarks.measuring import Row, seconds
from lmteach.models.hmm.model import HMM

STATES, SYMBOLS = 4, 6


def hmmlearn_twin(model: HMM, **settings: object) -> CategoricalHMM:
    """The same model in hmmlearn."""
    twin = CategoricalHMM(model.states, n_features=model.vocab_size, **settings)
    twin.startprob_, twin.transmat_ = model.initial, model.transition
    twin.emissionprob_ = model.emission
    return twin


def side_by_side(what: str, ours: Callable[[], object], theirs: Callable[[], object]) -> Row:
    """One row: the same work done by both, in turns."""
    fast, slow = seconds(ours, theirs)
    return Row(what, f"{fast * 1000:,.1f} ms", f"{slow * 1000:,.1f} ms (hmmlearn)", slow / fast)


def measure() -> list[Row]:
    """Viterbi in a batch, Viterbi over one long path, and rounds of Baum–Welch."""
    rng = np.random.default_rng(0)
    model = HMM.random(STATES, SYMBOLS, rng)
    batch = [model.sample(100, rng)[0] for _ in range(1000)]
    joined, lengths = np.concatenate(batch)[:, None], [100] * 1000
    long, _ = model.sample(100_000, rng)
    twin = hmmlearn_twin(model)

    rounds = 10
    start = HMM.random(STATES, SYMBOLS, rng)
    settings = {"n_iter": rounds, "tol": -np.inf, "init_params": "", "params": "ste"}
    return [
        side_by_side(
            f"viterbi_batch, 1,000 sequences of 100 steps, {STATES} states",
            lambda: model.viterbi_batch(batch),
            lambda: twin.decode(joined, lengths),
        ),
        side_by_side(
            f"viterbi, one path of 100,000 steps, {STATES} states (limit: 5 s)",
            lambda: model.viterbi(long),
            lambda: twin.decode(long[:, None]),
        ),
        side_by_side(
            f"Baum–Welch, {rounds} rounds over the 1,000 sequences",
            lambda: start.baum_welch(batch, iterations=rounds, tolerance=0.0),
            lambda: hmmlearn_twin(start, **settings).fit(joined, lengths),
        ),
    ]
