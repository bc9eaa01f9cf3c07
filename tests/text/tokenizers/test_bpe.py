"""Byte-pair encoding: the ids of Hugging Face's tokenizers, round trips, and cases by hand."""

import json
import pickle
from functools import cache

import numpy as np
import pytest
import tokenizers
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import decoders, models, pre_tokenizers, trainers

from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.byte_alphabet import to_signs
from tests.text.tokenizers.test_pretokens import TEXTS

CHINESE = "\n".join(map(str, dialogues("chinese")))
MIXED = "naïve café 狼来了 👩‍🚀👨‍👩‍👧 ½ ٣٤ don't  stop\n\n\tx == 10000; ¡olé! 🇨🇳"


def of_tokenizers(text: str, vocab_size: int) -> tokenizers.Tokenizer:
    """Hugging Face's tokenizer, trained on the same text with the same pre-tokeniser."""
    tokenizer = tokenizers.Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def their_merges(tokenizer: tokenizers.Tokenizer) -> list[tuple[str, str]]:
    """The merges of Hugging Face's tokenizer, in order."""
    return [(left, right) for left, right in json.loads(tokenizer.to_str())["model"]["merges"]]


@cache
def trained(vocab_size: int = 1024) -> BPETokenizer:
    return BPETokenizer.train(wikipedia().train[:300_000], vocab_size)


@pytest.mark.parametrize(
    ("text", "vocab_size"),
    [
        (wikipedia().train[:300_000], 1024),
        (wikipedia().train[:50_000], 3000),
        (CHINESE, 700),
        (MIXED * 20, 400),
        ("=" * 50 + " aaaa aaa aa " * 9 + "----\n" * 5, 290),
    ],
    ids=["English", "many", "Chinese", "emoji", "runs"],
)
def test_merges_and_ids_are_those_of_tokenizers(text: str, vocab_size: int) -> None:
    ours, theirs = BPETokenizer.train(text, vocab_size), of_tokenizers(text, vocab_size)
    assert [(to_signs(a), to_signs(b)) for a, b in ours.merges] == their_merges(theirs)
    numbered = {to_signs(token): number for number, token in enumerate(ours.tokens)}
    assert numbered == theirs.get_vocab()
    for other in (text, wikipedia().valid[:20_000], CHINESE[:5000], MIXED):
        assert ours.encode(other) == theirs.encode(other).ids


@settings(deadline=None)
@given(TEXTS | st.text("ab ", max_size=40), st.integers(256, 290), TEXTS)
def test_any_text_has_the_merges_and_ids_of_tokenizers(text: str, size: int, other: str) -> None:
    text += "a"  # not empty
    ours, theirs = BPETokenizer.train(text, size), of_tokenizers(text, size)
    assert [(to_signs(a), to_signs(b)) for a, b in ours.merges] == their_merges(theirs)
    assert ours.encode(text) == theirs.encode(text).ids
    assert ours.encode(other) == theirs.encode(other).ids


@given(st.text())
def test_texts_round_trip(text: str) -> None:
    tokenizer = trained()
    ids = tokenizer.encode(text)
    assert tokenizer.decode(ids) == text
    assert b"".join(tokenizer.tokens[number] for number in ids) == text.encode()


@given(st.binary())
def test_any_bytes_round_trip(data: bytes) -> None:
    tokenizer = trained()
    assert tokenizer.decode_bytes(tokenizer.encode_bytes(data)) == data


@given(st.text())
def test_bytes_of_a_text_have_its_ids(text: str) -> None:
    assert trained().encode_bytes(text.encode()) == trained().encode(text)


@pytest.mark.parametrize("text", [wikipedia().valid, CHINESE, MIXED, "", " ", "\n\n \n"])
def test_real_texts_round_trip(text: str) -> None:
    assert trained().decode(trained().encode(text)) == text


@given(st.lists(st.integers(0, 1023)))
def test_any_ids_decode_as_in_tokenizers(ids: list[int]) -> None:
    theirs = tokenizers.Tokenizer(models.BPE())
    theirs.decoder = decoders.ByteLevel()
    spelled = [to_signs(trained().tokens[number]) for number in ids]
    assert trained().decode(ids) == theirs.decoder.decode(spelled)


