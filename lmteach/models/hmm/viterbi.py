"""The most probable path through hidden states: Viterbi's algorithm. Taught in notebook 03."""

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import checked_by
from lmteach.typed import typed


def check_log_scores(name: str, scores: np.ndarray) -> None:
    """Say that a table holds something else than log scores, if so.

    >>> check_log_scores("initial_scores", np.array([-np.inf, np.nan]))
    Traceback (most recent call last):
    ValueError: initial_scores contains something else than numbers below infinity; expected log...
    """
    if not np.issubdtype(scores.dtype, np.number) or not np.all(scores < np.inf):
        raise ValueError(
            f"{name} contains something else than numbers below infinity; expected log scores, "
            "such as np.log(probabilities), minus infinity for the impossible."
        )


def check_scores(
    initial_scores: np.ndarray, transition_scores: np.ndarray, emission_scores: np.ndarray
) -> None:
    """Say what is wrong with a set of log scores, if anything.

    Raises ``ValueError`` unless they have the shapes (N,), (N, N) and (T, N), with at least one
    state and one step, and every entry is a number below infinity. Minus infinity is fine: it
    means *impossible*.

    >>> check_scores(np.zeros(2), np.zeros((2, 3)), np.zeros((5, 2)))
    Traceback (most recent call last):
    ValueError: transition_scores has shape (2, 3), expected (2, 2), a row for each of the 2...
    """
    initial, transition, emission = map(
        np.asarray, (initial_scores, transition_scores, emission_scores)
    )
    if initial.ndim != 1 or len(initial) == 0:
        raise ValueError(
            f"initial_scores has shape {initial.shape}, expected (N,) with a score for each state."
        )
    states = len(initial)
    if transition.shape != (states, states):
        raise ValueError(
            f"transition_scores has shape {transition.shape}, expected {(states, states)}, a row "
            f"for each of the {states} states that initial_scores has."
        )
    if emission.ndim != 2 or emission.shape[1] != states or len(emission) == 0:
        raise ValueError(
            f"emission_scores has shape {emission.shape}, expected (T, {states}) with T of at "
            "least 1: for each step, the score of what was seen there under each state."
        )
    for name, scores in (("initial", initial), ("transition", transition), ("emission", emission)):
        check_log_scores(f"{name}_scores", scores)


@checked_by(check_scores)
@typed
def viterbi(
    initial_scores: Float[np.ndarray, " states"],
    transition_scores: Float[np.ndarray, "states states"],
    emission_scores: Float[np.ndarray, "time states"],
) -> tuple[Int[np.ndarray, " time"], float]:
    """Return the path (T,) of states with the highest score, and that score.

    A path's score is the sum of its initial score, its T - 1 transition scores [from, to] and
    its T emission scores. Log probabilities (nats) are one kind of score; they need not sum to
    anything. Of equally good paths, the one through the earlier states is taken at each choice.
    If every path is impossible the score is minus infinity, and no path is better than another.

    Raises ``ValueError`` for wrong shapes, NaN or plus infinity. Source: A. Viterbi (1967).

    >>> path, score = viterbi(
    ...     np.log([0.5, 0.5]),
    ...     np.log([[0.9, 0.1], [0.1, 0.9]]),
    ...     np.log([[0.5, 0.4], [0.4, 0.6], [0.3, 0.7]]),
    ... )
    >>> path, round(float(np.exp(score)), 5)  # 0.5 · 0.4 · 0.9 · 0.6 · 0.9 · 0.7
    (array([1, 1, 1]), 0.06804)
    """
    best = initial_scores + emission_scores[0]
    came_from = np.zeros(emission_scores.shape, dtype=np.int64)
    for t in range(1, len(emission_scores)):
        candidates = best[:, None] + transition_scores + emission_scores[t]
        came_from[t] = candidates.argmax(axis=0)
        best = candidates.max(axis=0)
    path = [best.argmax()]
    for t in range(len(emission_scores) - 1, 0, -1):
        path.append(came_from[t, path[-1]])
    return np.array(path[::-1]), float(best.max())
