"""How far a measured figure may be off by chance: draw the same data anew, many times.

Taught in notebook 05; used wherever a figure stands on few cases.
"""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, check_number, check_sizes, checked_by
from lmteach.typed import typed


def _mean(values: np.ndarray) -> float:
    return float(values.mean())


def _numbers(values: ArrayLike) -> np.ndarray:
    return np.asarray(values) + 0  # True counts 1


def _check(values: ArrayLike, rounds: int, level: float) -> None:
    table = _numbers(values)
    check_finite("values", table, (None, *table.shape[1:]), "(N, …)")
    check_sizes(rounds=rounds)
    check_number("level", level, above=0, below=1)


@typed
@checked_by(_check)
def bootstrap_interval(
    values: ArrayLike,
    generator: np.random.Generator,
    statistic: Callable[[Float[np.ndarray, "..."]], float] = _mean,
    rounds: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the interval in which a statistic lies for ``level`` of all samples drawn anew.

    A sample has as many ``values`` (N, …) as there are, each drawn from all of them, so that some
    are in it twice and others not. ``statistic`` of a sample is its mean if not given. The interval
    leaves out the same share at both ends: the percentile bootstrap.

    Source: B. Efron and R. Tibshirani, "An Introduction to the Bootstrap" (1993), §13.3.

    Raises ``ValueError`` for no values, ones that are not finite, or a statistic that is no number.

    >>> right = [1] * 80 + [0] * 20
    >>> bootstrap_interval(right, np.random.default_rng(0))
    (0.72, 0.88)
    """
    table = _numbers(values)
    drawn = generator.integers(0, len(table), (rounds, len(table)))
    found = [statistic(table[places]) for places in drawn]
    for one in found:
        check_number("what statistic returns", one)
    low, high = np.quantile(np.array(found, dtype=float), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
