"""Writing with a cache: the prompt is read at once, each new token alone. Drawn in notebook 14."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_choice, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

APART = 2.6  # from one token to the next
LEFT = 2.5  # before the first token
LIGHTS = ("prefill", "decode", "cache", "query", "choice")


def _check_tokens(prompt: Sequence[str], new: Sequence[str], lit: Sequence[str]) -> None:
    if not prompt or not new:
        raise ValueError(
            f"there are {len(prompt)} tokens in the prompt and {len(new)} new ones, expected at "
            "least one of each."
        )
    for name in lit:
        check_choice("lit", name, LIGHTS)


@typed
@checked_by(_check_tokens)
def prefill_and_decode(prompt: Sequence[str], new: Sequence[str], lit: Sequence[str] = ()) -> Axes:
    """Draw how a text is written with a cache: columns are tokens, and the cache lies across.

    ``prompt`` are the tokens of the beginning, ``new`` those that are chosen one after the other;
    the last of them is chosen and not read. The parts that can be lit are "prefill" (the prompt,
    its maps and what it leaves in the cache), "decode" (all that one more token costs), "cache",
    "query" (the newest one, and what it meets) and "choice" (logits and the chosen tokens).

    Raises ``ValueError`` for no tokens, and an unknown name in ``lit``.

    >>> axes = prefill_and_decode(["The", " city"], [" of", " London"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][:4]
    ['prefill: all at once', 'decode: one token a step', 'cache, one for each layer', 'keys']
    """
    first, read = len(prompt), len(prompt) + len(new) - 1
    width = LEFT + APART * (read - 0.45)
    drawing = Drawing(width, 9.7, _parts(lit, first, read))
    places = [LEFT + APART * t for t in range(read)]
    border = places[0] + APART * (first - 0.5)
    drawing.group("prefill", (places[0] - 1.05, 0.15), border - places[0] + 0.85, 2.55)
    drawing.label((places[0] - 1.05, 9.4), "prefill: all at once", "prefill", False, left=True)
    if read > first:
        end = places[-1] + 1.25
        drawing.group("decode", (border + 0.2, 0.15), end - border - 0.2, 2.55)
        drawing.label((border + 0.2, 9.4), "decode: one token a step", "decode", False, left=True)
    drawing.group("cache", (places[0] - 1.05, 3.35), places[-1] - places[0] + 2.3, 1.85)
    drawing.label((places[0] - 1.05, 5.5), "cache, one for each layer", "cache", left=True)
    for y, name in ((4.7, "keys"), (3.85, "values")):
        drawing.label((0.75, y), name, "cache", small=False)
    drawing.label((0.75, 2.1), "maps", "maps" if lit else None, small=False)
    drawing.label((0.75, 0.7), "tokens", "tokens" if lit else None, small=False)
    drawing.label((0.75, 8.6), "chosen", "chosen" if lit else None, small=False)
    tokens = [*prompt, *new]
    for t, x in enumerate(places):
        number = _below(t + 1)
        drawing.box(f"x{t}", (x, 0.7), tokens[t], 1.5, kind="value")
        drawing.box(f"maps{t}", (x, 2.1), f"q{number}  k{number}  v{number}", 1.9)
        drawing.box(f"k{t}", (x, 4.7), f"k{number}", 1.1, 0.62, kind="value")
        drawing.box(f"v{t}", (x, 3.85), f"v{number}", 1.1, 0.62, kind="value")
        drawing.arrow(f"x{t}", f"maps{t}")
        drawing.arrow(f"maps{t}", f"v{t}")
    for t in range(first - 1, read):
        _choice(drawing, t, places[t], tokens[t + 1], is_read=t + 1 < read)
    return drawing.finish()


def _choice(drawing: Drawing, t: int, x: float, chosen: str, is_read: bool) -> None:
    """What one query leads to: it meets all keys so far, and a token is chosen."""
    number = _below(t + 1)
    asked = f"{number} asks k₁" + (f" … k{number}" if t else "")
    drawing.box(f"meet{t}", (x, 6.35), "q" + asked, 2.15, kind="step")
    drawing.box(f"logits{t}", (x, 7.5), "logits", 1.5)
    drawing.box(f"choice{t}", (x, 8.6), chosen, 2.15, kind="step")
    drawing.arrow((x + 0.85, 2.45), (x + 0.85, 6.0), name=f"query{t}")
    drawing.label((x + 1.02, 2.95), "q" + number, f"query{t}")
    drawing.arrow((x, 5.2), (x, 6.0), name=f"held{t}")
    drawing.arrow(f"meet{t}", f"logits{t}")
    drawing.arrow(f"logits{t}", f"choice{t}")
    if is_read:
        turn = x + APART / 2
        via = ((turn, 8.6), (turn, 0.7))
        drawing.arrow(f"choice{t}", f"x{t + 1}", via=via, name=f"back{t}")


def _parts(lit: Sequence[str], first: int, read: int) -> list[str]:
    """The names of all parts that a light falls on."""
    before, after = range(first), range(first, read)
    columns, upper = ("x", "maps", "k", "v"), ("query", "held", "meet", "logits", "choice")
    found: dict[str, list[str]] = {
        "prefill": ["prefill", *(part + str(t) for t in before for part in columns)],
        "decode": ["decode"] * (read > first)
        + [part + str(t) for t in after for part in (*columns, *upper)],
        "cache": ["cache", *(part + str(t) for t in range(read) for part in "kv")],
        "query": ["cache"]
        + [part + str(read - 1) for part in ("maps", "query", "held", "meet")]
        + [part + str(t) for t in range(read) for part in "kv"],
        "choice": [f"{part}{t}" for t in range(first - 1, read) for part in ("logits", "choice")]
        + [f"back{t}" for t in range(first - 1, read - 1)],
    }
    return list(dict.fromkeys(part for name in lit for part in found[name]))


def _below(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
