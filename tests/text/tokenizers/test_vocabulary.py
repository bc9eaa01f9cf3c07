"""Symbols to ids and back; what is not known is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.tokenizers.vocabulary import END, PAD, START, Vocabulary

SOUNDS = ["T", "K", "AE", "S"]


@given(st.lists(st.sampled_from(SOUNDS), max_size=8))
def test_there_and_back(sequence):
    vocabulary = Vocabulary(SOUNDS)
    ids = vocabulary.encode(sequence)
    assert vocabulary.decode([START, *ids, END, PAD, *ids]) == tuple(sequence)
    assert all(len(vocabulary) > number > END for number in ids)


def test_ids_by_hand():
    vocabulary = Vocabulary("banana")
    assert vocabulary.symbols == ("<pad>", "<start>", "<end>", "a", "b", "n")
    assert vocabulary.encode("nab") == [5, 3, 4]
    assert len(vocabulary) == 6
    assert "a" in vocabulary
    assert "<pad>" not in vocabulary
    assert repr(vocabulary) == "Vocabulary(6 entries: <pad> <start> <end> a b n …)"


def test_unknown_symbols_are_named_once():
    assert Vocabulary("ab").unknown("a?b!?") == ["?", "!"]
    with pytest.raises(ValueError, match=r"'\?' is not among the 2 known symbols, expected a b"):
        Vocabulary("ab").encode("a?")


@pytest.mark.parametrize("symbols", ["", ["a", "<end>"]])
def test_bad_symbols(symbols):
    with pytest.raises(ValueError, match="expected at least one, and none of <pad>"):
        Vocabulary(symbols)


@pytest.mark.parametrize("number", [-1, 5])
def test_ids_outside(number):
    with pytest.raises(ValueError, match=rf"ids contains the id {number}, but .* \(ids 0 to 4\)"):
        Vocabulary("ab").decode([3, number])
