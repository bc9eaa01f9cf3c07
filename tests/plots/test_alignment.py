"""The lines of an alignment: where they end, how wide they are, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.alignment import alignment

WEIGHTS = [[0.98, 0.02, 0.0], [0.0, 0.5, 0.5]]


def test_a_line_for_each_weight_that_can_be_seen():
    axes = alignment(WEIGHTS, source="ab$", target=["K", "AE"])
    drawn = [(*line.get_xdata(), line.get_linewidth()) for line in axes.lines]
    assert drawn == [(0.5, 0.0, 9 * 0.98), (1.5, 1.0, 4.5), (1.5, 2.0, 4.5)]
    places = {text.get_text(): text.get_position() for text in axes.texts}
    assert places == {"a": (0, 1), "b": (1, 1), "$": (2, 1), "K": (0.5, 0), "AE": (1.5, 0)}
    plt.close(axes.figure)


def test_it_draws_into_given_axes():
    figure, given = plt.subplots()
    assert alignment(WEIGHTS, "abc", ["K", "AE"], axes=given, title="a word") is given
    assert given.get_title(loc="left") == "a word"
    plt.close(figure)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.array(WEIGHTS).T, r"shape \(3, 2\), but there are 2 targets and 3 sources"),
        ([[1.2, -0.2, 0.0], [0.0, 0.5, 0.5]], "entries outside 0 to 1"),
    ],
)
def test_bad_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        alignment(weights, source="abc", target=["K", "AE"])
