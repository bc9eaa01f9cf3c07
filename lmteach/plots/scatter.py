"""Points with names, and the principal components that bring vectors there. Notebook 05."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.names import write_names
from lmteach.plots.style import GREY, use_style
from lmteach.typed import typed


@typed
def principal_components(vectors: ArrayLike) -> tuple[Float[np.ndarray, "rows 2"], float]:
    """Return vectors (N, D) as points (N, 2): their first two principal components.

    The second result is the share of the variance that is kept, from 0 to 1: no other plane keeps
    more (Pearson 1901). Each component points to where its largest entry is positive, so that the
    picture does not flip from one machine to the next.

    Raises ``ValueError`` if there are fewer than 2 vectors, or than 2 numbers in each, if one is
    not finite, or if they are all the same.

    >>> points, kept = principal_components([[0, 0, 5], [3, 0, 5], [0, 1, 5]])
    >>> round(kept, 12)
    1.0
    """
    table = np.asarray(vectors, dtype=float)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"vectors has shape {table.shape}, expected at least 2 rows of 2 numbers.")
    check_finite("vectors", table, (None, None))
    centred = table - table.mean(axis=0)
    if not np.abs(centred).max() > 0:
        raise ValueError("vectors are all the same point, expected some that differ.")
    _, lengths, directions = np.linalg.svd(centred, full_matrices=False)
    plane = directions[:2]
    largest = np.take_along_axis(plane, np.abs(plane).argmax(axis=1)[:, None], axis=1)
    points = centred @ (plane * np.sign(largest)).T
    return points, float((lengths[:2] ** 2).sum() / (lengths**2).sum())


@typed
def scatter(
    points: ArrayLike,
    names: Sequence[str],
    groups: Mapping[str, Sequence[str]] | None = None,
    axes: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw a dot at each point (N, 2), write its name beside it, and return the axes.

    ``groups`` maps the label of a group to the names in it; each group has a colour, and the dots
    of none are grey.

    Raises ``ValueError`` if there is not one finite point for each name, or a group has an unknown
    name.

    >>> axes = scatter([[0, 0], [1, 1]], ["a", "b"], groups={"vowels": ["a"]})
    >>> [text.get_text() for text in axes.texts]
    ['a', 'b']
    """
    places = np.asarray(points, dtype=float)
    if places.shape != (len(names), 2):
        raise ValueError(
            f"points has shape {places.shape} and there are {len(names)} names, expected a point "
            "(x, y) for each name, such as principal_components(vectors)[0]."
        )
    check_finite("points", places, (None, 2))
    groups = groups or {}
    if unknown := [name for group in groups.values() for name in group if name not in names]:
        raise ValueError(f"a group has {unknown[0]!r}, which is not one of the names.")
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(9, 6.5))
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    coloured = zip(groups.values(), colours, strict=False)
    colour_of = {name: colour for group, colour in coloured for name in group}
    for place, name in zip(places, names, strict=True):
        axes.plot(*place, "o", markersize=6, color=colour_of.get(name, GREY))
    for label, colour in zip(groups, colours, strict=False):
        axes.plot([], [], "o", color=colour, label=label)
    edges = np.stack([places.min(axis=0), places.max(axis=0)])
    room = np.outer([-1, 1], (0.2, 0.08) * (edges[1] - edges[0]) + 1e-9)  # names are wide
    axes.set(xlim=(edges + room)[:, 0], ylim=(edges + room)[:, 1])
    axes.set(title=title, xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if groups:
        name_lines(axes, ncols=len(groups), loc="lower center", bbox_to_anchor=(0.5, 1.0))
    write_names(axes, [(name, (x, y)) for name, (x, y) in zip(names, places.tolist(), strict=True)])
    return literal(axes)
