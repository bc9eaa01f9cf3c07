"""A candidate of your own against a reference: n-gram by n-gram, to BLEU and ROUGE.

Played in notebook 18.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from lmteach.checks import check_choice
from lmteach.evaluation.bleu import bleu, bleu_words, brevity_penalty, clipped_matches
from lmteach.evaluation.rouge import rouge_l, rouge_n, rouge_words
from lmteach.plots.bars import bars
from lmteach.plots.style import use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

LONGEST = 400  # characters of a text
ORDER = 4
UNITS = ("words", "characters")
_SHOWN = 60  # characters of a text in the picture
_CUTS: dict[str, tuple[Callable[[str], list[str]], Callable[[str], list[str]]]] = {
    "words": (bleu_words, rouge_words),
    "characters": (list, list),
}


class Matches(NamedTuple):
    """The n-grams of one length: those that are right, that were said, and that should be.

    >>> Matches(right=3, said=5, wanted=5).precision
    0.6
    """

    right: int
    said: int
    wanted: int

    @property
    def precision(self) -> float:
        """The share of what was said that is right; 0 if nothing was.

        >>> Matches(0, 0, 3).precision
        0.0
        """
        return self.right / self.said if self.said else 0.0


class NGramMatch(TeachingWidget):
    """Two texts that can be typed, the n-grams that match, and what BLEU and ROUGE make of them.

    ``candidate`` and ``reference`` have at most 400 characters each. ``unit`` is "words", cut by
    each score's own rule, or "characters"; ``n``, from 1 to 4, is the length of the n-grams that
    are listed. BLEU is not smoothed. The browser counts by itself.

    Raises ``ValueError`` for a longer text, another unit, or another ``n``.

    >>> widget = NGramMatch("the cat sat on the mat", "the cat is on the mat")
    >>> widget.matches[:2]
    [Matches(right=5, said=6, wanted=6), Matches(right=3, said=5, wanted=5)]
    >>> round(widget.scores["ROUGE-1"], 3)
    0.833
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    candidate = traitlets.Unicode().tag(sync=True)
    reference = traitlets.Unicode().tag(sync=True)
    unit = traitlets.Unicode("words").tag(sync=True)
    n = traitlets.Int(1).tag(sync=True)

    @typed
    def __init__(
        self, candidate: str, reference: str, unit: str = "words", n: int = 1, **options: Any
    ) -> None:
        """Set up both texts; ``options`` go to ipywidgets (``layout``, for one)."""
        super().__init__(candidate=candidate, reference=reference, unit=unit, n=n, **options)

    @traitlets.validate("candidate", "reference")
    def _check_text(self, proposal: dict[str, Any]) -> str:
        """Let in only what can be drawn."""
        name, value = proposal["trait"].name, str(proposal["value"])
        if len(value) > LONGEST:
            raise ValueError(f"{name} has {len(value)} characters, expected at most {LONGEST}.")
        return value

    @traitlets.validate("unit")
    def _check_unit(self, proposal: dict[str, Any]) -> str:
        """Let in only what can be cut."""
        check_choice("unit", proposal["value"], UNITS)
        return str(proposal["value"])

    @traitlets.validate("n")
    def _check_n(self, proposal: dict[str, Any]) -> int:
        """Let in only the lengths that BLEU counts."""
        value = int(proposal["value"])
        if not 1 <= value <= ORDER:
            raise ValueError(f"n is {value}, expected 1 to {ORDER}.")
        return value

    @property
    def matches(self) -> list[Matches]:
        """What BLEU counts, from single symbols to runs of four."""
        cut = _CUTS[self.unit][0]
        said, right = cut(self.candidate), cut(self.reference)
        return [
            Matches(*clipped_matches(said, [right], n), max(0, len(right) - n + 1))
            for n in range(1, ORDER + 1)
        ]

    @property
    def scores(self) -> dict[str, float]:
        """The brevity penalty, BLEU, and the F1 of ROUGE-1, ROUGE-2 and ROUGE-L."""
        cut, cut_rouge = _CUTS[self.unit]
        said, right = cut(self.candidate), cut(self.reference)
        texts = self.candidate, self.reference
        return {
            "BP": brevity_penalty(len(said), len(right)),
            "BLEU": bleu([said], [(right,)], ORDER, smoothing=False),
            "ROUGE-1": rouge_n(*texts, 1, cut_rouge).f1,
            "ROUGE-2": rouge_n(*texts, 2, cut_rouge).f1,
            "ROUGE-L": rouge_l(*texts, cut_rouge).f1,
        }

    def picture(self) -> Figure:
        """Draw the four precisions and the scores as bars, below both texts."""
        use_style()
        figure, axes = plt.subplots(figsize=(11, 4))
        precisions = {f"p{n}": found.precision for n, found in enumerate(self.matches, start=1)}
        shown = precisions | self.scores
        bars(list(shown.values()), list(shown), axes, title=_both(self.candidate, self.reference))
        axes.set_ylim(0, 1.08)
        for place, value in enumerate(shown.values()):
            axes.text(place, value + 0.02, f"{value:.2f}", ha="center", fontsize=12)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        counts = ", ".join(f"{one.right} of {one.said}" for one in self.matches)
        scores = ", ".join(f"{name} {value:.2f}" for name, value in self.scores.items())
        both = _both(self.candidate, self.reference).replace("\n", "; ")
        return (
            f"Bars for the scores of a candidate. {both}. Right of what was said, in {self.unit}, "
            f"for runs of 1 to {ORDER}: {counts}. {scores}."
        )


def _both(candidate: str, reference: str) -> str:
    """Both texts, one a line, without their ends where they are long."""
    lines = [" ".join(text.split()) for text in (candidate, reference)]
    short = [line if len(line) <= _SHOWN else line[:_SHOWN] + " …" for line in lines]
    return f"candidate: {short[0]}\nreference: {short[1]}"
