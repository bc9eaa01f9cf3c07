"""The same random numbers, and the same draws from them, in Python and in the browser."""

from collections.abc import Sequence

from lmteach.typed import typed

_MASK = 0xFFFFFFFF


@typed
def uniform(seed: int, index: int) -> float:
    """Return random number ``index`` (0, 1, 2, …) of the stream ``seed``, in [0, 1).

    This is mulberry32 (Tommy Ettinger 2017, public domain), a generator small enough to stand
    in a few lines of Python and JavaScript alike. Its state grows by a constant at each step,
    so number ``index`` can be had without those before it.

    >>> uniform(0, 0)
    0.26642920868471265
    """
    state = (int(seed) + (int(index) + 1) * 0x6D2B79F5) & _MASK
    mixed = ((state ^ state >> 15) * (state | 1)) & _MASK
    mixed ^= (mixed + (((mixed ^ mixed >> 7) * (mixed | 61)) & _MASK)) & _MASK
    return (mixed ^ mixed >> 14) / 2**32


@typed
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
