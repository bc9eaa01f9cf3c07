"""What all benchmarks share: a row of the results, and timing side by side."""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One comparison: what was measured, ours, theirs (or the limit), and the ratio between them.

    ``ratio`` is written so that larger is better for us; None where there is nothing to divide.
    """

    what: str
    ours: str
    theirs: str
    ratio: float | None = None


def seconds(*functions: Callable[[], object], rounds: int = 5) -> list[float]:
    """The least seconds of each function; they take turns, so that noise meets all alike."""
    best = [float("inf")] * len(functions)
    for _ in range(rounds):
        for place, function in enumerate(functions):
            started = time.perf_counter()
            function()
            best[place] = min(best[place], time.perf_counter() - started)
    return best
