"""A map that stays as it is, and a narrow detour beside it. Drawn in notebook 17."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_choice, check_sizes, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

LIGHTS = {"map": ["W"], "A": ["A"], "B": ["B"]}
LIGHTS |= {"adapter": ["down", "A", "narrow", "B", "scale", "up"]}
LIGHTS |= {"scale": ["scale"], "sum": ["+"]}


def _check(inputs: int, outputs: int, rank: int, lit: Sequence[str]) -> None:
    check_sizes(inputs=inputs, outputs=outputs, rank=rank)
    if rank > (most := min(inputs, outputs)):
        raise ValueError(
            f"rank is {rank}, expected at most {most}, the smaller side of a map of {inputs} "
            f"inputs and {outputs} outputs."
        )
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check)
def low_rank_adapter(
    inputs: int = 576, outputs: int = 576, rank: int = 8, lit: Sequence[str] = ()
) -> Axes:
    """Draw a linear map W with its adapter: x goes through both, and the two are added.

    The parts that can be lit are "map" (W), "adapter" (all of the detour), "A", "B", "scale"
    (α / r) and "sum".

    Raises ``ValueError`` for a rank above the map's smaller side, and an unknown name in ``lit``.

    >>> axes = low_rank_adapter(64, 32, rank=4)
    >>> [text.get_text() for text in axes.texts if text.get_text()][1]
    'W  32 × 64, frozen'
    """
    drawing = Drawing(14.4, 4.3, list(dict.fromkeys(p for name in lit for p in LIGHTS[name])))
    drawing.box("x", (0.9, 2.2), f"x  {inputs}", 1.5, kind="value")
    drawing.box("W", (6.2, 3.3), f"W  {outputs} × {inputs}, frozen", 6.0, 1.3)
    drawing.box("A", (3.6, 0.9), f"A  {rank} × {inputs}", 2.4)
    drawing.box("narrow", (6.2, 0.9), f"{rank} numbers", 1.9, kind="value")
    drawing.box("B", (8.8, 0.9), f"B  {outputs} × {rank}", 2.4)
    drawing.circle("scale", (11.1, 0.9), "α / r", 1.1)
    drawing.circle("+", (11.1, 2.2), "+")
    drawing.box("y", (13.2, 2.2), f"y  {outputs}", 1.5, kind="value")
    drawing.arrow("x", "W", via=[(0.9, 3.3)])
    drawing.arrow("x", "A", via=[(0.9, 0.9)], name="down")
    for start, end in (("A", "narrow"), ("narrow", "B"), ("B", "scale"), ("+", "y")):
        drawing.arrow(start, end)
    drawing.arrow("W", "+", via=[(11.1, 3.3)])
    drawing.arrow("scale", "+", name="up")
    return drawing.finish()
