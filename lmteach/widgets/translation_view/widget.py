"""Type a text, and watch a Transformer translate it: each symbol, and all that it looks at.

Played in notebook 11. The text goes to Python, where the model is; the examples need no Python.
"""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from lmteach.decoding.watched_translation import WatchedTranslation
from lmteach.plots.heatmap import heatmap
from lmteach.plots.style import use_style
from lmteach.plots.symbols import spoken, visible
from lmteach.typed import typed
from lmteach.widgets.attention_view.widget import COLOURS
from lmteach.widgets.shared.attention import MOST_TOKENS
from lmteach.widgets.shared.base import TeachingWidget, module, sentence_picture, stylesheet

MAPS = {
    "cross": "Cross-attention: the decoder looks at the letters",
    "encoder": "Encoder: letters look at letters",
    "decoder": "Decoder: at what is written so far",
}
MEAN = -1  # of all heads
_MARKS = {"<start>": "▸", "<end>": "■"}


class TranslationView(TeachingWidget):
    """A line to type a text into; its translation, step by step; arcs and heat maps beside it.

    ``watch`` is any function that takes a text and returns a ``WatchedTranslation``; it raises
    ``ValueError`` for what it can't read, and that sentence is shown. ``text`` is shown first, and
    ``examples`` can be chosen with a click. They are translated once, when the view is made, and
    work in a page without Python, too. ``step`` is how many symbols are written, 0 for none.
    ``layer`` and ``head`` count from 0; a ``head`` of −1 is the mean of all heads. ``shown`` is the
    map that is drawn large: ``"cross"``, ``"encoder"`` or ``"decoder"``. ``letter`` is the one
    whose look at the others is drawn; with −1 it is the one that the decoder looks at most.

    Raises ``ValueError`` if the first text or an example can't be translated, or has more than 40
    letters or symbols.

    >>> def nothing(text):
    ...     one, choices = np.ones((1, 1, 1, 1)), ((("<end>", 1.0),),)
    ...     return WatchedTranslation((text,), ("<end>",), (1.0,), choices, one, one, one)
    >>> TranslationView(nothing, "1").weights("cross")
    array([[1.]])
    """

    _esm = module(__file__, "shared/attention_heatmap.js")
    _css = stylesheet(__file__, "attention_view/style.css")

    prompt = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    examples = traitlets.List(traitlets.Unicode()).tag(sync=True)
    recorded = traitlets.Dict().tag(sync=True)  # answers to the first text and the examples
    answer = traitlets.Dict().tag(sync=True)  # to any other text
    step = traitlets.Int(0).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(MEAN).tag(sync=True)
    shown = traitlets.Enum(list(MAPS), "cross").tag(sync=True)
    letter = traitlets.Int(-1).tag(sync=True)
    _maps = traitlets.Dict(MAPS).tag(sync=True)
    _colours = traitlets.Bytes().tag(sync=True)  # red, green, blue of every step of the scale

    @typed
    def __init__(
        self,
        watch: Callable[[str], WatchedTranslation],
        text: str,
        examples: Sequence[str] = (),
        prompt: str = "Type a text",
        **options: Any,
    ) -> None:
        """Translate the first texts; ``options`` are ``layer``, ``head``, …, and ipywidgets' own.

        Unless they say otherwise, all is written, and the last layer is shown.
        """
        self.watch = watch
        self._watched = {each: _watched(watch, each) for each in (text, *examples)}
        first = self._watched[text]
        super().__init__(
            prompt=prompt,
            text=text,
            examples=list(examples),
            recorded={each: _packed(each, found) for each, found in self._watched.items()},
            _colours=colormaps[COLOURS](np.arange(256), bytes=True)[:, :3].tobytes(),
            **{"step": len(first.target), "layer": len(first.cross) - 1, **options},
        )

    @property
    def watched(self) -> WatchedTranslation | None:
        """What is shown now: the translation of ``text``, or None if it can't be translated."""
        return self._watched.get(self.text)

    @traitlets.observe("text")
    def _translate(self, change: dict[str, Any]) -> None:
        """Translate the text that was typed in the browser, or set in Python."""
        typed = change["new"]
        if typed in self.recorded or not self.recorded:  # empty while the view is set up
            return
        try:
            self._watched[typed] = _watched(self.watch, typed)
            self.answer = _packed(typed, self._watched[typed])
        except ValueError as error:
            self.answer = {"typed": typed, "message": str(error)}

    @traitlets.validate("step", "layer", "head", "letter")
    def _check_choice(self, proposal: dict[str, Any]) -> int:
        """Let in only what is there."""
        name, value = proposal["trait"].name, int(proposal["value"])
        least = {"head": MEAN, "letter": -1}.get(name, 0)
        watched = self.watched
        if watched is None:  # the answer is a message, and there is nothing to choose
            return value
        layers, heads, steps, letters = watched.cross.shape
        most = {"step": steps, "layer": layers - 1, "head": heads - 1, "letter": letters - 1}[name]
        if not least <= value <= most:
            raise ValueError(f"{name} is {value}, expected {least} to {most}.")
        return value

    @typed
    def weights(self, name: str) -> Float[np.ndarray, "time source"]:
        """Return one of the three maps in the chosen layer and head; ``name`` as for ``shown``.

        Raises ``ValueError`` for another name, and if nothing is translated.
        """
        if name not in MAPS or self.watched is None:
            raise ValueError(
                f"there is no map {name!r} for {self.text!r}, expected one of {', '.join(MAPS)}, "
                "and a text that can be translated."
            )
        heads: np.ndarray = np.asarray(getattr(self.watched, name)[self.layer], dtype=float)
        chosen = heads if self.head == MEAN else heads[[self.head]]
        return np.asarray(chosen.mean(axis=0))

    def picture(self) -> Figure:
        """Draw the three maps of all that was written, or write the sentence in their place."""
        use_style()
        watched = self.watched
        if watched is None:
            return sentence_picture(self.answer["message"])
        read, written, inputs = (
            [visible(_MARKS.get(symbol, symbol)) for symbol in symbols]
            for symbols in (watched.source, watched.target, watched.inputs)
        )
        figure, panels = plt.subplot_mosaic(
            [["encoder", "cross"], ["encoder", "decoder"]],
            figsize=(16, max(6, 0.3 * (len(read) + 8))),
            layout="constrained",
        )
        names = {"encoder": (read, read), "cross": (written, read), "decoder": (written, inputs)}
        for name, (rows, columns) in names.items():
            axes = heatmap(
                self.weights(name), rows, columns, panels[name], MAPS[name], colour_label="weight"
            )
            axes.images[0].set(norm=PowerNorm(0.5, vmin=0, vmax=1), cmap=COLOURS)
        figure.suptitle(f"{self.text} → {_joined(watched)}   ({self._where()})", parse_math=False)
        return figure

    def _where(self) -> str:
        heads = "mean of the heads" if self.head == MEAN else f"head {self.head}"
        return f"layer {self.layer}, {heads}"

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        watched = self.watched
        if watched is None:
            line = "A line to type a text into, to see it translated."
            return f"{line} {self.answer['message']}"
        looks = ", ".join(
            f"{spoken(symbol.strip('<>'))} at {spoken(watched.source[row.argmax()])} "
            f"({row.argmax()}, {row.max():.0%})"
            for symbol, row in zip(watched.target, self.weights("cross"), strict=True)
        )
        return (
            f"“{self.text}” becomes “{_joined(watched)}”. Three heat maps, {self._where()}: "
            "letters that look at letters in the encoder, a triangle of symbols that look at those "
            "written before, and symbols that look at letters, which are counted from 0. Each "
            f"symbol looks most: {looks}."
        )


