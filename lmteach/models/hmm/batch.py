"""Forward, backward and Viterbi over many sequences at once.

The same sums as in ``forward_backward`` and ``viterbi``, with one loop over time for all sequences
together. Taught in notebook 04.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_shape, check_sizes, check_table, check_tokens, checked_by
from lmteach.models.hmm.viterbi import check_log_scores
from lmteach.typed import typed

MOST_CELLS = 4_000_000  # numbers in one table (time, batch, states): 32 MB
MOST_CANDIDATES = 1 << 17  # numbers that Viterbi compares at once: 1 MB, near the processor
SAFE = 1e-200  # a sum above this has lost nothing to numbers too small for floating point


@dataclass(frozen=True)
class Pack:
    """Sequences side by side, the longest first, so that those still running stand together.

    ``places`` (B,) says which of the given sequences each one is; ``observations`` (T, B) are
    their ids, 0 where a sequence has ended; ``lengths`` (B,); ``running`` (T,) counts the
    sequences that have not ended before step t: they are the first ones.
    """

    places: Int[np.ndarray, " batch"]
    observations: Int[np.ndarray, "time batch"]
    lengths: Int[np.ndarray, " batch"]
    running: Int[np.ndarray, " time"]


def _check_packing(sequences: Sequence[np.ndarray], states: int, most_cells: int) -> None:
    check_sizes(states=states, most_cells=most_cells)
    if not all(map(len, sequences)) or len(sequences) == 0:
        raise ValueError(
            f"there are {len(sequences)} sequences, {sum(len(one) == 0 for one in sequences)} of "
            "them empty, expected at least one, each of one id or more."
        )


@typed
@checked_by(_check_packing)
def packs(
    sequences: Sequence[Int[np.ndarray, " _"]], states: int, most_cells: int = MOST_CELLS
) -> Iterator[Pack]:
    """Pack sequences of about the same length together, in tables of bounded size.

    Raises ``ValueError`` if there is no sequence or one is empty.

    >>> first, = packs([np.array([7]), np.array([5, 6])], states=2)
    >>> first.places, first.observations.tolist(), first.running
    (array([1, 0]), [[5, 7], [6, 0]], array([2, 1]))
    """
    lengths = np.array([len(sequence) for sequence in sequences])
    order = np.argsort(-lengths, kind="stable")
    while len(order):
        longest = lengths[order[0]]
        places, order = np.split(order, [max(1, most_cells // (longest * states))])
        going = lengths[places] > np.arange(longest)[:, None]  # (T, B)
        table = np.zeros((len(places), longest), dtype=np.int64)
        table[going.T] = np.concatenate([sequences[place] for place in places])
        yield Pack(places, np.ascontiguousarray(table.T), lengths[places], going.sum(axis=1))


def _check_probabilities(probabilities: np.ndarray) -> None:
    check_table("probabilities", probabilities, probabilities.shape)


@typed
@checked_by(_check_probabilities)
def log_of(probabilities: np.ndarray) -> np.ndarray:
    """Logarithms in nats, minus infinity for what has probability 0.

    Raises ``ValueError`` for what is negative, infinite or NaN.

    >>> log_of(np.array([1.0, 0.0]))
    array([  0., -inf])
    """
    with np.errstate(divide="ignore"):
        return np.log(probabilities)


def _check_product(scores: np.ndarray, matrix: np.ndarray) -> None:
    check_shape("scores", scores.shape, (None, len(matrix)), "(B, N)")
    check_log_scores("scores", scores)
    check_table("matrix", matrix, matrix.shape)


@typed
@checked_by(_check_product)
def log_times(
    scores: Float[np.ndarray, "batch states"], matrix: Float[np.ndarray, "states states"]
) -> Float[np.ndarray, "batch states"]:
    """Return log(exp(scores) @ matrix), although exp(scores) may be too small to be written.

    Each row is lifted by its largest entry first. Where even then a sum is so small that parts
    of it may have been lost, the row is summed again term by term, in logarithms.
    Raises ``ValueError`` for scores of plus infinity or NaN, or a negative entry of the matrix.

    >>> log_times(np.array([[-1000.0, -1000.0]]), np.array([[0.5, 0.5], [0.25, 0.75]])).round(3)
    array([[-1000.288,  -999.777]])
    """
    return _log_times(scores, matrix)


def _log_times(scores: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The same for each step of a loop, whose tables were asked before it."""
    top = scores.max(axis=1, keepdims=True)
    top[top == -np.inf] = 0
    sums = np.exp(scores - top) @ matrix
    with np.errstate(divide="ignore"):
        result: np.ndarray = np.log(sums) + top
    if sums.min() < SAFE:
        rows = (sums < SAFE).any(axis=1)
        terms = scores[rows][:, :, None] + log_of(matrix)
        result[rows] = np.logaddexp.reduce(terms, axis=1)
    return result


def _check_running(
    transition: np.ndarray, emission_scores: np.ndarray, running: np.ndarray
) -> None:
    check_table("transition", transition, transition.shape)
    check_shape(
        "emission_scores", emission_scores.shape, (None, None, len(transition)), "(T, B, N)"
    )
    check_log_scores("emission_scores", emission_scores)
    batch = emission_scores.shape[1]
    if running[0] != batch or running[-1] < 1 or np.any(np.diff(running) > 0):
        raise ValueError(
            f"running is {running.tolist()[:10]}, expected how many of the {batch} sequences run "
            f"at each step: {batch} at first, never more than before, and at least 1."
        )


