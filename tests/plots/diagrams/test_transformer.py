"""The Transformer, drawn: its parts, their shapes, and what is lit."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.transformer import AROUND, WHOLE, around_a_part, encoder_decoder


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def shown(axes):
    """The texts that are not pale."""
    return [t.get_text() for t in axes.texts if t.get_text() and t.get_color() == INK]


def heights(axes):
    return {t.get_text(): t.get_position()[1] for t in axes.texts if t.get_text()}


def test_every_part_of_2017_is_there_as_often_as_there():
    found = texts(encoder_decoder())
    once = ["self-attention", "self-attention, masked", "cross-attention", "memory", "positions"]
    once += ["linear: D → V", "softmax", "ids of the source", "ids written so far"]
    assert [found.count(part) for part in once] == [1] * len(once)
    assert found.count("add & norm") == 5
    assert found.count("feed-forward") == found.count("embedding · √D") == 2
    assert found.count("+") == found.count("N layers") == 2


def test_shapes_stand_beside_what_flows():
    found = texts(encoder_decoder())
    shapes = ["(B, S)", "(B, T)", "(B, S, D)", "(B, T, D)", "(B, T, V)"]
    assert [found.count(shape) for shape in shapes] == [1, 1, 2, 2, 1]


def test_the_decoder_looks_at_itself_then_across_then_thinks():
    places = heights(encoder_decoder())
    order = ["self-attention, masked", "cross-attention", "linear: D → V", "softmax"]
    assert sorted(order, key=places.get) == order


@pytest.mark.parametrize(
    ("lit", "expected"),
    [
        (
            ["cross-attention"],
            {"cross-attention", "memory", "(B, S, D)", "keys,\nvalues", "queries"},
        ),
        (["feed-forward"], {"feed-forward"}),
        (["norms"], {"add & norm"}),
        (["paths"], set()),
        (["output"], {"linear: D → V", "softmax", "(B, T, V)", "what comes next"}),
        (["encoder"], {"self-attention", "feed-forward", "add & norm", "N layers"}),
    ],
)
def test_what_is_lit_stands_out(lit, expected):
    assert set(shown(encoder_decoder(lit=lit))) == expected


@pytest.mark.parametrize("name", WHOLE)
def test_every_group_can_be_lit(name):
    assert texts(encoder_decoder(lit=[name])) == texts(encoder_decoder())


def test_the_norm_stands_after_the_sum_or_before_the_part():
    axes = around_a_part()
    places = [(t.get_text(), *t.get_position()) for t in axes.texts if t.get_text()]
    middle = sum(axes.get_xlim()) / 2
    post = {text: y for text, x, y in places if x < middle}
    pre = {text: y for text, x, y in places if x > middle}
    assert post["x"] < post["f"] < post["+"] < post["norm"] < post["y"]
    assert pre["x"] < pre["norm"] < pre["f"] < pre["+"] < pre["y"]


@pytest.mark.parametrize("name", AROUND)
def test_each_side_can_be_lit(name):
    assert texts(around_a_part(lit=[name])) == texts(around_a_part())


@pytest.mark.parametrize("draw", [encoder_decoder, around_a_part])
def test_an_unknown_part_is_refused(draw):
    with pytest.raises(ValueError, match="no part is called 'bottleneck', expected '"):
        draw(lit=["bottleneck"])
