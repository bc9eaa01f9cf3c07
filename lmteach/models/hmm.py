"""Hidden Markov models: states that nobody sees follow a chain, and each emits what is seen.

Taught in notebooks 03 (use) and 04 (learning).
"""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped
from tqdm.auto import tqdm

from lmteach.checks import checked_by
from lmteach.models.baum_welch import expected_counts_batch, impossible, re_estimate
from lmteach.models.forward_backward import backward, forward
from lmteach.models.hmm_batch import log_of, packs, viterbi_batch
from lmteach.models.hmm_checks import (
    check_at_least_one,
    check_counts,
    check_distribution,
    check_observations,
    check_sequences,
)
from lmteach.models.viterbi import viterbi as viterbi  # part of this module's interface, too

Observations = Sequence[int] | Int[np.ndarray, " time"]
Sequences = Sequence[Sequence[int] | Int[np.ndarray, " _"]]


def _check_model(initial: np.ndarray, transition: np.ndarray, emission: np.ndarray) -> None:
    states = len(check_distribution("initial", initial, (None,)))
    check_distribution("transition", transition, (states, states))
    check_distribution("emission", emission, (states, None))


class HMM:
    """A hidden Markov model over N states and V symbols.

    ``initial`` (N,): the probability of each state to be the first. ``transition`` (N, N): entry
    [from, to]. ``emission`` (N, V): entry [state, symbol]. Every row sums to 1. Observations are
    ids of symbols, (T,). Inside, everything is in log space; log probabilities are in nats.

    Raises ``ValueError`` for wrong shapes, negative or NaN entries and rows that do not sum to 1.
    Source: L. R. Rabiner (1989), whose π, A and B these are.

    >>> model = HMM(
    ...     np.array([0.5, 0.5]),
    ...     np.array([[0.9, 0.1], [0.1, 0.9]]),
    ...     np.array([[0.8, 0.2], [0.3, 0.7]]),
    ... )
    >>> path, log_probability = model.viterbi([0, 0, 0, 1, 1, 1])
    >>> path, round(log_probability, 3)
    (array([0, 0, 0, 1, 1, 1]), -5.157)
    """

    @checked_by(_check_model)
    def __init__(
        self,
        initial: Float[np.ndarray, " states"],
        transition: Float[np.ndarray, "states states"],
        emission: Float[np.ndarray, "states vocab"],
    ) -> None:
        self.initial = np.array(initial, dtype=float)
        self.transition = np.array(transition, dtype=float)
        self.emission = np.array(emission, dtype=float)
        self.states, self.vocab_size = self.emission.shape

    @classmethod
    @checked_by(check_counts)
    def from_counts(
        cls,
        initial: Shaped[np.ndarray, " states"],
        transition: Shaped[np.ndarray, "states states"],
        emission: Shaped[np.ndarray, "states vocab"],
        pseudocount: float = 0.0,
    ) -> "HMM":
        """Make the model whose rows are counts plus ``pseudocount``, divided by their sums.

        ``models.hmm_counts.count_tagged`` counts them from tagged sequences. To smooth one table
        only, add to its counts and leave ``pseudocount`` at 0.
        Raises ``ValueError`` for negative counts, and for rows of zeros without a pseudocount.

        >>> HMM.from_counts(np.array([3, 1]), np.eye(2), np.array([[4], [2]])).initial
        array([0.75, 0.25])
        """
        tables = (
            np.asarray(counts) + float(pseudocount) for counts in (initial, transition, emission)
        )
        return cls(*(re_estimate(counts, otherwise=np.zeros_like(counts)) for counts in tables))

    @classmethod
    def random(cls, states: int, vocab_size: int, generator: np.random.Generator) -> "HMM":
        """Draw a model, every row of it evenly from all distributions: a start for Baum–Welch.

        Raises ``ValueError`` if ``states`` or ``vocab_size`` is below 1.
        """
        check_at_least_one(states=states, vocab_size=vocab_size)
        return cls(
            generator.dirichlet(np.ones(states)),
            generator.dirichlet(np.ones(states), states),
            generator.dirichlet(np.ones(vocab_size), states),
        )

    @classmethod
    def fit_restarts(
        cls,
        sequences: Sequences,
        states: int,
        vocab_size: int,
        generator: np.random.Generator,
        restarts: int = 5,
        iterations: int = 100,
        tolerance: float = 1e-3,
        progress: bool = False,
    ) -> tuple["HMM", list[list[float]]]:
        """Run Baum–Welch from ``restarts`` random starts; return the likeliest model.

        With it come the log-likelihoods of every run, one list for each start. The likelihood has
        many hills, and each run climbs the one on which it starts.
        Raises ``ValueError`` if a number is below 1, and as ``baum_welch`` does.
        """
        check_at_least_one(restarts=restarts)
        starts = [cls.random(states, vocab_size, generator) for _ in range(restarts)]
        runs = [start.baum_welch(sequences, iterations, tolerance, progress) for start in starts]
        best, _ = max(runs, key=lambda run: run[1][-1])
        return best, [log_likelihoods for _, log_likelihoods in runs]

    def emission_scores(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return the log probability (T, N) of each observation under each state.

        Raises ``ValueError``, as all methods do, for no observations or ids outside 0 to V - 1.
        """
        return log_of(self.emission).T[check_observations(observations, self.vocab_size)]

    def forward(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return log alpha (T, N); see ``models.forward_backward.forward``."""
        seen = self.emission_scores(observations)
        return forward(log_of(self.initial), log_of(self.transition), seen)

    def backward(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return log beta (T, N); see ``models.forward_backward.backward``."""
        return backward(log_of(self.transition), self.emission_scores(observations))

    def log_likelihood(self, observations: Observations) -> float:
        """Return the log probability of all observations together, in nats, over all paths.

        Minus infinity if the model holds them impossible.
        """
        return float(np.logaddexp.reduce(self.forward(observations)[-1]))

    def posterior(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return the probability (T, N) of each state at each step, given all observations.

        Rows sum to 1. Raises ``ValueError`` if the model holds the observations impossible.
        """
        both = self.forward(observations) + self.backward(observations)
        log_likelihood = np.logaddexp.reduce(both[-1])
        if log_likelihood == -np.inf:
            raise ValueError(impossible("observations"))
        return np.exp(both - log_likelihood)

    def viterbi(self, observations: Observations) -> tuple[Int[np.ndarray, " time"], float]:
        """Return the most probable path (T,) and its log probability with the observations."""
        seen = self.emission_scores(observations)
        return viterbi(log_of(self.initial), log_of(self.transition), seen)

    def viterbi_batch(
        self, sequences: Sequences
    ) -> tuple[list[Int[np.ndarray, " _"]], Float[np.ndarray, " batch"]]:
        """Return the most probable path of each of B sequences, and their log probabilities (B,).

        The same as ``viterbi`` one by one, faster.
        """
        rows = check_sequences(sequences, self.vocab_size)
        initial, transition, emission = map(log_of, (self.initial, self.transition, self.emission))
        paths: list[np.ndarray] = [np.empty(0)] * len(rows)
        log_probabilities = np.empty(len(rows))
        for pack in packs(rows, self.states):
            found, scores = viterbi_batch(initial, transition, emission, pack)
            log_probabilities[pack.places] = scores
            for place, path, length in zip(pack.places, found, pack.lengths, strict=True):
                paths[place] = path[:length]
        return paths, log_probabilities

    def baum_welch(
        self,
        sequences: Sequences,
        iterations: int = 100,
        tolerance: float = 1e-3,
        progress: bool = False,
        callback: Callable[["HMM", float], None] | None = None,
    ) -> tuple["HMM", list[float]]:
        """Learn from ``sequences``, starting here; return the new model and the log-likelihoods.

        At most ``iterations`` rounds, fewer if a round gains less than ``tolerance`` nats in all.
        Entry k of the log-likelihoods (nats, of all sequences together) belongs to the model
        after k rounds, entry 0 to this one; they never fall. ``callback(model, log_likelihood)``
        is called for each of them, and ``progress`` shows a bar if it takes over 2 seconds.

        Raises ``ValueError`` for an empty or impossible sequence, ids outside the vocabulary,
        fewer than 1 iterations or a negative tolerance. Source: Baum and others (1970).
        """
        check_at_least_one(iterations=iterations)
        if not tolerance >= 0:
            raise ValueError(f"tolerance is {tolerance}, expected at least 0 nats.")
        rows = check_sequences(sequences, self.vocab_size)
        model, log_likelihoods = self, list[float]()
        for done in tqdm(range(iterations + 1), delay=2, disable=not progress, leave=False):
            now = (model.initial, model.transition, model.emission)
            *counts, log_likelihood = expected_counts_batch(*now, rows)
            log_likelihoods.append(log_likelihood)
            if callback is not None:
                callback(model, log_likelihood)
            gain = log_likelihood - log_likelihoods[-2] if done else np.inf
            if done == iterations or gain < tolerance:
                break
            model = HMM(*map(re_estimate, counts, now))
        return model, log_likelihoods

    def sample(
        self, length: int, generator: np.random.Generator
    ) -> tuple[Int[np.ndarray, " time"], Int[np.ndarray, " time"]]:
        """Draw ``length`` observations (T,) and return them with the states (T,) behind them.

        Raises ``ValueError`` if ``length`` is below 1.
        """
        check_at_least_one(length=length)
        tables = (self.initial, self.transition, self.emission)
        sums = (table.cumsum(axis=-1) for table in tables)
        first, after, emitted = (so_far / so_far[..., -1:] for so_far in sums)
        chances = generator.random((length, 2))
        states, observations = np.empty((2, length), dtype=np.int64)
        odds = first
        for t, (for_state, for_symbol) in enumerate(chances):
            state = states[t] = odds.searchsorted(for_state, side="right")
            observations[t] = emitted[state].searchsorted(for_symbol, side="right")
            odds = after[state]
        return observations, states
