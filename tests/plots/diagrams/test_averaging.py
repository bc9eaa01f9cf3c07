"""The diagram of notebook 19: what is written, what leads where, what is lit, what is refused."""

import pytest
from matplotlib.colors import to_hex

from lmteach.plots.diagrams.averaging import averaging_network
from lmteach.plots.diagrams.drawing import INK

WORDS = ["a", "dull", "film"]


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def black_arrows(axes):
    arrows = [getattr(text, "arrow_patch", None) for text in axes.texts]
    return sum(one is not None and to_hex(one.get_edgecolor()) == INK for one in arrows)


def strong(axes):
    return sum(patch.get_linewidth() == 2.6 for patch in axes.patches)


def test_each_word_has_a_row_and_dropout_comes_twice():
    found = texts(averaging_network(WORDS))
    assert [text for text in found if text.startswith("row")] == ["row a", "row dull", "row film"]
    assert found.count("dropout") == 2
    assert found.index("mean") < found.index("d + H x") < found.index("ReLU")
    assert found[-2:] == ["b + u h", "log odds"]


@pytest.mark.parametrize("count", [1, 2, 4])
def test_all_is_joined(count):
    assert black_arrows(averaging_network(["word"] * count)) == 2 * count + 6


def test_parts_can_be_lit():
    axes = averaging_network(WORDS, lit=["drop1", "drop2"])
    assert (strong(axes), black_arrows(axes)) == (2, 0)
    axes = averaging_network(WORDS, lit=["w2", "x2", "mean"])
    assert (strong(axes), black_arrows(axes)) == (3, 2)


@pytest.mark.parametrize(
    ("words", "lit", "message"),
    [
        ([], (), "expected 1 to 4 words"),
        (["a"] * 5, (), "expected 1 to 4 words"),
        (["a", ""], (), "none of them empty"),
        (["a"], ["w2"], "no part is called 'w2'"),
    ],
)
def test_what_cant_be_drawn_is_refused(words, lit, message):
    with pytest.raises(ValueError, match=message):
        averaging_network(words, lit)
