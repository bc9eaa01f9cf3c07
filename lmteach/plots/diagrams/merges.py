"""A word that grows together, merge by merge, one picture beside another. Drawn in notebook 12."""

from collections.abc import Sequence
from itertools import accumulate

from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.diagrams.drawing import Drawing, Kind
from lmteach.plots.merge_tree import check_steps
from lmteach.typed import typed

LETTER = 0.72  # the width of a letter
ACROSS = 3  # pictures in a row; more go below, so that all can be read
STOREY = 1.05  # from a token up to what it is joined into

Span = tuple[int, int]


def _check_lit(steps: Sequence[Sequence[str]], lit: Sequence[str]) -> None:
    known = ["bytes", *(f"merge {number}" for number in range(1, len(steps))), "tokens"]
    for name in lit:
        if name not in known:
            raise ValueError(f"no part is called {name!r}, expected {', '.join(map(repr, known))}.")


def _spans(tokens: Sequence[str]) -> list[Span]:
    ends = list(accumulate(map(len, tokens)))
    return list(zip([0, *ends[:-1]], ends, strict=True))


def _parts(spans: Sequence[Sequence[Span]], storey: int, span: Span) -> list[Span]:
    """What a token was joined from."""
    return [part for part in spans[storey - 1] if span[0] <= part[0] and part[1] <= span[1]]


@typed
@checked_by(check_steps)
@checked_by(_check_lit)
def growing(steps: Sequence[Sequence[str]], lit: Sequence[str] = ()) -> Axes:
    """Draw a word after each of its merges: bytes below, what was joined above.

    ``steps`` are the tokens of the word at first and after each merge, as strings that make the
    same word when joined. The parts that can be lit are "bytes", the first picture; "merge 1" on,
    the token that is made there and its parts; and "tokens", those that are left at the end.

    Raises ``ValueError`` if there is no step, the steps make different words, one is no merge of
    the one before, or for an unknown name in ``lit``.

    >>> steps = [["l", "o", "w"], ["lo", "w"], ["low"]]
    >>> [text.get_text() for text in growing(steps, lit=["merge 1"]).texts if text.get_text()][4:]
    ['l', 'o', 'w', 'lo', '1. l + o', 'l', 'o', 'w', 'lo', 'low', '2. lo + w']
    """
    spans = [_spans(tokens) for tokens in steps]
    word = "".join(steps[0])
    apart = LETTER * len(word) + 0.8
    heights = _heights(spans)
    top = STOREY * max(heights.values()) + 0.85  # where the title stands
    row = top + 1.2
    rows = -(-len(steps) // ACROSS)
    drawing = Drawing(
        apart * min(len(steps), ACROSS) + 0.2, row * rows + 0.2, _lit_parts(spans, lit)
    )
    for picture in range(len(steps)):
        left = 0.5 + apart * (picture % ACROSS)
        floor = 0.6 + row * (rows - 1 - picture // ACROSS)
        title, drawn = "bytes", set()
        for storey in range(picture + 1):
            for start, end in spans[storey]:
                if (start, end) in drawn:
                    continue
                drawn.add((start, end))
                name = f"{picture}: {start} to {end}"
                centre = (left + LETTER * (start + end) / 2, floor + STOREY * heights[start, end])
                kind: Kind = "layer" if storey else "value"
                width = LETTER * (end - start) - 0.14
                drawing.box(name, centre, word[start:end], width, 0.6, kind)
                parts = _parts(spans, storey, (start, end)) if storey else []
                for first, last in parts:
                    drawing.arrow(f"{picture}: {first} to {last}", name)
                if storey == picture and parts:
                    title = f"{picture}. " + " + ".join(word[a:b] for a, b in parts)
        middle = left + LETTER * len(word) / 2
        shown = f"{picture}: 0 to {spans[0][0][1]}" if not picture else _new(spans, picture)
        drawing.label((middle, floor + top), title, shown)
    return drawing.finish()


def _heights(spans: Sequence[Sequence[Span]]) -> dict[Span, int]:
    """How high each token stands: a storey above the highest that it was joined from."""
    heights: dict[Span, int] = {}
    for storey, row in enumerate(spans):
        for span in row:
            if span not in heights:
                parts = _parts(spans, storey, span) if storey else []
                heights[span] = max((heights[part] + 1 for part in parts), default=0)
    return heights


def _new(spans: Sequence[Sequence[Span]], picture: int) -> str:
    """The name of the first token that a merge made."""
    start, end = next(span for span in spans[picture] if span not in spans[picture - 1])
    return f"{picture}: {start} to {end}"


def _lit_parts(spans: Sequence[Sequence[Span]], lit: Sequence[str]) -> list[str]:
    """The names, in the drawing, of all that is lit."""
    found = []
    for name in lit:
        picture = {"bytes": 0, "tokens": len(spans) - 1}.get(name, -1)
        if picture < 0:
            picture = int(name.removeprefix("merge "))
            made = [span for span in spans[picture] if span not in spans[picture - 1]]
            chosen = made + [part for span in made for part in _parts(spans, picture, span)]
        else:
            chosen = [*spans[picture]]
        found += [f"{picture}: {start} to {end}" for start, end in chosen]
    return found
