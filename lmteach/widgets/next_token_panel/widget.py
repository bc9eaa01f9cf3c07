"""Where each method cuts the next token's distribution; draw from what is left. Notebook 14.

The model is asked once for a text; what the sliders do is computed in the browser.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol, runtime_checkable

import matplotlib.pyplot as plt
import numpy as np
import torch
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from lmteach.checks import check_seed
from lmteach.decoding.filters import check_filters, next_token_filters
from lmteach.plots.next_token_bars import next_token_bars
from lmteach.plots.style import use_style
from lmteach.plots.symbols import spoken_token
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, sentence_picture, stylesheet
from lmteach.widgets.shared.random_numbers import uniform

RANGE = (0.1, 10.0)  # of the temperature
SHOWN = 16  # tokens in the picture, as in the browser
DRAWS = 500  # random numbers that the browser gets


@runtime_checkable
class Tokenizer(Protocol):
    """What the panel asks of a tokenizer."""

    @property
    def vocab_size(self) -> int:
        """How many tokens there are."""

    def encode(self, text: str) -> list[int]:
        """Return the ids of a text."""

    def decode(self, ids: list[int]) -> str:
        """Return the text of ids."""


class NextTokenPanel(TeachingWidget):
    """Sliders for temperature, top-k and top-p over the tokens that may come next, and draws.

    ``predict`` takes a list of ids and returns the logits (V,) of the next token, as an array or a
    tensor; a ``ValueError`` of its own is shown as a sentence. ``text`` is the beginning that is
    shown first, ``examples`` can be chosen with a click; those are asked once, when the panel is
    made, and work without Python, too. ``added`` are the ids written after the text, ``top_k`` 0
    and ``top_p`` 1 keep all tokens. ``seed`` fixes the draws: the n-th token added is always drawn
    with the same number.

    Raises ``ValueError`` if the first text or an example has no tokens, logits don't fit, or a
    slider is set to what it can't show.

    >>> class Letters:
    ...     vocab_size = 3
    ...     def encode(self, text): return ["abc".index(letter) for letter in text]
    ...     def decode(self, ids): return "".join("abc"[i] for i in ids)
    >>> panel = NextTokenPanel(lambda ids: np.log([0.5, 0.3, 0.2]), Letters(), "ab", top_k=2)
    >>> panel.chances
    array([0.625, 0.375, 0.   ])
    """

    _esm = module(__file__, "shared/tokens.js")
    _css = stylesheet(__file__)

    prompt = traitlets.Unicode().tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    numbers = traitlets.List(traitlets.Float()).tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)  # logits after the first text and the examples
    answer = traitlets.Dict().tag(sync=True)  # logits after anything else
    text = traitlets.Unicode().tag(sync=True)
    added = traitlets.List(traitlets.Int()).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    top_k = traitlets.Int(0).tag(sync=True)
    top_p = traitlets.Float(1.0).tag(sync=True)

    @typed
    def __init__(
        self,
        predict: Callable[[list[int]], Any],
        tokenizer: Tokenizer,
        text: str,
        examples: Sequence[str] = (),
        prompt: str = "Begin with",
        seed: int = 0,
        **options: Any,
    ) -> None:
        """Ask for the first texts; ``options`` are ``temperature``, …, and those of ipywidgets."""
        self.predict, self.tokenizer, seed = predict, tokenizer, check_seed(seed)
        names = [tokenizer.decode([token]) for token in range(tokenizer.vocab_size)]
        super().__init__(
            prompt=prompt,
            tokens=names,
            numbers=[uniform(seed, place) for place in range(DRAWS)],
            examples=list(examples),
            recorded={each: _packed(self._asked(each, [])) for each in (text, *examples)},
            text=text,
            **options,
        )

    def _asked(self, text: str, added: list[int]) -> Float[np.ndarray, " vocab"]:
        """Ask the model what comes after a text and the tokens added to it."""
        ids = [*self.tokenizer.encode(text), *added]
        if not ids:
            raise ValueError("There is nothing to continue: type at least one letter.")
        answer = self.predict(ids)
        row = answer.detach().cpu().numpy() if isinstance(answer, torch.Tensor) else answer
        logits = np.asarray(row, dtype=np.float32)
        if logits.shape != (self.tokenizer.vocab_size,) or not np.isfinite(logits).all():
            raise ValueError(
                f"predict returned shape {logits.shape}, expected a row of finite logits, one for "
                f"each of the {self.tokenizer.vocab_size} tokens."
            )
        return logits

    @traitlets.observe("text", "added")
    def _ask(self, change: dict[str, Any]) -> None:
        """Ask the model when the browser or Python has changed what is written."""
        if not self.recorded or self._known() is not None:  # empty while the panel is set up
            return
        text, added = str(self.text), list(self.added)
        where = {"text": text, "added": added}
        try:
            self.answer = {**where, "message": "", **_packed(self._asked(text, added))}
        except ValueError as error:
            self.answer = {**where, "message": str(error)}

    def _known(self) -> dict[str, Any] | None:
        """The answer to what is written now, if there is one."""
        if not self.added and self.text in self.recorded:
            return dict(self.recorded[self.text])
        same = (self.answer.get("text"), self.answer.get("added")) == (self.text, self.added)
        return dict(self.answer) if same else None

    @traitlets.validate("temperature", "top_k", "top_p")
    def _check_slider(self, proposal: dict[str, Any]) -> int | float:
        """Let in only what the sliders can show."""
        name, value = proposal["trait"].name, proposal["value"]
        if name == "temperature" and not RANGE[0] <= value <= RANGE[1]:
            raise ValueError(f"temperature is {value}, expected {RANGE[0]:g} to {RANGE[1]:g}.")
        top_k = None if name != "top_k" or value == 0 else value
        check_filters(1.0, top_k, value if name == "top_p" else None, 1.0)
        return int(value) if name == "top_k" else float(value)

    @property
    def logits(self) -> Float[np.ndarray, " vocab"] | None:
        """The logits after what is written, or None if the model can't say."""
        known = self._known()
        if known is None or "logits" not in known:
            return None
        return np.frombuffer(known["logits"], "<f4")

    @property
    def chances(self) -> Float[np.ndarray, " vocab"] | None:
        """The probabilities (V,) of the next draw, as the sliders stand; None as ``logits``."""
        if self.logits is None:
            return None
        logits, seen = torch.tensor(self.logits)[None].double(), torch.zeros(1, 1).long()
        top_p = None if self.top_p == 1 else self.top_p
        kept = next_token_filters(logits, seen, self.temperature, self.top_k or None, top_p)
        return kept.softmax(dim=-1)[0].numpy()

    def _sliders(self) -> str:
        top_k, top_p = self.top_k or "off", "off" if self.top_p == 1 else f"{self.top_p:.2f}"
        return f"temperature {self.temperature:.2f}, top-k {top_k}, top-p {top_p}"

    def _written(self) -> str:
        return self.text + "".join(self.tokens[token] for token in self.added)

    def picture(self) -> Figure:
        """Draw the likeliest tokens, with the model's own probability and that of the draw."""
        use_style()
        if self.logits is None or self.chances is None:
            return sentence_picture(self.answer.get("message", ""))
        shown = min(SHOWN, len(self.tokens))
        figure, axes = plt.subplots(figsize=(10, 1.6 + 0.36 * shown))
        own = _softmax(self.logits)
        next_token_bars(own, self.tokens, self.chances, shown, axes)
        axes.legend(["the model's own", "after the sliders"], loc="lower right")
        axes.set_title(f"After {self._written()[-40:]!r}: {self._sliders()}", parse_math=False)
        return figure

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        if self.logits is None or self.chances is None:
            return f"A line to type a beginning into. {self.answer.get('message', '')}"
        own, order = _softmax(self.logits), np.argsort(-self.logits, kind="stable")
        stay = self.chances > 0
        evenly = math.exp(-sum(p * math.log(p) for p in self.chances[stay]))
        likeliest = ", ".join(
            f"{spoken_token(self.tokens[token])} {own[token]:.1%}, then "
            + (f"{self.chances[token]:.1%}" if stay[token] else "cut")
            for token in order[:5]
        )
        return (
            f"Bars of the likeliest tokens after {self._written()[-60:]!r}, each with the model's "
            f"own probability and that after {self._sliders()}: {likeliest}. {stay.sum()} of "
            f"{len(own)} tokens stay, to which the model gave {own[stay].sum():.1%}; the draw is "
            f"as if evenly among {evenly:.1f}."
        )


def _packed(logits: Float[np.ndarray, " vocab"]) -> dict[str, Any]:
    """Logits as the browser reads them."""
    return {"logits": logits.astype("<f4").tobytes()}


def _softmax(logits: Float[np.ndarray, " vocab"]) -> Float[np.ndarray, " vocab"]:
    shares = np.exp(logits.astype(float) - logits.max())
    return shares / shares.sum()
