"""Networks with a memory: the cell, the same cell at every step, the way back. In notebook 06."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_whole, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

APART = 2.6  # from one step to the next
STATE, LOGITS, LOSS = 2.3, 3.8, 5.1  # heights of the rows
ASIDE = 0.28  # from the middle of a box to an arrow beside it


def _check_unrolled(
    inputs: Sequence[str], targets: Sequence[str], back: bool, cut: int | None
) -> None:
    if not inputs or len(inputs) != len(targets):
        raise ValueError(
            f"there are {len(inputs)} inputs and {len(targets)} targets, expected as many of each, "
            "at least one."
        )
    if cut is not None:
        check_whole("cut", cut)
        if not back or cut >= len(inputs):
            raise ValueError(
                f"cut is {cut} with back={back} and {len(inputs)} steps, expected back=True and a "
                "step that is not the last: the way back from the next one is cut."
            )


@typed
def rnn_cell(lit: Sequence[str] = ()) -> Axes:
    """Draw one step of the plain recurrent network: two products, a sum, tanh.

    The parts that can be lit are "h before", "x", "W_hh", "W_ih", "+", "tanh" and "h".

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> [text.get_text() for text in rnn_cell(lit=["tanh"]).texts if text.get_text()][-3:]
    ['tanh', 'hₜ', 'the cell: the same at every step']
    """
    drawing = Drawing(12.6, 4.9, lit)
    drawing.circle("h before", (0.9, 3.2), "hₜ₋₁", 1.1, kind="value")
    drawing.circle("x", (3.6, 0.7), "xₜ", 1.0, kind="value")
    drawing.box("W_hh", (3.6, 3.2), "W_hh,  b_hh", 2.1, 0.8)
    drawing.box("W_ih", (3.6, 1.9), "W_ih,  b_ih", 2.1, 0.8)
    drawing.circle("+", (6.2, 3.2), "+", 0.75)
    drawing.box("tanh", (8.3, 3.2), "tanh", 1.4, 0.8, kind="step")
    drawing.circle("h", (11.4, 3.2), "hₜ", 1.1, kind="value")
    drawing.group("cell", (2.1, 1.25), 7.6, 2.6)
    drawing.arrow("h before", "W_hh")
    drawing.arrow("x", "W_ih")
    drawing.arrow("W_hh", "+")
    drawing.arrow("W_ih", "+", via=[(6.2, 1.9)])
    drawing.arrow("+", "tanh")
    drawing.arrow("tanh", "h")
    drawing.label((5.9, 4.2), "the cell: the same at every step", None if lit else "cell")
    return drawing.finish()


@typed
@checked_by(_check_unrolled)
def unrolled(
    inputs: Sequence[str],
    targets: Sequence[str],
    back: bool = False,
    lit: Sequence[str] = (),
    cut: int | None = None,
) -> Axes:
    """Draw a recurrent network step by step: what is read below, the state across, the loss above.

    With ``back`` the way of the gradient is drawn, too, from each loss down and back in time; it
    is all that is lit then, unless ``lit`` says otherwise. ``cut`` is the step after which it is
    cut. The parts that can be lit are, for each step t from 1: "x1", "h1", "y1", "L1" (input,
    state, logits, loss), the arrows forward, "carry1" to "carryT", and those of the gradient:
    "down1" to "downT" from a loss to its state, "back2" to "backT" from a state to the one before.

    Raises ``ValueError`` for no inputs, another number of targets, a cut where there is no way
    back, or an unknown name in ``lit``.

    >>> [text.get_text() for text in unrolled("ab", "b⏎").texts if text.get_text()][:4]
    ['h₀', 'a', 'h₁', 'logits']
    """
    steps = range(1, len(inputs) + 1)
    if back and not lit:
        lit = [f"{part}{t}" for t in steps for part in ("h", "y", "L", "down")]
        lit += [f"back{t}" for t in steps if t > 1 and t - 1 != cut]
    drawing = Drawing(APART * len(inputs) + 2.4, 5.8, lit)
    drawing.circle("h0", (0.8, STATE), "h" + _below(0), 1.0, kind="value")
    for t, symbol, target in zip(steps, inputs, targets, strict=True):
        x = 0.6 + APART * t
        drawing.box(f"x{t}", (x, 0.6), symbol, 1.3, 0.7, kind="value")
        drawing.box(f"h{t}", (x, STATE), "h" + _below(t), 1.3, 1.0)
        drawing.box(f"y{t}", (x, LOGITS), "logits", 1.5, 0.7)
        drawing.box(f"L{t}", (x, LOSS), f"−log p({target})", 2.1, 0.7, kind="step")
        _forward(drawing, t, x, back, cut == t - 1)
        if back:
            _backward(drawing, t, x, cut)
    return drawing.finish()


def _forward(drawing: Drawing, t: int, x: float, back: bool, cut: bool) -> None:
    """The arrows up and onward; the way back has room beside them, and they are pale then."""
    aside = ASIDE if back else 0.0
    drawing.arrow(f"x{t}", f"h{t}", "" if back or t > 1 else "W_ih", name=f"read{t}")
    drawing.arrow(
        (1.3 if t == 1 else x - APART + 0.65, STATE if t == 1 else STATE + aside),
        (x - 0.65, STATE if t == 1 else STATE + aside),
        "" if cut else "W_hh",
        name=f"carry{t}",
        text_at=(x - 1.3, STATE + aside + 0.25),
    )
    drawing.arrow(
        (x - aside, STATE + 0.5),
        (x - aside, LOGITS - 0.35),
        "" if back or t > 1 else "W_ho",
        name=f"score{t}",
    )
    drawing.arrow((x - aside, LOGITS + 0.35), (x - aside, LOSS - 0.35), name=f"judge{t}")


def _backward(drawing: Drawing, t: int, x: float, cut: int | None) -> None:
    """The arrows down and back."""
    drawing.arrow((x + ASIDE, LOSS - 0.35), (x + ASIDE, LOGITS + 0.35), name=f"down{t}")
    drawing.arrow((x + ASIDE, LOGITS - 0.35), (x + ASIDE, STATE + 0.5), name=f"down{t}")
    drawing.label((x + 0.4, STATE - 0.78), "δ" + _below(t), f"h{t}", left=True)
    if t == 1:
        return
    left, height = x - APART + 0.65, STATE - ASIDE
    if t - 1 == cut:
        drawing.label((x - APART / 2, STATE - 1.75), "detach()", None)
        drawing.axes.plot([x - APART / 2] * 2, [STATE - 1.5, LOSS + 0.5], "k:", linewidth=2.0)
    else:
        beside = (x - APART / 2, height - 0.28)
        drawing.arrow((x - 0.65, height), (left, height), "W_hhᵀ", (), f"back{t}", 0.0, beside)


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