def test_encoding_by_hand() -> None:
    tokenizer = BPETokenizer([(b"a", b"b"), (b"b", b"c"), (b"ab", b"c"), (b"a", b"a")])
    assert tokenizer.vocab_size == 260
    assert tokenizer.encode("abc") == [258]  # ab was learned before bc
    assert tokenizer.encode("bca") == [257, 64]
    assert tokenizer.encode("aaa") == [259, 64]
    assert tokenizer.encode("aab") == [64, 256]  # not aa, b
    assert tokenizer.encode("! ~") == [0, 220, 93]  # the order of GPT-2's alphabet
    assert tokenizer.encode("!\n") == [0, 198]


def test_the_steps_of_one_word() -> None:
    tokenizer = BPETokenizer([(b"a", b"b"), (b"ab", b"ab"), (b"c", b"abab")])
    spelled = [[tokenizer.tokens[n] for n in ids] for ids in tokenizer.merge_steps("cabab")]
    assert spelled == [
        [b"c", b"a", b"b", b"a", b"b"],
        [b"c", b"ab", b"ab"],
        [b"c", b"abab"],
        [b"cabab"],
    ]
    assert list(tokenizer.merge_steps("")) == [[]]
    assert tokenizer.encode_word("cabab") == [258]


def test_two_merges_can_make_one_token() -> None:
    tokenizer = BPETokenizer([(b"a", b"b"), (b"b", b"c"), (b"ab", b"c"), (b"a", b"bc")])
    assert tokenizer.vocab_size == 256 + 3
    assert tokenizer.tokens[-1] == b"abc"


def test_a_text_that_runs_out_of_pairs() -> None:
    assert BPETokenizer.train("aba", 1000).merges == [(b"a", b"b"), (b"ab", b"a")]
    assert BPETokenizer.train("aba", 256).merges == []


def test_no_token_crosses_from_word_to_word() -> None:
    for token in trained().tokens[256:]:
        text = token.decode()
        assert " " not in text[1:]
        assert text.strip(" ").isalpha() or not any(map(str.isalpha, text.replace("'", "", 1)[1:]))


@pytest.mark.parametrize("make", [list, tuple, np.array, torch.tensor])
def test_decode_takes_every_kind_of_sequence(make: type) -> None:
    assert BPETokenizer([]).decode(make([65, 66])) == "bc"
    assert BPETokenizer([]).decode_bytes(make([65])) == b"b"
    assert BPETokenizer([]).decode([]) == ""


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([3, 256], r"ids contains the id 256, but the vocabulary has 256 entries"),
        ([-1], r"ids contains the id -1"),
        ([0.5], "expected one row of whole numbers"),
        ([[1, 2]], r"ids has shape \(1, 2\)"),
        ("abc", "ids is the text 'abc', expected ids"),
    ],
)
def test_bad_ids(ids: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BPETokenizer([]).decode(ids)


def test_texts_that_are_none() -> None:
    tokenizer = trained()
    with pytest.raises(ValueError, match=r"text is a bytes, expected a str: use encode_bytes\."):
        tokenizer.encode(b"abc")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"text is a list, expected a str\."):
        BPETokenizer.train(["a"], 300)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'\\ud800' at position 2, which is half a character"):
        tokenizer.encode("ab\ud800")
    with pytest.raises(ValueError, match="text is empty"):
        BPETokenizer.train("", 300)
    with pytest.raises(ValueError, match="vocab_size is 100, expected a whole number of at least"):
        BPETokenizer.train("abc", 100)


@pytest.mark.parametrize(
    ("merges", "message"),
    [
        ([(b"ab", b"c")], "merge 0 joins b'ab' and b'c', of which one is no token yet"),
        ([(b"a", b"")], "merge 0 joins b'a' and b''"),
        ([(b"a", b"b"), (b"a", b"b")], "merge 1, b'a' and b'b', is there twice"),
    ],
)
def test_merges_that_can_not_be(merges: list[tuple[bytes, bytes]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BPETokenizer(merges)


def test_memory_of_words_changes_nothing() -> None:
    text, tokenizer = wikipedia().valid[:5000], BPETokenizer(trained().merges)
    first = tokenizer.encode(text)
    assert first == tokenizer.encode(text)
    first.append(3)
    assert tokenizer.encode(text)[-1:] == first[-2:-1]
    word = tokenizer.encode(" the")
    word.append(3)
    assert tokenizer.encode(" the") == word[:-1]


def test_it_can_be_pickled() -> None:
    again = pickle.loads(pickle.dumps(trained()))
    assert again.encode(MIXED) == trained().encode(MIXED)


def test_said_in_short() -> None:
    assert repr(BPETokenizer([(b" ", b"t")])) == "BPETokenizer(257 tokens: …, 'ł', 'Ń', 'Ġt')"
