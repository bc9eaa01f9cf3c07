"""Turn a cure of overfitting up, and see the loss of what is taught and of what is held out.

Played in notebook 19.
"""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, checked_by
from lmteach.plots.literal import literal, name_lines
from lmteach.plots.style import BLUE, GREY, ORANGE, use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

Run = tuple[ArrayLike, ArrayLike]
ACROSS = 4  # pictures in a row


def _check_runs(runs: Any) -> None:
    if not isinstance(runs, Mapping) or not runs:
        raise ValueError("runs is empty, expected at least one cure with its strengths.")
    lengths = set()
    for cure, strengths in runs.items():
        if not isinstance(strengths, Mapping) or not strengths:
            raise ValueError(f"{cure!r} has no strengths, expected at least one with its run.")
        for strength, run in strengths.items():
            if not isinstance(run, tuple | list) or len(run) != 2:
                raise ValueError(
                    f"{cure!r} at {strength!r} is {run!r:.40}, expected a pair of curves: the loss "
                    "of what is taught, and of what is held out."
                )
            for name, curve in zip(("what is taught", "what is held out"), run, strict=True):
                which = f"{cure!r} at {strength!r}, {name},"
                lengths.add(len(check_finite(which, curve, (None,), "(N,)")))
    if len(lengths) > 1:
        raise ValueError(f"the curves have {sorted(lengths)} passes, expected as many in all.")


def _check_level(names: tuple[str, str], level: tuple[str, float]) -> None:
    check_finite("the height of level", level[1], ())
    if len(set(names)) < 2:
        raise ValueError(f"names are {names}, expected two that differ.")


class CureDial(TeachingWidget):
    """Recorded runs, a choice of cures and a slider for the strength, and both curves of the run.

    ``runs`` maps each cure to its strengths in their order, each to a pair of curves (N,), one
    value a pass: the loss of what is taught, and of what is held out. The first strength of a cure
    is what the others are compared with: its held-out curve stays, dashed. ``names`` are those of
    the two curves, ``level`` a name and a height to measure them by. ``cure`` and ``place``, which
    of its strengths, counted from 0, are what is chosen. Nothing is computed: all runs are in the
    browser.

    Raises ``ValueError`` for no cures or strengths, curves that are no pairs of finite rows of one
    length, or names that don't differ; later, for a cure or a place that is not there.

    >>> dial = CureDial({"decay": {"0": ([0.2, 0.0], [0.7, 0.9]), "3": ([0.4, 0.3], [0.6, 0.5])}})
    >>> dial.place = 1
    >>> dial.said
    'decay 3: after 2 passes train 0.30, valid 0.50; lowest on valid 0.50, after 2'
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    cure = traitlets.Unicode().tag(sync=True)
    place = traitlets.Int(0).tag(sync=True)
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    level = traitlets.Dict().tag(sync=True)
    _runs = traitlets.List(traitlets.Dict()).tag(sync=True)

    @checked_by(_check_runs)
    @typed
    @checked_by(_check_level)
    def __init__(
        self,
        runs: Mapping[str, Mapping[str, Run]],
        names: tuple[str, str] = ("train", "valid"),
        level: tuple[str, float] = ("a coin", 0.6931),
        **options: Any,
    ) -> None:
        """Take the runs; ``options`` go to ipywidgets (``layout``, for one)."""
        self.runs = {
            cure: {strength: np.asarray(run, dtype=float) for strength, run in strengths.items()}
            for cure, strengths in runs.items()
        }
        super().__init__(
            names=list(names),
            level={"name": level[0], "height": float(level[1])},
            _runs=[
                {
                    "cure": cure,
                    "strengths": [
                        {"strength": strength, "curves": run.round(4).tolist()}
                        for strength, run in strengths.items()
                    ],
                }
                for cure, strengths in self.runs.items()
            ],
            cure=next(iter(self.runs)),
            **options,
        )

    @traitlets.validate("cure")
    def _check_cure(self, proposal: dict[str, Any]) -> str:
        """Let in only cures that there are."""
        if proposal["value"] not in self.runs:
            raise ValueError(
                f"cure is {proposal['value']!r}, expected one of {', '.join(map(repr, self.runs))}."
            )
        return str(proposal["value"])

    @traitlets.validate("place")
    def _check_place(self, proposal: dict[str, Any]) -> int:
        """Let in only places of the slider."""
        most = max(map(len, self.runs.values())) - 1
        if not 0 <= proposal["value"] <= most:
            raise ValueError(f"place is {proposal['value']}, expected 0 to {most}.")
        return int(proposal["value"])

    @property
    def said(self) -> str:
        """What is chosen, in words, as below the chart."""
        strengths = list(self.runs[self.cure].items())
        strength, run = strengths[min(self.place, len(strengths) - 1)]
        return self._in_words(self.cure, strength, run)

    def _in_words(self, cure: str, strength: str, run: np.ndarray) -> str:
        taught, held_out = run
        return (
            f"{cure} {strength}: after {len(taught)} passes {self.names[0]} {taught[-1]:.2f}, "
            f"{self.names[1]} {held_out[-1]:.2f}; lowest on {self.names[1]} {held_out.min():.2f}, "
            f"after {held_out.argmin() + 1}"
        )

    def picture(self) -> Figure:
        """Draw each cure at its first strength and at that with the least held-out loss."""
        use_style()
        rows = -(-len(self.runs) // ACROSS)
        figure, panels = plt.subplots(
            rows, ACROSS, figsize=(13, 3.6 * rows), sharex=True, sharey=True, squeeze=False
        )
        for axes in panels.flat[len(self.runs) :]:
            axes.set_axis_off()
        for (cure, strengths), axes in zip(self.runs.items(), panels.flat, strict=False):
            first, (strength, run) = next(iter(strengths.values())), self._best(cure)
            passes = range(1, run.shape[1] + 1)
            axes.plot(passes, first[1], color=GREY, linestyle="--", label="without")
            axes.plot(passes, run[0], color=BLUE, label=self.names[0])
            axes.plot(passes, run[1], color=ORANGE, label=self.names[1])
            axes.axhline(self.level["height"], color=GREY, linestyle=":")
            axes.set_title(f"{cure} {strength}")
            literal(axes)
        name_lines(panels[0, 0], loc="outside upper left", ncols=3)  # over no curve
        return figure

    def _best(self, cure: str) -> tuple[str, np.ndarray]:
        """The strength with the least held-out loss after the last pass, and its run."""
        return min(self.runs[cure].items(), key=lambda pair: float(pair[1][1, -1]))

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        each = "; ".join(self._in_words(cure, *self._best(cure)) for cure in self.runs)
        return (
            "The loss pass by pass, of what is taught and of what is held out, for each cure at "
            f"the strength that ends lowest, with the held-out curve of the first strength, "
            f"dashed, and {self.level['name']} as a level. {each}."
        )