def _joined(watched: WatchedTranslation) -> str:
    """The translation as a text, without its end mark; symbols of several letters stay apart."""
    symbols = [symbol for symbol in watched.target if symbol not in _MARKS]
    return (" " if any(len(symbol) > 1 for symbol in symbols) else "").join(symbols)


def _watched(watch: Callable[[str], WatchedTranslation], typed: str) -> WatchedTranslation:
    """Translate a text without blanks around it, if it can be shown."""
    found = watch(typed.strip())
    if not isinstance(found, WatchedTranslation):
        raise ValueError(
            f"watch returned {found!r:.50} for {typed!r:.50}, expected a WatchedTranslation, as "
            "watched_translation makes it."
        )
    longest = max(len(found.source), len(found.target))
    if longest > MOST_TOKENS:
        raise ValueError(
            f"There are {len(found.source)} letters and {len(found.target)} symbols, expected at "
            f"most {MOST_TOKENS} of each: with more, the picture would not be readable."
        )
    return found


def _packed(typed: str, watched: WatchedTranslation) -> dict[str, Any]:
    """A translation as the browser reads it: weights as whole numbers, 65535 for a weight of 1."""
    layers, heads = watched.cross.shape[:2]
    weights = {
        name: (65535 * np.clip(getattr(watched, name), 0, 1)).round().astype("<u2").tobytes()
        for name in MAPS
    }
    return {
        "typed": typed,
        "message": "",
        "source": list(watched.source),
        "target": list(watched.target),
        "inputs": list(watched.inputs),
        "probabilities": list(watched.probabilities),
        "choices": [[list(choice) for choice in choices] for choices in watched.choices],
        "layers": layers,
        "heads": heads,
        **weights,
    }
