"""Move the order and the discount of an n-gram model; see its bits and what it writes.

Played in notebook 02. Everything is computed before, on a grid, and sent once: a slider answers
in the browser, without the kernel.
"""

import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_number, check_whole
from lmteach.plots.curves import curves
from lmteach.plots.style import monospace, use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

_WIDTH = 64  # characters in a line of the picture
_SHOWN = 2  # lines of each sample in the picture


class NGramPanel(TeachingWidget):
    """Two sliders, for the order and the discount; the curves of bits, and a sample.

    ``held_out`` and ``train`` (orders, discounts) are bits per character; ``samples`` has, for
    each order and each discount, a list of texts drawn from that model, at least one; ``orders``
    and ``discounts`` are the grid, rising. ``order_index``, ``discount_index`` and ``draw`` say
    what is shown; at first that is the best model of the grid.

    Raises ``ValueError`` where the shapes don't fit, the grid doesn't rise, an order is below 1 or
    a discount below 0, or bits are negative or not finite.

    >>> panel = NGramPanel([[4.5], [3.5]], [[4.4], [3.3]], [[["xq"]], [["the"]]], [1, 2], [0.5])
    >>> panel.order, panel.discount
    (2, 0.5)
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    orders = traitlets.List(traitlets.Int()).tag(sync=True)
    discounts = traitlets.List(traitlets.Float()).tag(sync=True)
    held_out = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    train = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)
    samples = traitlets.List(traitlets.List(traitlets.List(traitlets.Unicode()))).tag(sync=True)
    order_index = traitlets.Int(0).tag(sync=True)
    discount_index = traitlets.Int(0).tag(sync=True)
    draw = traitlets.Int(0).tag(sync=True)

    @typed
    def __init__(
        self,
        held_out: ArrayLike,
        train: ArrayLike,
        samples: Sequence[Sequence[Sequence[str]]],
        orders: Sequence[int],
        discounts: Sequence[float],
        **options: Any,
    ) -> None:
        """Set up the panel; ``options`` go to ipywidgets (``layout``, for one)."""
        shape = (len(orders), len(discounts))
        for name, grid in (("orders", orders), ("discounts", discounts)):
            if len(grid) == 0 or not (np.diff(grid) > 0).all():
                raise ValueError(f"{name} is {list(grid)}, expected rising numbers, at least one.")
        check_whole("the first order", orders[0])
        check_number("the first discount", discounts[0], at_least=0)
        check_number("the last discount", discounts[-1], at_least=0)
        tables = [
            _checked_bits(name, values, shape)
            for name, values in (("held_out", held_out), ("train", train))
        ]
        texts = [[[str(text) for text in cell] for cell in row] for row in samples]
        if [len(row) for row in texts] != [shape[1]] * shape[0] or not all(map(all, texts)):
            raise ValueError(
                f"samples has rows of {[len(row) for row in texts]} cells, expected {shape[0]} "
                f"rows of {shape[1]}, each with at least one text."
            )
        best = np.unravel_index(np.argmin(tables[0]), shape)
        super().__init__(
            orders=list(map(int, orders)),
            discounts=list(map(float, discounts)),
            held_out=tables[0].tolist(),
            train=tables[1].tolist(),
            samples=texts,
            order_index=int(best[0]),
            discount_index=int(best[1]),
            **options,
        )

    @property
    def order(self) -> int:
        """The order that is shown."""
        return int(self.orders[self.order_index])

    @property
    def discount(self) -> float:
        """The discount that is shown."""
        return float(self.discounts[self.discount_index])

    @property
    def text(self) -> str:
        """The sample that is shown."""
        cell = self.samples[self.order_index][self.discount_index]
        return str(cell[self.draw % len(cell)])

    def picture(self) -> Figure:
        """Draw the bits of the smallest, the shown and the largest discount, and samples."""
        use_style()
        figure, (above, below) = plt.subplots(
            2, 1, figsize=(9, 7.5), height_ratios=[5, 1 + 0.7 * len(self._sampled())]
        )
        column = self.discount_index
        shown = sorted({0, column, len(self.discounts) - 1})
        lines = {f"held out, discount {self.discounts[i]:g}": self._column(i) for i in shown}
        lines[f"training text, discount {self.discount:g}"] = [row[column] for row in self.train]
        curves(lines, x=self.orders, axes=above, xlabel="order", ylabel="bits per character")
        below.set_axis_off()
        written = [
            f"{self.orders[row]:>2}  " + "\n    ".join(self._lines(row)) for row in self._sampled()
        ]
        below.text(
            0,
            1,
            f"Samples, discount {self.discount:g}\n\n" + "\n".join(written),
            family=monospace(),
            fontsize=12,
            va="top",
            parse_math=False,
        )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        bits = ", ".join(f"{value:.2f}" for value in self._column(self.discount_index))
        train = ", ".join(f"{row[self.discount_index]:.2f}" for row in self.train)
        sampled = ", ".join(str(self.orders[row]) for row in self._sampled())
        last = self._sampled()[-1]
        return (
            f"Bits per character against the order, from {self.orders[0]} to {self.orders[-1]}. "
            f"With a discount of {self.discount:g} they are {bits} on held-out text and {train} on "
            f"training text. Below, samples of orders {sampled}; at order {self.orders[last]} it "
            f"begins: {self._lines(last)[0]!r}."
        )

    def _column(self, index: int) -> list[float]:
        """The held-out bits of every order with one discount."""
        return [float(row[index]) for row in self.held_out]

    def _sampled(self) -> list[int]:
        """The rows of the grid whose samples are in the picture: every second where many."""
        return list(range(0, len(self.orders), 1 if len(self.orders) <= 4 else 2))

    def _lines(self, row: int) -> list[str]:
        """The first lines of a sample, broken to fit the picture."""
        text = " ".join(self.samples[row][self.discount_index][0].replace("\n", " ⏎ ").split())
        return textwrap.wrap(text, _WIDTH)[:_SHOWN] or [""]


def _checked_bits(name: str, values: ArrayLike, shape: tuple[int, int]) -> Float[np.ndarray, "_ _"]:
    """Return a grid of bits as doubles, or say what is wrong with it."""
    bits = np.asarray(values, dtype=float)
    if bits.shape != shape:
        raise ValueError(
            f"{name} has shape {bits.shape}, expected {shape}: a row for each order, a column for "
            "each discount."
        )
    if not (np.isfinite(bits) & (bits >= 0)).all():
        raise ValueError(
            f"{name} contains {bits[~(np.isfinite(bits) & (bits >= 0))][0]}, expected "
            "finite bits per character of at least 0."
        )
    return bits
