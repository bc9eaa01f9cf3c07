"""Look at attention: arcs between two columns of tokens, a heat map, and all heads at a glance.

Played in notebooks 09 and 11. The browser gets the scores once and computes every softmax itself.
"""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from lmteach.plots.head_grid import head_grid
from lmteach.plots.heatmap import heatmap
from lmteach.plots.style import GREY, use_style
from lmteach.plots.symbols import spoken, visible
from lmteach.typed import typed
from lmteach.widgets.shared.attention import (
    AHEAD,
    MASKED,
    PADDING,
    SEEN,
    as_array,
    attention_weights,
    head_scores,
    mask_kinds,
)
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet

RANGE = (0.1, 10.0)  # of the temperature
COLOURS = "cividis"
MARKS = {AHEAD: Path([(-1, -1), (1, 1)]), PADDING: "x", MASKED: "."}  # slash, cross, dot


class AttentionView(TeachingWidget):
    """The attention of any model: choose layer, head and token, and turn the temperature.

    ``scores`` are those before mask and softmax, already divided by √d_k: (L, H, T, S), (H, T, S)
    or (T, S), an array, a tensor, or a list of them, one a layer. Where a model returns only the
    weights, ``AttentionView.of_weights`` takes those. ``queries`` are the T tokens that look,
    ``keys`` the S that are looked at (if not given, the same: self-attention). ``mask`` (T, S), or
    (S,) for padding, is True where a query may attend. Layers, heads and tokens count from 0, as in
    an array. ``token`` is the query chosen, −1 for all of them; ``masked`` says whether the mask
    is on: a mask that hides finite scores can be lifted.

    Raises ``ValueError`` for shapes that don't fit, scores that are NaN or +∞, and more than 40
    tokens or 400 heads.

    >>> view = AttentionView(np.zeros((1, 2, 2)), ["a", "b"], mask=np.tri(2, dtype=bool))
    >>> view.weights
    array([[1. , 0. ],
           [0.5, 0.5]])
    """

    _esm = module(__file__, "shared/attention_heatmap.js", render="showAttention")
    _css = stylesheet(__file__)

    query_tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    key_tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    layers = traitlets.Int().tag(sync=True)
    heads = traitlets.Int().tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    token = traitlets.Int(-1).tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    masked = traitlets.Bool(True).tag(sync=True)
    _scores = traitlets.Bytes().tag(sync=True)  # little-endian floats
    _kinds = traitlets.Bytes().tag(sync=True)  # one of SEEN, AHEAD, PADDING, MASKED a place
    _colours = traitlets.Bytes().tag(sync=True)  # red, green, blue of every step of the scale

    @typed
    def __init__(
        self,
        scores: Any,
        queries: Sequence[str],
        keys: Sequence[str] | None = None,
        mask: Any = None,
        **options: Any,
    ) -> None:
        """Set up the view; ``options`` are ``layer``, ``head``, …, and those of ipywidgets."""
        asking = [str(token) for token in queries]
        asked = asking if keys is None else [str(token) for token in keys]
        self.scores = head_scores(as_array(scores), len(asking), len(asked))
        self.kinds = mask_kinds(mask, (len(asking), len(asked)))
        layers, heads = self.scores.shape[:2]
        super().__init__(
            query_tokens=asking,
            key_tokens=asked,
            layers=layers,
            heads=heads,
            _scores=self.scores.astype("<f4").tobytes(),
            _kinds=self.kinds.astype(np.uint8).tobytes(),
            _colours=colormaps[COLOURS](np.arange(256), bytes=True)[:, :3].tobytes(),
            **options,
        )

    @classmethod
    @typed
    def of_weights(
        cls,
        weights: Any,
        queries: Sequence[str],
        keys: Sequence[str] | None = None,
        mask: Any = None,
        **options: Any,
    ) -> "AttentionView":
        """Make a view of weights that a model returned; the arguments are those of the class.

        Their logarithms are scores of the same softmax, so that the temperature works, too. A mask
        is drawn, and can't be lifted: what it hid is not known any more.

        Raises ``ValueError`` for weights below 0 or above 1, and as the class does.

        >>> AttentionView.of_weights(np.array([[0.75, 0.25], [0.5, 0.5]]), "ab").weights
        array([[0.75, 0.25],
               [0.5 , 0.5 ]])
        """
        shares = as_array(weights)
        if not ((shares >= 0) & (shares <= 1 + 1e-4)).all():
            raise ValueError("weights has entries outside 0 to 1, expected shares of attention.")
        with np.errstate(divide="ignore"):  # a weight of 0 has the score −∞, and that is meant
            return cls(np.log(shares), queries, keys, mask, **options)

    @traitlets.validate("layer", "head", "token")
    def _check_choice(self, proposal: dict[str, Any]) -> int:
        """Let in only what is there."""
        name, value = proposal["trait"].name, int(proposal["value"])
        count = {"layer": self.layers, "head": self.heads, "token": len(self.query_tokens)}[name]
        least = -1 if name == "token" else 0
        if not least <= value < count:
            raise ValueError(f"{name} is {value}, expected {least} to {count - 1}.")
        return value

    @traitlets.validate("temperature")
    def _check_temperature(self, proposal: dict[str, Any]) -> float:
        """Let in only what the slider can show."""
        value, (low, high) = float(proposal["value"]), RANGE
        if not low <= value <= high:
            raise ValueError(f"temperature is {value}, expected {low:g} to {high:g}.")
        return value

    @property
    def weights(self) -> Float[np.ndarray, "time source"]:
        """The weights that are shown now: those of the chosen layer and head."""
        return self._all_weights()[self.layer, self.head]

    def _all_weights(self) -> Float[np.ndarray, "layers heads time source"]:
        allowed = (self.kinds == SEEN) | (not self.masked)
        return attention_weights(self.scores, allowed, self.temperature)

    def picture(self) -> Figure:
        """Draw the chosen head as a heat map, and beside it all heads."""
        use_style()
        high = max(3.2, 1.6 + 0.33 * len(self.query_tokens))
        many = self.layers * self.heads > 1
        figure, panels = plt.subplots(
            1, 1 + many, figsize=((7 + 6 * many), high), squeeze=False, layout="constrained"
        )
        self._draw_head(panels[0, 0])
        if many:
            head_grid(self._all_weights(), axes=panels[0, 1], title="All heads")
        return figure

    def _draw_head(self, axes: Axes) -> None:
        """Draw the chosen head as a heat map, with a mark for every place that is hidden."""
        hidden = (self.kinds != SEEN) & self.masked
        heatmap(
            np.where(hidden, np.nan, self.weights),
            rows=[visible(token) for token in self.query_tokens],
            columns=[visible(token) for token in self.key_tokens],
            axes=axes,
            title=f"Layer {self.layer}, head {self.head}",
            colour_label="weight",
        )
        longest = max(map(len, self.key_tokens))
        upright = longest > 5 or (
            len(self.key_tokens) > 6 and longest > 2
        )  # as shared/attention_heatmap.js does
        axes.tick_params(axis="x", labelrotation=90 if upright else 0)
        for kind, mark in MARKS.items():
            places = np.argwhere(hidden & (self.kinds == kind))
            axes.plot(*places.T[::-1], marker=mark, color=GREY, linestyle="none")

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        weights, same = self.weights, self.query_tokens == self.key_tokens
        looks = ", ".join(
            f"{spoken(token)} at {spoken(self.key_tokens[row.argmax()])} ({row.max():.0%})"
            if row.any()
            else f"{spoken(token)} at nothing"
            for token, row in zip(self.query_tokens, weights, strict=True)
        )
        masks = {AHEAD: "what lies ahead", PADDING: "padding", MASKED: "some places"}
        hidden = [words for kind, words in masks.items() if (self.kinds == kind).any()]
        mask = f" The mask hides {' and '.join(hidden)}." if hidden and self.masked else ""
        kind = "self-attention" if same else "cross-attention"
        return (
            f"A heat map of {kind}, layer {self.layer} of {self.layers}, head {self.head} of "
            f"{self.heads}, with a row for each token that looks and a column for each that is "
            f"looked at.{mask} Each looks most: {looks}."
        )
