"""The map of the collection: every notebook as a station on one path. Shown in notebook 00."""

import textwrap

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch

from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, GREEN, GREY, ORANGE, RED, use_style
from lmteach.typed import typed

PARTS: dict[str, tuple[str, ...]] = {
    "I  Counting": (
        "Start here",
        "Bigrams",
        "n-grams and smoothing",
        "Hidden Markov models",
        "Baum–Welch",
    ),
    "II  Networks with memory": (
        "Embeddings",
        "Recurrent networks",
        "LSTM and GRU",
        "Sequence to sequence",
    ),
    "III  The Transformer": (
        "Self-attention",
        "Positional encoding",
        "The Transformer",
        "Byte-pair encoding",
        "GPT",
        "Decoding",
    ),
    "IV  Pretrain, adapt, judge": (
        "BERT",
        "Real weights",
        "Fine-tuning and LoRA",
        "Judging",
        "Overfitting",
        "Looking inside",
        "What a model remembers",
        "Bigger",
        "Words and pictures",
        "Which model?",
    ),
}
COLUMNS = 6  # stations in a row


@typed
def journey(ready: int, axes: Axes | None = None) -> Axes:
    """Draw the path through all notebooks, part by part, and return the axes.

    The first ``ready`` notebooks are filled; those to come are outlined.

    Raises ``ValueError`` if ``ready`` is not between 0 and the number of notebooks.

    >>> len(journey(ready=2).patches)
    25
    """
    stations = sum(len(titles) for titles in PARTS.values())
    if not 0 <= ready <= stations:
        raise ValueError(f"ready is {ready}, expected between 0 and {stations}.")
    use_style()
    if axes is None:
        _, axes = plt.subplots(figsize=(11, 7.6))
    number, top = 0, 0.0
    for (part, titles), colour in zip(PARTS.items(), (BLUE, GREEN, ORANGE, RED), strict=True):
        axes.text(0, top, part, fontsize=17, weight="bold", va="bottom")
        for place, title in enumerate(titles):
            row, column = divmod(place, COLUMNS)
            _station(axes, column, top - 0.98 - 1.06 * row, number, title, colour, number < ready)
            number += 1
        top -= 1.06 * (1 + (len(titles) - 1) // COLUMNS) + 0.62
    axes.set(xlim=(-0.03, COLUMNS), ylim=(top + 0.5, 0.5))
    axes.axis("off")
    return literal(axes)


def _station(
    axes: Axes, column: int, bottom: float, number: int, title: str, colour: str, ready: bool
) -> None:
    """Draw one notebook as a rounded box with its number and title."""
    box = FancyBboxPatch(
        (column + 0.03, bottom),
        0.9,
        0.86,
        boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=colour if ready else "white",
        edgecolor=colour if ready else GREY,
        linewidth=2.5 if ready else 1,
    )
    axes.add_patch(box)
    ink = "white" if ready and colour == BLUE else "black"  # what can be read from afar
    axes.text(column + 0.09, bottom + 0.8, f"{number:02d}", color=ink, weight="bold", va="top")
    lines = textwrap.fill(title, width=13)
    axes.text(column + 0.09, bottom + 0.5, lines, color=ink, fontsize=13, va="top")
