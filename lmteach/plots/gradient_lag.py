"""The size of a gradient against how many steps it has travelled back. Drawn in notebook 06."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import use_style
from lmteach.typed import typed


@typed
def gradient_lag(
    lines: Mapping[str, ArrayLike],
    axes: Axes | None = None,
    title: str = "",
    ylabel: str = "norm of the gradient",
) -> Axes:
    """Draw gradient norms from lag 1 on, on a scale of factors.

    ``lines`` maps a name to norms (T,) of which entry k is lag k, as ``gradient_by_lag`` returns
    them. ``"RNN (start)"`` is drawn dashed, in the colour of ``"RNN"``. A norm of 0 has no place
    on the scale, and its line ends before it.

    Raises ``ValueError`` if there is no line, or one has no lag 1, or holds a negative number or
    none at all.

    >>> axes = gradient_lag({"RNN": [1.0, 0.5, 0.25]})
    >>> axes.lines[0].get_xdata().tolist(), axes.lines[0].get_ydata().tolist()
    ([1, 2], [0.5, 0.25])
    """
    if not lines:
        raise ValueError("lines is empty, expected at least one name with its norms.")
    rows = {name: np.asarray(values, dtype=float) for name, values in lines.items()}
    for name, norms in rows.items():
        if norms.ndim != 1 or len(norms) < 2 or not (norms >= 0).all():
            raise ValueError(
                f"line {name!r} has shape {norms.shape}, expected norms of at least 0 in one row, "
                "from lag 0 on."
            )
    use_style()
    if axes is None:
        _, axes = plt.subplots()
    colours: dict[str, str] = {}
    for name, norms in rows.items():
        lags = np.arange(1, len(norms))
        network = name.removesuffix(" (start)")
        style = "-" if network == name else "--"
        colour = colours.setdefault(network, f"C{len(colours)}")
        axes.plot(lags, np.where(norms > 0, norms, np.nan)[1:], style, color=colour, label=name)
    axes.set(title=title, xlabel="lag, steps back", ylabel=ylabel, yscale="log")
    name_lines(axes)
    return literal(axes)
