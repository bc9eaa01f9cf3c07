"""Pictures and names, each through an encoder of its own into one space. Notebook 23."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from lmteach.checks import check_whole, checked_by
from lmteach.plots.diagrams.drawing import Drawing
from lmteach.typed import typed

SMALL = "₀₁₂₃₄₅"
MOST = 5  # pairs: the table gets too small for more


def _check(pairs: int) -> None:
    check_whole("pairs", pairs, at_least=2)
    if pairs > MOST:
        raise ValueError(f"pairs is {pairs}, expected at most {MOST}: the table gets too small.")


@typed
@checked_by(_check)
def two_encoders(pairs: int = 3, lit: Sequence[str] = ()) -> Axes:
    """Draw two encoders and the table in which every picture meets every name.

    The parts that can be lit are "pictures", "names", "picture encoder", "name encoder", and the
    cells of the table: "cell00" of the first picture and the first name, "cell01" of the first
    picture and the second name.

    Raises ``ValueError`` for less than two pairs or more than five, and an unknown name in ``lit``.

    >>> axes = two_encoders(2)
    >>> [text.get_text() for text in axes.texts if text.get_text()][:4]
    ['pictures', 'picture\\nencoder', 'names', 'name\\nencoder']
    """
    size = 1.1
    side = size * pairs
    drawing = Drawing(8.4 + side, 4.1 + side, lit)
    left, low = 8.0, 0.3  # the table's corner
    middle = low + side / 2
    drawing.box("pictures", (1.1, middle), "pictures", 1.8, 0.9, kind="value")
    drawing.box("picture encoder", (4.0, middle), "picture\nencoder", 2.0, 1.4)
    above = low + side + 2.9
    drawing.box("names", (left + side / 2 - 3.4, above), "names", 1.8, 0.9, kind="value")
    drawing.box("name encoder", (left + side / 2, above), "name\nencoder", 2.0, 1.4)
    drawing.arrow("pictures", "picture encoder")
    drawing.arrow("names", "name encoder")
    for picture in range(pairs):
        y = low + side - size * (picture + 0.5)
        drawing.box(f"u{picture}", (6.7, y), f"u{SMALL[picture + 1]}", 0.8, 0.8, kind="value")
        drawing.arrow("picture encoder", f"u{picture}")
    for name in range(pairs):
        x = left + size * (name + 0.5)
        drawing.box(
            f"v{name}", (x, low + side + 0.8), f"v{SMALL[name + 1]}", 0.8, 0.8, kind="value"
        )
        drawing.arrow("name encoder", f"v{name}")
    for picture in range(pairs):
        for name in range(pairs):
            own = picture == name
            place = left + size * (name + 0.5), low + side - size * (picture + 0.5)
            drawing.box(
                f"cell{picture}{name}",
                place,
                f"s{SMALL[picture + 1]}{SMALL[name + 1]}",
                1.0,
                1.0,
                kind="step" if own else "layer",
            )
    return drawing.finish()
