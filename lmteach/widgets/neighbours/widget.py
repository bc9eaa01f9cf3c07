"""Ask for the neighbours of a word, or for an analogy: a - b + c.

Played in notebook 05. The vectors are sent once; each answer is computed in the browser.
"""

import re
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.plots.style import BLUE, use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

SHOWN = 10  # neighbours in the list
MOST_EXAMPLES = 8
_SIGNS = {"+": 1, "-": -1, "−": -1, "–": -1}


class Neighbours(TeachingWidget):
    """A line to type a word or a sum of words into, and the nearest words below it.

    ``words`` (V) and ``vectors`` (V, D) are compared by the cosine of their angle, in single
    precision; ``examples`` are questions on buttons, the first of which is asked at the start.
    ``query`` is what is asked. Words of the question are not among the answers.

    Raises ``ValueError`` for vectors that don't fit the words (see ``WordVectors``), a word with a
    blank or a sign in it, no example, or one that has no answer.

    >>> found = Neighbours(["up", "left", "up-left"], [[0, 1], [-1, 0], [-1, 1]], ["up"])
    >>> [(word, round(cosine, 6)) for word, cosine in found.answer("up + left")]
    [('up-left', 1.0)]
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    _directions = traitlets.Bytes().tag(sync=True)  # (V, D), little-endian floats, length 1

    @typed
    def __init__(
        self,
        words: Sequence[str],
        vectors: ArrayLike,
        examples: Sequence[str],
        **options: Any,
    ) -> None:
        """Set up the widget; ``options`` go to ipywidgets (``layout``, for one)."""
        names = [str(word) for word in words]
        odd = [word for word in names if not word or re.search(r"\s", word) or word in _SIGNS]
        if odd:
            raise ValueError(
                f"words contains {odd[0]!r}, which can't be asked for: expected words without "
                "blanks, and none that is a plus or a minus."
            )
        self.vectors = WordVectors(names, np.asarray(vectors, dtype=np.float32).astype(float))
        if not 1 <= len(examples) <= MOST_EXAMPLES:
            raise ValueError(
                f"there are {len(examples)} examples, expected 1 to {MOST_EXAMPLES} questions, "
                "such as 'king' or 'paris - france + italy'."
            )
        for example in examples:
            self.answer(example)
        super().__init__(
            words=names,
            examples=[str(example) for example in examples],
            query=str(examples[0]),
            _directions=self.vectors.directions.astype("<f4").tobytes(),
            **options,
        )

    @typed
    def answer(self, query: str) -> list[tuple[str, float]]:
        """Return the nearest words to a question and their cosines, as the browser shows them.

        Raises ``ValueError``, with the sentence that the browser shows, if there is no answer.
        """
        asked = self._asked(query)
        plus, minus = ([word for word, sign in asked if sign == side] for side in (1, -1))
        found: list[tuple[str, float]] = self.vectors.nearest(plus, minus, count=SHOWN)
        return found

    def picture(self) -> Figure:
        """Draw the answers to at most four of the examples."""
        use_style()
        shown = self.examples[:4]
        rows = (len(shown) + 1) // 2
        columns = min(2, len(shown))
        figure, panels = plt.subplots(rows, columns, figsize=(5.5 * columns, 4 * rows))
        for place, axes in enumerate(np.atleast_1d(panels).flat):
            if place < len(shown):
                _draw(axes, shown[place], self.answer(shown[place]))
            else:
                axes.set_axis_off()
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        said = []
        for example in self.examples[:4]:
            nearest = ", ".join(f"{word} {value:.2f}" for word, value in self.answer(example)[:3])
            said.append(f"{example}: {nearest}")
        return (
            "Bars of the words nearest to each question, by the cosine of their angle. The first "
            f"of each are, for {'; for '.join(said)}."
        )

    def _asked(self, query: str) -> list[tuple[str, int]]:
        """Return the words of a question with their signs, or say what can't be understood."""
        asked: list[tuple[str, int]] = []
        sign, due = 1, True  # the sign of the next word; whether a word is due
        for piece in query.lower().split():
            if piece in _SIGNS:
                if due and asked:
                    raise ValueError("There are two signs in a row: write a word between them.")
                sign, due = _SIGNS[piece], True
            elif not due or (piece not in self.vectors and re.search("[-+−–]", piece)):
                raise ValueError("Write + or −, with blanks around it, between two words.")
            elif piece not in self.vectors:
                raise ValueError(
                    f"“{piece}” is not among the {len(self.vectors.words):,} words that have a "
                    "vector: it is too rare in the text, or not in it at all."
                )
            else:
                asked.append((piece, sign))
                due = False
        if not asked or due:
            raise ValueError("Type a word, or a sum such as: a − b + c.")
        total = sum(sign * self.vectors.directions[self.vectors.numbers[w]] for w, sign in asked)
        if not np.linalg.norm(total) > 1e-6:
            raise ValueError("The words cancel each other: nothing is left to look near.")
        return asked


def _draw(axes: Axes, question: str, found: list[tuple[str, float]]) -> None:
    """Draw one question's answers as bars, the nearest on top."""
    names, values = zip(*found, strict=True)
    axes.barh(range(len(names)), values, color=BLUE, height=0.6)
    axes.set_yticks(range(len(names)), names, parse_math=False)
    axes.invert_yaxis()
    axes.set_title(question, parse_math=False)
    axes.set(xlim=(min(0, *values), 1), xlabel="cosine")
