"""Marks in a text, and the token that begins one; for both tokenizers that have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.tokenizers.marked import MarkedTokenizer, check_marked
from lmteach.text.tokenizers.pretrained_bpe import PretrainedBPE
from lmteach.text.tokenizers.sentencepiece_bpe import SentencePieceBPE

MARKS = ["<s>", "<s>>"]
BYTES = PretrainedBPE([*MARKS, "a", "s", "<", ">"], [], special=MARKS, first=0)
PLAIN = PretrainedBPE([*MARKS, "a", "s", "<", ">"], [], special=MARKS)


def test_the_longest_mark_is_taken():
    assert PLAIN.encode("a<s>>a<s>a") == [2, 1, 2, 0, 2]


def test_a_strangers_marks_are_text():
    assert PLAIN.encode("<s>", special=False) == [4, 3, 5]
    assert BYTES.encode("<s>", special=False) == [0, 4, 3, 5]


def test_what_begins_a_text_stands_there_once_and_is_not_read_out():
    assert BYTES.encode("a") == BYTES.encode("<s>a") == [0, 2]
    assert BYTES.encode("a", begin=False) == [2]
    assert BYTES.decode([0, 2, 0]) == "a<s>"
    assert PLAIN.decode([0, 2]) == "<s>a"


@given(st.text(alphabet="as<>", max_size=20))
def test_decoding_gives_the_text_back(text):
    assert PLAIN.decode(PLAIN.encode(text)) == text
    assert BYTES.decode(BYTES.encode(text, special=False)) == text


def test_both_kinds_are_marked():
    assert issubclass(PretrainedBPE, MarkedTokenizer)
    assert issubclass(SentencePieceBPE, MarkedTokenizer)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (([], 0, None), "tokens is empty"),
        ((["a"], 1, None), "unknown is 1, expected an id below 1"),
        ((["a"], 0, 1), "first is 1, expected an id below 1"),
        ((["a"], -1, None), "unknown is -1"),
    ],
)
def test_what_is_wrong_is_said(given, message):
    with pytest.raises(ValueError, match=message):
        check_marked(*given)


def test_a_mark_that_is_no_token_and_a_token_twice_are_refused():
    with pytest.raises(ValueError, match="special has '<e>'"):
        PretrainedBPE(["a"], [], special=["<e>"])
    with pytest.raises(ValueError, match="there twice"):
        PretrainedBPE(["a", "a"], [])
