"""Networks with a memory: the same cell at every step. Drawn in notebook 06."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

APART = 2.4  # from one step to the next


def _check_inputs(inputs: Sequence[str], targets: Sequence[str]) -> None:
    if not inputs or len(inputs) != len(targets):
        raise ValueError(
            f"there are {len(inputs)} inputs and {len(targets)} targets, expected as many of each, "
            "at least one."
        )


@typed
@checked_by(_check_inputs)
def unrolled(
    inputs: Sequence[str], targets: Sequence[str], back: bool = False, lit: Sequence[str] = ()
) -> Axes:
    """Draw a recurrent network step by step: what is read below, the state across, the loss above.

    With ``back`` the way of the gradient is drawn, too, from each loss down and back in time. The
    parts that can be lit are, for each step t from 1: "x1", "h1", "y1", "L1" (input, state,
    logits, loss), the arrows of the state, "carry1" to "carryT", and of the gradient, "back2" on.

    Raises ``ValueError`` for no inputs, another number of targets, or an unknown name in ``lit``.

    >>> [text.get_text() for text in unrolled("ab", "b⏎").texts if text.get_text()][:4]
    ['h₀', 'a', 'h₁', 'logits']
    """
    steps = len(inputs)
    drawing = Drawing(APART * steps + 2.6, 5.4, lit)
    drawing.circle("h0", (0.8, 2.2), "h" + _below(0), 0.9, kind="value")
    for t, (symbol, target) in enumerate(zip(inputs, targets, strict=True), start=1):
        x = 0.6 + APART * t
        drawing.box(f"x{t}", (x, 0.6), symbol, 1.2, 0.7, kind="value")
        drawing.box(f"h{t}", (x, 2.2), "h" + _below(t), 1.2, 0.9)
        drawing.box(f"y{t}", (x, 3.5), "logits", 1.3, 0.6)
        drawing.box(f"L{t}", (x, 4.7), f"−log p({target})", 1.9, 0.6, kind="step")
        drawing.arrow(f"x{t}", f"h{t}", "W_ih" if t == 1 else "")
        drawing.arrow(f"h{t - 1}", f"h{t}", "W_hh", name=f"carry{t}")
        drawing.arrow(f"h{t}", f"y{t}", "W_ho" if t == 1 else "")
        drawing.arrow(f"y{t}", f"L{t}")
        if back and t > 1:
            left, right = 0.6 + APART * (t - 1) + 0.3, x - 0.3
            drawing.arrow((right, 1.72), (left, 1.72), name=f"back{t}", bend=-0.35)
    return drawing.finish()


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
