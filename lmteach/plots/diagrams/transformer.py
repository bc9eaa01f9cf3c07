"""The Transformer of 2017, and one part with the way around it. Drawn in notebook 11."""

from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

LEFT, RIGHT = 5.0, 12.0  # where the encoder and the decoder stand
# The parts of the whole model by what can be lit.
WHOLE: dict[str, list[str]] = {
    "ids": ["source", "target"],
    "embeddings": ["source embedding", "target embedding", "source sum", "target sum", "positions"],
    "encoder": [
        *("encoder layer", "encoder look", "encoder norm 1", "encoder think", "encoder norm 2"),
        *("encoder path 1", "encoder path 2"),
    ],
    "decoder": [
        *("decoder layer", "decoder look", "decoder norm 1", "cross", "decoder norm 2"),
        *("decoder think", "decoder norm 3"),
        *("decoder path 1", "decoder path 2", "decoder path 3"),
    ],
    "self-attention": ["encoder look", "decoder look"],
    "cross-attention": ["cross", "memory"],
    "feed-forward": ["encoder think", "decoder think"],
    "norms": [
        *("encoder norm 1", "encoder norm 2"),
        *("decoder norm 1", "decoder norm 2", "decoder norm 3"),
    ],
    "paths": [
        *("encoder path 1", "encoder path 2"),
        *("decoder path 1", "decoder path 2", "decoder path 3"),
    ],
    "memory": ["memory"],
    "output": ["linear", "softmax", "answer"],
}
# And of the two places of the norm.
AROUND: dict[str, list[str]] = {
    side: [f"{side} {part}" for part in ("x", "part", "sum", "norm", "y", "path")]
    for side in ("post-norm", "pre-norm")
}
AROUND["paths"] = ["post-norm path", "pre-norm path"]
AROUND["norms"] = ["post-norm norm", "pre-norm norm"]


def _parts(groups: dict[str, list[str]], lit: Sequence[str]) -> list[str]:
    return [part for name in lit for part in groups[name]]


def _check_groups(groups: dict[str, list[str]], lit: Sequence[str]) -> None:
    for name in lit:
        if name not in groups:
            known = ", ".join(map(repr, groups))
            raise ValueError(f"no part is called {name!r}, expected {known}.")


def _check_whole(lit: Sequence[str]) -> None:
    _check_groups(WHOLE, lit)


def _check_around(lit: Sequence[str]) -> None:
    _check_groups(AROUND, lit)


@typed
@checked_by(_check_whole)
def encoder_decoder(lit: Sequence[str] = ()) -> Axes:
    """Draw the whole model: embeddings, encoder, decoder, cross-attention, output, with shapes.

    B texts, S places in the source, T in the target, vectors D wide, V symbols. What can be lit:
    "ids", "embeddings", "encoder", "decoder", "self-attention", "cross-attention", "feed-forward",
    "norms", "paths" (the residual ones), "memory" and "output".

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> texts = [text.get_text() for text in encoder_decoder(lit=["cross-attention"]).texts]
    >>> "cross-attention" in texts, "(B, T, V)" in texts
    (True, True)
    """
    drawing = Drawing(16.2, 13.6, _parts(WHOLE, lit))
    _entrance(drawing)
    _layer(drawing, "encoder", LEFT, [("look", "self-attention"), ("think", "feed-forward")], -1)
    thinking = ("think", "feed-forward")
    looking = [("look", "self-attention, masked"), ("cross", "cross-attention"), thinking]
    _layer(drawing, "decoder", RIGHT, looking, 1)
    drawing.arrow("source sum", "encoder look", "(B, S, D)")
    drawing.arrow("target sum", "decoder look", "(B, T, D)")
    drawing.box("memory", (8.4, 9.1), "memory", 1.7, 0.65, kind="value")
    drawing.arrow("encoder norm 2", "memory", via=[(LEFT, 9.1)])
    drawing.arrow("memory", "cross", via=[(8.4, 6.75)], name="memory")
    drawing.label((8.4, 9.7), "(B, S, D)", "memory")
    drawing.label((7.9, 8.0), "keys,\nvalues", "memory")
    drawing.label((RIGHT - 0.75, 6.15), "queries", "cross")
    drawing.box("linear", (RIGHT, 11.35), "linear: D → V", 3.0, 0.65)
    drawing.box("softmax", (RIGHT, 12.3), "softmax", 3.0, 0.65, kind="step")
    drawing.label((RIGHT, 13.2), "what comes next", "softmax")
    drawing.arrow("decoder norm 3", "linear", "(B, T, D)")
    drawing.arrow("linear", "softmax")
    drawing.arrow("softmax", (RIGHT, 13.0), name="answer")
    drawing.label((RIGHT + 1.7, 12.3), "(B, T, V)", "softmax", left=True)
    return drawing.finish()


