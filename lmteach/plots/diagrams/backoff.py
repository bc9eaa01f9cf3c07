"""Back-off as a staircase: each context keeps a part and passes the rest down. See notebook 02."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_finite, check_number, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

MOST = 4  # contexts: more stairs are too small to read
DOWN, RIGHT = 1.5, 1.0  # from one stair to the next


def _check_stairs(
    token: str, contexts: Sequence[str], kept: ArrayLike, passed: ArrayLike, die: float
) -> None:
    if not token:
        raise ValueError("token is empty, expected the token that is asked for.")
    if isinstance(contexts, str) or not 1 <= len(contexts) <= MOST or contexts[-1] != "":
        raise ValueError(
            f"contexts is {contexts!r}, expected one to {MOST} texts, the longest first and the "
            'empty one, "", last.'
        )
    for name, values in (("kept", kept), ("passed", passed)):
        numbers = check_finite(name, np.asarray(values, dtype=float), (len(contexts),), "(order,)")
        for number in numbers:
            check_number(f"a number of {name}", float(number), at_least=0, at_most=1)
    check_number("die", float(die), above=0, at_most=1)


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


@typed
@checked_by(_check_stairs)
def staircase(
    token: str,
    contexts: Sequence[str],
    kept: ArrayLike,
    passed: ArrayLike,
    die: float,
    lit: Sequence[str] = (),
) -> Axes:
    """Draw how the probability of a token comes together, from the longest context to the die.

    On the stair of each of the ``contexts`` (the longest first, the empty one last) stand what it
    has ``kept`` (n,) for the token itself, and the share that it has ``passed`` (n,) to the stair
    below; lowest is the fair ``die``. The sums are written beside the stairs. The parts that can
    be lit are, for an order n, "order n" and "pass n", and "die".

    Raises ``ValueError`` for an empty token, contexts that don't end with the empty one, more than
    four of them, numbers that are no probabilities, and an unknown name in ``lit``.

    >>> axes = staircase("b", ["a", ""], kept=[0.25, 0.1], passed=[0.5, 0.5], die=0.2)
    >>> [text.get_text() for text in axes.texts if "=" in text.get_text()]
    ['P(b | a) = 0.25 + 0.5 · 0.2 = 0.35', 'P(b) = 0.1 + 0.5 · 0.2 = 0.2']
    """
    count = len(contexts)
    kept, passed = np.asarray(kept, dtype=float), np.asarray(passed, dtype=float)
    sums = [float(die)]  # from below
    for keeps, passes in zip(kept[::-1], passed[::-1], strict=True):
        sums.append(keeps + passes * sums[-1])
    sums = sums[::-1]
    drawing = Drawing(RIGHT * count + 8.4, DOWN * count + 1.2, lit)
    names = [f"order {order}" for order in range(count, 0, -1)] + ["die"]
    for place, name in enumerate(names):
        x, y = 2.0 + RIGHT * place, 0.6 + DOWN * (count - place)
        if name == "die":
            drawing.box("die", (x, y), f"fair die: {_number(sums[place])}", 3.0, kind="value")
            break
        context = contexts[place]
        drawing.box(name, (x, y), f"after {context}" if context else "no context", 3.0)
        given = f"P({token} | {context})" if context else f"P({token})"
        terms = f"{_number(kept[place])} + {_number(passed[place])} · {_number(sums[place + 1])}"
        words = f"{given} = {terms} = {_number(sums[place])}"
        drawing.label((x + 1.9, y), words, name, small=False, left=True)
    for place, end in enumerate(names[1:]):
        x, y = 2.0 + RIGHT * (place + 1), 0.6 + DOWN * (count - place)
        words = f"passes on {_number(passed[place])}"
        way = f"pass {count - place}"
        drawing.arrow((x, y - 0.35), end, words, name=way, text_at=(x + 0.2, y - 0.75))
    return drawing.finish()
