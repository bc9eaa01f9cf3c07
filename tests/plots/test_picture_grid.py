"""Pictures in a grid: where each lies, what is written below, what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.plots.picture_grid import picture_grid


def test_every_picture_lies_in_its_place():
    pictures = np.random.default_rng(0).integers(0, 256, (5, 12, 12, 3)).astype(np.uint8)
    sheet = picture_grid(pictures, columns=3, title="five").images[0].get_array()
    assert sheet.shape == (2 * 13, 3 * 14, 3)
    for place, picture in enumerate(pictures):
        row, column = divmod(place, 3)
        tile = sheet[13 * row : 13 * row + 12, 14 * column : 14 * column + 12]
        np.testing.assert_allclose(tile, picture / 255)
    assert (sheet[13:, 28:] == 1).all()
    plt.close("all")


def test_words_are_below_their_pictures_and_long_ones_broken():
    axes = picture_grid(np.zeros((2, 12, 12, 3)), ["short", "a name of many words"], title="a")
    short, long = axes.texts
    assert short.get_position() == (6, 12 * 1.06)
    assert long.get_text() == "a name of many\nwords"
    assert axes.get_title(loc="left") == "a"
    assert picture_grid(np.zeros((1, 8, 8, 3)), ["$5 to $6"]).texts[0].get_parse_math() is False
    plt.close("all")


@pytest.mark.parametrize(
    ("pictures", "words", "message"),
    [
        (np.zeros((2, 8, 8)), None, r"expected \(B, height, width, 3\)"),
        (np.zeros((0, 8, 8, 3)), None, "none of them 0"),
        (np.zeros((2, 8, 8, 3)), ["one"], "1 words for 2 pictures"),
    ],
)
def test_what_cant_be_drawn_is_refused(pictures, words, message):
    with pytest.raises(ValueError, match=message):
        picture_grid(pictures, words)
