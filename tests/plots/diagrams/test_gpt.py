"""The drawing of a GPT: its parts and shapes, what is lit, and what is refused."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.diagrams.gpt import LIGHTS, gpt

PALE = "#8a8a8a"


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def dark(axes):
    return {text.get_text() for text in axes.texts if text.get_text() and text.get_color() != PALE}


def test_every_part_is_there_with_its_shape():
    found = texts(gpt())
    assert {"ids (B, T)", "tokens, V × D", "positions, T × D", "logits (B, T, V)"} <= set(found)
    assert {"causal attention", "(B, H, T, K)", "GELU", "(B, T, 4 D)"} <= set(found)
    assert found.count("LayerNorm") == 3
    assert found.count("+") == 3
    assert found.count("(B, T, D)") == 3


def test_todays_form_has_other_parts_in_the_same_places():
    old, new = texts(gpt()), texts(gpt("modern"))
    changed = {(a, b) for a, b in zip(old, new, strict=True) if a != b}
    assert changed == {
        ("positions, T × D", "n-grams"),
        ("LayerNorm", "RMSNorm"),
        ("causal attention", "rotary attention"),
        ("GELU", "ReLU²"),
    }


@pytest.mark.parametrize(
    ("lit", "bright", "dim"),
    [
        ("attention", "causal attention", "GELU"),
        ("feed-forward", "GELU", "causal attention"),
        ("embedding", "tokens, V × D", "logits (B, T, V)"),
        ("output", "logits (B, T, V)", "tokens, V × D"),
        ("norms", "LayerNorm", "GELU"),
        ("blocks", "block L", "LayerNorm"),
        ("residual", "+", "LayerNorm"),
    ],
)
def test_what_is_lit_stands_out(lit, bright, dim):
    shown = dark(gpt(lit=[lit]))
    assert bright in shown
    assert dim not in shown


def test_every_light_is_tried():
    assert len(LIGHTS) == 7


@pytest.mark.parametrize("form", ["gpt2", "modern"])
def test_texts_stand_apart(form):
    axes = gpt(form)
    axes.figure.canvas.draw()
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text()]
    overlapping = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert not overlapping


def test_what_is_unknown_is_refused():
    with pytest.raises(ValueError, match="lit is 'gate', expected one of 'embedding'"):
        gpt(lit=["gate"])
    with pytest.raises(ValueError, match="form"):
        gpt("bert")


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")
