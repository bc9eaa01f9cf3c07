"""Strips and coloured text: the arrays behind the pictures, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.gates import coloured_text, gate_strips


def test_strips_hold_the_values_in_order_on_one_scale():
    axes = gate_strips({"forget": [0.9, 0.1, 0.5], "input": [0.0, 1.0, 0.25]}, "$ \n")
    (image,) = axes.images
    np.testing.assert_array_equal(image.get_array(), [[0.9, 0.1, 0.5], [0.0, 1.0, 0.25]])
    assert image.get_clim() == (0.0, 1.0)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["$", "␣", "⏎"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["forget", "input"]


def test_strips_draw_into_given_axes():
    _, axes = plt.subplots()
    drawn = gate_strips({"a": [0.0]}, "x", axes=axes, title="one", lowest=-1.0)
    assert drawn is axes
    assert axes.get_title(loc="left") == "one"
    assert axes.images[0].get_clim() == (-1.0, 1.0)


def test_text_is_written_in_lines_on_its_colours():
    axes = coloured_text([-1, 0, 1, 0.5, -0.5], "ab $d", width=3)
    assert "".join(letter.get_text() for letter in axes.texts) == "ab␣$d"
    places = [letter.get_position() for letter in axes.texts]
    assert places == [(0, 0), (1, 0), (2, 0), (0, 1), (1, 1)]
    grounds = [patch.get_facecolor() for patch in axes.patches]
    brightness = [sum(ground[:3]) for ground in grounds]
    assert np.argsort(brightness).tolist() == [0, 4, 1, 3, 2]
    assert [letter.get_color() for letter in axes.texts] == [
        "white", "black", "black", "black", "white",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: gate_strips({}, "a"), "rows is empty"),
        (lambda: gate_strips({"forget": [0.1]}, "ab"), r"forget has shape \(1,\).*2 letters"),
        (lambda: gate_strips({"forget": []}, ""), "at least one"),
        (lambda: coloured_text([0.1], "ab"), r"values has shape \(1,\)"),
        (lambda: coloured_text([0.1], "a", width=0), "width is 0"),
    ],
)
def test_what_does_not_fit_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
