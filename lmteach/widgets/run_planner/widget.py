"""Plan a training run on sliders: operations, hours, cost, memory, and the loss to expect.

Played in notebook 22.
"""

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from lmteach.checks import check_number, check_whole, checked_by
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import BLUE, GREY, ORANGE, use_style
from lmteach.training.planning import (
    ACCELERATORS,
    BY_SIZE,
    BY_TEXT,
    BYTES,
    FLOOR,
    OPERATIONS,
    Accelerator,
    Plan,
    plan,
)
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"))
TIMES = ((8766.0, "years"), (24.0, "days"), (1.0, "hours"), (1 / 60, "minutes"))  # in hours
NEARLY = 0.9995  # from here on, three digits would be 1,000 of the unit below
RANGES = {"size": (6.0, 12.5), "text": (6.0, 14.0)}  # powers of ten
MOST_DOUBLINGS = 14


@typed
def short_number(value: float) -> str:
    """Return a number in three digits, large ones with a letter, the largest as powers of ten.

    >>> short_number(1234567.0), short_number(70e9), short_number(3.15e23), short_number(0.5)
    ('1.23M', '70.0B', '3.15e+23', '0.500')
    """
    check_number("value", value, at_least=0)
    if value >= 1e15:
        return f"{value:.2e}"
    return _scaled(value, LETTERS, "")


def _scaled(value: float, units: Sequence[tuple[float, str]], space: str) -> str:
    for size, name in units:
        if value >= NEARLY * size or (space and (size, name) == units[-1]):
            return f"{_digits(value / size)}{space}{name}"
    return _digits(value)


def _digits(value: float) -> str:
    """Three digits, as JavaScript's toPrecision(3) writes them."""
    if value >= 999.5:
        return f"{value:.0f}"
    places = 2 if value < 1 else max(0, 2 - math.floor(math.log10(value)))
    return f"{value:.{places + (value < 1)}f}"


def _check(chips: Sequence[Accelerator], price: float) -> None:
    if not chips or len({chip.name for chip in chips}) < len(chips):
        raise ValueError(
            f"chips is {[chip.name for chip in chips]}, expected at least one, no name twice."
        )
    check_number("price", price, at_least=0, at_most=20)


class RunPlanner(TeachingWidget):
    """Sliders for parameters, tokens, chips, their use and their price; what the run takes.

    ``size`` and ``text`` are powers of ten, of parameters and of tokens; ``doublings`` says how
    often one chip is doubled; ``share`` is the percentage of the data sheet's operations that are
    really done, ``price`` that of a chip for an hour, ``chip`` the name of one of the ``chips``.
    The arithmetic is that of ``lmteach.training.planning.plan``, in the browser.

    Raises ``ValueError`` for no chips, two of one name, and values beyond the sliders.

    >>> planner = RunPlanner()
    >>> planner.size, planner.text = 8.0, 9.3
    >>> planner.said
    '100M parameters on 2.00B tokens: 1.20e+18 operations, 50.4 minutes on 1 x H100 80 GB, \
1.68 in money. Memory for weights, gradients and Adam: 1.60 GB in all, 1.60 GB on each chip when \
shared out: it fits. Expected loss: 3.49 nats per token.'
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    size = traitlets.Float(8.0).tag(sync=True)
    text = traitlets.Float(9.3).tag(sync=True)
    doublings = traitlets.Int(0).tag(sync=True)
    share = traitlets.Int(40).tag(sync=True)
    price = traitlets.Float(2.0).tag(sync=True)
    chip = traitlets.Unicode().tag(sync=True)
    _chips = traitlets.List(traitlets.Dict()).tag(sync=True)
    _law = traitlets.Dict().tag(sync=True)

    @typed
    @checked_by(_check)
    def __init__(
        self,
        chips: Sequence[Accelerator] = ACCELERATORS,
        price: float = 2.0,
        **options: Any,
    ) -> None:
        """Take the chips; ``options`` go to ipywidgets (``layout``, for one)."""
        self.chips = {chip.name: chip for chip in chips}
        super().__init__(
            _chips=[
                {"name": chip.name, "operations": chip.operations, "memory": chip.memory}
                for chip in chips
            ],
            _law={
                "floor": FLOOR,
                "size": list(BY_SIZE),
                "text": list(BY_TEXT),
                "operations": OPERATIONS,
                "bytes": BYTES,
            },
            chip=chips[min(1, len(chips) - 1)].name,
            price=price,
            **options,
        )

    @traitlets.validate("size", "text", "doublings", "share", "price")
    def _check_slider(self, proposal: dict[str, Any]) -> Any:
        """Let in only what the sliders reach."""
        name, value = proposal["trait"].name, proposal["value"]
        if name == "doublings":
            check_whole(name, value, at_least=0)
        low, high = {"doublings": (0, MOST_DOUBLINGS), "share": (1, 100), "price": (0, 20)}.get(
            name, RANGES.get(name, (0, 0))
        )
        check_number(name, value, at_least=low, at_most=high)
        return value

    @traitlets.validate("chip")
    def _check_chip(self, proposal: dict[str, Any]) -> str:
        """Let in only chips that there are."""
        if proposal["value"] not in self.chips:
            raise ValueError(
                f"chip is {proposal['value']!r}, expected one of "
                f"{', '.join(map(repr, self.chips))}."
            )
        return str(proposal["value"])

    @property
    def plan(self) -> Plan:
        """What the run takes, as the sliders stand."""
        return plan(
            10**self.size,
            10**self.text,
            self.chips[self.chip],
            2**self.doublings,
            self.share / 100,
            self.price,
        )

    @property
    def said(self) -> str:
        """The plan in words, as below the sliders."""
        made, chip, count = self.plan, self.chips[self.chip], 2**self.doublings
        fits = "it fits" if made.bytes_each <= chip.memory else "it does not fit"
        return (
            f"{short_number(10**self.size)} parameters on {short_number(10**self.text)} tokens: "
            f"{short_number(made.operations)} operations, {_scaled(made.hours, TIMES, ' ')} on "
            f"{count} x {chip.name}, {short_number(made.cost)} in money. Memory for weights, "
            f"gradients and Adam: {_scaled(made.bytes_whole, UNITS, ' ')} in all, "
            f"{_scaled(made.bytes_each, UNITS, ' ')} on each chip when shared out: {fits}. "
            f"Expected loss: {made.loss:.2f} nats per token."
        )

    def picture(self) -> Figure:
        """Draw what each chip would hold, whole and shared out, against what it has room for."""
        use_style()
        figure, axes = plt.subplots(figsize=(9, 2.8))
        made, chip = self.plan, self.chips[self.chip]
        for place, (held, colour) in enumerate(
            ((made.bytes_each, BLUE), (made.bytes_whole, ORANGE))
        ):
            axes.barh(place, held / 1e9, color=colour)
        axes.axvline(chip.memory / 1e9, color=GREY, linestyle="--", label=f"room on {chip.name}")
        axes.set_yticks([0, 1], ["shared out", "all on each"])
        axes.set_xlabel("GB on each chip")
        axes.set_title(self.said.split(", ")[0], fontsize=12)
        name_lines(axes, loc="center left", bbox_to_anchor=(1.0, 0.5))
        literal(axes)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        return (
            "Two bars: the gigabytes on each chip when weights, gradients and Adam's averages are "
            f"shared out, and when each chip holds all; a dashed line marks its room. {self.said}"
        )
