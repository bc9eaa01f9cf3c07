"""What a training panel asks of its settings."""

import math
from collections.abc import Callable, Mapping


def check_panel(
    steps: int,
    sample: Callable[[], str] | None,
    sample_every: int | None,
    tokens_per_step: int | None,
    marks: Mapping[str, float] | None,
) -> None:
    """Say what is wrong with the settings of a training panel.

    Raises ``ValueError`` for counts below 1, a mark that is not finite, and ``sample_every``
    without ``sample``.

    >>> check_panel(steps=900, sample=None, sample_every=100, tokens_per_step=None, marks=None)
    Traceback (most recent call last):
    ValueError: sample_every needs something to call: give sample, too.
    """
    counts = {"steps": steps, "sample_every": sample_every, "tokens_per_step": tokens_per_step}
    for name, count in counts.items():
        if count is not None and (not isinstance(count, int) or count < 1):
            raise ValueError(f"{name} is {count!r}, expected a whole number of at least 1.")
    if sample_every is not None and sample is None:
        raise ValueError("sample_every needs something to call: give sample, too.")
    for name, height in (marks or {}).items():
        if not math.isfinite(height):
            raise ValueError(f"the mark {name!r} is at {height}, expected a finite loss.")
