"""Grouped-query attention: several query heads read one key head. Drawn in notebook 16."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_choice, check_sizes, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

LIGHTS = ("queries", "keys", "group")
MOST_HEADS = 12  # whose names are still legible
APART, LEFT = 1.25, 2.6


def _check(heads: int, key_heads: int, lit: Sequence[str]) -> None:
    check_sizes(heads=heads, key_heads=key_heads)
    if heads > MOST_HEADS or heads % key_heads:
        raise ValueError(
            f"heads is {heads} and key_heads is {key_heads}, expected at most {MOST_HEADS} heads, "
            "and key_heads to divide them."
        )
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check)
def grouped_queries(heads: int = 9, key_heads: int = 3, lit: Sequence[str] = ()) -> Axes:
    """Draw which key head, with its values, each query head reads.

    The parts that can be lit are "queries", "keys" (key heads and their values, which are what a
    cache holds) and "group" (the first key head, with those who read it).

    Raises ``ValueError`` for key heads that don't divide the heads, more than twelve heads, and an
    unknown name in ``lit``.

    >>> axes = grouped_queries(4, 2)
    >>> [text.get_text() for text in axes.texts if text.get_text()][3:7]
    ['q₁', 'q₂', 'q₃', 'q₄']
    """
    share = heads // key_heads
    drawing = Drawing(LEFT + APART * heads, 4.6, _parts(lit, heads, key_heads))
    for y, name, part in (
        (3.8, "queries", "queries"),
        (1.9, "keys", "keys"),
        (1.0, "values", "keys"),
    ):
        drawing.label((LEFT / 2 - 0.2, y), name, _of(part, lit), small=False)
    places = [LEFT + APART * (head + 0.4) for head in range(heads)]
    for head, x in enumerate(places):
        drawing.box(f"q{head}", (x, 3.8), "q" + _below(head + 1), 0.95, kind="value")
    for key in range(key_heads):
        own = range(key * share, (key + 1) * share)
        x = sum(places[head] for head in own) / share
        width = APART * share - 0.3
        drawing.box(f"k{key}", (x, 1.9), "k" + _below(key + 1), width, kind="value")
        drawing.box(f"v{key}", (x, 1.0), "v" + _below(key + 1), width, kind="value")
        for head in own:
            drawing.arrow(f"q{head}", (places[head], 2.25), name=f"reads{head}")
    return drawing.finish()


def _of(part: str, lit: Sequence[str]) -> str | None:
    """A part as pale as the label of a row is to be; None is never pale."""
    if not lit or part in lit or "group" in lit:
        return None
    return "q0" if part == "queries" else "k0"


def _parts(lit: Sequence[str], heads: int, key_heads: int) -> list[str]:
    """The names of all parts that a light falls on."""
    both = "kv"
    found: dict[str, list[str]] = {
        "queries": [f"q{head}" for head in range(heads)],
        "keys": [f"{part}{key}" for key in range(key_heads) for part in both],
        "group": ["k0", "v0"]
        + [f"{part}{head}" for head in range(heads // key_heads) for part in ("q", "reads")],
    }
    return list(dict.fromkeys(part for name in lit for part in found[name]))


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
