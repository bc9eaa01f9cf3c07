"""A BERT with its shapes and its two ends, and one of its layers opened. Drawn in notebook 15."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_choice, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

TRUNK, HEAD, FIRST = 5.0, 2.4, 7.6  # where the encoder and its two ends stand
PATH, PARTS = 12.4, 15.6  # where the residual path and its parts stand
LIGHTS: dict[str, tuple[str, ...]] = {
    "embedding": ("ids", "words", "positions", "segments", "sum", "norm"),
    "layers": ("layer 1", "layer L", "layer"),
    "attention": ("attention", "into attention", "out of attention", "plus1"),
    "feed-forward": ("feed-forward", "into feed-forward", "out of feed-forward", "plus2"),
    "norms": ("norm", "norm1", "norm2", "norm3"),
    "masked": ("dense", "norm3", "output", "logits"),
    "classifier": ("pooler", "classifier", "labels"),
}


def _check_lit(lit: Sequence[str]) -> None:
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check_lit)
def bert(lit: Sequence[str] = ()) -> Axes:
    """Draw a BERT from ids to the logits of each place, and of the text, with a layer beside it.

    The parts that can be lit are "embedding", "layers", "attention", "feed-forward", "norms",
    "masked" and "classifier".

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> [text.get_text() for text in bert().texts if text.get_text()][:3]
    ['ids (B, T)', 'words, V × D', 'positions, T × D']
    """
    names = list(dict.fromkeys(part for name in lit for part in LIGHTS[name]))
    drawing = Drawing(19.6, 12.8, names)
    _trunk(drawing)
    _ends(drawing)
    _layer(drawing)
    return drawing.finish()


def _trunk(drawing: Drawing) -> None:
    """From ids to the vectors of the last layer."""
    drawing.box("ids", (TRUNK, 0.6), "ids (B, T)", 2.2, kind="value")
    drawing.box("words", (1.75, 1.9), "words, V × D", 2.7)
    drawing.box("positions", (TRUNK, 1.9), "positions, T × D", 2.9)
    drawing.box("segments", (8.25, 1.9), "segments, 2 × D", 2.8)
    drawing.circle("sum", (TRUNK, 3.1), "+")
    drawing.box("norm", (TRUNK, 4.1), "LayerNorm", 2.2)
    drawing.box("layer 1", (TRUNK, 5.6), "layer 1", 2.2)
    drawing.label((TRUNK + 0.3, 6.4), "⋮", "layer 1", small=False)
    drawing.box("layer L", (TRUNK, 7.2), "layer L", 2.2)
    for table in ("words", "positions", "segments"):
        drawing.arrow("ids", table)
        drawing.arrow(table, "sum")
    drawing.arrow("sum", "norm")
    drawing.arrow("norm", "layer 1", "(B, T, D)")
    drawing.arrow("layer 1", "layer L")


def _ends(drawing: Drawing) -> None:
    """For each place its token; for the first place a class."""
    drawing.box("dense", (HEAD, 8.4), "linear, GELU", 2.5)
    drawing.box("norm3", (HEAD, 9.6), "LayerNorm", 2.2)
    drawing.box("output", (HEAD, 10.8), "words again, D × V", 3.5)
    drawing.box("logits", (HEAD, 12.0), "logits (B, T, V)", 2.9, kind="value")
    drawing.box("pooler", (FIRST, 8.4), "linear, tanh", 2.5)
    drawing.box("classifier", (FIRST, 10.8), "linear, D × labels", 3.4)
    drawing.box("labels", (FIRST, 12.0), "logits (B, labels)", 3.2, kind="value")
    drawing.arrow("layer L", "dense", via=((HEAD, 7.2),))
    drawing.arrow("layer L", "pooler", via=((FIRST, 7.2),))
    drawing.label((HEAD - 0.1, 6.85), "each place", "dense")
    drawing.label((FIRST + 0.1, 6.85), "the place of [CLS]", "pooler")
    drawing.arrow("dense", "norm3")
    drawing.arrow("norm3", "output")
    drawing.arrow("output", "logits")
    drawing.arrow("pooler", "classifier", "(B, D)")
    drawing.arrow("classifier", "labels")


def _layer(drawing: Drawing) -> None:
    """The residual path with its norms, and the two parts beside it."""
    drawing.group("layer", (PATH - 1.4, 1.1), 7.9, 8.6)
    drawing.label((PARTS + 0.6, 10.05), "a layer, opened", "layer", False, left=True)
    drawing.box("attention", (PARTS, 2.6), "attention to all", 3.0)
    drawing.label((PARTS + 1.6, 2.6), "H heads", "attention", left=True)
    drawing.circle("plus1", (PATH, 3.8), "+")
    drawing.box("norm1", (PATH, 4.9), "LayerNorm", 2.2)
    drawing.box("feed-forward", (PARTS, 6.6), "D → 4 D, GELU, → D", 3.7)
    drawing.circle("plus2", (PATH, 7.8), "+")
    drawing.box("norm2", (PATH, 8.9), "LayerNorm", 2.2)
    drawing.arrow((PATH, 0.5), "plus1", name="path1")
    drawing.label((PATH + 0.2, 0.6), "x (B, T, D)", "path1", left=True)
    drawing.arrow((PATH, 1.7), "attention", via=((PARTS, 1.7),), name="into attention")
    drawing.arrow("attention", "plus1", via=((PARTS, 3.8),), name="out of attention")
    drawing.arrow("plus1", "norm1")
    drawing.arrow("norm1", "plus2", name="path2")
    drawing.arrow((PATH, 5.7), "feed-forward", via=((PARTS, 5.7),), name="into feed-forward")
    drawing.arrow("feed-forward", "plus2", via=((PARTS, 7.8),), name="out of feed-forward")
    drawing.arrow("plus2", "norm2")
    drawing.arrow("norm2", (PATH, 10.4), name="path3")
