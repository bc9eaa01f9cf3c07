"""See positions: sinusoids as a heat map and as clock hands, and rotary queries and keys turning.

Played in notebook 10.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
import traitlets
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.figure import Figure

from lmteach.checks import check_seed
from lmteach.models.transformer.positions import rotary, sinusoidal
from lmteach.plots.curves import curves
from lmteach.plots.style import use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

BASES, DIMS, LENGTHS = (10.0, 1_000_000.0), (4, 64), (16, 256)
VIEWS = ("sinusoids", "rotary")
COLOURS = "cividis"


class PositionsView(TeachingWidget):
    """Sliders for base, dimension, length and positions, and what positions look like then.

    ``view`` is ``"sinusoids"``: the table as a heat map, the pairs of one ``position`` as clock
    hands, and the product of two positions against their distance. Or it is ``"rotary"``: a query
    that stands at ``query_at`` and a key at ``key_at``, their pairs turned, and their score; both
    can be moved together, and the score stays. ``seed`` draws the query and the key. The browser
    computes all of it.

    Raises ``ValueError`` for values that the sliders don't have: ``base`` 10 to 1,000,000, ``dim``
    even, 4 to 64, ``length`` 16 to 256, positions below 256.

    >>> view = PositionsView(dim=4, query_at=12, key_at=4)
    >>> before = view.score
    >>> view.query_at, view.key_at = 112, 104
    >>> round(view.score - before, 9)
    0.0
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    view = traitlets.Enum(VIEWS, "sinusoids").tag(sync=True)
    base = traitlets.Float(10000.0).tag(sync=True)
    dim = traitlets.Int(32).tag(sync=True)
    length = traitlets.Int(64).tag(sync=True)
    position = traitlets.Int(10).tag(sync=True)
    query_at = traitlets.Int(12).tag(sync=True)
    key_at = traitlets.Int(4).tag(sync=True)
    _query = traitlets.List(traitlets.Float()).tag(sync=True)
    _key = traitlets.List(traitlets.Float()).tag(sync=True)
    _colours = traitlets.Bytes().tag(sync=True)  # red, green, blue of every step of the scale

    @typed
    def __init__(self, seed: int = 0, **options: Any) -> None:
        """Set up the view; ``options`` are ``base``, ``dim``, …, and those of ipywidgets."""
        generator = np.random.default_rng(check_seed(seed))
        super().__init__(
            _query=generator.standard_normal(DIMS[1]).tolist(),
            _key=generator.standard_normal(DIMS[1]).tolist(),
            _colours=colormaps[COLOURS](np.arange(256), bytes=True)[:, :3].tobytes(),
            **options,
        )

    @traitlets.validate("base", "dim", "length", "position", "query_at", "key_at")
    def _check_number(self, proposal: dict[str, Any]) -> float | int:
        """Let in only what the sliders can show."""
        name, value = proposal["trait"].name, proposal["value"]
        ranges = {"base": BASES, "dim": DIMS, "length": LENGTHS}
        low, high = ranges.get(name, (0, LENGTHS[1] - 1))
        if not low <= value <= high or (name == "dim" and value % 2):
            even = "an even number from " if name == "dim" else ""
            raise ValueError(f"{name} is {value}, expected {even}{low:g} to {high:g}.")
        return value

    @property
    def table(self) -> Float[np.ndarray, "time dim"]:
        """The sinusoids (T, D) that are shown."""
        return sinusoidal(self.length, self.dim, self.base).numpy()

    @property
    def score(self) -> float:
        """The product of the query at ``query_at`` with the key at ``key_at``, both rotated."""
        return self.scores(self.query_at - self.key_at)

    @typed
    def scores(self, distance: int) -> float:
        """Return the rotary score of the query ``distance`` places after the key."""
        pair = torch.tensor([self._query[: self.dim], self._key[: self.dim]], dtype=torch.float64)
        query, key = rotary(pair, torch.tensor([distance, 0]), self.base)
        return float(query @ key)

    def products(self) -> Float[np.ndarray, " time"]:
        """Return the product of two sinusoidal positions, for distance 0, 1, 2, …"""
        table = self.table.astype(float)
        return table @ table[0]

    def picture(self) -> Figure:
        """Draw the table as a heat map, and the products and scores against the distance."""
        use_style()
        figure, (map_axes, curve_axes) = plt.subplots(1, 2, figsize=(13, 5))
        image = map_axes.imshow(self.table, aspect="auto", vmin=-1, vmax=1, cmap=COLOURS)
        map_axes.set(title="Sinusoids", xlabel="entry", ylabel="position")
        figure.colorbar(image, ax=map_axes, pad=0.02)
        rotated = [self.scores(distance) for distance in range(self.length)]
        curves(
            {"two sinusoids": self.products(), "rotary query and key": rotated},
            axes=curve_axes,
            title="Product against distance",
            xlabel="distance",
        )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        products = self.products()
        return (
            f"Left, the sinusoidal positions 0 to {self.length - 1} as a heat map of {self.dim} "
            f"columns with base {self.base:g}: quick waves on the left, slow ones to the right. "
            f"Right, the product of two positions against their distance: {products[0]:.1f} at "
            f"distance 0, {products[1]:.1f} at 1, {products[-1]:.1f} at {self.length - 1}; and the "
            f"score of a rotary query and key, which goes up and down from {self.scores(0):.1f}."
        )
