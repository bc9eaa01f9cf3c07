"""A GPT with its shapes, and one of its blocks opened. Drawn in notebook 13."""

from collections.abc import Sequence
from typing import Literal, get_args

from matplotlib.axes import Axes

from lmteach.checks import check_choice, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

Form = Literal["gpt2", "modern"]

TRUNK, PATH, PARTS = 3.4, 9.3, 12.6  # where the model, the residual path and its parts stand
LIGHTS: dict[str, tuple[str, ...]] = {
    "embedding": ("ids", "wte", "wpe", "sum"),
    "blocks": ("block 1", "block L", "block"),
    "attention": ("norm1", "attention", "into attention", "out of attention", "plus1"),
    "feed-forward": (
        "norm2",
        "linear1",
        "gelu",
        "linear2",
        "into feed-forward",
        "out of feed-forward",
        "plus2",
    ),
    "residual": ("path1", "path2", "path3", "plus1", "plus2"),
    "norms": ("norm1", "norm2", "ln_f"),
    "output": ("ln_f", "output", "logits"),
}


def _check_lit(form: str, lit: Sequence[str]) -> None:
    check_choice("form", form, get_args(Form))
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check_lit)
def gpt(form: Form = "gpt2", lit: Sequence[str] = ()) -> Axes:
    """Draw a GPT from ids to logits, with the shape of what flows, and a block opened beside it.

    ``form`` is "gpt2", or "modern": RMSNorm, rotary positions, squared ReLU and vectors of
    n-grams. The parts that can be lit are "embedding", "blocks", "attention", "feed-forward",
    "residual", "norms" and "output".

    Raises ``ValueError`` for another form, and an unknown name in ``lit``.

    >>> [text.get_text() for text in gpt().texts if text.get_text()][:3]
    ['ids (B, T)', 'tokens, V × D', 'positions, T × D']
    """
    names = list(dict.fromkeys(part for name in lit for part in LIGHTS[name]))
    drawing = Drawing(16.6, 11.2, names)
    modern = form == "modern"
    _trunk(drawing, modern)
    _block(drawing, modern)
    return drawing.finish()


def _trunk(drawing: Drawing, modern: bool) -> None:
    """From ids to logits."""
    drawing.box("ids", (TRUNK, 0.6), "ids (B, T)", 2.2, kind="value")
    drawing.box("wte", (1.75, 1.9), "tokens, V × D", 2.8)
    drawing.box("wpe", (5.05, 1.9), "n-grams" if modern else "positions, T × D", 2.9)
    drawing.circle("sum", (TRUNK, 3.1), "+")
    drawing.box("block 1", (TRUNK, 4.4), "block 1", 2.4)
    drawing.label((TRUNK + 0.3, 5.45), "⋮", "block 1", small=False)
    drawing.box("block L", (TRUNK, 6.5), "block L", 2.4)
    drawing.box("ln_f", (TRUNK, 7.8), "RMSNorm" if modern else "LayerNorm", 2.4)
    drawing.box("output", (TRUNK, 9.1), "tokens again, D × V", 3.6)
    drawing.box("logits", (TRUNK, 10.4), "logits (B, T, V)", 2.9, kind="value")
    drawing.arrow("ids", "wte")
    drawing.arrow("ids", "wpe")
    drawing.arrow("wte", "sum")
    drawing.arrow("wpe", "sum")
    drawing.arrow("sum", "block 1", "(B, T, D)")
    drawing.arrow("block 1", "block L")
    drawing.arrow("block L", "ln_f", "(B, T, D)")
    drawing.arrow("ln_f", "output", "(B, T, D)")
    drawing.arrow("output", "logits")


def _block(drawing: Drawing, modern: bool) -> None:
    """The residual path, and the two parts beside it."""
    norm = "RMSNorm" if modern else "LayerNorm"
    drawing.group("block", (PATH - 1.3, 0.95), 8.3, 9.2)
    drawing.label((PARTS + 1.2, 10.45), "a block, opened", "block", False, left=True)
    drawing.box("norm1", (PARTS, 2.2), norm, 2.2)
    attention = "rotary attention" if modern else "causal attention"
    drawing.box("attention", (PARTS, 3.4), attention, 3.1)
    drawing.label((PARTS + 1.7, 3.62), "H heads,", "attention", left=True)
    drawing.label((PARTS + 1.7, 3.18), "(B, H, T, K)", "attention", left=True)
    drawing.circle("plus1", (PATH, 4.6), "+")
    drawing.box("norm2", (PARTS, 5.9), norm, 2.2)
    drawing.box("linear1", (PARTS, 6.95), "linear, D × 4 D", 2.9)
    drawing.box("gelu", (PARTS, 7.95), "ReLU²" if modern else "GELU", 1.6, kind="step")
    drawing.label((PARTS + 1.0, 7.95), "(B, T, 4 D)", "gelu", left=True)
    drawing.box("linear2", (PARTS, 8.95), "linear, 4 D × D", 2.9)
    drawing.circle("plus2", (PATH, 9.75), "+")
    drawing.arrow((PATH, 0.5), "plus1", name="path1")
    drawing.arrow("plus1", "plus2", name="path2")
    drawing.arrow("plus2", (PATH, 10.8), name="path3")
    drawing.label((PATH + 0.2, 0.55), "x (B, T, D)", "path1", left=True)
    drawing.arrow((PATH, 1.5), "norm1", via=((PARTS, 1.5),), name="into attention")
    drawing.arrow("norm1", "attention")
    drawing.arrow("attention", "plus1", via=((PARTS, 4.6),), name="out of attention")
    drawing.arrow((PATH, 5.2), "norm2", via=((PARTS, 5.2),), name="into feed-forward")
    drawing.arrow("norm2", "linear1")
    drawing.arrow("linear1", "gelu")
    drawing.arrow("gelu", "linear2")
    drawing.arrow("linear2", "plus2", via=((PARTS, 9.75),), name="out of feed-forward")
