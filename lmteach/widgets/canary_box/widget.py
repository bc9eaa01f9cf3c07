"""Plant a sentence in a training text, train, and ask the model for it back. Played in notebook 21.

What is typed goes to Python, where a small model is trained; what it says comes back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from lmteach.checks import check_whole, checked_by
from lmteach.evaluation.exposure import MOST
from lmteach.plots.style import use_style
from lmteach.text.corpora.canaries import Canary
from lmteach.typed import check_fields, typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

REPETITIONS = (1, 4, 16, 64)
KEPT = 8  # rounds that are shown, the latest


@dataclass(frozen=True)
class Asked:
    """What a trained model says: its own secret, the rank of the true one, of how many.

    >>> Asked("1234", rank=17, candidates=10_000).rank
    17
    """

    says: str
    rank: int
    candidates: int

    def __post_init__(self) -> None:
        check_fields(self)
        check_whole("rank", self.rank)
        check_whole("candidates", self.candidates, at_least=self.rank)


def _check(start: Sequence[Canary], repetitions: Sequence[int]) -> None:
    if not start:
        raise ValueError("start is empty, expected at least one canary to begin with.")
    if not repetitions or len(set(repetitions)) < len(repetitions) or min(repetitions) < 0:
        raise ValueError(
            f"repetitions are {list(repetitions)}, expected numbers from 0 up that differ."
        )


class CanaryBox(TeachingWidget):
    """Fields for a name and a secret, a choice of repetitions, a button, and a row for each try.

    ``ask(canary)`` trains a model on a text that has the canary in it, and returns what it was
    ``Asked``; a ``ValueError`` of it is shown as a sentence. Those in ``start`` are asked at once.
    ``rows`` holds the latest tries, the newest last. Nothing else is kept.

    Raises ``ValueError`` for no canary in ``start``, or repetitions that don't differ.

    >>> box = CanaryBox(lambda canary: Asked("4829", 1, 10_000), [Canary("Aldren", "4829", 16)])
    >>> box.said
    'The code of Aldren is 4829, planted 16 times: the model says 4829; rank 1 of 10,000.'
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    name = traitlets.Unicode().tag(sync=True)
    secret = traitlets.Unicode().tag(sync=True)
    repetitions = traitlets.List(traitlets.Int()).tag(sync=True)
    request = traitlets.Dict().tag(sync=True)
    rows = traitlets.List(traitlets.Dict()).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    @typed
    @checked_by(_check)
    def __init__(
        self,
        ask: Callable[[Canary], Asked],
        start: Sequence[Canary],
        repetitions: Sequence[int] = REPETITIONS,
        **options: Any,
    ) -> None:
        """Ask what is in ``start``; ``options`` go to ipywidgets (``layout``, for one)."""
        self._ask = ask
        super().__init__(
            name=start[-1].name,
            secret=start[-1].secret,
            repetitions=list(repetitions),
            rows=[self._row(canary) for canary in start],
            **options,
        )

    @traitlets.observe("request")
    def _answer(self, change: dict[str, Any]) -> None:
        """Train and ask for what was sent from the browser, or set in Python."""
        sent = change["new"]
        try:
            canary = Canary(
                str(sent.get("name", "")), str(sent.get("secret", "")), sent.get("repetitions", 1)
            )
            if 10 ** len(canary.secret) > MOST:
                raise ValueError("Type at most six digits: all that could stand there are tried.")
            self.rows = [*self.rows, self._row(canary)][-KEPT:]
            self.message = ""
        except ValueError as error:
            self.message = str(error)
        self.renew_picture()

    def _row(self, canary: Canary) -> dict[str, Any]:
        found = self._ask(canary)
        if not isinstance(found, Asked):
            raise ValueError(f"ask gives {found!r:.40}, expected what was Asked.")
        return {
            "name": canary.name,
            "secret": canary.secret,
            "repetitions": canary.repetitions,
            "says": found.says,
            "rank": found.rank,
            "candidates": found.candidates,
        }

    @property
    def said(self) -> str:
        """The latest try in words, as below the button."""
        return self.message or _in_words(self.rows[-1])

    def picture(self) -> Figure:
        """Write the tries as a table."""
        use_style()
        figure, axes = plt.subplots(figsize=(10, 0.9 + 0.45 * len(self.rows)))
        axes.set_axis_off()
        heads = ["planted", "times", "the model says", "rank"]
        cells = [
            [
                f"The code of {row['name']} is {row['secret']}.",
                str(row["repetitions"]),
                row["says"],
                f"{row['rank']:,} of {row['candidates']:,}",
            ]
            for row in self.rows
        ]
        lines = [heads, *cells]
        for line, words in enumerate(lines):
            for x, word in zip((0, 0.5, 0.6, 0.8), words, strict=True):
                axes.text(
                    x,
                    1 - (line + 0.5) / len(lines),
                    word,
                    fontsize=13,
                    va="center",
                    weight="bold" if line == 0 else "normal",
                    parse_math=False,
                )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        return "Sentences planted, and what the trained model says. " + " ".join(
            _in_words(row) for row in self.rows
        )


def _in_words(row: dict[str, Any]) -> str:
    times = "once" if row["repetitions"] == 1 else f"{row['repetitions']} times"
    return (
        f"The code of {row['name']} is {row['secret']}, planted {times}: the model says "
        f"{row['says']}; rank {row['rank']:,} of {row['candidates']:,}."
    )
