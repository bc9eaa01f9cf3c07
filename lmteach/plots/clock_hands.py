"""Angles as the hands of clocks: a row of clocks for each position. Drawn in notebook 10."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import EllipseCollection, LineCollection
from numpy.typing import ArrayLike

from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, GREY, use_style
from lmteach.typed import typed

RADIUS = 0.42  # of a face, where neighbours are 1 apart


@typed
def clock_hands(
    angles: ArrayLike,
    rows: Sequence[str],
    columns: Sequence[str],
    axes: Axes | None = None,
    title: str = "",
    row_label: str = "",
    column_label: str = "",
) -> Axes:
    """Draw a clock with one hand for each angle and return the axes.

    ``angles`` (R, C), in radians, with R row names and C column names. A hand at angle 0 points to
    the right, and turns against the clock as the angle grows: its tip stands at (cos, sin). Draws
    into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if the names do not fit the angles.

    >>> axes = clock_hands([[0.0, np.pi / 2]], rows=["a"], columns=["b", "c"])
    >>> _, hands = axes.collections
    >>> [[round(float(x), 2) for x in tip] for _, tip in hands.get_segments()]
    [[0.38, 0.0], [1.0, -0.38]]
    """
    turned = np.asarray(angles, dtype=float)
    if turned.shape != (len(rows), len(columns)):
        raise ValueError(
            f"angles has shape {turned.shape}, but there are {len(rows)} row names and "
            f"{len(columns)} column names; expected shape ({len(rows)}, {len(columns)})."
        )
    use_style()
    if axes is None:
        size = (1.4 + 0.8 * len(columns), 1.2 + 0.8 * len(rows))
        _, axes = plt.subplots(figsize=size)
    row, column = np.indices(turned.shape)
    middles = np.stack([column, row], axis=-1).reshape(-1, 2).astype(float)  # y grows downward
    tips = np.stack([np.cos(turned), -np.sin(turned)], axis=-1).reshape(-1, 2)
    width = np.full(len(middles), 2 * RADIUS)
    faces = EllipseCollection(
        width, width, 0 * width, units="xy", offsets=middles, offset_transform=axes.transData
    )
    faces.set(facecolor="none", edgecolor=GREY, linewidth=1)
    axes.add_collection(faces)
    hands = np.stack([middles, middles + 0.9 * RADIUS * tips], axis=1)
    axes.add_collection(LineCollection(list(hands), colors=BLUE, linewidths=3, capstyle="round"))
    axes.set(xlim=(-0.6, len(columns) - 0.4), ylim=(len(rows) - 0.4, -0.6), aspect="equal")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.xaxis.set_ticks_position("top")
    axes.xaxis.set_label_position("top")
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    axes.set(title=title, xlabel=column_label, ylabel=row_label)
    return literal(axes)
