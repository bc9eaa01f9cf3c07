"""Hidden Markov models from tagged data, where nothing is hidden: count. Taught in notebook 03."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

from lmteach.checks import checked_by
from lmteach.models.hmm_checks import check_at_least_one, check_sequences

Rows = Sequence[Sequence[int] | Int[np.ndarray, " _"]]


def _check_tagged(
    tags: Rows,
    observations: Rows,
    states: int,
    vocab_size: int,
    weights: Sequence[float] | Shaped[np.ndarray, " batch"] | None,
) -> None:
    check_at_least_one(states=states, vocab_size=vocab_size)
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
        given = np.asarray(weights, dtype=float)
        if given.shape != (len(tags),) or not np.all(np.isfinite(given)) or np.any(given < 0):
            raise ValueError(
                f"weights has shape {given.shape}, expected one finite number of at least 0 for "
                f"each of the {len(tags)} sequences."
            )


@checked_by(_check_tagged)
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
