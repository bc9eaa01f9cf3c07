"""The attention of all heads of a model at a glance: one small map for each.

Taught in notebook 09.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from numpy.typing import ArrayLike

from lmteach.plots.literal import literal
from lmteach.plots.style import use_style
from lmteach.typed import typed


@typed
def head_grid(weights: ArrayLike, axes: Axes | None = None, title: str = "") -> Axes:
    """Draw the attention weights of every head as a small map and return the axes.

    ``weights`` (L, H, T, S) has a map for each of H heads in each of L layers; a layer is a row
    of maps, the first on top. The colour goes from 0 to 1 by the square root, so that faint weights
    can be told from none. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` for another shape, or for weights outside 0 to 1.

    >>> axes = head_grid(np.full((2, 3, 4, 4), 0.25))
    >>> [tick.get_text() for tick in axes.get_xticklabels()]
    ['0', '1', '2']
    """
    shares = np.asarray(weights, dtype=float)
    if shares.ndim != 4 or shares.size == 0:
        raise ValueError(
            f"weights has shape {shares.shape}, expected (layers, heads, queries, keys), none of "
            "them 0: stack the layers, as in np.stack([first, second])."
        )
    if not ((shares >= 0) & (shares <= 1 + 1e-6)).all():
        raise ValueError("weights has entries outside 0 to 1, expected shares of attention.")
    use_style()
    layers, heads, time, source = shares.shape
    gap = max(1, source // 8)
    if axes is None:
        _, axes = plt.subplots(figsize=(max(4, 1 + heads), max(2, 0.6 + layers * time / source)))
    framed = np.pad(shares, [(0, 0), (0, 0), (0, gap), (0, gap)], constant_values=np.nan)
    sheet = framed.transpose(0, 2, 1, 3).reshape(layers * (time + gap), heads * (source + gap))
    axes.imshow(sheet[:-gap, :-gap], norm=PowerNorm(0.5, vmin=0, vmax=1), interpolation="nearest")
    columns = (source - 1) / 2 + (source + gap) * np.arange(heads)
    rows = (time - 1) / 2 + (time + gap) * np.arange(layers)
    axes.set_xticks(columns, [str(head) for head in range(heads)])
    axes.set_yticks(rows, [str(layer) for layer in range(layers)])
    axes.xaxis.set_ticks_position("top")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.xaxis.set_label_position("top")
    axes.set(title=title, xlabel="head", ylabel="layer")
    return literal(axes)