def _check_forward(
    initial_scores: np.ndarray,
    transition: np.ndarray,
    emission_scores: np.ndarray,
    running: np.ndarray,
) -> None:
    check_log_scores("initial_scores", initial_scores)
    _check_running(transition, emission_scores, running)


@typed
@checked_by(_check_forward)
def forward_batch(
    initial_scores: Float[np.ndarray, " states"],
    transition: Float[np.ndarray, "states states"],
    emission_scores: Float[np.ndarray, "time batch states"],
    running: Int[np.ndarray, " time"],
) -> Float[np.ndarray, "time batch states"]:
    """Return log alpha (T, B, N) of sequences in a ``Pack``; minus infinity after their ends.

    ``transition`` holds probabilities, the others log probabilities, in nats.
    Raises ``ValueError`` for what can be neither, or a ``running`` that is not of a ``Pack``.

    >>> half, seen = np.full((2, 2), 0.5), np.zeros((3, 1, 2))  # one sequence of three steps
    >>> alpha = forward_batch(log_of(half[0]), half, seen, running=np.array([1, 1, 1]))
    >>> np.exp(alpha[:, 0]).round(3).tolist()
    [[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]]
    """
    alpha = np.full(emission_scores.shape, -np.inf)
    alpha[0] = initial_scores + emission_scores[0]
    for t in range(1, len(alpha)):
        n = running[t]
        alpha[t, :n] = _log_times(alpha[t - 1, :n], transition) + emission_scores[t, :n]
    return alpha


@typed
@checked_by(_check_running)
def backward_batch(
    transition: Float[np.ndarray, "states states"],
    emission_scores: Float[np.ndarray, "time batch states"],
    running: Int[np.ndarray, " time"],
) -> Float[np.ndarray, "time batch states"]:
    """Return log beta (T, B, N) of sequences in a ``Pack``: 0 at, and after, their last steps.

    Raises ``ValueError`` as ``forward_batch`` does.

    >>> half, seen = np.full((2, 2), 0.5), np.log(np.full((2, 2, 2), 0.25))
    >>> beta = backward_batch(half, seen, running=np.array([2, 1]))  # of two steps, and of one
    >>> np.exp(beta[0]).round(3).tolist()
    [[0.25, 0.25], [1.0, 1.0]]
    """
    beta = np.zeros(emission_scores.shape)
    for t in range(len(beta) - 2, -1, -1):
        n = running[t + 1]
        beta[t, :n] = _log_times(emission_scores[t + 1, :n] + beta[t + 1, :n], transition.T)
    return beta


def _check_viterbi(
    initial_scores: np.ndarray,
    transition_scores: np.ndarray,
    emission_table: np.ndarray,
    pack: Pack,
) -> None:
    check_log_scores("initial_scores", initial_scores)
    check_log_scores("transition_scores", transition_scores)
    check_log_scores("emission_table", emission_table)
    check_shape("emission_table", emission_table.shape, (None, None), "(N, V)")
    check_tokens(pack.observations.ravel(), emission_table.shape[1], name="pack.observations")


@typed
@checked_by(_check_viterbi)
def viterbi_batch(
    initial_scores: Float[np.ndarray, " states"],
    transition_scores: Float[np.ndarray, "states states"],
    emission_table: Float[np.ndarray, "states vocab"],
    pack: Pack,
) -> tuple[Int[np.ndarray, "batch time"], Float[np.ndarray, " batch"]]:
    """Return the best paths (B, T) and their scores (B,) of a ``Pack``.

    ``emission_table`` holds a score for each state and symbol. Where the best came from is asked
    only on the way back, once for each step instead of once for each state; the sums are those of
    ``models.hmm.viterbi`` in the same order, so that equal paths are told apart in the same way.
    After the end of a sequence its path means nothing.
    Raises ``ValueError`` for scores of plus infinity or NaN, and for unknown symbols.

    >>> (pack,) = packs([np.array([0, 0, 1, 1])], states=2)
    >>> scores = log_of(np.array([[0.8, 0.2], [0.2, 0.8]]))
    >>> viterbi_batch(log_of(np.array([0.5, 0.5])), scores, scores, pack)[0]
    array([[0, 0, 1, 1]])
    """
    time, batch = pack.observations.shape
    best = np.empty((time, len(initial_scores), batch))
    seen = emission_table[:, pack.observations[0]]
    best[0] = initial_scores[:, None] + seen
    for t in range(1, time):
        n = pack.running[t]
        some = max(1, MOST_CANDIDATES // (len(best[t]) * n))
        for first in range(0, len(best[t]), some):  # with few states, all of them at once
            into = slice(first, first + some)
            candidates = best[t - 1, :, None, :n] + transition_scores[:, into, None]
            candidates.max(axis=0, out=best[t, into, :n])
        best[t, :, :n] += emission_table.take(pack.observations[t, :n], axis=1)
    columns = np.arange(batch)
    last = best[pack.lengths - 1, :, columns]  # (B, N)
    scores, state = last.max(axis=1), last.argmax(axis=1)
    paths = np.zeros((time, batch), dtype=np.int64)
    paths[pack.lengths - 1, columns] = state
    for t in range(time - 1, 0, -1):
        n = pack.running[t]
        after = paths[t, :n]
        seen = emission_table[after, pack.observations[t, :n]]
        candidates = best[t - 1, :, :n] + transition_scores.take(after, axis=1) + seen
        paths[t - 1, :n] = candidates.argmax(axis=0)
    return np.ascontiguousarray(paths.T), scores
