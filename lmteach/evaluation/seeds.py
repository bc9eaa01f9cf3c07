"""What a few seeds can tell: the mean of their figures, and how far it may be off by chance.

Taught in notebook 19.
"""

import numpy as np
from jaxtyping import Float
from scipy.special import stdtrit

from lmteach.checks import check_finite, check_number, checked_by
from lmteach.typed import typed


def _check(values: np.ndarray, level: float) -> None:
    if values.ndim == 1 and len(values) < 2:
        raise ValueError(
            f"values has {len(values)} figures, expected at least 2: one seed has no spread."
        )
    check_finite("values", values, (None,), "(N,)")
    check_number("level", level, above=0, below=1)


@typed
@checked_by(_check)
def seed_interval(
    values: Float[np.ndarray, " batch"], level: float = 0.95
) -> tuple[float, float, float]:
    """Return the mean of a figure over seeds (N,), and the interval in which the true mean lies.

    The interval is Student's: mean ± t · s / √N, with s the standard deviation (N - 1 below the
    sum) and t the quantile for N - 1 degrees of freedom, 2.78 for five seeds at ``level`` 0.95. It
    holds ``level`` of the time if the seeds' figures are about normal. (The bootstrap, with so few
    to draw from, is too narrow.) For a gain, give the differences, seed by seed.

    Source: Student, "The Probable Error of a Mean" (1908).

    Raises ``ValueError`` for fewer than two figures, ones that are not finite, or a level that is
    not between 0 and 1.

    >>> mean, low, high = seed_interval(np.array([0.1, 0.3, 0.2, 0.4, 0.5]))
    >>> print(f"{mean:.2f} ({low:.2f} to {high:.2f})")
    0.30 (0.10 to 0.50)
    """
    mean, free = values.mean(), len(values) - 1
    half = stdtrit(free, (1 + level) / 2) * values.std(ddof=1) / np.sqrt(len(values))
    return float(mean), float(mean - half), float(mean + half)
