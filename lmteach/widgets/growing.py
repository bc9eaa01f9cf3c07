"""Growing a name letter by letter, with the same random numbers in Python and in the browser.

Used by the bigram explorer of notebook 01.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float

LONGEST = 60  # letters; a name without an end is cut here

_MASK = 0xFFFFFFFF


def uniform(seed: int, index: int) -> float:
    """Return random number ``index`` (0, 1, 2, …) of the stream ``seed``, in [0, 1).

    This is mulberry32 (Tommy Ettinger 2017, public domain), a generator small enough to stand
    in a few lines of Python and JavaScript alike. Its state grows by a constant at each step,
    so number ``index`` can be had without those before it.

    >>> uniform(0, 0)
    0.26642920868471265
    """
    state = (seed + (index + 1) * 0x6D2B79F5) & _MASK
    mixed = ((state ^ state >> 15) * (state | 1)) & _MASK
    mixed ^= (mixed + (((mixed ^ mixed >> 7) * (mixed | 61)) & _MASK)) & _MASK
    return (mixed ^ mixed >> 14) / 2**32


def draw(weights: Sequence[float], chance: float) -> int:
    """Return the index at which the running sum of ``weights`` passes ``chance`` in [0, 1).

    The sum is taken from left to right, as the browser does, so that both draw alike.

    >>> draw([0.5, 0.25, 0.25], 0.6)
    1
    """
    total, last = 0.0, 0
    for index, weight in enumerate(weights):
        total += weight
        if chance < total:
            return index
        if weight > 0:
            last = index
    return last  # rounding left the sum a hair below 1


def grow(
    probabilities: Float[np.ndarray, "vocab vocab"],
    start: int,
    end: int | None,
    seed: int = 0,
    draws: int = 0,
) -> list[int]:
    """Draw one symbol after another until ``end``, and return the path from ``start``.

    Row i of ``probabilities`` is the distribution of what follows symbol i. ``draws`` says how
    many random numbers were used before. Stops after ``LONGEST`` letters.

    >>> grow(np.array([[0.0, 1.0], [1.0, 0.0]]), start=0, end=0)
    [0, 1, 0]
    """
    path = [start]
    while len(path) <= LONGEST and (len(path) == 1 or path[-1] != end):
        path.append(draw(probabilities[path[-1]].tolist(), uniform(seed, draws)))
        draws += 1
    return path


def step_probabilities(
    probabilities: Float[np.ndarray, "vocab vocab"], path: Sequence[int]
) -> list[float]:
    """Return the probability of every step of ``path``, one fewer than it has symbols.

    >>> step_probabilities(np.array([[0.25, 0.75], [0.5, 0.5]]), [0, 1, 0])
    [0.75, 0.5]
    """
    return [float(probabilities[a, b]) for a, b in pairwise(path)]
