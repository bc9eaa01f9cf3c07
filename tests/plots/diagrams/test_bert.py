"""The drawing of a BERT: its parts and shapes, what is lit, and what is refused."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.diagrams.bert import LIGHTS, bert

PALE = "#8a8a8a"


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def dark(axes):
    return {text.get_text() for text in axes.texts if text.get_text() and text.get_color() != PALE}


def test_every_part_is_there_with_its_shape():
    found = texts(bert())
    assert {"ids (B, T)", "words, V × D", "positions, T × D", "segments, 2 × D"} <= set(found)
    assert {"attention to all", "words again, D × V", "logits (B, T, V)"} <= set(found)
    assert {"linear, tanh", "(B, D)", "logits (B, labels)"} <= set(found)
    assert found.count("LayerNorm") == 4
    assert found.count("+") == 3


@pytest.mark.parametrize(
    ("lit", "bright", "dim"),
    [
        ("embedding", "segments, 2 × D", "layer 1"),
        ("layers", "layer L", "LayerNorm"),
        ("attention", "attention to all", "D → 4 D, GELU, → D"),
        ("feed-forward", "D → 4 D, GELU, → D", "attention to all"),
        ("norms", "LayerNorm", "layer 1"),
        ("masked", "logits (B, T, V)", "logits (B, labels)"),
        ("classifier", "linear, tanh", "words again, D × V"),
    ],
)
def test_what_is_lit_stands_out(lit, bright, dim):
    shown = dark(bert(lit=[lit]))
    assert bright in shown
    assert dim not in shown


def test_every_light_is_tried():
    assert len(LIGHTS) == 7


def test_texts_stand_apart():
    axes = bert()
    axes.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text()]
    overlapping = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert not overlapping


def test_what_is_unknown_is_refused():
    with pytest.raises(ValueError, match="lit is 'gate', expected one of 'embedding'"):
        bert(lit=["gate"])


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")
