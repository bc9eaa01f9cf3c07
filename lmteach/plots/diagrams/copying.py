"""Two heads, one after the other, that copy what came next the last time. Drawn in notebook 20."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_choice, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

WIDE = 2.9  # from one token to the next
LIGHTS = {
    "previous": ["t1", "t2", "n2", "look back"],
    "copying": ["n2", "t4", "n4", "look for", "answer", "up4", "says"],
}


def _check(tokens: Sequence[str], lit: Sequence[str]) -> None:
    if len(tokens) != 2 or isinstance(tokens, str) or not all(tokens) or tokens[0] == tokens[1]:
        raise ValueError(f"tokens is {tokens!r:.60}, expected two that differ, none of them empty.")
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check)
def copying_circuit(tokens: Sequence[str] = ("Ada", "Byron"), lit: Sequence[str] = ()) -> Axes:
    """Draw the circuit on a text that says two tokens, goes on, and says the first one again.

    A head of an early layer looks one token back, so that each place knows what came before it. A
    head of a later layer looks for the place that came after a token like its own, and copies what
    stands there. What can be lit is "previous" and "copying", one head each.

    Raises ``ValueError`` unless there are two tokens that differ, and for another name in ``lit``.

    >>> axes = copying_circuit(["Ada", "Byron"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][:4]
    ['Ada', 'Byron', '…', 'Ada']
    """
    first, second = tokens
    drawing = Drawing(
        4 * WIDE + 0.6, 6.4, list(dict.fromkeys(part for name in lit for part in LIGHTS[name]))
    )
    places = {n: 0.3 + WIDE * (n - 0.5) for n in (1, 2, 3, 4)}
    for n, text in ((1, first), (2, second), (3, "…"), (4, first)):
        drawing.box(f"t{n}", (places[n], 0.7), text, 2.0, 0.7, kind="value")
    drawing.box("n2", (places[2], 2.9), f"{second}, after {first}", 2.75, 0.7)
    drawing.box("n4", (places[4], 2.9), f"after {first} came?", 2.75, 0.7)
    drawing.box("answer", (places[4], 4.5), "copy", 2.0, 0.7, kind="step")
    drawing.box("says", (places[4], 5.9), second, 2.0, 0.7, kind="value")
    drawing.arrow("t2", "n2")
    drawing.arrow("t4", "n4", name="up4")
    drawing.arrow(
        "t1",
        "n2",
        "layer 1: one back",
        via=[(places[1], 2.9)],
        name="look back",
        text_at=(places[1] + 0.1, 3.5),
    )
    drawing.arrow("n4", "answer")
    drawing.arrow(
        "n2",
        "answer",
        "layer 2: who came after one like me?",
        via=[(places[2], 4.5)],
        name="look for",
        text_at=(places[3] - 2.5, 4.75),
    )
    drawing.arrow("answer", "says")
    return drawing.finish()
