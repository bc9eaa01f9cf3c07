"""One query with its scores, weights and mixture; and many heads. Drawn in notebook 09."""

from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import check_sizes, check_text, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

ROWS = {"keys": "key", "scores": "score", "weights": "weight", "values": "value"}


def _check_query(
    tokens: Sequence[str],
    asking: int,
    query: ArrayLike,
    keys: ArrayLike,
    scores: ArrayLike,
    weights: ArrayLike,
    values: ArrayLike,
    mixture: ArrayLike,
    formula: str,
) -> None:
    count = len(tokens)
    check_text(formula, empty_allowed=False)
    if not 0 <= asking < count:
        raise ValueError(f"asking is {asking}, expected a place among {count} tokens, from 0.")
    pairs = {"keys": (keys, "query", query), "values": (values, "mixture", mixture)}
    for name, (rows, other, vector) in pairs.items():
        shape, one = np.shape(np.asarray(rows)), np.shape(np.asarray(vector))
        if len(shape) != 2 or shape[0] != count:
            raise ValueError(
                f"{name} has shape {shape}, expected a row for each of {count} tokens."
            )
        if one != shape[1:]:
            raise ValueError(
                f"{other} has shape {one}, expected one vector as long as a row of {name}, "
                f"{shape[1:]}."
            )
    for name, numbers in {"scores": scores, "weights": weights}.items():
        if np.shape(np.asarray(numbers)) != (count,):
            raise ValueError(
                f"{name} has shape {np.shape(np.asarray(numbers))}, expected a number for each of "
                f"{count} tokens."
            )
    finite = {"query": query, "keys": keys, "values": values, "mixture": mixture}
    for name, numbers in finite.items():
        if not np.isfinite(np.asarray(numbers, dtype=float)).all():
            raise ValueError(f"{name} has an entry that is not finite, expected numbers.")
    if not (np.asarray(scores, dtype=float) < np.inf).all():
        raise ValueError("scores has NaN or infinity in it, expected numbers, or −∞ if hidden.")
    if not ((np.asarray(weights) >= 0) & (np.asarray(weights) <= 1)).all():
        raise ValueError("weights has an entry outside 0 to 1, expected shares.")


@typed
@checked_by(_check_query)
def one_query(
    tokens: Sequence[str],
    asking: int,
    query: ArrayLike,
    keys: ArrayLike,
    scores: ArrayLike,
    weights: ArrayLike,
    values: ArrayLike,
    mixture: ArrayLike,
    formula: str = "query · key",
    lit: Sequence[str] = (),
) -> Axes:
    """Draw what one token gets: query times keys, scores, softmax, weights, values, mixture.

    ``asking`` is the place of the token whose ``query`` is drawn; each of ``tokens`` has a row of
    ``keys`` and ``values``, a score (−∞ if it is hidden) and a weight; ``formula`` says how a score
    is made. The parts that can be lit
    are "query", "keys", "scores", "softmax", "weights", "values" and "mixture", or one of a row,
    counted from 0, such as "score2".

    Raises ``ValueError`` for arrays that don't fit the tokens, and an unknown name in ``lit``.

    >>> axes = one_query(["a", "b"], 1, [1.0], [[0.0], [2.0]], [0.0, 2.0], [0.12, 0.88],
    ...                  [[3.0], [4.0]], [3.88], lit=["weights"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][:3]
    ['the query of b', '1', 'a']
    """
    count = len(tokens)
    wide = max(1.5, 0.32 * max(len(_numbers(row)) for row in (*_rows(keys), *_rows(values))))
    step = wide + 0.35
    left = 3.4
    centres = [left + wide / 2 + step * place for place in range(count)]
    drawing = Drawing(centres[-1] + wide / 2 + 0.2, 7.6, _spread(lit, count))
    wide_query = max(1.6, 0.2 * len(_numbers(query)))
    drawing.label((1.45, 3.05), f"the query of {tokens[asking]}", "query", small=False)
    drawing.box("query", (1.35, 2.4), _numbers(query), wide_query, 0.7, kind="value")
    for place, (x, token) in enumerate(zip(centres, tokens, strict=True)):
        drawing.label((x, 0.3), token, f"key{place}", small=False)
        drawing.box(f"key{place}", (x, 0.95), _numbers(_rows(keys)[place]), wide, 0.6, "value")
        drawing.box(f"score{place}", (x, 2.4), _number(_rows(scores)[place]), 1.3, 0.6, "step")
        drawing.box(f"weight{place}", (x, 4.1), _number(_rows(weights)[place]), 1.3, 0.6, "value")
        value = _numbers(_rows(values)[place])
        drawing.box(f"value{place}", (x, 5.35), value, wide, 0.6, "value")
        drawing.arrow(f"key{place}", f"score{place}")
    middle = (centres[0] + centres[-1]) / 2
    drawing.box("softmax", (middle, 3.25), "softmax", step * count - 0.35, 0.5, kind="step")
    drawing.box("mixture", (middle, 6.95), _numbers(mixture), max(2.4, 1.5 * wide), 0.7, "value")
    for place, x in enumerate(centres):
        for low, high in ((2.7, 3.0), (3.5, 3.8)):
            drawing.arrow((x, low), (x, high), name="softmax")
        drawing.label((x, 4.725), "×", f"value{place}", small=False)
        drawing.arrow(f"value{place}", "mixture")
    drawing.group("scores", (centres[0] - 0.85, 1.95), step * (count - 1) + 1.7, 0.9)
    drawing.arrow("query", "scores", name="query")
    for y, name in ((0.95, "keys"), (4.1, "weights"), (5.35, "values"), (6.95, "mixture")):
        words = "the mixture" if name == "mixture" else name
        drawing.label((2.0, y), words, _first(name), small=False)
    drawing.label((1.35, 1.65), formula, "scores", small=False)
    return drawing.finish()


