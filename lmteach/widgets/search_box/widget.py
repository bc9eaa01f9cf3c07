"""Type a query, and see side by side what several ways to search find for it.

Played in notebook 16. The query goes to Python, where the models are; the answer comes back.
"""

import re
import textwrap
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from lmteach.checks import check_sizes, check_whole, checked_by
from lmteach.models.search.ranking import Ranking, words_of
from lmteach.plots.style import BLUE, use_style
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, sentence_picture, stylesheet

MOST_WAYS = 4
MOST_EXAMPLES = 8
SHOWN = 40  # words of a document
UNKNOWN = "It knows no word of this, or finds none in any document."
_WIDTH = 46  # characters in a line of the picture

Piece = tuple[str, bool]  # a part of a text, and whether it is lit


class SearchBox(TeachingWidget):
    """A line to type a query into, and below it a column of the best documents for each way.

    ``ways`` are rankings of the same documents by their names, such as ``{"BM25": …}``;
    ``examples`` are queries on buttons, the first of which is asked at the start, and ``top`` is
    how many documents each way shows, none of them with a score of 0. ``query`` is what was asked
    last. Of a long document the ``SHOWN`` words are seen that have most in common with the query.
    Words of the query are lit unless more than half of all documents have them.

    ``answer`` holds the query, a ``message`` in place of all else if it can't be asked, and
    ``columns``: for each way its name and what was found, each with place, score and pieces.

    Raises ``ValueError`` for ways over different documents, no way or more than four, no example,
    or one that is empty.

    >>> from lmteach.models.search.bm25 import BM25
    >>> ways = {"BM25": BM25(["A cat sleeps.", "A dog barks."])}
    >>> box = SearchBox(ways, examples=["cats or dog", "sleep"], top=1)
    >>> box.answer["columns"][0]["found"][0]["pieces"]
    [('A ', False), ('dog', True), (' barks.', False)]
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    query = traitlets.Unicode().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    @typed
    def __init__(
        self,
        ways: Mapping[str, Ranking],
        examples: Sequence[str],
        top: int = 3,
        **options: Any,
    ) -> None:
        """Ask the first example; ``options`` go to ipywidgets (``layout``, for one)."""
        check_sizes(top=top)
        if not 1 <= len(ways) <= MOST_WAYS:
            raise ValueError(f"there are {len(ways)} ways, expected 1 to {MOST_WAYS} columns.")
        if len({way.documents for way in ways.values()}) > 1:
            raise ValueError(
                "the ways search different documents, expected rankings of the same ones."
            )
        if not 1 <= len(examples) <= MOST_EXAMPLES or isinstance(examples, str):
            raise ValueError(
                f"there are {len(examples)} examples, expected a list of 1 to {MOST_EXAMPLES} "
                "queries."
            )
        if empty := [example for example in examples if not example.strip()]:
            raise ValueError(f"examples contains {empty[0]!r}, expected at least one word in each.")
        self.ways, self.top = dict(ways), top
        self.documents = next(iter(ways.values())).documents
        having = Counter(word for text in self.documents for word in set(words_of(text)))
        self.common = {word for word, n in having.items() if n > len(self.documents) / 2}
        super().__init__(
            examples=[str(example) for example in examples],
            query=str(examples[0]),
            answer=self._answer(str(examples[0])),
            **options,
        )

    @traitlets.observe("query")
    def _ask(self, change: dict[str, Any]) -> None:
        """Answer the query that was typed in the browser, or set in Python."""
        if self.answer["query"] != change["new"]:  # equal while the box is set up
            self.answer = self._answer(change["new"])

    def _answer(self, query: str) -> dict[str, Any]:
        try:
            columns = [{"way": name, **self._found(way, query)} for name, way in self.ways.items()]
            message = ""
        except ValueError as error:
            columns, message = [], str(error)
        return {"query": query, "message": message, "columns": columns}

    def _found(self, way: Ranking, query: str) -> dict[str, Any]:
        """Return what one way finds, or what it says instead."""
        best = [(place, score) for place, score in way.search(query, self.top) if score]
        if not best:
            return {"found": [], "says": UNKNOWN}
        lit = set(words_of(query)) - self.common
        found = [
            {"place": place, "score": score, "pieces": passage(self.documents[place], lit)}
            for place, score in best
        ]
        return {"found": found, "says": ""}

    def picture(self) -> Figure:
        """Draw the columns, or write the sentence that stands in their place."""
        if self.answer["message"]:
            return sentence_picture(self.answer["message"])
        use_style()
        columns = self.answer["columns"]
        written = [_in_lines(column) for column in columns]
        lines = max(map(len, written))
        figure, panels = plt.subplots(
            1, len(columns), figsize=(5.2 * len(columns), 1.2 + 0.24 * lines), squeeze=False
        )
        figure.suptitle(f"Search for: {self.answer['query']}", parse_math=False)
        for axes, column, text in zip(panels[0], columns, written, strict=True):
            axes.set_axis_off()
            axes.set_title(column["way"], parse_math=False)
            for line, (words, colour) in enumerate(text):
                axes.text(
                    0,
                    1 - (line + 0.5) / lines,
                    words,
                    color=colour,
                    fontsize=12,
                    va="center",
                    transform=axes.transAxes,
                    parse_math=False,
                )
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        if self.answer["message"]:
            return f"A line to type a query into. {self.answer['message']}"
        said = []
        for column in self.answer["columns"]:
            if not column["found"]:
                said.append(f"{column['way']}: {column['says']}")
                continue
            first = column["found"][0]
            text = textwrap.shorten(_plain(first["pieces"]), 80, placeholder=" …")
            said.append(
                f"{column['way']} finds first, with a score of {first['score']:.2f}: “{text}”"
            )
        return f"Documents for the query “{self.answer['query']}”, a column for each way. " + (
            " ".join(said)
        )


def _check_length(length: int) -> None:
    check_whole("length", length)


@typed
@checked_by(_check_length)
def passage(text: str, lit: Collection[str], length: int = SHOWN) -> list[Piece]:
    """Return the ``length`` words of a text of which most are lit, in pieces that are lit or not.

    ``lit`` are words in small letters. Of equal passages it is the first; what is left out at
    either end is an ellipsis.

    >>> passage("One cat. Two dogs. Three ants.", {"dogs"}, length=2)
    [('… Two ', False), ('dogs', True), (' …', False)]
    """
    parts = re.findall(r"\w+|\W+", text)
    words = [place for place, part in enumerate(parts) if words_of(part)]
    known = [parts[place].lower() in lit for place in words]
    starts = range(max(1, len(words) - length + 1))
    start = max(starts, key=lambda first: sum(known[first : first + length]))
    first = words[start] if start else 0
    cut = start + length < len(words)
    last = words[start + length - 1] + 1 if cut else len(parts)
    shown: list[Piece] = [("… ", False)] if start else []
    shown += [(part, part.lower() in lit) for part in parts[first:last]]
    shown += [(" …", False)] if cut else []
    return _joined(shown)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join neighbours that are lit alike."""
    joined: list[Piece] = []
    for text, lit in pieces:
        if joined and joined[-1][1] == lit:
            joined[-1] = (joined[-1][0] + text, lit)
        else:
            joined.append((text, lit))
    return joined


def _plain(pieces: Sequence[Piece]) -> str:
    return "".join(text for text, _ in pieces)


def _in_lines(column: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the lines of a column in the picture, each with its colour."""
    if not column["found"]:
        return [(line, "black") for line in textwrap.wrap(column["says"], _WIDTH)]
    lines: list[tuple[str, str]] = []
    for rank, one in enumerate(column["found"], start=1):
        shared = sorted({text.lower() for text, lit in one["pieces"] if lit})
        said = f"in common: {', '.join(shared)}" if shared else "no word in common"
        lines += [(f"{rank}.  score {one['score']:.2f}", "black")]
        lines += [(line, "black") for line in textwrap.wrap(_plain(one["pieces"]), _WIDTH)]
        lines += [*((line, BLUE) for line in textwrap.wrap(said, _WIDTH)), ("", "black")]
    return lines
