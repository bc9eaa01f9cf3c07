"""Ways down a valley, seen from above, step by step. Drawn in notebook 13."""

from collections.abc import Callable, Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import GREY, use_style
from lmteach.typed import typed

GRID, LEVELS = 200, 14


@typed
def descent_paths(
    paths: Mapping[str, ArrayLike],
    height: Callable[[np.ndarray, np.ndarray], np.ndarray],
    axes: Axes | None = None,
    title: str = "",
    lowest: tuple[float, float] = (0.0, 0.0),
) -> Axes:
    """Draw each path (N, 2) over the contours of ``height(x, y)`` and return the axes.

    The contours lie closer where it is lower: each is a fixed factor above the one inside it.
    ``lowest`` is marked by a star. ``height`` takes two grids and returns one.

    Raises ``ValueError`` if there is no path, or one is no row of finite points, or ``height``
    returns something else than a grid of finite heights that differ.

    >>> axes = descent_paths({"down": [[2.0, 1.0], [1.0, 0.5]]}, lambda x, y: x**2 + y**2)
    >>> axes.lines[0].get_xdata().tolist()
    [2.0, 1.0]
    """
    if not paths:
        raise ValueError("paths is empty, expected at least one name with its points.")
    check_finite("lowest", lowest, (2,), "(x, y)")
    points = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    for name, path in points.items():
        if path.ndim != 2 or path.shape[1] != 2 or not len(path) or not np.isfinite(path).all():
            raise ValueError(
                f"path {name!r} has shape {path.shape}, expected finite points (N, 2), one a step."
            )
    everything = np.concatenate([*points.values(), [lowest]])
    low, high = everything.min(axis=0), everything.max(axis=0)
    room = 0.12 * (high - low) + 1e-9
    x, y = (np.linspace(*ends, GRID) for ends in zip(low - room, high + room, strict=True))
    above = _above_the_lowest(height(*np.meshgrid(x, y)))
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 4.5))
    levels = np.geomspace(above.max() / 3000, above.max(), LEVELS)
    axes.contour(x, y, above, levels=levels, colors=GREY, linewidths=0.8, alpha=0.6)
    for name, path in points.items():
        axes.plot(path[:, 0], path[:, 1], "o-", markersize=4, linewidth=1.6, label=name)
    axes.plot(*lowest, "*", color="black", markersize=14, zorder=5)
    axes.set(title=title, xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    name_lines(axes, ncols=len(points), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return literal(axes)


def _above_the_lowest(heights: Any) -> np.ndarray:
    """How far each place of the grid lies above the lowest, or what is wrong with the heights."""
    if np.shape(heights) != (GRID, GRID):
        raise ValueError(
            f"height returned {type(heights).__name__} of shape {np.shape(heights)}, expected one "
            f"height for each place of the two grids, ({GRID}, {GRID}), such as x**2 + y**2."
        )
    above = check_finite("what height returned", heights, (GRID, GRID)).astype(float)
    above -= above.min()
    if not above.max() > 0:
        raise ValueError("height returned the same height everywhere, expected a valley.")
    return above