def _check_heads(dim: int, heads: int) -> None:
    check_sizes(dim=dim, heads=heads)
    if dim % heads:
        raise ValueError(f"dim is {dim}, which {heads} heads can't share evenly.")
    if heads > 6:
        raise ValueError(f"heads is {heads}, expected 6 at most, or they can't be read.")


@typed
@checked_by(_check_heads)
def many_heads(dim: int, heads: int, lit: Sequence[str] = ()) -> Axes:
    """Draw attention with many heads: project, split, attend in each, join, mix.

    The parts that can be lit are "x", "project", "split", "head1" on, or all of them as "heads",
    "join", "mix" and "y".

    Raises ``ValueError`` for a ``dim`` that the heads can't share, more than six heads, and an
    unknown name in ``lit``.

    >>> axes = many_heads(dim=4, heads=2, lit=["split"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][:3]
    ['x', 'W_Q  W_K  W_V', 'split']
    """
    names = [f"head{head}" for head in range(1, heads + 1)]
    shown = [part for name in lit for part in (names if name == "heads" else [name])]
    height = max(3.0, 1.15 * heads + 0.9)
    drawing, middle = Drawing(19.0, height, shown), height / 2 - 0.15
    drawing.box("x", (0.9, middle), "x", 1.0, 1.4, kind="value")
    drawing.box("project", (4.1, middle), "W_Q  W_K  W_V", 2.5, 1.4)
    drawing.box("split", (7.6, middle), "split", 1.2, height - 0.8, kind="step")
    drawing.box("join", (13.4, middle), "join", 1.2, height - 0.8, kind="step")
    drawing.box("mix", (15.8, middle), "W_O", 1.2, 1.4)
    drawing.box("y", (18.2, middle), "y", 1.0, 1.4, kind="value")
    for head, name in enumerate(names):
        y = middle + 1.15 * ((heads - 1) / 2 - head)
        drawing.box(name, (10.5, y), f"attend · head {head + 1}", 3.0, 0.75, kind="step")
        drawing.arrow((8.2, y), name, name=name)
        drawing.arrow(name, (12.8, y), name=name)
    width = dim // heads
    drawing.arrow("x", "project", text=f"(T, {dim})")
    drawing.arrow("project", "split", text=f"3 × (T, {dim})", text_at=(6.18, middle + 0.3))
    drawing.arrow("join", "mix")
    drawing.arrow("mix", "y")
    drawing.label((10.5, height - 0.2), f"in each head (T, {width})", names[0])
    drawing.label((14.6, middle + 0.3), f"(T, {dim})", "join")
    drawing.label((17.05, middle + 0.3), f"(T, {dim})", "y")
    return drawing.finish()


def _rows(values: ArrayLike) -> np.ndarray:
    return np.asarray(values, dtype=float)


def _first(name: str) -> str:
    """The part as whose shade a row's title is written."""
    return f"{ROWS[name]}0" if name in ROWS else name


def _spread(lit: Sequence[str], count: int) -> list[str]:
    """Names of rows made into the names of all their parts."""
    return [part for name in lit for part in _of(name, count)]


def _of(name: str, count: int) -> Iterable[str]:
    row = [f"{ROWS[name]}{place}" for place in range(count)] if name in ROWS else []
    return row if row and name != "scores" else [*row, name]


def _number(value: float) -> str:
    """Two digits at most, and the signs as they are printed.

    >>> _number(2.0), _number(0.917), _number(-np.inf)
    ('2', '0.92', '−∞')
    """
    if np.isneginf(value):
        return "−∞"
    return f"{value:.2f}".rstrip("0").rstrip(".").replace("-", "−") if value else "0"


def _numbers(vector: ArrayLike) -> str:
    return "  ".join(map(_number, np.atleast_1d(np.asarray(vector, dtype=float))))
