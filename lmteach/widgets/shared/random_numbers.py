"""The same random numbers, and the same draws from them, in Python and in the browser."""

from collections.abc import Sequence

from lmteach.checks import check_number, check_table, check_whole, checked_by
from lmteach.typed import typed

_MASK = 0xFFFFFFFF


def _check_place(seed: int, index: int) -> None:
    check_whole("seed", seed, at_least=0)
    check_whole("index", index, at_least=0)


def _check_draw(weights: Sequence[float], chance: float) -> None:
    check_table("weights", weights, (None,), "(V,)")
    check_number("chance", chance, at_least=0, below=1)


@typed
@checked_by(_check_place)
def uniform(seed: int, index: int) -> float:
    """Return random number ``index`` (0, 1, 2, …) of the stream ``seed``, in [0, 1).

    This is mulberry32 (Tommy Ettinger 2017, public domain), a generator small enough to stand
    in a few lines of Python and JavaScript alike. Its state grows by a constant at each step,
    so number ``index`` can be had without those before it.

    Raises ``ValueError`` for a negative seed or index.

    >>> uniform(0, 0)
    0.26642920868471265
    """
    state = (int(seed) + (int(index) + 1) * 0x6D2B79F5) & _MASK
    mixed = ((state ^ state >> 15) * (state | 1)) & _MASK
    mixed ^= (mixed + (((mixed ^ mixed >> 7) * (mixed | 61)) & _MASK)) & _MASK
    return (mixed ^ mixed >> 14) / 2**32


@typed
@checked_by(_check_draw)
def draw(weights: Sequence[float], chance: float) -> int:
    """Return the index at which the running sum of ``weights`` passes ``chance`` in [0, 1).

    The sum is taken from left to right, as the browser does, so that both draw alike.

    Raises ``ValueError`` for no weights, one that is negative or not finite, or another chance.

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
