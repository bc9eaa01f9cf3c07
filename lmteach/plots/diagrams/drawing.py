"""Boxes, circles and arrows with names, from which every diagram of the collection is drawn.

A part is put down once, with its place in the units of the drawing, and is spoken of by its name
from then on: arrows go from part to part, and what is ``lit`` stands out from the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Ellipse, FancyBboxPatch, Patch, Rectangle

from lmteach.checks import check_finite, check_number, check_text, checked_by
from lmteach.plots.style import BLUE, GREEN, GREY, ORANGE, use_style
from lmteach.typed import typed

Kind = Literal["layer", "step", "value"]
Number = int | float
Point = tuple[Number, Number]

COLOURS: dict[str, str] = {"layer": BLUE, "step": ORANGE, "value": GREEN}
INK, PALE = "#1b1b1b", "#b5b5b5"
LINE = 0.02  # half of what a part's line is wide, in units of the drawing
INCH = 0.75  # of the page for a unit of the drawing
TYPE = 14.0  # points; legible from the last row at this size of the page


@dataclass(frozen=True)
class _Part:
    """A named part: its centre, half its width and height, and whether its edge is round."""

    x: float
    y: float
    half_width: Number
    half_height: Number
    round: bool = False

    def edge(self, towards: Point) -> Point:
        """Where a straight line from the centre to another point leaves the part."""
        dx, dy = towards[0] - self.x, towards[1] - self.y
        if self.round:
            length = ((dx / self.half_width) ** 2 + (dy / self.half_height) ** 2) ** 0.5
        else:
            length = max(abs(dx) / self.half_width, abs(dy) / self.half_height)
        return (self.x, self.y) if length == 0 else (self.x + dx / length, self.y + dy / length)


def _check_drawing(width: Number, height: Number) -> None:
    check_number("width", width, above=0)
    check_number("height", height, above=0)


class Drawing:
    """A ground of ``width`` × ``height`` units, (0, 0) below on the left, to draw a model on.

    ``lit`` names the parts that stand out; all the others are pale then. Nothing lit is all lit.
    There are three kinds of parts, each with its colour: a "layer" has weights, a "step" computes
    and has none, a "value" is what flows. ``finish`` returns the axes.

    Raises ``ValueError`` for a part that is put down twice, that would be cut off at the edge, and
    for one that is spoken of or lit and not there.

    >>> drawing = Drawing(5, 3, lit=["sum"])
    >>> drawing.box("input", (1, 1), "x", kind="value")
    >>> drawing.circle("sum", (3, 1), "+")
    >>> drawing.arrow("input", "sum", "(B, T, D)")
    >>> drawing.group("layer", (0.1, 0.4), 4.0, 1.2, "a layer")
    >>> drawing.label((4.5, 2.5), "then the next")
    >>> [text.get_text() for text in drawing.finish().texts if text.get_text()]
    ['x', '+', '(B, T, D)', 'a layer', 'then the next']
    """

    @typed
    @checked_by(_check_drawing)
    def __init__(self, width: Number, height: Number, lit: Sequence[str] = ()) -> None:
        use_style()
        self.parts: dict[str, _Part] = {}
        self.lit = [*lit]
        _, self.axes = plt.subplots(figsize=(INCH * width, INCH * height))
        self.axes.set(xlim=(0, width), ylim=(0, height), aspect="equal")
        self.axes.set_axis_off()
        self.axes.set_position((0, 0, 1, 1))

    @typed
    def box(
        self,
        name: str,
        centre: Point,
        text: str,
        width: Number = 1.6,
        height: Number = 0.7,
        kind: Kind = "layer",
    ) -> None:
        """Put down a box with a text in it."""
        x, y = self._place(name, centre, width, height)
        corner, style = (x - width / 2, y - height / 2), "round,pad=0,rounding_size=0.12"
        self._put(FancyBboxPatch(corner, width, height, boxstyle=style), name, kind)
        self._write((x, y), text, self._is_pale(name))

    @typed
    def circle(
        self, name: str, centre: Point, text: str, diameter: Number = 0.6, kind: Kind = "step"
    ) -> None:
        """Put down a circle with a sign in it."""
        x, y = self._place(name, centre, diameter, diameter, is_round=True)
        self._put(Ellipse((x, y), diameter, diameter), name, kind)
        self._write((x, y), text, self._is_pale(name))

    @typed
    def group(
        self, name: str, corner: Point, width: Number, height: Number, text: str = ""
    ) -> None:
        """Frame parts by dashes from the lower left ``corner`` on; the text stands above."""
        x, y = corner
        self._place(name, (x + width / 2, y + height / 2), width, height)
        pale = self._is_pale(name)
        frame = Rectangle((x, y), width, height, fill=False, linestyle="--", linewidth=1.2)
        frame.set(edgecolor=GREY if pale else INK, zorder=0)
        self.axes.add_patch(frame)
        if text:
            self._write((x + 0.1, y + height + 0.22), text, pale, ha="left")

    @typed
    def arrow(
        self,
        start: str | Point,
        end: str | Point,
        text: str = "",
        via: Sequence[Point] = (),
        name: str | None = None,
        bend: Number = 0.0,
        text_at: Point | None = None,
    ) -> None:
        """Draw an arrow from a part or a point to another one, through the points ``via``.

        It is pale unless its ``name`` is lit; without one, if both its ends are. ``bend`` makes a
        straight arrow an arc. ``text`` stands at ``text_at``, or beside the middle.
        """
        check_number("bend", bend, at_least=-1, at_most=1)
        if name is not None:
            check_text(name, empty_allowed=False)
        middle = [*via]
        first = middle[0] if middle else self._centre(end)
        last = middle[-1] if middle else self._centre(start)
        points = [self._edge(start, first), *middle, self._edge(end, last)]
        ends = [one for one in (start, end) if isinstance(one, str)]
        if name is not None:
            self.parts.setdefault(name, _Part(*points[0], 0.1, 0.1))
            ends = [name]
        pale = bool(self.lit) and not (ends and all(one in self.lit for one in ends))
        colour = PALE if pale else INK
        for (x, y), (right, above) in pairwise(points[:-1]):
            self.axes.plot([x, right], [y, above], color=colour, linewidth=1.6, zorder=1)
        self.axes.annotate(
            "",
            xy=points[-1],
            xytext=points[-2],
            arrowprops={
                "arrowstyle": "-|>,head_width=0.3,head_length=0.5",
                "color": colour,
                "linewidth": 1.6,
                "shrinkA": 0,
                "shrinkB": 0,
                "connectionstyle": f"arc3,rad={bend}",
            },
            zorder=1,
        )
        if text:
            (x, y), (right, above) = points[len(points) // 2 - 1], points[len(points) // 2]
            across = abs(right - x) > abs(above - y)
            beside = ((x + right) / 2, (y + above) / 2)
            shifted = (beside[0], beside[1] + 0.22) if across else (beside[0] + 0.15, beside[1])
            self._write(
                text_at or shifted, text, pale, ha="center" if across else "left", small=True
            )

    @typed
    def label(
        self, at: Point, text: str, name: str | None = None, small: bool = True, left: bool = False
    ) -> None:
        """Write a text; with the ``name`` of a part it is as pale as that."""
        check_finite("at", at, (2,), "(x, y)")
        if name is not None:
            check_text(name, empty_allowed=False)
        pale = name is not None and self._is_pale(name)
        self._write(at, text, pale, ha="left" if left else "center", small=small)

    def finish(self) -> Axes:
        """Return the axes. Raises ``ValueError`` for a name that is lit and not there."""
        if unknown := [name for name in self.lit if name not in self.parts]:
            raise ValueError(f"no part is called {unknown[0]!r}, expected {self._known()}.")
        return self.axes

    def _known(self) -> str:
        return ", ".join(map(repr, self.parts))

    def _place(
        self, name: str, centre: Point, width: Number, height: Number, is_round: bool = False
    ) -> Point:
        check_text(name, empty_allowed=False)
        check_finite("centre", centre, (2,), "(x, y)")
        check_number("width", width, above=0)
        check_number("height", height, above=0)
        if name in self.parts:
            raise ValueError(f"{name!r} is put down twice, expected a name of its own.")
        x, y = centre
        part = _Part(float(x), float(y), width / 2, height / 2, is_round)
        for of, at, half, (low, high) in (
            ("width", x, width / 2, self.axes.get_xlim()),
            ("height", y, height / 2, self.axes.get_ylim()),
        ):
            if at - half < low + LINE or at + half > high - LINE:
                raise ValueError(
                    f"{name!r} reaches from {at - half:g} to {at + half:g}, and its line {LINE} "
                    f"more, expected from 0 to {high:g}, the drawing's {of}: it would be cut off."
                )
        self.parts[name] = part
        return x, y

    def _part(self, name: str) -> _Part:
        if name not in self.parts:
            raise ValueError(f"no part is called {name!r}, expected {self._known()}.")
        return self.parts[name]

    def _centre(self, place: str | Point) -> Point:
        if isinstance(place, str):
            return (self._part(place).x, self._part(place).y)
        check_finite("a place", place, (2,), "(x, y)")
        return place

    def _edge(self, place: str | Point, towards: Point) -> Point:
        return self._part(place).edge(towards) if isinstance(place, str) else place

    def _is_pale(self, name: str) -> bool:
        return bool(self.lit) and name not in self.lit

    def _put(self, shape: Patch, name: str, kind: str) -> None:
        shape.set_zorder(2)
        if self._is_pale(name):
            shape.set(facecolor="#f4f4f4", edgecolor=PALE, linewidth=1.2)
        else:
            strong = name in self.lit
            face = to_rgba(COLOURS[kind], 0.30 if strong else 0.16)
            shape.set(facecolor=face, edgecolor=COLOURS[kind], linewidth=2.6 if strong else 1.6)
        self.axes.add_patch(shape)

    def _write(
        self, at: Point, text: str, pale: bool, ha: str = "center", small: bool = False
    ) -> None:
        self.axes.text(
            *at,
            text,
            ha=ha,
            va="center",
            fontsize=TYPE - 2 if small else TYPE,
            color="#8a8a8a" if pale else INK,
            parse_math=False,
            zorder=3,
        )
