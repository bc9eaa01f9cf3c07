"""Learning a hidden Markov model from observations alone: Baum–Welch. Taught in notebook 04.

Each round counts what the present model expects to have happened behind the observations, then
takes the counts as if they had been seen. The likelihood of the observations never falls.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_distribution, check_table, check_tokens, checked_by
from lmteach.models.hmm.batch import MOST_CELLS, Pack, backward_batch, forward_batch, log_of, packs
from lmteach.models.hmm.forward_backward import backward, forward
from lmteach.typed import typed

SAFE_LIFT = 400.0  # nats; e to this, times a lost number below 1e-308, is still nothing


class ExpectedCounts(NamedTuple):
    """How often a model expects each thing to have happened behind what was seen.

    ``initial`` (N,): sequences that started in a state. ``transition`` (N, N): steps [from, to].
    ``emission`` (N, V): symbols that a state emitted. ``log_likelihood``: of what was seen, nats.
    """

    initial: Float[np.ndarray, " states"]
    transition: Float[np.ndarray, "states states"]
    emission: Float[np.ndarray, "states vocab"]
    log_likelihood: float


def check_probabilities(initial: np.ndarray, transition: np.ndarray, emission: np.ndarray) -> None:
    """Say what is wrong with the three tables of a model, if anything.

    >>> check_probabilities(np.array([0.5, 0.5]), np.eye(2), np.ones((2, 3)))
    Traceback (most recent call last):
    ValueError: row 0 of emission sums to 3, expected 1. Divide it by its sum.
    """
    states = len(check_distribution("initial", initial, (None,), "(N,)"))
    check_distribution("transition", transition, (states, states), "(N, N)")
    check_distribution("emission", emission, (states, None), "(N, V)")


def _check_one(
    initial: np.ndarray, transition: np.ndarray, emission: np.ndarray, observations: np.ndarray
) -> None:
    check_probabilities(initial, transition, emission)
    check_tokens(observations, emission.shape[1], name="observations")


@typed
@checked_by(_check_one)
def expected_counts(
    initial: Float[np.ndarray, " states"],
    transition: Float[np.ndarray, "states states"],
    emission: Float[np.ndarray, "states vocab"],
    observations: Int[np.ndarray, " time"],
) -> ExpectedCounts:
    """Return what a model (probabilities) expects to have happened behind one sequence (T,).

    Every path counts as much as it is probable, given the observations. This is the plain form,
    one formula a line; ``expected_counts_batch`` does the same for many sequences.
    Raises ``ValueError`` for tables that are no probabilities, and if the observations are
    unknown or impossible. Source: Rabiner (1989), eq. 37 to 40.

    >>> half = np.full((2, 2), 0.5)
    >>> counts = expected_counts(half[0], half, np.eye(2), np.array([0, 1]))
    >>> counts.transition  # state 0 must have emitted symbol 0, then state 1 symbol 1
    array([[0., 1.],
           [0., 0.]])
    """
    seen = log_of(emission.T[observations])  # (T, N)
    alpha = forward(log_of(initial), log_of(transition), seen)
    beta = backward(log_of(transition), seen)
    log_likelihood = np.logaddexp.reduce(alpha[-1])
    if log_likelihood == -np.inf:
        raise ValueError(impossible("observations"))
    in_state = np.exp(alpha + beta - log_likelihood)  # (T, N)
    onward = alpha[:-1, :, None] + log_of(transition) + (seen + beta)[1:, None, :]
    steps = np.exp(onward - log_likelihood)  # (T - 1, N, N)
    emitted = np.zeros(emission.shape)
    np.add.at(emitted.T, observations, in_state)
    return ExpectedCounts(in_state[0], steps.sum(axis=0), emitted, float(log_likelihood))


@typed
def impossible(what: str) -> str:
    """The sentence for whoever asks what happened behind something that can't have happened.

    >>> impossible("sequence 3")
    'sequence 3 is impossible under this model (probability 0), so nothing can be said about...'
    """
    return (
        f"{what} is impossible under this model (probability 0), so nothing can be said about "
        "the states behind it. Use a model without zeros, such as HMM.from_counts with a "
        "pseudocount."
    )


def _check_many(
    initial: np.ndarray,
    transition: np.ndarray,
    emission: np.ndarray,
    sequences: Sequence[np.ndarray],
) -> None:
    check_probabilities(initial, transition, emission)
    if len(sequences) == 0:
        raise ValueError("sequences is empty, expected at least one sequence of ids.")
    check_tokens(np.concatenate(sequences), emission.shape[1], name="sequences")


@typed
@checked_by(_check_many)
def expected_counts_batch(
    initial: Float[np.ndarray, " states"],
    transition: Float[np.ndarray, "states states"],
    emission: Float[np.ndarray, "states vocab"],
    sequences: Sequence[Int[np.ndarray, " _"]],
    most_cells: int = MOST_CELLS,
) -> ExpectedCounts:
    """Return what a model (probabilities) expects to have happened behind many sequences.

    The sum of ``expected_counts`` over them, faster: one loop over time for all of them together.
    Raises ``ValueError`` as ``expected_counts`` does, and says which sequence is impossible.

    >>> half = np.full((2, 2), 0.5)
    >>> expected_counts_batch(half[0], half, half, [np.array([0, 1]), np.array([1])]).emission
    array([[0.5, 1. ],
           [0.5, 1. ]])
    """
    parts = [
        _counts_of_pack(initial, transition, emission, pack)
        for pack in packs(sequences, len(initial), most_cells)
    ]
    return ExpectedCounts(
        sum((part.initial for part in parts), np.zeros_like(initial)),
        sum((part.transition for part in parts), np.zeros_like(transition)),
        sum((part.emission for part in parts), np.zeros_like(emission)),
        sum(part.log_likelihood for part in parts),
    )


def _counts_of_pack(
    initial: np.ndarray, transition: np.ndarray, emission: np.ndarray, pack: Pack
) -> ExpectedCounts:
    time, batch = pack.observations.shape
    seen = log_of(emission).T[pack.observations]  # (T, B, N)
    alpha = forward_batch(log_of(initial), transition, seen, pack.running)
    last = alpha[pack.lengths - 1, np.arange(batch)]
    log_likelihoods = np.logaddexp.reduce(last, axis=1)  # (B,)
    if log_likelihoods.min() == -np.inf:
        raise ValueError(impossible(f"sequence {pack.places[log_likelihoods.argmin()]}"))
    beta = backward_batch(transition, seen, pack.running)
    in_state = np.exp(alpha + beta - log_likelihoods[:, None])  # (T, B, N), 0 after an end
    emitted = np.array(
        [
            np.bincount(pack.observations.ravel(), weights.ravel(), minlength=emission.shape[1])
            for weights in in_state.transpose(2, 0, 1)
        ]
    )
    goes_on = np.arange(batch) < pack.running[1:, None]  # (T - 1, B)
    steps = _expected_steps(
        alpha[:-1][goes_on],
        (seen + beta)[1:][goes_on],
        np.broadcast_to(log_likelihoods, (time - 1, batch))[goes_on],
        transition,
    )
    return ExpectedCounts(in_state[0].sum(axis=0), steps, emitted, float(log_likelihoods.sum()))


def _expected_steps(
    before: np.ndarray, after: np.ndarray, log_likelihoods: np.ndarray, transition: np.ndarray
) -> np.ndarray:
    """Sum exp(before + log transition + after - log-likelihood) over all steps, as one product.

    Both sides are lifted by their largest entries first. Steps where that is not enough (a state
    that is all but excluded before, and all but certain after) are summed term by term.
    """
    if len(before) == 0:
        return np.zeros_like(transition)
    top_before, top_after = before.max(axis=1), after.max(axis=1)
    lift = top_before + top_after - log_likelihoods
    near = lift < SAFE_LIFT
    left = np.exp(before[near] - top_before[near, None]) * np.exp(lift[near, None])
    right = np.exp(after[near] - top_after[near, None])
    steps = transition * (left.T @ right)
    for far in np.flatnonzero(~near):
        onward = before[far][:, None] + log_of(transition) + after[far]
        steps += np.exp(onward - log_likelihoods[far])
    return steps


def _check_counts(counts: np.ndarray, otherwise: np.ndarray) -> None:
    check_table("counts", counts, (None,) * counts.ndim)
    check_table("otherwise", otherwise, counts.shape)


@typed
@checked_by(_check_counts)
def re_estimate(
    counts: Float[np.ndarray, "... vocab"], otherwise: Float[np.ndarray, "... vocab"]
) -> Float[np.ndarray, "... vocab"]:
    """Divide every row of expected counts by its sum; a row without any keeps what it had.

    Raises ``ValueError`` for negative or infinite entries, and for tables of two shapes.

    >>> counts, before = np.array([[1.0, 3.0], [0.0, 0.0]]), np.array([[0.5, 0.5], [0.9, 0.1]])
    >>> re_estimate(counts, otherwise=before)
    array([[0.25, 0.75],
           [0.9 , 0.1 ]])
    """
    sums = counts.sum(axis=-1, keepdims=True)
    return np.where(sums > 0, counts / np.where(sums > 0, sums, 1), otherwise)
