"""Clocks above the words of a sentence; where positions enter. Drawn in notebook 10."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

APART = 2.1  # from one word to the next
RADIUS = 0.45


def _check_angles(words: Sequence[str], angles: ArrayLike, notes: Sequence[str]) -> None:
    shape = np.shape(np.asarray(angles))
    if not words or len(shape) != 2 or shape[0] != len(words) or not shape[1]:
        raise ValueError(
            f"angles has shape {shape}, expected a row for each of {len(words)} words and a column "
            "for each hand."
        )
    if notes and len(notes) != len(words):
        raise ValueError(
            f"there are {len(notes)} notes and {len(words)} words, expected as many of each."
        )


@typed
@checked_by(_check_angles)
def clocks_on_words(
    words: Sequence[str],
    angles: ArrayLike,
    notes: Sequence[str] = (),
    lit: Sequence[str] = (),
) -> Axes:
    """Draw a sentence with a column of clocks above each word, one for each hand.

    ``angles`` (T, J), in radians, has a row for each word; a hand at angle 0 points to the
    right and turns against the clock. ``notes`` are written below the words. The parts that can be
    lit are "word0" on, each with its clocks, and "hand0" on, the clocks of a row.

    Raises ``ValueError`` for angles or notes that don't fit the words, and an unknown name in
    ``lit``.

    >>> axes = clocks_on_words(["man", "bites"], [[0.0, 0.0], [1.0, 0.1]], lit=["hand0"])
    >>> [text.get_text() for text in axes.texts if text.get_text()]
    ['hand 0', 'hand 1', 'man', 'place 0', 'bites', 'place 1']
    """
    turned = np.asarray(angles, dtype=float)
    count, hands = turned.shape
    shown = [part for name in lit for part in _parts(name, count, hands)]
    drawing = Drawing(APART * count + 1.9, 1.15 * hands + (2.1 if notes else 1.65), shown)
    floor = 1.2 if notes else 0.75
    for hand in range(hands):
        y = floor + 1.15 * (hands - hand)
        drawing.label((0.8, y), f"hand {hand}", f"word0.{hand}" if _whole(lit) else None)
    for place, word in enumerate(words):
        x = 2.7 + APART * place
        drawing.box(f"word{place}", (x, floor), word, 1.9, 0.6, kind="value")
        drawing.label((x, floor - 0.5), f"place {place}", f"word{place}")
        if notes:
            drawing.label((x, floor - 0.95), notes[place], f"word{place}")
        for hand, angle in enumerate(turned[place]):
            y, name = floor + 1.15 * (hands - hand), f"word{place}.{hand}"
            drawing.circle(name, (x, y), "", 2 * RADIUS, kind="value")
            tip = (x + RADIUS * math.cos(angle), y + RADIUS * math.sin(angle))
            drawing.arrow((x, y), tip, name=name)
            drawing.axes.texts[-1].set_zorder(4)  # the hand lies on the face
    return drawing.finish()


def _parts(name: str, count: int, hands: int) -> list[str]:
    """A word with its clocks, or a row of clocks, part by part."""
    if name.startswith("hand"):
        return [f"word{place}.{name[4:]}" for place in range(count)]
    if name.startswith("word") and "." not in name:
        return [name, *(f"{name}.{hand}" for hand in range(hands))]
    return [name]


def _whole(lit: Sequence[str]) -> bool:
    """Whether rows are lit, so that their names are as pale as they are."""
    return any(name.startswith("hand") for name in lit)


@typed
def where_positions_enter(lit: Sequence[str] = ()) -> Axes:
    """Draw one attention of a language model, and the four places where positions can enter.

    The parts that can be lit are the model's, "word", "embedding", "sum", "query", "key", "value",
    "score", "softmax", "mixture", and the four ways: "sinusoidal", "learned", "rotary" and "alibi".

    Raises ``ValueError`` for an unknown name in ``lit``.

    >>> axes = where_positions_enter(lit=["rotary"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][:3]
    ['word', 'embedding', '+']
    """
    shown = [part for name in lit for part in _ALSO.get(name, [name])]
    drawing = Drawing(18.6, 6.0, shown)
    drawing.box("word", (0.9, 3.0), "word", 1.2, kind="value")
    drawing.box("embedding", (3.2, 3.0), "embedding", 2.0)
    drawing.circle("sum", (5.4, 3.0), "+", 0.7)
    for name, y, text in (("query", 4.4, "W_Q"), ("key", 3.0, "W_K"), ("value", 0.7, "W_V")):
        drawing.box(name, (7.6, y), text, 1.2)
        drawing.arrow("sum", name)
    drawing.box("turn_query", (10.0, 4.4), "turn", 1.2, kind="step")
    drawing.box("turn_key", (10.0, 3.0), "turn", 1.2, kind="step")
    drawing.circle("score", (12.3, 3.7), "·", 0.7)
    drawing.circle("bias", (13.9, 3.7), "+", 0.7)
    drawing.box("softmax", (15.7, 3.7), "softmax", 1.6, kind="step")
    drawing.box("mixture", (17.6, 0.7), "mix", 1.2, kind="step")
    drawing.arrow("word", "embedding")
    drawing.arrow("embedding", "sum")
    for name in ("query", "key"):
        drawing.arrow(name, f"turn_{name}")
        drawing.arrow(f"turn_{name}", "score")
    drawing.arrow("score", "bias")
    drawing.arrow("bias", "softmax")
    drawing.arrow("softmax", "mixture", via=[(17.6, 3.7)])
    drawing.arrow("value", "mixture")
    drawing.box("sinusoidal", (3.6, 5.3), "sinusoids", 2.0, kind="value")
    drawing.box("learned", (3.6, 1.5), "a learned table", 2.8, kind="value")
    drawing.box("rotary", (10.0, 5.5), "rotary", 1.6, kind="value")
    drawing.box("alibi", (13.9, 5.3), "−m · distance", 2.5, kind="value")
    drawing.arrow("sinusoidal", "sum", via=[(5.4, 5.3)], name="sinusoidal")
    drawing.arrow("learned", "sum", via=[(5.4, 1.5)], name="learned")
    drawing.arrow("rotary", "turn_query", name="rotary")
    drawing.arrow("rotary", "turn_key", via=[(11.2, 5.5), (11.2, 3.0)], name="rotary")
    drawing.arrow("alibi", "bias", name="alibi")
    return drawing.finish()


_ALSO = {
    "sinusoidal": ["sinusoidal", "sum"],
    "learned": ["learned", "sum"],
    "rotary": ["rotary", "turn_query", "turn_key"],
    "alibi": ["alibi", "bias"],
}
