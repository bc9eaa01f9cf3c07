"""Lines over a common axis, each named at its end."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from lmteach.checks import check_choice, checked_by
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import GREY, use_style
from lmteach.typed import typed

FEW_PLACES, FEW_NAMES = 10, 6


def _check(lines: Mapping[str, ArrayLike], xscale: str) -> None:
    for name, values in lines.items():
        if np.ndim(values) != 1:
            raise ValueError(
                f"line {name!r} has shape {np.shape(values)}, expected one row of values (N,)."
            )
    check_choice("xscale", xscale, ("linear", "log"))


@typed
@checked_by(_check)
def curves(
    lines: Mapping[str, ArrayLike],
    x: ArrayLike | None = None,
    axes: Axes | None = None,
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    xscale: str = "linear",
    reference: tuple[str, float] | None = None,
) -> Axes:
    """Draw each named sequence as a line and return the axes.

    ``lines`` maps a name to its values (N,); ``x`` (N,) are the places, 0, 1, 2, … if not
    given, on a ``"linear"`` or ``"log"`` scale; a few places on a log scale are written out.
    ``reference`` is a name and a height, drawn as a dashed level to compare with. Many names
    stand beside the lines, so that they cover none.

    Raises ``ValueError`` if a line is no row as long as ``x``, or for another scale.

    >>> axes = curves({"loss": [3.0, 2.5, 2.4]}, reference=("counted", 2.4))
    >>> len(axes.lines)
    2
    """
    if not lines:
        raise ValueError("lines is empty, expected at least one name with its values.")
    rows = {name: np.asarray(values, dtype=float) for name, values in lines.items()}
    for name, heights in rows.items():
        places = np.arange(len(heights)) if x is None else np.asarray(x)
        if heights.shape != places.shape:
            raise ValueError(
                f"line {name!r} has shape {heights.shape} and x has shape {places.shape}; "
                "expected one value for each place."
            )
    use_style()
    if axes is None:
        _, axes = plt.subplots()
    for name, heights in rows.items():
        places = np.arange(len(heights)) if x is None else np.asarray(x)
        axes.plot(places, heights, label=name)
    if reference is not None:
        label, level = reference
        axes.axhline(level, color=GREY, linestyle="--", label=label)
    axes.set(title=title, xlabel=xlabel, ylabel=ylabel, xscale=xscale)
    if xscale == "linear" and (places == places.round()).all():
        whole = MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True)  # there are no half steps
        axes.xaxis.set_major_locator(whole)
    if x is not None and xscale == "log" and len(places) <= FEW_PLACES:
        axes.set_xticks(places, [f"{place:g}" for place in places])
        axes.minorticks_off()
    if len(axes.lines) > FEW_NAMES:
        name_lines(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
    else:
        name_lines(axes)
    return literal(axes)
