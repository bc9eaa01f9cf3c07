"""The arithmetic behind the trellis: every score, where it came from, and a row that is edited.

``lattice.js`` does the same in the browser; a test compares them. Taught in notebook 03.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from lmteach.models.hmm.viterbi import viterbi


class Lattice(NamedTuple):
    """All scores (T, N), in nats; where each came from (T, N); and the best path (T,).

    In the first row of ``back_pointers`` stands -1: nothing comes before. The path is empty if
    no path is possible.
    """

    scores: Float[np.ndarray, "time states"]
    back_pointers: Int[np.ndarray, "time states"]
    path: Int[np.ndarray, "..."]


def lattice(
    initial: Float[np.ndarray, " states"],
    transition: Float[np.ndarray, "states states"],
    seen: Float[np.ndarray, "time states"],
) -> Lattice:
    """Run the Viterbi algorithm on probabilities and keep everything that it computes.

    ``seen[t, j]`` is the probability that state j emits what was observed at step t. Of equal
    scores the first state is taken, as in ``models.hmm.viterbi``.

    >>> found = lattice(np.array([1.0, 0.0]), np.array([[0.5, 0.5], [0.0, 1.0]]),
    ...                 np.array([[0.5, 0.5], [0.25, 1.0]]))
    >>> found.path.tolist(), bool(np.isclose(found.scores[1, 1], np.log(0.25)))
    ([0, 1], True)
    """
    with np.errstate(divide="ignore"):  # the logarithm of 0 is −∞, and that is meant
        first, steps, emitted = np.log(initial), np.log(transition), np.log(seen)
    scores, back = [first + emitted[0]], [np.full(len(initial), -1)]
    for now in emitted[1:]:
        candidates = scores[-1][:, None] + steps + now  # (N, N): from, to
        back.append(candidates.argmax(axis=0))
        scores.append(candidates.max(axis=0))
    path, best = viterbi(first, steps, emitted)
    return Lattice(np.array(scores), np.array(back), path if best > -np.inf else path[:0])


def edited_row(
    row: Sequence[float], place: int, value: float, original: Sequence[float]
) -> list[float]:
    """Return a row of probabilities with another ``value`` at ``place``, still summing to 1.

    The other entries keep their ratios. Where they are all 0, they take those of ``original``;
    where those are 0, too, they share equally.

    Raises ``ValueError`` for a value that is no probability, or a row with nothing to rescale.

    >>> edited_row([0.5, 0.25, 0.25], place=0, value=0.75, original=[0.5, 0.25, 0.25])
    [0.75, 0.125, 0.125]
    """
    if not 0 <= value <= 1 or len(row) < 2:
        raise ValueError(
            f"value is {value} in a row of {len(row)}, expected a probability from 0 to 1 and at "
            "least one other entry that takes the rest."
        )
    for ratios in (row, original, [1.0] * len(row)):
        rest = sum(ratio for other, ratio in enumerate(ratios) if other != place)
        if rest > 1e-12:
            break
    return [
        value if other == place else (1 - value) * ratio / rest
        for other, ratio in enumerate(ratios)
    ]