def _entrance(drawing: Drawing) -> None:
    """The ids of both sides, their embeddings, and the positions that are added to both."""
    middle = (LEFT + RIGHT) / 2
    drawing.box("positions", (middle, 2.5), "positions", 1.9, 0.6, kind="step")
    for side, x, letters in (("source", LEFT, "(B, S)"), ("target", RIGHT, "(B, T)")):
        text = "ids of the source" if side == "source" else "ids written so far"
        drawing.box(side, (x, 0.45), text, 3.0, 0.6, kind="value")
        drawing.box(f"{side} embedding", (x, 1.5), "embedding · √D", 3.0, 0.6)
        drawing.circle(f"{side} sum", (x, 2.5), "+", 0.6)
        drawing.label((x + 1.65, 0.45), letters, side, left=True)
        drawing.arrow(side, f"{side} embedding")
        drawing.arrow(f"{side} embedding", f"{side} sum")
        drawing.arrow("positions", f"{side} sum")


def _layer(
    drawing: Drawing, name: str, x: float, parts: Sequence[tuple[str, str]], side: int
) -> None:
    """One layer: each part, then the sum and the norm, with the way around the part."""
    floor, storey = 3.35, 2.2
    height = storey * len(parts) + 0.35
    drawing.group(f"{name} layer", (x - 2.4, floor), 4.8, height)
    drawing.label((x + side * 3.2, floor + 0.3), "N layers", f"{name} layer")
    below = "source sum" if name == "encoder" else "target sum"
    for number, (part, text) in enumerate(parts, start=1):
        base = floor + storey * (number - 1)
        box = part if part == "cross" else f"{name} {part}"
        norm = f"{name} norm {number}"
        drawing.box(box, (x, base + 1.2), text, 3.3, 0.65)
        drawing.box(norm, (x, base + 2.05), "add & norm", 3.3, 0.5, kind="step")
        if number > 1:
            drawing.arrow(below, box)
        drawing.arrow(box, norm)
        around = x + side * 2.05
        start = (x, base + 0.55)
        way = [(around, base + 0.55), (around, base + 2.05)]
        drawing.arrow(start, norm, via=way, name=f"{name} path {number}")
        below = norm


@typed
@checked_by(_check_around)
def around_a_part(lit: Sequence[str] = ()) -> Axes:
    """Draw a part with the way around it, the norm after the sum and, beside it, before the part.

    What can be lit: "post-norm", "pre-norm", "paths" and "norms".

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> [text.get_text() for text in around_a_part().texts if text.get_text()][:4]
    ['x', 'f', '+', 'norm']
    """
    drawing = Drawing(13.4, 6.6, _parts(AROUND, lit))
    for side, x in (("post-norm", 3.2), ("pre-norm", 9.8)):
        after = side == "post-norm"
        centres = {"part": 2.3, "sum": 3.5, "norm": 4.6} if after else {}
        centres = centres or {"norm": 2.0, "part": 3.1, "sum": 4.4}
        drawing.box(f"{side} x", (x, 0.5), "x", 1.2, 0.6, kind="value")
        drawing.box(f"{side} part", (x, centres["part"]), "f", 2.2, 0.65)
        drawing.circle(f"{side} sum", (x, centres["sum"]), "+", 0.65)
        drawing.box(f"{side} norm", (x, centres["norm"]), "norm", 2.2, 0.65, kind="step")
        drawing.box(f"{side} y", (x, 5.7), "y", 1.2, 0.6, kind="value")
        row = ["x", *sorted(centres, key=centres.__getitem__), "y"]
        for lower, upper in pairwise(row):
            drawing.arrow(f"{side} {lower}", f"{side} {upper}")
        way = [(x + 1.9, 1.2), (x + 1.9, centres["sum"])]
        drawing.arrow((x, 1.2), f"{side} sum", via=way, name=f"{side} path")
        drawing.label((x - 1.4, 5.7), "11.2" if after else "11.3", f"{side} y")
        drawing.label((x, 6.35), f"{side}: the norm {'after the sum' if after else 'before f'}")
    return drawing.finish()
