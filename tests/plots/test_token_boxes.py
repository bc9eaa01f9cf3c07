"""Boxes around tokens: none covers another, and each line has its width."""

from itertools import pairwise

import matplotlib.pyplot as plt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from lmteach.plots.token_boxes import COLOURS, token_boxes


def boxes(tokens: list[str], width: int) -> list[tuple[float, float, float, str]]:
    """Line, start and width of each box, and its colour."""
    axes = token_boxes(tokens, width)
    found = [patch for patch in axes.patches if isinstance(patch, Rectangle)][::2]
    plt.close(axes.get_figure(root=True))
    return [
        (box.get_y(), box.get_x(), box.get_width(), to_hex(box.get_facecolor())) for box in found
    ]


def test_places_by_hand() -> None:
    found = boxes(["the", "狼", "⏎", "abcdef", "gh"], width=7)
    assert [(line, round(start), round(width)) for line, start, width, _ in found] == [
        (0, 0, 3),
        (0, 3, 2),
        (0, 5, 1),
        (1, 0, 6),
        (2, 0, 2),
    ]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text("ab狼", min_size=1, max_size=6), min_size=1, max_size=20))
def test_boxes_stand_side_by_side(tokens: list[str]) -> None:
    found = boxes(tokens, width=12)
    assert len(found) == len(tokens)
    for (line, start, width, colour), (after, next_start, _, next_colour) in pairwise(found):
        assert colour != next_colour
        if line == after:
            assert start + width < next_start < start + width + 0.2
        else:
            assert after == line + 1
            assert next_start < 0.1
    assert all(start + width <= 12 for _, start, width, _ in found)


def test_tokens_are_written_and_drawn() -> None:
    axes = token_boxes(["$x$", "<b>", "狼"])
    axes.get_figure(root=True).canvas.draw()  # a "$" is no formula, and there is a Chinese font
    assert [text.get_text() for text in axes.texts] == ["$x$", "<b>", "狼"]
    assert len(set(COLOURS)) == len(COLOURS) >= 3
    plt.close()


@pytest.mark.parametrize(("tokens", "width"), [([], 10), (["a"], 0)])
def test_nothing_to_draw(tokens: list[str], width: int) -> None:
    with pytest.raises(ValueError, match=rf"there are {len(tokens)} tokens for lines of {width}"):
        token_boxes(tokens, width)
