"""Names and titles as they are written: a ``$`` is a dollar, an underscore hides nothing.

Matplotlib reads what stands between two ``$`` as a formula, and leaves names with an underscore in
front out of its legends. Tokens are full of both.
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.ticker import LogFormatter

from lmteach.typed import typed


@typed
def literal(axes: Axes) -> Axes:
    """Show titles, labels and names as they are written, and return the axes.

    What an axis in factors writes itself, such as 10², stays a formula.

    >>> import matplotlib.pyplot as plt
    >>> axes = plt.figure().add_subplot(xlabel="$5 to $6")
    >>> literal(axes).xaxis.label.get_parse_math()
    False
    """
    texts = [part for part in axes.get_children() if isinstance(part, Text)]
    for axis in (axes.xaxis, axes.yaxis):
        texts.append(axis.label)
        if not isinstance(axis.get_major_formatter(), LogFormatter):
            texts += axis.get_ticklabels()
    for text in texts:
        if text.get_text():  # others may still become somebody's formula
            text.set_parse_math(False)
    return axes


@typed
def name_lines(axes: Axes, **place: Any) -> Legend:
    """Name what was drawn with a label, in a legend whose ``place`` is as Matplotlib wants it.

    A ``loc`` that begins with "outside" is beside all axes of the figure.

    >>> import matplotlib.pyplot as plt
    >>> axes = plt.figure().add_subplot()
    >>> _ = axes.plot([1, 2], label="_a$b$")
    >>> [text.get_text() for text in name_lines(axes, loc="upper left").get_texts()]
    ['_a$b$']
    """
    parts = [part for part in axes.get_children() if isinstance(part, Line2D | Patch | Collection)]
    names = [str(part.get_label() or "") for part in parts]
    named = [
        (part, name)
        for part, name in zip(parts, names, strict=True)
        if name and not name.startswith(("_child", "_nolegend_"))  # of what got no label
    ]
    where = axes.figure if str(place.get("loc")).startswith("outside") else axes
    legend = where.legend([part for part, _ in named], ["name"] * len(named), **place)
    for text, (_, name) in zip(legend.get_texts(), named, strict=True):
        text.set(text=name, parse_math=False)
    return legend
