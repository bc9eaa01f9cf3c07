"""Tables of vectors: Bengio's network, a word and its company, yes or no. In notebook 05."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_text, check_whole, checked_by
from lmteach.plots.diagrams.drawing import Drawing, Kind
from lmteach.typed import typed

MOST = 8  # tokens or words side by side
WIDE = 1.9  # a word in its box
ROW = 0.95  # from one pair to the next


def _check_some(name: str, texts: Sequence[str], most: int = MOST) -> None:
    if not 1 <= len(texts) <= most or not all(isinstance(text, str) and text for text in texts):
        raise ValueError(
            f"{name} is {list(texts)}, expected 1 to {most} texts, none of them empty."
        )


def _check_window(tokens: Sequence[str]) -> None:
    _check_some("tokens", tokens)


def _check_company(words: Sequence[str], centre: int, reach: int) -> None:
    _check_some("words", words)
    check_whole("centre", centre, at_least=0)
    check_whole("reach", reach)
    if centre >= len(words):
        raise ValueError(
            f"centre is {centre} and there are {len(words)} words, expected the place of one of "
            "them, counted from 0."
        )


def _check_words(centre: str, near: str, drawn: Sequence[str]) -> None:
    check_text(centre, empty_allowed=False)
    check_text(near, empty_allowed=False)
    _check_some("drawn", drawn)


@typed
@checked_by(_check_window)
def feedforward_lm(tokens: Sequence[str], lit: Sequence[str] = ()) -> Axes:
    """Draw Bengio's network: a window of tokens, one table, a layer that bends, one that scores.

    The parts that can be lit are, for each place from 1: "w1" (token) and "x1" (its row of the
    table), then "C", "H", "tanh", "h", "U", "y", "softmax" and "P".

    Raises ``ValueError`` for no tokens or more than eight, and for an unknown name in ``lit``.

    >>> found = [text.get_text() for text in feedforward_lm("the", lit=["C"]).texts]
    >>> [text for text in found if text.startswith("row")]
    ['row t', 'row h', 'row e']
    """
    width = max(2.2 * len(tokens), 5.0)
    drawing = Drawing(width + 6.4, 6.6, lit)
    middle = 0.5 + width / 2
    drawing.box("C", (middle, 1.75), "C", width, 0.7)
    drawing.label((width + 0.8, 1.75), "one table for all places", "C", left=True)
    for place, token in enumerate(tokens, start=1):
        x = 0.5 + width * (place - 0.5) / len(tokens)
        drawing.box(f"w{place}", (x, 0.6), token, 1.1, 0.7, kind="value")
        drawing.box(f"x{place}", (x, 2.9), f"row {token}", width / len(tokens), 0.7, kind="value")
        drawing.arrow(f"w{place}", (x, 1.4), name=f"look{place}" if not lit else f"w{place}")
        drawing.arrow((x, 2.1), f"x{place}", name=f"take{place}" if not lit else f"x{place}")
    drawing.label((width + 0.8, 2.9), "x: the rows, end to end", "x1", left=True)
    drawing.box("H", (middle, 4.1), "d + H x", 2.0, 0.7)
    drawing.arrow((middle, 3.25), "H")
    drawing.box("tanh", (middle + 2.1, 4.1), "tanh", 1.2, 0.7, kind="step")
    drawing.box("h", (middle + 3.9, 4.1), "h", 1.0, 0.7, kind="value")
    drawing.box("U", (middle, 5.7), "b + U h", 2.0, 0.7)
    drawing.box("y", (middle + 1.95, 5.7), "y", 0.9, 0.7, kind="value")
    drawing.box("softmax", (middle + 3.8, 5.7), "softmax", 1.7, 0.7, kind="step")
    drawing.box("P", (middle + 6.3, 5.7), "P(next)", 1.9, 0.7, kind="value")
    drawing.arrow("H", "tanh")
    drawing.arrow("tanh", "h")
    drawing.arrow("h", "U", via=[(middle + 3.9, 4.9), (middle, 4.9)])
    for start, end in (("U", "y"), ("y", "softmax"), ("softmax", "P")):
        drawing.arrow(start, end)
    return drawing.finish()


@typed
@checked_by(_check_company)
def company(words: Sequence[str], centre: int, reach: int, lit: Sequence[str] = ()) -> Axes:
    """Draw a sentence, one word of it as the centre, and an arrow to each word within its reach.

    The parts that can be lit are "word0" on; the arrows of a pair are "pair0" on, named by the
    place of the word that is near. Without ``lit``, the centre and its company stand out.

    Raises ``ValueError`` for no words or more than eight, a centre that is none of them, a reach
    below 1, or an unknown name in ``lit``.

    >>> axes = company(["a", "dog", "slept"], centre=1, reach=1)
    >>> [text.get_text() for text in axes.texts if text.get_text()]
    ['a', 'dog', 'slept', 'reach 1']
    """
    near = [
        place
        for place in range(max(0, centre - reach), min(len(words), centre + reach + 1))
        if place != centre
    ]
    if not lit:
        lit = [f"word{centre}", *(f"{part}{place}" for place in near for part in ("word", "pair"))]
    drawing = Drawing(WIDE * len(words) + 0.6, 2.5, lit)
    places = [0.3 + WIDE * (place + 0.5) for place in range(len(words))]
    for place, word in enumerate(words):
        kind: Kind = "layer" if place == centre else "value"
        drawing.box(f"word{place}", (places[place], 0.9), word, WIDE - 0.25, 0.7, kind=kind)
    for place in near:
        height = 1.25 + 0.35 * abs(place - centre) + 0.1
        start = places[centre] + (0.15 if place > centre else -0.15) * (
            1 + 0.8 * (reach - abs(place - centre))
        )
        drawing.arrow(
            (start, 1.25),
            f"word{place}",
            via=[(start, height), (places[place], height)],
            name=f"pair{place}",
        )
    drawing.label((places[centre], 0.3), f"reach {reach}", f"word{centre}")
    return drawing.finish()


@typed
@checked_by(_check_words)
def yes_or_no(centre: str, near: str, drawn: Sequence[str], lit: Sequence[str] = ()) -> Axes:
    """Draw one pair of skip-gram and the words drawn beside it, each a question of its own.

    The parts that can be lit are "v" (the centre's vector), and for each word, counted from 0 with
    the near one first: "u0" (its vector), "score0", "chance0" (its σ) and "wanted0".

    Raises ``ValueError`` for no words drawn or more than eight, and an unknown name in ``lit``.

    >>> axes = yes_or_no("dog", "slept", ["of", "sea"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][-4:]
    ['u of sea', 'u · v', 'σ', 'wanted: 0']
    """
    words = [near, *drawn]
    drawing = Drawing(14.2, ROW * len(words) + 1.0, lit)
    heights = [0.5 + ROW * (len(words) - 1 - place) for place in range(len(words))]
    top = heights[0] + 0.72
    drawing.box("v", (1.6, sum(heights) / len(heights)), f"v of {centre}", 2.4, 0.8)
    drawing.label((1.6, top), "the centre", "v")
    drawing.label((5.4, top), "near, then drawn", "u0")
    for place, (word, y) in enumerate(zip(words, heights, strict=True)):
        drawing.box(f"u{place}", (5.4, y), f"u of {word}", 2.6, 0.65)
        drawing.box(f"score{place}", (8.5, y), "u · v", 1.4, 0.65, kind="step")
        drawing.circle(f"chance{place}", (10.4, y), "σ", 0.65)
        wanted = "wanted: 1" if place == 0 else "wanted: 0"
        drawing.box(f"wanted{place}", (12.7, y), wanted, 2.2, 0.65, kind="value")
        drawing.arrow("v", (4.1, y), name=f"ask{place}" if not lit else f"u{place}")
        drawing.arrow(f"u{place}", f"score{place}")
        drawing.arrow(f"score{place}", f"chance{place}")
        drawing.arrow(f"chance{place}", f"wanted{place}")
    return drawing.finish()
