"""The diagram of notebook 20: what is written, what leads where, what is lit, what is refused."""

import pytest
from matplotlib.colors import to_hex

from lmteach.plots.diagrams.copying import copying_circuit
from lmteach.plots.diagrams.drawing import INK


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def black_arrows(axes):
    arrows = [getattr(text, "arrow_patch", None) for text in axes.texts]
    return sum(one is not None and to_hex(one.get_edgecolor()) == INK for one in arrows)


def strong(axes):
    return sum(patch.get_linewidth() == 2.6 for patch in axes.patches)


def test_the_first_token_stands_twice_and_the_second_is_said():
    found = texts(copying_circuit(["a", "b"]))
    assert found.count("a") == found.count("b") == 2
    assert {"b, after a", "after a came?", "copy"} < set(found)
    assert black_arrows(copying_circuit(["a", "b"])) == 6


def test_each_head_can_be_lit():
    for name, boxes, arrows in (("previous", 3, 2), ("copying", 5, 4)):
        axes = copying_circuit(lit=[name])
        assert (strong(axes), black_arrows(axes)) == (boxes, arrows)


@pytest.mark.parametrize(
    ("tokens", "lit", "message"),
    [
        (["a"], (), "two that differ"),
        (["a", "a"], (), "two that differ"),
        (["a", ""], (), "two that differ"),
        ("ab", (), "two that differ"),
        (["a", "b"], ["third"], "lit is 'third'"),
    ],
)
def test_what_cant_be_drawn_is_refused(tokens, lit, message):
    with pytest.raises(ValueError, match=message):
        copying_circuit(tokens, lit)
