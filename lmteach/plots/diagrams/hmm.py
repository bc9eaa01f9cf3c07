"""Hidden Markov models: who follows whom and who emits what, and what a model expects of a text.

Drawn in notebooks 03 (the graph) and 04 (expected counts).
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes

from lmteach.checks import check_distribution, check_table, checked_by
from lmteach.plots.diagrams.drawing import Drawing, Point
from lmteach.typed import typed

MOST_SYMBOLS, MOST_STEPS = 5, 6  # below two states, along a trellis: more can't be read
APART = 2.9  # from one step of the trellis to the next


def _check_names(states: Sequence[str], symbols: Sequence[str]) -> None:
    names = ["start", *states, *symbols]
    if len(states) != 2 or not 1 <= len(symbols) <= MOST_SYMBOLS or len(set(names)) < len(names):
        raise ValueError(
            f"states are {list(states)} and symbols are {list(symbols)}, expected two states and "
            f"1 to {MOST_SYMBOLS} symbols, each with a name of its own, none of them 'start'."
        )


def _check_graph(
    initial: np.ndarray,
    transition: np.ndarray,
    emission: np.ndarray,
    states: Sequence[str],
    symbols: Sequence[str],
) -> None:
    _check_names(states, symbols)
    check_distribution("initial", initial, (2,), "(N,)")
    check_distribution("transition", transition, (2, 2), "(N, N)")
    check_distribution("emission", emission, (2, len(symbols)), "(N, V)")


@typed
@checked_by(_check_graph)
def states_and_emissions(
    initial: Float[np.ndarray, " states"],
    transition: Float[np.ndarray, "states states"],
    emission: Float[np.ndarray, "states vocab"],
    states: Sequence[str],
    symbols: Sequence[str],
    lit: Sequence[str] = (),
) -> Axes:
    """Draw a model of two states: the start, the states, and what they emit, with all numbers.

    The parts that can be lit are "start", the states and the symbols by their names, and the
    arrows: "start→A" for a state A, "A→B" from state to state, "A→x" for a symbol x.

    Raises ``ValueError`` for other than two states, no symbols or more than five, a name that
    stands twice, rows that don't sum to 1, and an unknown name in ``lit``.

    >>> half = np.full((2, 2), 0.5)
    >>> axes = states_and_emissions(half[0], half, half, states=["A", "B"], symbols=["x", "y"])
    >>> [text.get_text() for text in axes.texts if text.get_text()][:4]
    ['start', 'A', 'B', 'x']
    """
    width = max(12.0, 2.6 * len(symbols) + 1.0)
    drawing = Drawing(width, 8.6, lit)
    middle, level = width / 2, 4.4
    places = {states[0]: (middle - 3.4, level), states[1]: (middle + 3.4, level)}
    drawing.box("start", (middle, 7.6), "start", 1.7, 0.8, kind="step")
    for state, centre in places.items():
        drawing.circle(state, centre, state, 1.9, kind="layer")
    for column, symbol in enumerate(symbols):
        x = middle + 2.6 * (column - (len(symbols) - 1) / 2)
        drawing.box(symbol, (x, 0.6), symbol, 2.0, 0.8, kind="value")
    for place, state in enumerate(states):
        x, y = places[state]
        side = -1 if place == 0 else 1
        other = states[1 - place]
        drawing.arrow(
            "start",
            state,
            _number(initial[place]),
            name=f"start→{state}",
            text_at=(middle + side * 2.0, 6.55),
        )
        drawing.arrow(  # a loop, outside
            (x + side * 0.55, y + 0.78),
            (x + side * 0.93, y + 0.2),
            _number(transition[place, place]),
            via=[
                (x + side * 0.55, y + 1.25),
                (x + side * 1.5, y + 1.25),
                (x + side * 1.5, y + 0.2),
            ],
            name=f"{state}→{state}",
            text_at=(x + side * 1.05, y + 1.5),
        )
        lift = 0.28 if place == 0 else -0.28
        drawing.arrow(
            (x - side * 0.92, y + lift),
            (places[other][0] + side * 0.92, y + lift),
            _number(transition[place, 1 - place]),
            name=f"{state}→{other}",
            text_at=(middle, y + 2 * lift),
        )
        for column, symbol in enumerate(symbols):
            end = (drawing.parts[symbol].x + side * 0.35, 1.0)
            begin = drawing.parts[state].edge(end)
            at = _along(begin, end, 0.3)
            drawing.arrow(
                begin, end, _number(emission[place, column]), name=f"{state}→{symbol}", text_at=at
            )
            _on_its_line(drawing)
    return drawing.finish()


def _check_counts(
    in_state: np.ndarray, moves: np.ndarray, states: Sequence[str], symbols: Sequence[str]
) -> None:
    steps, count = len(symbols), len(states)
    if not 2 <= steps <= MOST_STEPS or not 1 <= count <= 2 or len(set(states)) < count:
        raise ValueError(
            f"states are {list(states)} and symbols are {list(symbols)}, expected 2 to "
            f"{MOST_STEPS} symbols, and one state or two, each with a name of its own."
        )
    check_table("in_state", in_state, (steps, count), "(T, N)")
    check_table("moves", moves, (steps - 1, count, count), "(T - 1, N, N)")


@typed
@checked_by(_check_counts)
def counts_on_trellis(
    in_state: Float[np.ndarray, "time states"],
    moves: Float[np.ndarray, "_ states states"],
    states: Sequence[str],
    symbols: Sequence[str],
    lit: Sequence[str] = (),
) -> Axes:
    """Draw the expected counts of one text on a trellis: gamma in the circles, xi on the arrows.

    ``in_state`` (T, N) and ``moves`` (T - 1, N, N) [step, from, to]; ``symbols`` are the T that
    were seen. The parts that can be lit are, for each step t from 1 and states A and B: "z1=A"
    (a circle), "z1=A→B" (the arrow to the next step) and "x1" (what was seen).

    Raises ``ValueError`` for one symbol or more than six, more than two states or none, tables
    of other shapes or with negative entries, and an unknown name in ``lit``.

    >>> in_state, moves = np.full((2, 2), 0.5), np.full((1, 2, 2), 0.25)
    >>> axes = counts_on_trellis(in_state, moves, states=["A", "B"], symbols="ab")
    >>> [text.get_text() for text in axes.texts if text.get_text()][:4]
    ['z = A', 'z = B', 'a', '0.50']
    """
    steps, count = in_state.shape
    drawing = Drawing(APART * steps + 0.6, 2.2 * count + 1.7, lit)
    levels = [1.9 + 2.2 * (count - 1 - place) for place in range(count)]
    for state, y in zip(states, levels, strict=True):
        drawing.label((0.75, y), f"z = {state}", small=False)
    for t, symbol in enumerate(symbols, start=1):
        x = APART * t - 0.6
        drawing.box(f"x{t}", (x, 0.5), symbol, 1.1, 0.7, kind="value")
        for state, y, share in zip(states, levels, in_state[t - 1], strict=True):
            drawing.circle(f"z{t}={state}", (x, y), _number(share), 1.1, kind="layer")
    for t, i, j in product(range(1, steps), range(count), range(count)):
        begin, end = (APART * t - 0.6, levels[i]), (APART * (t + 1) - 0.6, levels[j])
        drawing.arrow(
            f"z{t}={states[i]}",
            f"z{t + 1}={states[j]}",
            _number(moves[t - 1, i, j]),
            name=f"z{t}={states[i]}→{states[j]}",
            text_at=_along(begin, end, 0.5 if i == j else 0.36),
        )
        _on_its_line(drawing)
    return drawing.finish()


def _along(begin: Point, end: Point, share: float) -> Point:
    """The point of a straight arrow after this share of its way."""
    return (begin[0] + share * (end[0] - begin[0]), begin[1] + share * (end[1] - begin[1]))


def _on_its_line(drawing: Drawing) -> None:
    """Give the text written last a white ground, so that it can stand on its arrow."""
    text = drawing.axes.texts[-1]
    text.set(bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5}, ha="center")


def _number(value: float) -> str:
    return f"{value:.2f}"
