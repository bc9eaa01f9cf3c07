"""Each cut on one sentence, worked out by hand; against tokenizers in test_pretrained_bpe."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.tokenizers.cuts import CUTS, Cut

SENTENCE = "I'VE 1984 (e.g.\nPhD)  x"
PIECES = {
    "gpt-2": ["I", "'", "VE", " 1984", " (", "e", ".", "g", ".", "\n", "PhD", ")", " ", " x"],
    "smollm": [
        *("I", "'", "VE", " ", "1", "9", "8", "4"),
        *(" (", "e", ".", "g", ".", "\n", "PhD", ")", " ", " x"),
    ],
    "llama-bpe": ["I", "'VE", " ", "198", "4", " (", "e", ".g", ".\n", "PhD", ")", " ", " x"],
    "qwen2": ["I", "'VE", " ", "1", "9", "8", "4", " (", "e", ".g", ".\n", "PhD", ")", " ", " x"],
    "tekken": [
        *("I", "'VE", " ", "1", "9", "8", "4"),
        *(" (", "e", ".g", ".\n", "Ph", "D", ")", " ", " x"),
    ],
}


def test_every_cut_has_its_sentence():
    assert PIECES.keys() == CUTS.keys()


@pytest.mark.parametrize("name", CUTS)
def test_the_pieces_of_a_sentence(name):
    assert regex.findall(CUTS[name].pattern, SENTENCE) == PIECES[name]


@pytest.mark.parametrize("name", CUTS)
@given(text=st.text())
def test_joined_the_pieces_are_the_text(name, text):
    assert "".join(regex.findall(CUTS[name].pattern, text)) == text


def test_only_two_take_a_whole_piece_before_merging():
    assert [name for name, cut in CUTS.items() if cut.whole] == ["llama-bpe", "tekken"]
    assert not Cut("a").whole
