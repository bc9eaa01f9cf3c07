"""Hidden Markov models: states that nobody sees follow a chain, and each emits what is seen.

Taught in notebooks 03 (use) and 04 (learning).
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from tqdm.auto import tqdm

from lmteach.checks import (
    check_number,
    check_sizes,
    check_table,
    check_tokens,
    checked_by,
)
from lmteach.models.hmm.batch import log_of, packs, viterbi_batch
from lmteach.models.hmm.baum_welch import (
    check_probabilities,
    expected_counts_batch,
    impossible,
    re_estimate,
)
from lmteach.models.hmm.forward_backward import backward, forward
from lmteach.models.hmm.viterbi import viterbi as viterbi
from lmteach.typed import typed


def check_counts(initial: Any, transition: Any, emission: Any, pseudocount: float) -> None:
    """Say what is wrong with the three tables of counts, or with what is added to them.

    >>> check_counts(np.ones(2), np.ones((2, 2)), np.ones((2, 3)), pseudocount=-1.0)
    Traceback (most recent call last):
    ValueError: pseudocount is -1.0, expected a finite number of at least 0.
    """
    states = len(check_table("initial", initial, (None,), "(N,)"))
    check_table("transition", transition, (states, states), "(N, N)")
    check_table("emission", emission, (states, None), "(N, V)")
    check_number("pseudocount", pseudocount, at_least=0)


def check_sequences(sequences: Any, vocab_size: int) -> list[np.ndarray]:
    """Return ``sequences`` as a list of rows of ids, or say which one is wrong and why.

    >>> check_sequences([[0, 1], []], vocab_size=2)
    Traceback (most recent call last):
    ValueError: sequence 1: observations has 0 ids, expected at least 1.
    """
    if isinstance(sequences, str) or not isinstance(sequences, Sequence | np.ndarray):
        raise ValueError(
            f"sequences is a {type(sequences).__name__}, expected a list of sequences of ids."
        )
    if len(sequences) == 0:
        raise ValueError("sequences is empty, expected at least one sequence of ids.")
    if np.ndim(sequences[0]) == 0 and not isinstance(sequences[0], str):
        raise ValueError(
            "sequences is one row of ids, expected a list of such rows: for a single one, "
            "write [observations]."
        )
    rows = [np.asarray(observations) for observations in sequences]
    if all(row.ndim == 1 and len(row) and row.dtype == np.int64 for row in rows):
        together = np.concatenate(rows)  # all at once: a hundred times faster than one by one
        if together.min() >= 0 and together.max() < vocab_size:
            return rows
    for place, observations in enumerate(sequences):
        try:
            rows[place] = check_tokens(observations, vocab_size, name="observations")
        except ValueError as error:
            raise ValueError(f"sequence {place}: {error}") from None
    return rows


Rows = Sequence[Sequence[int] | Int[np.ndarray, " _"]]


def _check_tagged(
    tags: Rows,
    observations: Rows,
    states: int,
    vocab_size: int,
    weights: Sequence[float] | Shaped[np.ndarray, " batch"] | None,
) -> None:
    check_sizes(states=states, vocab_size=vocab_size)
    lengths = []
    for name, sequences, size in (
        ("tags", tags, states),
        ("observations", observations, vocab_size),
    ):
        try:
            lengths.append([len(row) for row in check_sequences(sequences, size)])
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
    if lengths[0] != lengths[1]:
        raise ValueError(
            f"tags has {len(lengths[0])} sequences of {sum(lengths[0])} ids in all, observations "
            f"has {len(lengths[1])} of {sum(lengths[1])}; expected a tag for every observation."
        )
    if weights is not None:
        check_table("weights", weights, (len(tags),), "(sequences,)")


@checked_by(_check_tagged)
@typed
def count_tagged(
    tags: Rows,
    observations: Rows,
    states: int,
    vocab_size: int,
    weights: Sequence[float] | Shaped[np.ndarray, " batch"] | None = None,
) -> tuple[
    Float[np.ndarray, " states"],
    Float[np.ndarray, "states states"],
    Float[np.ndarray, "states vocab"],
]:
    """Count first states (N,), steps [from, to] (N, N) and emissions [state, symbol] (N, V).

    ``tags`` are the states behind ``observations``, sequence by sequence; a sequence with weight
    3 counts as if it stood there three times. ``HMM.from_counts`` takes the result.
    Raises ``ValueError`` for ids out of range or sequences that do not fit each other.

    >>> initial, transition, emission = count_tagged([[0, 1, 1]], [[5, 5, 2]], 2, 6, weights=[3.0])
    >>> initial, transition
    (array([3., 0.]), array([[0., 3.],
           [0., 3.]]))
    >>> emission[1]
    array([0., 0., 3., 0., 0., 3.])
    """
    lengths = np.array([len(row) for row in tags])
    weight = np.repeat(np.ones(len(lengths)) if weights is None else np.asarray(weights), lengths)
    tag, seen = (np.concatenate([np.asarray(row) for row in rows]) for rows in (tags, observations))
    starts = np.zeros(len(tag), dtype=bool)
    starts[np.cumsum(lengths[:-1])] = starts[0] = True
    initial = np.bincount(tag[starts], weight[starts], states)
    steps = (tag[:-1] * states + tag[1:])[~starts[1:]]
    transition = np.bincount(steps, weight[1:][~starts[1:]], states**2).astype(float)
    emission = np.bincount(tag * vocab_size + seen, weight, states * vocab_size)
    return initial, transition.reshape(states, states), emission.reshape(states, vocab_size)


Observations = Sequence[int] | Int[np.ndarray, " time"]
Sequences = Sequence[Sequence[int] | Int[np.ndarray, " _"]]


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

    @checked_by(check_probabilities)
    @typed
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
    @typed
    def from_counts(
        cls,
        initial: Shaped[np.ndarray, " states"],
        transition: Shaped[np.ndarray, "states states"],
        emission: Shaped[np.ndarray, "states vocab"],
        pseudocount: float = 0.0,
    ) -> "HMM":
        """Make the model whose rows are counts plus ``pseudocount``, divided by their sums.

        ``models.hmm.model.count_tagged`` counts them from tagged sequences. To smooth one table
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
    @typed
    def random(cls, states: int, vocab_size: int, generator: np.random.Generator) -> "HMM":
        """Draw a model, every row of it evenly from all distributions: a start for Baum–Welch.

        Raises ``ValueError`` if ``states`` or ``vocab_size`` is below 1.

        >>> HMM.random(2, 3, np.random.default_rng(0)).emission.shape
        (2, 3)
        """
        check_sizes(states=states, vocab_size=vocab_size)
        return cls(
            generator.dirichlet(np.ones(states)),
            generator.dirichlet(np.ones(states), states),
            generator.dirichlet(np.ones(vocab_size), states),
        )

    @classmethod
    @typed
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

        >>> source = np.random.default_rng(0)
        >>> best, runs = HMM.fit_restarts([[0, 0, 1, 1]], 2, 2, source, restarts=3, iterations=5)
        >>> len(runs), best.log_likelihood([0, 0, 1, 1]) == max(run[-1] for run in runs)
        (3, True)
        """
        check_sizes(restarts=restarts)
        starts = [cls.random(states, vocab_size, generator) for _ in range(restarts)]
        runs = [start.baum_welch(sequences, iterations, tolerance, progress) for start in starts]
        best, _ = max(runs, key=lambda run: run[1][-1])
        return best, [log_likelihoods for _, log_likelihoods in runs]

    def emission_scores(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return the log probability (T, N) of each observation under each state.

        Raises ``ValueError``, as all methods do, for no observations or ids outside 0 to V - 1.
        """
        ids = check_tokens(observations, self.vocab_size, name="observations")
        return log_of(self.emission).T[ids]

    def forward(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return log alpha (T, N); see ``models.hmm.forward_backward.forward``.

        >>> coin = HMM(np.array([1.0]), np.array([[1.0]]), np.array([[0.5, 0.5]]))
        >>> np.exp(coin.forward([0, 1])).tolist()
        [[0.5], [0.25]]
        """
        seen = self.emission_scores(observations)
        return forward(log_of(self.initial), log_of(self.transition), seen)

    def backward(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return log beta (T, N); see ``models.hmm.forward_backward.backward``.

        >>> coin = HMM(np.array([1.0]), np.array([[1.0]]), np.array([[0.5, 0.5]]))
        >>> np.exp(coin.backward([0, 1])).tolist()
        [[0.5], [1.0]]
        """
        return backward(log_of(self.transition), self.emission_scores(observations))

    def log_likelihood(self, observations: Observations) -> float:
        """Return the log probability of all observations together, in nats, over all paths.

        Minus infinity if the model holds them impossible.

        >>> coin = HMM(np.array([1.0]), np.array([[1.0]]), np.array([[0.5, 0.5]]))
        >>> round(float(np.exp(coin.log_likelihood([0, 1]))), 3)
        0.25
        """
        return float(np.logaddexp.reduce(self.forward(observations)[-1]))

    def log_probabilities(self, ids: Observations) -> Float[np.ndarray, " time"]:
        """Return log p of each of ``ids`` (T,) given those before it, in nats.

        The forward pass knows the probability of all that was seen up to each step, over all
        paths; one symbol's is the ratio of two of them. They sum to ``log_likelihood``. A symbol
        that the model holds impossible gets minus infinity, and so does all that comes after it.

        >>> coin = HMM(np.array([1.0]), np.array([[1.0]]), np.array([[0.5, 0.5]]))
        >>> np.exp(coin.log_probabilities([0, 1])).round(3).tolist()
        [0.5, 0.5]
        """
        so_far = np.logaddexp.reduce(self.forward(ids), axis=1)
        steps = np.full(len(so_far), -np.inf)
        possible = so_far > -np.inf
        steps[possible] = np.diff(so_far[possible], prepend=0.0)
        return steps

    def posterior(self, observations: Observations) -> Float[np.ndarray, "time states"]:
        """Return the probability (T, N) of each state at each step, given all observations.

        Rows sum to 1. Raises ``ValueError`` if the model holds the observations impossible.

        >>> even = np.full((2, 2), 0.5)
        >>> HMM(even[0], even, np.array([[0.75, 0.25], [0.25, 0.75]])).posterior([0, 1]).round(3)
        array([[0.75, 0.25],
               [0.25, 0.75]])
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

    @typed
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

        >>> start = HMM(np.array([1.0]), np.array([[1.0]]), np.array([[0.5, 0.5]]))
        >>> learned, _ = start.baum_welch([[0, 0, 0, 1]], callback=lambda *_: None)
        >>> learned.emission.round(3)
        array([[0.75, 0.25]])
        """
        check_sizes(iterations=iterations)
        check_number("tolerance", tolerance, at_least=0)
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

    @typed
    def sample(
        self, length: int, generator: np.random.Generator
    ) -> tuple[Int[np.ndarray, " time"], Int[np.ndarray, " time"]]:
        """Draw ``length`` observations (T,) and return them with the states (T,) behind them.

        Raises ``ValueError`` if ``length`` is below 1.

        >>> sure = HMM(np.array([1.0, 0.0]), np.eye(2)[::-1], np.eye(2))
        >>> sure.sample(3, np.random.default_rng(0))
        (array([0, 1, 0]), array([0, 1, 0]))
        """
        check_sizes(length=length)
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
