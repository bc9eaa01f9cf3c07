"""Sums over all paths of hidden states, in log space: forward and backward.

Taught in notebook 03. One sequence at a time, as in the formulas; ``models.hmm.batch`` does many at
once.
"""

import numpy as np
from jaxtyping import Float

from lmteach.checks import checked_by
from lmteach.models.hmm.viterbi import check_scores
from lmteach.typed import typed


@checked_by(check_scores)
def forward(
    initial_scores: Float[np.ndarray, " states"],
    transition_scores: Float[np.ndarray, "states states"],
    emission_scores: Float[np.ndarray, "time states"],
) -> Float[np.ndarray, "time states"]:
    """Return log alpha (T, N): entry [t, j] sums all paths that are in state j at step t.

    That is the log probability of what was seen up to and including step t, and of being in
    state j then, in nats. The log-likelihood is ``np.logaddexp.reduce`` of the last row.

    Raises ``ValueError`` for wrong shapes, NaN or plus infinity. Source: L. E. Baum and others
    (1970); our log alpha is the logarithm of Rabiner's α (1989, eq. 20).

    >>> alpha = forward(
    ...     np.log([0.5, 0.5]), np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.5, 0.4], [0.4, 0.6]])
    ... )
    >>> np.exp(alpha)  # last row: (0.25 · 0.9 + 0.2 · 0.1) · 0.4, (0.25 · 0.1 + 0.2 · 0.9) · 0.6
    array([[0.25 , 0.2  ],
           [0.098, 0.123]])
    """
    alpha = np.empty(emission_scores.shape)
    alpha[0] = initial_scores + emission_scores[0]
    for t in range(1, len(alpha)):
        candidates = alpha[t - 1][:, None] + transition_scores + emission_scores[t]
        alpha[t] = np.logaddexp.reduce(candidates, axis=0)
    return alpha


def _check_backward(transition_scores: np.ndarray, emission_scores: np.ndarray) -> None:
    check_scores(
        np.zeros(len(np.atleast_1d(transition_scores))), transition_scores, emission_scores
    )


@checked_by(_check_backward)
@typed
def backward(
    transition_scores: Float[np.ndarray, "states states"],
    emission_scores: Float[np.ndarray, "time states"],
) -> Float[np.ndarray, "time states"]:
    """Return log beta (T, N): entry [t, i] sums all ways to go on from state i after step t.

    That is the log probability of what is seen after step t, given state i at step t, in nats.
    The last row is 0: nothing is left to explain.

    Raises ``ValueError`` for wrong shapes, NaN or plus infinity. Source: Rabiner (1989), eq. 25.

    >>> beta = backward(np.log([[0.9, 0.1], [0.1, 0.9]]), np.log([[0.5, 0.4], [0.4, 0.6]]))
    >>> np.exp(beta)  # first row: 0.9 · 0.4 + 0.1 · 0.6, 0.1 · 0.4 + 0.9 · 0.6
    array([[0.42, 0.58],
           [1.  , 1.  ]])
    """
    beta = np.zeros(emission_scores.shape)
    for t in range(len(beta) - 2, -1, -1):
        onward = transition_scores + emission_scores[t + 1] + beta[t + 1]
        beta[t] = np.logaddexp.reduce(onward, axis=1)
    return beta
