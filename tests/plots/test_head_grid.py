"""All heads at a glance: where each map lies, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.head_grid import head_grid


def test_every_map_lies_in_its_row_and_column():
    weights = np.random.default_rng(0).dirichlet(np.ones(5), size=(2, 3, 4))
    axes = head_grid(weights, title="heads")
    sheet = np.ma.filled(axes.images[0].get_array(), np.nan)
    assert sheet.shape == (2 * 4 + 1, 3 * 5 + 2)
    for layer, head in np.ndindex(2, 3):
        tile = sheet[5 * layer : 5 * layer + 4, 6 * head : 6 * head + 5]
        np.testing.assert_array_equal(tile, weights[layer, head])
    assert np.isnan(sheet[4]).all()
    assert np.isnan(sheet[:, [5, 11]]).all()
    assert axes.get_xticks().tolist() == [2, 8, 14]
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["0", "1"]
    assert axes.get_title(loc="left") == "heads"
    plt.close(axes.figure)


def test_it_draws_into_given_axes():
    figure, given = plt.subplots()
    assert head_grid(np.ones((1, 1, 1, 1)), axes=given) is given
    plt.close(figure)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones((2, 3, 3)), r"shape \(2, 3, 3\), expected \(layers, heads, queries, keys\)"),
        (np.ones((0, 1, 3, 3)), "none of them 0"),
        (np.full((1, 1, 2, 2), 1.5), "outside 0 to 1"),
        (np.full((1, 1, 2, 2), np.nan), "outside 0 to 1"),
    ],
)
def test_bad_weights(weights, message):
    with pytest.raises(ValueError, match=message):
        head_grid(weights)
