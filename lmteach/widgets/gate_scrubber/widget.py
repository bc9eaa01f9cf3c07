"""Scrub through a text and see one unit's gates, its memory, and the odds of the next letter.

Played in notebook 07. Everything is computed before and sent once: the sliders answer in the
browser, without the kernel.
"""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.plots.bars import bars
from lmteach.plots.gates import coloured_text
from lmteach.plots.style import use_style
from lmteach.plots.symbols import visible
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

MOST_LETTERS, MOST_UNITS, SHOWN = 400, 64, 6


class GateScrubber(TeachingWidget):
    """A text coloured by one unit's memory, its gates at one place, and what may come next.

    ``text`` has T letters. ``memory`` (T, units) lies between -1 and 1 and colours the text;
    ``gates`` maps a name to values (T, units) between 0 and 1. ``odds`` (T, V) are the
    probabilities of the letter that follows each place, and ``letters`` the V letters. ``place``
    and ``unit`` say what is shown. ``units`` are the units' names, 0, 1, 2, … if not given.

    Raises ``ValueError`` where shapes or ranges don't fit, or there is too much to send.

    >>> shown = GateScrubber("hi", [[0.5], [-1.0]], {"forget": [[1.0], [0.2]]},
    ...                      [[0.1, 0.9], [0.6, 0.4]], letters="hi")
    >>> shown.place, shown.following()
    (1, [('h', 0.6), ('i', 0.4)])
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    text = traitlets.Unicode().tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    units = traitlets.List(traitlets.Unicode()).tag(sync=True)
    gates = traitlets.List(traitlets.List(traitlets.Any())).tag(sync=True)
    memory = traitlets.List(traitlets.List(traitlets.Any())).tag(sync=True)
    next_letters = traitlets.List(traitlets.List(traitlets.Any())).tag(sync=True)
    place = traitlets.Int(0).tag(sync=True)
    unit = traitlets.Int(0).tag(sync=True)

    @typed
    def __init__(
        self,
        text: str,
        memory: ArrayLike,
        gates: Mapping[str, ArrayLike],
        odds: ArrayLike,
        letters: str,
        units: list[str] | None = None,
        place: int | None = None,
        **options: Any,
    ) -> None:
        """Set up the scrubber; ``options`` go to ipywidgets (``layout``, for one)."""
        if not 1 <= len(text) <= MOST_LETTERS:
            raise ValueError(f"text has {len(text)} letters, expected 1 to {MOST_LETTERS}.")
        held = _checked("memory", memory, (len(text), None), -1.0)
        count = held.shape[1]
        if not 1 <= count <= MOST_UNITS:
            raise ValueError(
                f"memory has {count} units, expected 1 to {MOST_UNITS}: choose those to show."
            )
        names = [str(number) for number in range(count)] if units is None else list(units)
        if len(names) != count:
            raise ValueError(f"units has {len(names)} names, expected {count}, one for each unit.")
        if not gates:
            raise ValueError("gates is empty, expected at least one name with its values.")
        opened = [_checked(name, gate, held.shape) for name, gate in gates.items()]
        chances = _checked("odds", odds, (len(text), len(letters)))
        start = len(text) - 1 if place is None else place
        if not 0 <= start < len(text):
            raise ValueError(f"place is {start}, expected 0 to {len(text) - 1}.")
        best = np.argsort(-chances, axis=1, kind="stable")[:, :SHOWN]
        super().__init__(
            text=text,
            names=list(gates),
            units=names,
            gates=np.round(opened, 3).tolist(),
            memory=held.round(3).tolist(),
            next_letters=[
                [[letters[i], round(float(row[i]), 3)] for i in order]
                for row, order in zip(chances, best, strict=True)
            ],
            place=start,
            **options,
        )

    def following(self) -> list[tuple[str, float]]:
        """Return the likeliest letters after the place that is shown, with their odds."""
        return [(str(letter), float(odds)) for letter, odds in self.next_letters[self.place]]

    def picture(self) -> Figure:
        """Draw the coloured text, the gates at the place, and the likeliest letters after it."""
        use_style()
        lines = -(-len(self.text) // 60)
        figure, ((above, unused), (left, right)) = plt.subplots(
            2, 2, figsize=(12, 4.0 + 0.45 * lines), height_ratios=[0.4 * lines + 0.6, 3]
        )
        unused.remove()
        above.set_subplotspec(above.get_gridspec()[0, :])
        memory = [row[self.unit] for row in self.memory]
        coloured_text(memory, self.text, axes=above, title=f"memory of unit {self._unit}")
        row, column = divmod(self.place, 60)
        above.plot([column - 0.5, column + 0.5], [row + 0.45] * 2, color="red", linewidth=4)
        here = [gate[self.place][self.unit] for gate in self.gates]
        bars(here, self.names, axes=left, title=f"gates after {self._read()!r}")
        left.set_ylim(0, 1)
        shown = [visible(letter) for letter, _ in self.following()]
        odds = [chance for _, chance in self.following()]
        bars(odds, shown, axes=right, percent=True, title="next letter")
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        here = ", ".join(
            f"{name} {gate[self.place][self.unit]:.2f}"
            for name, gate in zip(self.names, self.gates, strict=True)
        )
        odds = ", ".join(f"{letter!r} {chance:.0%}" for letter, chance in self.following()[:3])
        return (
            f"A text of {len(self.text)} letters, each on a ground coloured by the memory of unit "
            f"{self._unit}. After {self._read()!r} its memory is "
            f"{self.memory[self.place][self.unit]:.2f} and its gates are {here}. The likeliest "
            f"next letters are {odds}."
        )

    @property
    def _unit(self) -> str:
        return str(self.units[self.unit])

    def _read(self) -> str:
        """The end of what has been read at the place that is shown."""
        return str(self.text[max(0, self.place - 11) : self.place + 1])


def _checked(
    name: str, values: ArrayLike, shape: tuple[int | None, ...], lowest: float = 0.0
) -> Float[np.ndarray, "_ _"]:
    """Return a table of the given shape as doubles between ``lowest`` and 1, or say why not."""
    table = np.asarray(values, dtype=float)
    fits = table.ndim == 2 and all(
        wanted in (None, found) for found, wanted in zip(table.shape, shape, strict=False)
    )
    if not fits:
        wanted = ", ".join("any" if length is None else str(length) for length in shape)
        raise ValueError(
            f"{name} has shape {table.shape}, expected ({wanted}): a row for each letter."
        )
    if not ((table >= lowest) & (table <= 1)).all():
        wrong = table[~((table >= lowest) & (table <= 1))][0]
        raise ValueError(f"{name} contains {wrong}, expected numbers from {lowest:g} to 1.")
    return table
