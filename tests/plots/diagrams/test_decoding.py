"""The drawing of prefill and decode: its parts, what is lit, and what is refused."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.diagrams.decoding import LIGHTS, prefill_and_decode

PROMPT, NEW = ("The", " city", " of"), (" London", " was", " first")
PALE = "#8a8a8a"


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def dark(axes):
    return {text.get_text() for text in axes.texts if text.get_text() and text.get_color() != PALE}


def test_every_token_that_is_read_leaves_a_key_and_a_value():
    found = texts(prefill_and_decode(PROMPT, NEW))
    assert found.count("logits") == 3
    for number in "₁₂₃₄₅":
        assert {f"k{number}", f"v{number}", f"q{number}  k{number}  v{number}"} <= set(found)
    assert "k₆" not in found  # the last token is chosen, and nobody reads it


def test_a_query_asks_all_keys_so_far():
    found = texts(prefill_and_decode(PROMPT, NEW))
    assert [one for one in found if "asks" in one] == [
        "q₃ asks k₁ … k₃",
        "q₄ asks k₁ … k₄",
        "q₅ asks k₁ … k₅",
    ]
    assert "q₁ asks k₁" in texts(prefill_and_decode(PROMPT[:1], NEW[:1]))


def test_chosen_tokens_are_read_next():
    found = texts(prefill_and_decode(PROMPT, NEW))
    assert [found.count(token) for token in NEW] == [2, 2, 1]
    assert "decode: one token a step" not in texts(prefill_and_decode(PROMPT, NEW[:1]))


@pytest.mark.parametrize(
    ("lit", "bright", "dim"),
    [
        ("query", "q₅ asks k₁ … k₅", "q₄ asks k₁ … k₄"),
        ("prefill", "q₁  k₁  v₁", "q₄  k₄  v₄"),
        ("decode", "q₄  k₄  v₄", "q₁  k₁  v₁"),
        ("cache", "k₁", "logits"),
        ("choice", "logits", "k₁"),
    ],
)
def test_what_is_lit_stands_out(lit, bright, dim):
    shown = dark(prefill_and_decode(PROMPT, NEW, lit=[lit]))
    assert bright in shown
    assert dim not in shown


@pytest.mark.parametrize("lit", LIGHTS)
def test_every_light_is_there_in_the_smallest_drawing(lit):
    assert prefill_and_decode(PROMPT[:1], NEW[:1], lit=[lit]).texts


def test_texts_stand_apart():
    axes = prefill_and_decode(PROMPT, NEW)
    figure = axes.figure
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in axes.texts if t.get_text()]
    overlapping = [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert not overlapping


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="lit is 'heap', expected one of 'prefill'"):
        prefill_and_decode(PROMPT, NEW, lit=["heap"])
    with pytest.raises(ValueError, match="0 tokens in the prompt and 3 new ones"):
        prefill_and_decode((), NEW)
    with pytest.raises(ValueError, match="3 tokens in the prompt and 0 new ones"):
        prefill_and_decode(PROMPT, ())


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")
