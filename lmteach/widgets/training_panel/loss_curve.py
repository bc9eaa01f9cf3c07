"""The loss of a run as it grows: every step kept, smoothed, and few enough points to draw.

Seen in notebook 13.
"""

import math

from lmteach.checks import check_whole, checked_by
from lmteach.typed import typed

MOMENTUM = 0.9  # of the smoothed loss: it forgets within some 10 steps
MOST = 400  # points that are drawn; a screen shows no more


def check_loss(step: object, loss: object) -> None:
    """Say that a loss is not finite, if so; of what type it is is asked apart.

    >>> check_loss(3, math.inf)
    Traceback (most recent call last):
    ValueError: step 3 has the loss inf, expected a finite number. Training can't recover from it: \
try a smaller learning rate or a warm-up.
    """
    if isinstance(loss, float) and not math.isfinite(loss):
        raise ValueError(
            f"step {step} has the loss {loss}, expected a finite number. Training can't "
            "recover from it: try a smaller learning rate or a warm-up."
        )


class LossCurve:
    """Losses by step, each with a smoothed one beside it.

    The smoothed loss is the running mean m ← 0.9 m + 0.1 loss, divided by 1 - 0.9ⁿ after n
    steps: it begins at 0, and without that would begin too low (as Adam's means do: Kingma & Ba
    2015, §3).

    >>> curve = LossCurve()
    >>> curve.add(1, 4.0)
    >>> curve.add(2, 2.0)
    >>> [(step, loss, round(smooth, 3)) for step, loss, smooth in curve.points()]
    [(1, 4.0, 4.0), (2, 2.0, 2.947)]
    """

    def __init__(self) -> None:
        self.steps: list[int] = []
        self.losses: list[float] = []
        self.smooth: list[float] = []
        self._mean = 0.0

    @checked_by(check_loss)
    @typed
    def add(self, step: int, loss: float) -> None:
        """Put the next loss on the curve.

        Raises ``ValueError`` if it is not finite, or ``step`` is negative or does not come after
        the last one.
        """
        check_whole("step", step, at_least=0)
        if self.steps and step <= self.steps[-1]:
            raise ValueError(
                f"step {step} came after step {self.steps[-1]}, expected rising steps: one call "
                "for each."
            )
        self._mean = MOMENTUM * self._mean + (1 - MOMENTUM) * loss
        self.steps.append(step)
        self.losses.append(loss)
        self.smooth.append(self._mean / (1 - MOMENTUM ** len(self.losses)))

    def points(self) -> list[tuple[int, float, float]]:
        """Return (step, loss, smoothed loss) of at most ``MOST`` steps, the last one among them.

        While there are more, every second one is left out, so that what is drawn stays in place.
        """
        count = len(self.steps)
        stride = 1 << max(0, math.ceil(math.log2(count / (MOST - 1)))) if count > MOST else 1
        kept = [*range(0, count, stride)]
        if count and kept[-1] != count - 1:
            kept.append(count - 1)
        return [(self.steps[place], self.losses[place], self.smooth[place]) for place in kept]
