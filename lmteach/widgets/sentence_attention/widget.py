"""Type a sentence, and look at every attention head of a model that reads it.

Played in notebook 09. The sentence goes to Python, where the model is; its weights come back.
"""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from matplotlib.figure import Figure

from lmteach.plots.style import use_style
from lmteach.typed import typed
from lmteach.widgets.attention_view.widget import AttentionView
from lmteach.widgets.shared.attention import as_array, head_scores, mask_kinds
from lmteach.widgets.shared.base import module, stylesheet

Look = Callable[[str], tuple[Sequence[str], Any]]


class SentenceAttention(AttentionView):
    """A line to type a sentence into, and the attention view of what a model makes of it.

    ``look`` takes a sentence and returns its T tokens and the weights of all heads, (L, H, T, T),
    as an array or a tensor; it raises ``ValueError`` for what it can't read, and that sentence is
    shown. ``sentence`` is what was typed last, ``answer`` holds it and the ``message``, which is
    empty if all went well. ``options`` are those of ``AttentionView``. Layer, head and temperature
    stay as they are from one sentence to the next.

    Raises ``ValueError`` if the first sentence can't be shown.

    >>> def at_itself(sentence):
    ...     words = sentence.split()
    ...     return words, np.eye(len(words))
    >>> view = SentenceAttention(at_itself, "so it is")
    >>> view.sentence = "it is"
    >>> view.query_tokens, view.weights.tolist()
    (['it', 'is'], [[1.0, 0.0], [0.0, 1.0]])
    """

    _esm = module(
        __file__,
        "shared/attention_heatmap.js",
        "attention_view/view.js",
        render="showSentence",
    )
    _css = stylesheet(__file__, "attention_view/style.css")

    sentence = traitlets.Unicode().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)

    @typed
    def __init__(self, look: Look, sentence: str, **options: Any) -> None:
        """Look at the first sentence; ``options`` are ``layer``, ``head``, …"""
        self.look = look
        tokens, scores = _read(look, sentence)
        super().__init__(scores, tokens, sentence=sentence, answer=_answer(sentence), **options)

    def picture(self) -> Figure:
        """Draw the chosen head alone: where nothing can be typed, one is enough to read."""
        use_style()
        figure, axes = plt.subplots(figsize=(6.5, 1.6 + 0.33 * len(self.query_tokens)))
        self._draw_head(axes)
        return figure

    @traitlets.observe("sentence")
    def _look_again(self, change: dict[str, Any]) -> None:
        """Look at the sentence that was typed in the browser, or set in Python."""
        typed = change["new"]
        if self.answer.get("typed", typed) == typed:  # while the view is set up
            return
        try:
            tokens, scores = _read(self.look, typed)
            self._show(tokens, head_scores(scores, len(tokens), len(tokens)))
        except ValueError as error:
            self.answer = _answer(typed, str(error))
        else:
            self.answer = _answer(typed)

    def _show(self, tokens: list[str], scores: np.ndarray) -> None:
        """Put the tokens and the scores of another sentence in place of those shown."""
        kinds = mask_kinds(None, (len(tokens), len(tokens)))
        self.scores, self.kinds = scores, kinds
        with self.hold_sync():  # so that the browser gets them together
            self.token = -1
            self.layers, self.heads = scores.shape[:2]
            self.query_tokens = self.key_tokens = tokens
            self._scores = scores.astype("<f4").tobytes()
            self._kinds = kinds.astype(np.uint8).tobytes()


def _answer(typed: str, message: str = "") -> dict[str, str]:
    return {"typed": typed, "message": message}


def _read(look: Look, sentence: str) -> tuple[list[str], np.ndarray]:
    """Return a sentence's tokens, and the logarithms of all weights: scores of the same softmax."""
    if not sentence.strip():
        raise ValueError("There is nothing to look at: type a sentence.")
    found: Any = look(sentence)
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise ValueError(
            f"look returned {found!r:.50} for {sentence!r:.50}, expected two things: the tokens "
            "and the weights of all heads."
        )
    tokens, weights = found
    if isinstance(tokens, str) or not isinstance(tokens, Sequence):
        raise ValueError(f"look returned the tokens {tokens!r:.50}, expected a list of texts.")
    with np.errstate(divide="ignore"):  # a weight of 0 has the score −∞, and that is meant
        return [str(token) for token in tokens], np.log(as_array(weights))
