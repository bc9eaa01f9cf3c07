"""What may come next: the likeliest tokens, and what is left of them to draw from. Notebook 14."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from lmteach.checks import ROUNDING
from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, GREY, use_style
from lmteach.plots.symbols import visible
from lmteach.typed import typed


@typed
def next_token_bars(
    own: ArrayLike,
    names: Sequence[str],
    drawn: ArrayLike | None = None,
    shown: int = 12,
    axes: Axes | None = None,
    title: str = "",
) -> Axes:
    """Draw a bar for each of the likeliest tokens, the likeliest on top, and return the axes.

    ``own`` (V,) are the model's probabilities, ``names`` the V tokens; ``shown`` of them get a
    bar. With ``drawn`` (V,), the probabilities of the draw, the model's own are wide and grey and
    these narrow and blue; a token that was cut has no blue at all. Spaces and line ends are
    written ␣ and ⏎. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if there is not one name and one probability of each kind for each token,
    between 0 and 1.

    >>> axes = next_token_bars([0.2, 0.7, 0.1], ["a", " the", "of"], drawn=[0, 1, 0], shown=2)
    >>> [label.get_text() for label in axes.get_yticklabels()]
    ['␣the', 'a']
    """
    given = np.asarray(own, dtype=float)
    left = None if drawn is None else np.asarray(drawn, dtype=float)
    for name, shares in (("own", given), ("drawn", left)):
        if shares is not None and not ((shares >= 0) & (shares <= 1 + ROUNDING)).all():
            raise ValueError(f"{name} has entries outside 0 to 1, expected probabilities.")
    if given.shape != (len(names),) or (left is not None and left.shape != given.shape):
        also = "" if left is None else f", drawn has shape {left.shape}"
        raise ValueError(
            f"own has shape {given.shape}{also}, and there are {len(names)} names; expected one "
            "probability and one name for each token."
        )
    if shown < 1:
        raise ValueError(f"shown is {shown}, expected at least one token to draw a bar for.")
    use_style()
    order = np.argsort(-given, kind="stable")[:shown]
    if axes is None:
        _, axes = plt.subplots(figsize=(6, 0.8 + 0.3 * len(order)))
    places = range(len(order))
    if left is None:
        axes.barh(places, given[order], 0.8, color=BLUE)
    else:
        axes.barh(places, given[order], 0.8, color=GREY, alpha=0.4, label="the model's own")
        axes.barh(places, left[order], 0.4, color=BLUE, label="the draw's")
    written = ["".join(map(visible, names[token])) for token in order]
    axes.set_yticks(places, written, parse_math=False)
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.3g} %")
    axes.set_title(title)
    return literal(axes)
