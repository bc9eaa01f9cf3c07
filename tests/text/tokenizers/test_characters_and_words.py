"""Tokenizers: round trips, hand-worked cases, and what they say to bad input."""

import inspect
import re
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.text.tokenizers.words import WordTokenizer

BOTH = [CharTokenizer, WordTokenizer]


@given(st.text(min_size=1))
def test_characters_round_trip(text: str) -> None:
    tokenizer = CharTokenizer(text)
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert ids == [sorted(set(text)).index(character) for character in text]
    assert tokenizer.vocab_size == len(tokenizer.characters) == len(Counter(text))


def test_characters_of_wikipedia() -> None:
    corpus = wikipedia()
    tokenizer = CharTokenizer(corpus.train)
    assert list(tokenizer.characters) == np.unique(np.array(list(corpus.train))).tolist()
    assert tokenizer.decode(tokenizer.encode(corpus.valid)) == corpus.valid


@pytest.mark.parametrize("make", [list, tuple, np.array, torch.tensor, iter])
def test_decode_takes_every_kind_of_sequence(make: type) -> None:
    assert CharTokenizer("abc").decode(make([2, 0, 1])) == "cab"
    assert WordTokenizer("no one").decode(make([1, 0, 2])) == "no <unk> one"


def test_decode_takes_numpy_integers_and_nothing() -> None:
    assert CharTokenizer("abc").decode([np.int64(2), np.uint8(1)]) == "cb"
    assert CharTokenizer("abc").decode([]) == ""
    assert CharTokenizer("abc").encode("") == []


def test_unknown_character() -> None:
    message = r"character 'z' at position 20 \(in 'abcabcabcabcabczabcabc'\) is not among the 3"
    with pytest.raises(ValueError, match=message):
        CharTokenizer("abc").encode("abcab" + "abc" * 5 + "z" + "abcabc")


@pytest.mark.parametrize("tokenizer", [CharTokenizer("abc"), WordTokenizer("a b")], ids=repr)
@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([0, 3], "ids contains the id 3, but the vocabulary has 3 entries (ids 0 to 2)"),
        ([-1], "ids contains the id -1"),
        ([0.0], "ids has shape (1,) and type float64, expected one row of whole numbers"),
        (np.array([0.5]), "type float64, expected one row of whole numbers"),
        ([True], "type bool, expected one row of whole numbers"),
        ([[0, 1]], "One sequence at a time: ids[0]"),
        (torch.tensor([[0, 1]]), "One sequence at a time: ids[0]"),
        ([[0], [1, 2]], "type object, expected one row of whole numbers"),
        ("01", "ids is the text '01', expected ids: encode it first"),
        (1, "ids has shape () and type int64, expected one row"),
        (torch.tensor(1), "ids has shape () and type int64, expected one row"),
        (None, "type object, expected one row of whole numbers"),
    ],
)
def test_bad_ids(tokenizer: CharTokenizer | WordTokenizer, ids: object, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message).replace("\\ ", " ")):
        tokenizer.decode(ids)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("kind", BOTH)
def test_text_that_is_no_text(kind: type) -> None:
    make = inspect.unwrap(kind.__init__)  # type: ignore[misc]  # without the tests' type checker
    for wrong, message in (
        (b"abc", r"bytes, expected a str: decode it first"),
        (["a"], "list"),
        (None, "None"),
    ):
        with pytest.raises(ValueError, match=message):
            make(kind.__new__(kind), wrong)
        with pytest.raises(ValueError, match="str"):
            kind("abc").encode(wrong)


@pytest.mark.parametrize("kind", BOTH)
def test_empty_text(kind: type) -> None:
    with pytest.raises(ValueError, match="text is empty"):
        kind("")


def test_words_hand_worked() -> None:
    tokenizer = WordTokenizer(
        "The cat saw the well-known cat.\nIt didn't see the cat!", min_count=1
    )
    assert tokenizer.words == (
        *("<unk>", "cat", "the", "\n", "!", ".", "It", "The", "didn't", "saw", "see", "well-known"),
    )
    assert tokenizer.encode("The dog saw.") == [7, 0, 9, 5]
    assert WordTokenizer("b a a b c", min_count=2).words == ("<unk>", "a", "b")
    assert WordTokenizer("The the", lower=True, unknown="<UNK>").words == ("<unk>", "the")


@pytest.mark.parametrize(
    "text",
    [
        'She said: "No, (not) now!" and left.',
        "It's 5% of $3 [at most]; the 'best' one?\nYes.",
        '"One." "Two," he said.',
    ],
)
def test_words_print_as_english(text: str) -> None:
    tokenizer = WordTokenizer(text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@given(st.text(min_size=1), st.booleans(), st.data())
def test_words_survive_being_printed(text: str, lower: bool, data: st.DataObject) -> None:
    tokenizer = WordTokenizer(f"{text} one 'two' <unk> (a \"b\")", lower=lower)
    ids = data.draw(st.lists(st.integers(0, tokenizer.vocab_size - 1)))
    assert tokenizer.encode(tokenizer.decode(ids)) == ids


@given(st.text(min_size=1, alphabet=st.characters(codec="ascii")))
def test_every_visible_character_is_in_one_word(text: str) -> None:
    words = WordTokenizer("a").split(text)
    assert "".join(words).replace("\n", "") == "".join(text.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"min_count": 0}, "min_count is 0, expected a whole number of at least 1"),
        ({"min_count": 3}, "occurs 3 times or more; lower min_count"),
        ({"unknown": "unk"}, "unknown is 'unk'; expected a word in <>"),
    ],
)
def test_bad_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordTokenizer("one two two", **arguments)  # type: ignore[arg-type]


def test_no_words_at_all() -> None:
    with pytest.raises(ValueError, match="no word of the text"):
        WordTokenizer("  \t ")
