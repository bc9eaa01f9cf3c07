"""The still picture of a training run, and the same in words.

Seen in notebook 13.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lmteach.checks import check_sizes, checked_by
from lmteach.plots.levels import draw_levels
from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, monospace, use_style
from lmteach.typed import typed
from lmteach.widgets.training_panel.loss_curve import LossCurve

WIDTH = 84  # characters in a line of a sample
LINES = 2  # of each sample
SAMPLES = 4  # in the picture


def _check_steps(steps: int) -> None:
    check_sizes(steps=steps)


@typed
@checked_by(_check_steps)
def draw_training(
    curve: LossCurve,
    steps: int,
    marks: Mapping[str, float],
    unit: str,
    samples: Sequence[Mapping[str, Any]],
) -> Figure:
    """Draw the losses, raw and smoothed, with the marks as levels, over a few of the samples.

    >>> curve = LossCurve()
    >>> curve.add(1, 6.9)
    >>> figure = draw_training(curve, 900, {"ln V": 6.93}, "nats per token", [])
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['nats per token', '']
    """
    use_style()
    shown = chosen(samples)
    rows = [_lines(sample["text"]) for sample in shown]
    heights = [4.2, 0.24 * sum(len(lines) + 2 for lines in rows) + 0.1]
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(10, sum(heights) + 0.4), height_ratios=heights
    )
    points = curve.points()
    at = [step for step, _, _ in points]
    above.plot(at, [loss for _, loss, _ in points], color=BLUE, alpha=0.35, linewidth=1)
    above.plot(at, [smooth for _, _, smooth in points], color=BLUE, linewidth=3)
    last = max(steps, at[-1] if at else 0)
    above.set(xlabel="step", ylabel=unit, xlim=(0, last))
    draw_levels(above, {f"{name} {height:.2f}": height for name, height in marks.items()})
    if points:
        step, _, smooth = points[-1]
        above.plot([step], [smooth], "o", color=BLUE, clip_on=False)
        above.set_title(f"After {step} of {steps} steps: {smooth:.2f} {unit}")
    literal(above)
    below.set_axis_off()
    written = []
    for sample, lines in zip(shown, rows, strict=True):
        written += [f"Written {_when(sample['step'])}:", *(f"  {line}" for line in lines), ""]
    text = "\n".join(written)
    below.text(0, 1, text, family=monospace(), fontsize=12, va="top", parse_math=False)
    return figure


@typed
@checked_by(_check_steps)
def training_in_words(
    curve: LossCurve,
    steps: int,
    marks: Mapping[str, float],
    unit: str,
    samples: Sequence[Mapping[str, Any]],
) -> str:
    """Say what the picture shows.

    >>> training_in_words(LossCurve(), 900, {"ln V": 6.93}, "nats per token", [])
    'An empty chart for the loss of 900 training steps, in nats per token, with a level at 6.93 \
(ln V).'
    """
    levels = [f"{height:.2f} ({name})" for name, height in marks.items()]
    at = f", with {'levels' if len(levels) > 1 else 'a level'} at {', '.join(levels)}"
    at = at if levels else ""
    if curve.steps:
        words = (
            f"The loss against the steps, {curve.steps[-1]} of {steps} made, in {unit}{at}. It "
            f"begins at {curve.losses[0]:.2f}; the smoothed line ends at {curve.smooth[-1]:.2f}, "
            f"with single steps between {min(curve.losses):.2f} and {max(curve.losses):.2f}."
        )
    else:
        words = f"An empty chart for the loss of {steps} training steps, in {unit}{at}."
    for sample in chosen(samples):
        words += f" Written {_when(sample['step'])}: {_lines(sample['text'])[0]!r}."
    return words


@typed
def chosen(samples: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return at most ``SAMPLES`` samples, the first and the last among them, evenly in between.

    >>> [sample["step"] for sample in chosen([{"step": step} for step in range(8)])]
    [0, 2, 5, 7]
    """
    gaps = min(len(samples), SAMPLES) - 1
    places = [round(i * (len(samples) - 1) / gaps) for i in range(gaps + 1)] if gaps > 0 else [0]
    return [samples[place] for place in places] if samples else []


def _when(step: int) -> str:
    return f"after step {step}" if step else "before the first step"


def _lines(text: str) -> list[str]:
    """The first lines of a sample, broken to fit the picture; line ends are seen."""
    return textwrap.wrap(" ".join(text.replace("\n", " ⏎ ").split()), WIDTH)[:LINES] or [""]
