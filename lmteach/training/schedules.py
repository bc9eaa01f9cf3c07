"""Learning rates that change while a network trains. Taught in notebooks 11 and 13.

A schedule is a function of the step, counted from 1; ``fit`` multiplies the optimizer's learning
rates by what it returns.
"""

import math

from lmteach.checks import check_number, check_sizes, check_whole
from lmteach.typed import typed


@typed
def warmup_cosine(step: int, warmup: int, steps: int, floor: float = 0.1) -> float:
    """Return the factor on the learning rate: up in a line, then down along a cosine.

    It reaches 1 at step ``warmup``, and falls to ``floor`` at step ``steps``, where it stays.
    Raises ``ValueError`` for a negative step or warm-up, a warm-up that doesn't end before
    ``steps``, and a floor that is not between 0 and 1.
    Source: Loshchilov and Hutter (2017), eq. 5, without restarts.

    >>> [round(warmup_cosine(step, warmup=2, steps=6), 3) for step in range(1, 7)]
    [0.5, 1.0, 0.868, 0.55, 0.232, 0.1]
    """
    check_whole("step", step, at_least=0, mend="Steps are counted from 1.")
    check_whole("warmup", warmup, at_least=0)
    check_whole("steps", steps, at_least=warmup + 1, mend="The warm-up ends before the last step.")
    check_number("floor", floor, at_least=0, at_most=1)
    if step < warmup:
        return step / warmup
    done = min(1.0, (step - warmup) / (steps - warmup))
    return floor + (1 - floor) * (1 + math.cos(math.pi * done)) / 2


@typed
def noam(step: int, dim: int, warmup: int) -> float:
    """Return the learning rate of the first Transformer: up in a line, then down as 1/√step.

    Give the optimizer a learning rate of 1, since this is the rate itself. Its peak, at step
    ``warmup``, is 1/√(dim · warmup).
    Raises ``ValueError`` if one of the three is less than 1.
    Source: Vaswani et al. (2017), section 5.3, eq. 3; our ``dim`` is their d_model.

    >>> [round(noam(step, dim=100, warmup=4), 4) for step in (1, 2, 4, 16)]
    [0.0125, 0.025, 0.05, 0.025]
    """
    check_sizes(step=step, dim=dim, warmup=warmup)
    return dim**-0.5 * min(step**-0.5, step * warmup**-1.5)
