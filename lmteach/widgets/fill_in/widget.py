"""Hide any token of a sentence, and see what the left says of it and what both sides say.

Played in notebook 15. The sentence goes to Python, where the models are; the answer comes back.
"""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from lmteach.checks import check_distribution, check_whole
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.style import use_style
from lmteach.plots.symbols import spoken_token, visible
from lmteach.typed import typed
from lmteach.widgets.next_token_panel.widget import Tokenizer
from lmteach.widgets.shared.base import TeachingWidget, module, sentence_picture, stylesheet

MOST_TOKENS = 60
MOST_EXAMPLES = 8
SHOWN = 5  # of the likeliest tokens
CHOOSE = "Choose the token to hide."
INTERRUPTED = "The kernel was interrupted. Choose the token again."
BLANK = "____"

# From the ids of a text and a place in it: the probability (V,) of every token to stand there.
Says = Callable[[list[int], int], Float[np.ndarray, " vocab"]]


class FillIn(TeachingWidget):
    """A line for a sentence, its tokens to hide one of, and in two columns what may stand there.

    ``left`` and ``both`` are functions of the ids of the sentence and the place that is hidden;
    they return the probabilities (V,) of every token there, and may look at all ids but that one.
    ``evaluation.blanks.filler`` makes them of a GPT and a BERT; any other model will do. A
    ``ValueError`` of theirs is shown as a sentence. ``names`` stand above the columns, ``examples``
    are sentences on buttons. ``text`` is what is read, and ``place`` the token that is hidden, the
    first being 0: the middle one if it is not given, None if none is hidden.

    ``answer`` holds text and place, a ``message``, the ``tokens`` of the text, and ``columns``: for
    each side its ``way``, the ``likeliest`` tokens with their probabilities, and the ``chance`` and
    the ``rank`` of the hidden one, 1 for the likeliest; the rank is None if all tokens are alike.

    Raises ``ValueError`` if the first sentence has no tokens or more than sixty, there is no such
    place, or the probabilities don't fit the tokenizer.

    >>> from lmteach.text.tokenizers.characters import CharTokenizer
    >>> left = lambda ids, place: np.array([0.5, 0.3, 0.2])
    >>> both = lambda ids, place: np.array([0.1, 0.8, 0.1])
    >>> panel = FillIn(left, both, CharTokenizer("abc"), "abc", place=1)
    >>> [(column["rank"], column["chance"]) for column in panel.answer["columns"]]
    [(2, 0.3), (1, 0.8)]
    """

    _esm = module(__file__, "shared/tokens.js")
    _css = stylesheet(__file__, "shared/tokens.css")

    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    place = traitlets.Int(allow_none=True).tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    @typed
    def __init__(
        self,
        left: Says,
        both: Says,
        tokenizer: Tokenizer,
        text: str,
        place: int | None = None,
        names: Sequence[str] = ("the left alone", "both sides"),
        examples: Sequence[str] = (),
        **options: Any,
    ) -> None:
        """Hide the first token; ``options`` go to ipywidgets (``layout``, for one)."""
        if len(names) != 2 or isinstance(names, str):
            raise ValueError(f"names is {names!r:.60}, expected two, one above each column.")
        if len(examples) > MOST_EXAMPLES or isinstance(examples, str):
            raise ValueError(
                f"there are {len(examples)} examples, expected a list of at most {MOST_EXAMPLES} "
                "sentences."
            )
        if place is not None:
            check_whole("place", place, at_least=0)
        self.tokenizer = tokenizer
        self.ways = list(zip(names, (left, both), strict=True))
        hidden = len(self._ids(text)) // 2 if place is None else place
        super().__init__(
            examples=list(examples),
            text=text,
            place=hidden,
            answer=self._read(text, hidden),
            **options,
        )

    @traitlets.observe("text", "place")
    def _ask(self, change: dict[str, Any]) -> None:
        """Answer what was typed or chosen in the browser, or set in Python."""
        if self._is_answered():
            return
        try:
            self.answer = self._answer(self.text, self.place)
        except KeyboardInterrupt:
            self.place = None
            self.answer = {**self.answer, "message": INTERRUPTED}
            raise

    def _is_answered(self) -> bool:
        """Whether there is an answer to what is asked; also while the panel is set up."""
        asked = {"text": self.text, "place": self.place}
        return not self.answer or asked == {name: self.answer[name] for name in asked}

    def _answer(self, text: str, place: int | None) -> dict[str, Any]:
        try:
            return self._read(text, place)
        except ValueError as error:
            try:
                tokens = self._tokens(self._ids(text))
            except ValueError:
                tokens = []
            known = {"text": text, "place": place, "tokens": tokens}
            return {**known, "message": str(error), "columns": []}

    def _read(self, text: str, place: int | None) -> dict[str, Any]:
        """Ask both sides, or say why they can't be asked."""
        ids = self._ids(text)
        if place is not None and not 0 <= place < len(ids):
            raise ValueError(f"place is {place}, expected 0 to {len(ids) - 1}, a token's number.")
        columns = [] if place is None else [self._column(*way, ids, place) for way in self.ways]
        known = {"text": text, "place": place, "tokens": self._tokens(ids)}
        return {**known, "message": "", "columns": columns}

    def _ids(self, text: str) -> list[int]:
        ids = [int(token) for token in self.tokenizer.encode(text)]
        if not ids:
            raise ValueError("The sentence is empty: type at least one word.")
        if len(ids) > MOST_TOKENS:
            raise ValueError(
                f"The sentence has {len(ids)} tokens, expected at most {MOST_TOKENS}: shorten it."
            )
        return ids

    def _tokens(self, ids: Sequence[int]) -> list[str]:
        return [self.tokenizer.decode([token]) for token in ids]

    def _column(self, name: str, says: Says, ids: list[int], place: int) -> dict[str, Any]:
        """What one side says of the token at a place."""
        said = check_distribution(
            f"what {name!r} says", says([*ids], place), (self.tokenizer.vocab_size,), "(V,)"
        )
        best = np.argsort(-said, kind="stable")[:SHOWN].tolist()
        alike = said.min() == said.max()
        return {
            "way": name,
            "likeliest": [
                (token, float(share))
                for token, share in zip(self._tokens(best), said[best], strict=True)
            ],
            "chance": float(said[ids[place]]),
            "rank": None if alike else 1 + int((said > said[ids[place]]).sum()),
        }

    def _with_blank(self) -> str:
        """The sentence, a blank in the place of the hidden token."""
        tokens, place = self.answer["tokens"], self.answer["place"]
        before = " " if tokens[place].startswith(" ") else ""
        return "".join([*tokens[:place], before, BLANK, *tokens[place + 1 :]])

    def picture(self) -> Figure:
        """Draw both columns, or write the sentence that stands in their place."""
        if not self.answer["columns"]:
            return sentence_picture(self.answer["message"] or CHOOSE)
        use_style()
        figure, panels = plt.subplots(1, 2, figsize=(12, 3.4), sharex=True, layout="constrained")
        hidden = "".join(map(visible, self.answer["tokens"][self.answer["place"]]))
        figure.suptitle(f"{self._with_blank()}   (hidden: {hidden})", parse_math=False)
        for axes, column in zip(panels, self.answer["columns"], strict=True):
            names = [token for token, _ in column["likeliest"]]
            shares = [share for _, share in column["likeliest"]]
            title = f"{column['way']}: {_place_of(column)}"
            next_token_bars(shares, names, shown=SHOWN, axes=axes, title=title)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        if not self.answer["columns"]:
            return f"A line to type a sentence into. {self.answer['message'] or CHOOSE}"
        hidden = spoken_token(self.answer["tokens"][self.answer["place"]])
        said = []
        for column in self.answer["columns"]:
            likeliest = ", ".join(
                f"{spoken_token(token)} {share:.1%}" for token, share in column["likeliest"]
            )
            said.append(
                f"{column['way']}: {hidden} has {_place_of(column)}; likeliest: {likeliest}."
            )
        return f"What may stand in “{self._with_blank()}”. {' '.join(said)}"


def _place_of(column: dict[str, Any]) -> str:
    """Rank and probability of the hidden token."""
    rank = "no rank, for all are alike," if column["rank"] is None else f"rank {column['rank']},"
    return f"{rank} {column['chance']:.2%}"
