"""Encoder and decoder, through one vector or many: what must be there, lit, refused."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import FancyBboxPatch

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.seq2seq import encoder_decoder

SOUNDS = ["T", "AH", "F", "end"]


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def boxes(axes):
    return sum(isinstance(patch, FancyBboxPatch) for patch in axes.patches)


def dark(axes):
    return {text.get_text() for text in axes.texts if to_hex(text.get_color()) == INK} - {""}


def test_a_key_for_each_letter_a_state_for_each_sound_and_one_summary():
    axes = encoder_decoder("tough", SOUNDS)
    found = texts(axes)
    assert [text for text in found if text.startswith("k")] == ["k₁", "k₂", "k₃", "k₄", "k₅"]
    assert [text for text in found if text.startswith("h") and text != "h"] == [
        "h₁",
        "h₂",
        "h₃",
        "h₄",
    ]
    assert found.count("summary") == 1
    assert [found.count(sound) for sound in ("T", "AH", "F", "start", "end")] == [2, 2, 2, 1, 1]
    assert boxes(axes) == 5 + 5 + 1 + 3 * 4


def test_with_attention_each_key_has_a_weight():
    found = texts(encoder_decoder("tough", SOUNDS, attention=True, step=3))
    assert [text for text in found if text.startswith("α")] == ["α₁", "α₂", "α₃", "α₄", "α₅"]
    assert {"query", "Σ αⱼ kⱼ"} <= set(found)
    assert "query" not in texts(encoder_decoder("tough", SOUNDS))


def test_what_is_lit_stands_out():
    axes = encoder_decoder("ox", ["AA", "K"], attention=True, lit=["query", "weights", "context"])
    assert dark(axes) == {"query", "α₁", "α₂", "Σ αⱼ kⱼ"}
    assert dark(encoder_decoder("ox", ["AA", "K"], lit=["summary"])) == {"summary"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("", ["AH"]), "there are 0 letters and 1 sounds"),
        (("ox", []), "there are 2 letters and 0 sounds"),
        (("ox", ["AH", "K"], True, 1), "step is 1, expected a whole number of at least 2"),
        (("ox", ["AH", "K"], True, 3), "step is 3, expected at most 2"),
        (("ox", ["AH", "K"], False, 2, ["query"]), "no part is called 'query'"),
        (("ox", ["AH", "K"], True, 2, ["k3"]), "no part is called 'k3'"),
    ],
)
def test_bad_arguments_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        encoder_decoder(*arguments)
