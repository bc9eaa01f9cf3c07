"""Switch heads of a model off and on, and watch its loss and its next words. Played in notebook 20.

Which heads are off goes to Python, where the model is; the answer comes back.
"""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import traitlets
from matplotlib.figure import Figure

from lmteach.checks import check_number, checked_by
from lmteach.plots.literal import literal
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.style import BLUE, GREY, ORANGE, use_style
from lmteach.plots.symbols import spoken_token
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

MOST = 24  # switches
SHOWN = 5  # next tokens
INTERRUPTED = "The kernel was interrupted. Switch again."

# From the places of the heads that are off: the loss, and the likeliest next tokens.
Says = Callable[[list[int]], tuple[float, Sequence[tuple[str, float]]]]


def _check_heads(heads: Sequence[str]) -> None:
    if isinstance(heads, str) or not 1 <= len(heads) <= MOST or len(set(heads)) < len(heads):
        raise ValueError(
            f"heads is {heads!r:.60}, expected a list of 1 to {MOST} names that all differ."
        )
    if not all(heads):
        raise ValueError("a name among heads is empty, expected one to write on its switch.")


class HeadSwitches(TeachingWidget):
    """A switch for each of some heads, the loss with and without them, and the next words.

    ``says`` takes the places of the heads that are off, the first of ``heads`` being 0, and
    returns the loss and the likeliest next tokens, each with its probability. It is asked once for
    each setting. ``off`` are the places that are off, and ``answer`` holds them, the ``loss``,
    that of the ``whole`` model, the ``next`` tokens and a ``message``.

    Raises ``ValueError`` for no names, more than 24 or two that are alike, for places that are not
    there, and for what ``says`` returns if that is no loss with tokens and probabilities.

    >>> switches = HeadSwitches(["18.6"], lambda off: (2.5 if off else 0.5, [(" fox", 0.5)]))
    >>> switches.off = [0]
    >>> switches.said
    'Off: 18.6. Loss 2.50 (all on: 0.50). Next: space fox 50 %.'
    """

    _esm = module(__file__, "shared/tokens.js")
    _css = stylesheet(__file__, "shared/tokens.css")

    heads = traitlets.List(traitlets.Unicode()).tag(sync=True)
    off = traitlets.List(traitlets.Int()).tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    @typed
    @checked_by(_check_heads)
    def __init__(self, heads: Sequence[str], says: Says, **options: Any) -> None:
        """Ask the whole model; ``options`` go to ipywidgets (``layout``, for one)."""
        self.says = says
        self._known: dict[tuple[int, ...], dict[str, Any]] = {}
        self._whole = 0.0
        whole = self._ask([])
        self._whole = whole["loss"]
        self._known[()] = whole | {"whole": self._whole}
        super().__init__(heads=list(heads), answer=self._known[()], **options)

    @traitlets.validate("off")
    def _check_off(self, proposal: dict[str, Any]) -> list[int]:
        """Let in only heads that there are, each once, in their order."""
        found = sorted(set(proposal["value"]))
        if found and not 0 <= found[0] <= found[-1] < len(self.heads):
            raise ValueError(f"off is {found}, expected places from 0 to {len(self.heads) - 1}.")
        return found

    @traitlets.observe("off")
    def _switched(self, change: dict[str, Any]) -> None:
        key = tuple(self.off)
        try:
            if key not in self._known:
                self._known[key] = self._ask(list(key))
            self.answer = self._known[key]
        except ValueError as error:
            self.answer = self._nothing(key, str(error))
        except KeyboardInterrupt:
            self.answer = self._nothing(key, INTERRUPTED)
            raise

    def _nothing(self, key: tuple[int, ...], message: str) -> dict[str, Any]:
        return {"off": [*key], "loss": None, "whole": self._whole, "next": [], "message": message}

    def _ask(self, off: list[int]) -> dict[str, Any]:
        """What the model says, checked."""
        answer = self.says([*off])
        if not isinstance(answer, tuple | list) or len(answer) != 2 or not len(answer[1]):
            raise ValueError(
                f"says returned {answer!r:.60}, expected the loss and the likeliest next tokens."
            )
        check_number("the loss", answer[0])
        tokens = []
        for entry in [*answer[1]][:SHOWN]:
            token, chance = entry
            check_number(f"the probability of {token!r}", chance, at_least=0, at_most=1)
            tokens.append((str(token), float(chance)))
        found = {"loss": float(answer[0]), "whole": self._whole, "next": tokens, "message": ""}
        return {"off": off, **found}

    @property
    def said(self) -> str:
        """What is off and what that does, in words, as below the switches."""
        if self.answer["message"]:
            return str(self.answer["message"])
        return _in_words(self.heads, self.answer)

    def picture(self) -> Figure:
        """Draw the switches' names, both losses, and the next tokens."""
        use_style()
        figure, (left, right) = plt.subplots(1, 2, figsize=(12, 3.6), layout="constrained")
        losses = [self._whole, self.answer["loss"] or 0.0]
        left.barh(["all on", "now"], losses, color=[GREY, ORANGE if self.off else BLUE])
        left.invert_yaxis()
        left.set(xlabel="nats a token", title=f"off: {_names(self.heads, self.off)}")
        literal(left)
        if self.answer["next"]:
            names = [token for token, _ in self.answer["next"]]
            chances = [chance for _, chance in self.answer["next"]]
            next_token_bars(chances, names, shown=SHOWN, axes=right, title="next")
        else:
            right.set_axis_off()
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        return f"Switches for the heads {', '.join(self.heads)}. {self.said}"


def _names(heads: Sequence[str], off: Sequence[int]) -> str:
    return ", ".join(heads[place] for place in off) or "none"


def _in_words(heads: Sequence[str], answer: dict[str, Any]) -> str:
    """The sentence that view.js writes, too (a test compares them)."""
    likeliest = ", ".join(
        f"{spoken_token(token)} {100 * chance:.0f} %" for token, chance in answer["next"]
    )
    return (
        f"Off: {_names(heads, answer['off'])}. Loss {answer['loss']:.2f} "
        f"(all on: {answer['whole']:.2f}). Next: {likeliest}."
    )
