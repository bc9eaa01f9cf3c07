"""Training runs against the clock: lines that have times of their own. Drawn in notebook 13."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, checked_by
from lmteach.plots.levels import draw_levels
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import use_style
from lmteach.typed import typed


def _check(runs: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> None:
    for name, (seconds, _) in runs.items():
        check_finite(f"the seconds of {name!r}", seconds, [None] * np.ndim(seconds))


@typed
@checked_by(_check)
def training_runs(
    runs: Mapping[str, tuple[ArrayLike, ArrayLike]],
    marks: Mapping[str, float] | None = None,
    axes: Axes | None = None,
    title: str = "",
    ylabel: str = "bits per character",
) -> Axes:
    """Draw each run, its seconds (N,) and its values (N,), and return the axes.

    The seconds are on a scale of factors. ``marks`` are names and heights, dashed levels to
    compare with, named at the right. The names of the runs stand beside the lines.

    Raises ``ValueError`` if there is no run, or its two rows don't fit, or a time is not above 0.

    >>> axes = training_runs({"GPT": ([1.0, 10.0], [3.0, 2.0])}, marks={"gzip": 2.96})
    >>> axes.get_xscale(), [text.get_text() for text in axes.texts]
    ('log', ['gzip'])
    """
    if not runs:
        raise ValueError("runs is empty, expected at least one name with its seconds and values.")
    rows = {name: [np.asarray(row, dtype=float) for row in run] for name, run in runs.items()}
    for name, (seconds, heights) in rows.items():
        if seconds.shape != heights.shape or seconds.ndim != 1 or not (seconds > 0).all():
            raise ValueError(
                f"run {name!r} has seconds of shape {seconds.shape} and values of shape "
                f"{heights.shape}, expected two rows of one length, and times above 0."
            )
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 5))
    for name, (seconds, heights) in rows.items():
        axes.plot(seconds, heights, label=name)
    axes.set(title=title, xlabel="seconds of training", ylabel=ylabel, xscale="log")
    axes.xaxis.set_major_formatter("{x:g}")
    draw_levels(axes, marks or {})
    name_lines(axes, ncols=len(runs), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return literal(axes)
