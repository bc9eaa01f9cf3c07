"""How a word grows together: the tree of its merges. Seen in notebook 12."""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from lmteach.checks import checked_by
from lmteach.plots.literal import literal
from lmteach.plots.style import BLUE, GREY, monospace, use_style
from lmteach.typed import typed


def _spans(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """Where each token begins and ends in the word."""
    ends = list(accumulate(map(len, tokens)))
    return list(zip([0, *ends], ends, strict=False))


def check_steps(steps: Sequence[Sequence[str]]) -> None:
    """Say why some steps are not those of one word that grows.

    Raises ``ValueError`` for steps of several words, or that no merge leads to.

    >>> check_steps([["l", "o", "w"], ["low"]])
    """
    words = {"".join(tokens) for tokens in steps}
    if len(words) != 1 or words == {""}:
        raise ValueError(f"the steps make the words {sorted(words)}, expected one and the same.")
    for before, after in pairwise(steps):
        if not {*accumulate(map(len, after))} < {*accumulate(map(len, before))}:
            raise ValueError(
                f"the step {list(after)} is no merge of the one before, {list(before)}, expected "
                "neighbours that were joined."
            )


@typed
@checked_by(check_steps)
def merge_tree(steps: Sequence[Sequence[str]], axes: Axes | None = None) -> Axes:
    """Draw the tree of a word, its letters below and its tokens on top, and return the axes.

    ``steps`` are the tokens of the word at first and after each merge, as strings that make the
    same word when joined. Each merge is one storey higher than the last, and joins with lines what
    it is made of. Draws into ``axes`` if given, else into a new figure.

    Raises ``ValueError`` if there is no step, the steps make different words, or one is no merge
    of the one before.

    >>> axes = merge_tree([["l", "o", "w"], ["lo", "w"], ["low"]])
    >>> [text.get_text() for text in axes.texts]
    ['l', 'o', 'w', 'lo', 'low']
    """
    use_style()
    size = len("".join(steps[0]))
    if axes is None:
        _, axes = plt.subplots(figsize=(1.2 + 0.8 * size, 1 + 0.55 * len(steps)))
    axes.set_axis_off()
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(-0.5, len(steps) - 0.3)
    last = set(_spans(steps[-1]))
    storeys: dict[tuple[int, int], int] = {}  # how high each token stands
    for storey, tokens in enumerate(steps):
        for token, (start, end) in zip(tokens, _spans(tokens), strict=True):
            if (start, end) in storeys:
                continue
            middle = (start + end - 1) / 2
            if storey:
                for first, second in _spans(steps[storey - 1]):
                    if start <= first and second <= end:
                        below = (first + second - 1) / 2, storeys[first, second]
                        axes.plot(
                            [middle, below[0]], [storey, below[1]], color=GREY, lw=1.5, zorder=1
                        )
            storeys[start, end] = storey
            axes.text(
                middle,
                storey,
                token,
                fontsize=15,
                family=monospace(),
                color=BLUE if (start, end) in last else "black",
                weight="bold" if (start, end) in last else "normal",
                ha="center",
                va="center",
                parse_math=False,
                bbox={"boxstyle": "round,pad=0.2", "fc": "white", "ec": GREY},
            )
    return literal(axes)
