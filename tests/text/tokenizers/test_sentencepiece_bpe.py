"""SentencePiece's tokens by score: those of its own library, by hand, and what is refused."""

import io
import pickle
from functools import cache

import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.sentencepiece_bpe import SentencePieceBPE


@cache
def trained(
    byte_fallback: bool = True, prefix: bool = True
) -> sentencepiece.SentencePieceProcessor:
    """A model of the library, with the settings of Llama 2's."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(wikipedia().train[:60_000].splitlines()),
        model_writer=model,
        model_type="bpe",
        vocab_size=900 if byte_fallback else 600,
        byte_fallback=byte_fallback,
        add_dummy_prefix=prefix,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        split_digits=True,
        allow_whitespace_only_pieces=True,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def ours_of(theirs, **given) -> SentencePieceBPE:
    """Ours with the lists of a model."""
    numbers = range(theirs.vocab_size())
    return SentencePieceBPE(
        [theirs.id_to_piece(number) for number in numbers],
        [theirs.get_score(number) for number in numbers],
        special=[theirs.id_to_piece(n) for n in numbers if theirs.is_control(n)],
        unknown=theirs.unk_id(),
        **given,
    )


ODD = "naïve café 狼来了 👩‍🚀 ½ 1984-12  3,000.5 don't  stop\n\n\tx == 1<unk> <0x0A> \r\n "
PLAIN = st.text().map(lambda text: text.replace("▁", ""))
BLANKS = st.lists(st.sampled_from(["the", "wolf", "s", " ", "  ", "\n", "1", "é", "狼", "."]))
TEXTS = PLAIN | BLANKS.map("".join)


@pytest.mark.parametrize("prefix", [True, False])
@pytest.mark.parametrize("byte_fallback", [True, False])
@pytest.mark.parametrize(
    "text",
    [wikipedia().valid[:20_000], "\n".join(map(str, dialogues("chinese")))[:3000], ODD, ""],
    ids=["English", "Chinese", "odd", "empty"],
)
def test_ids_are_those_of_the_library(text, byte_fallback, prefix):
    theirs = trained(byte_fallback, prefix)
    ours = ours_of(theirs, blank_in_front=prefix)
    assert ours.encode(text) == theirs.encode(text)
    assert ours.vocab_size == theirs.vocab_size()


@given(TEXTS)
def test_ids_of_any_text_are_those_of_the_library(text: str) -> None:
    theirs = trained()
    assert ours_of(theirs).encode(text) == theirs.encode(text)


@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    ours = ours_of(trained(), first=trained().bos_id())
    ids = ours.encode(text, special=False)
    assert ids == trained().encode(text, add_bos=True)
    assert ours.decode(ids) == text == trained().decode(ids)
    assert ours.decode(ours.encode(text, special=False, begin=False)) == text


def test_by_hand() -> None:
    tokens = ["<unk>", "<s>", "</s>", "▁", "a", "b", "aa", "ab", "▁a"]
    scores = [0.0, 0.0, 0.0, -4.0, -5.0, -6.0, -2.0, -1.0, -3.0]
    ours = SentencePieceBPE(tokens, scores, ["<s>", "</s>"], first=1)
    assert ours.joined("aaa") == ["aa", "a"]  # of equals the leftmost
    assert ours.joined("aab") == ["a", "ab"]  # the higher score, though it is further right
    assert ours.encode("aab") == [1, 8, 7]
    assert ours.encode("aa") == [1, 3, 6]
    assert ours.encode("a</s>a") == [1, 8, 2, 8]  # a blank behind the mark
    assert ours.encode("</s>", special=False) == [1, 3, 0]  # four unknown in a row are one
    assert ours.encode("<s>a") == [1, 8]
    assert ours.decode([1, 8, 7]) == "aab"
    assert ours.decode([8, 7]) == " aab"  # the middle of a text
    assert repr(ours) == "SentencePieceBPE(9 tokens, special: <s>, </s>)"


def test_bytes_of_half_a_character_and_none() -> None:
    theirs = trained()
    ours = ours_of(theirs, first=1)
    ids = ours.encode("狼", begin=False)
    assert [theirs.id_to_piece(number) for number in ids] == ["<0xE7>", "<0x8B>", "<0xBC>"]
    assert ours.decode(ids[:2]) == "�"
    with pytest.raises(ValueError, match="half a character"):
        ours.encode("a\ud800")


def test_pickled_it_is_the_same() -> None:
    ours = ours_of(trained(), first=1, blank_in_front=False)
    again = pickle.loads(pickle.dumps(ours))
    assert again.encode(ODD) == ours.encode(ODD)
    assert again.decode([1, *ours.encode(" a", begin=False)]) == " a"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tokens": [], "scores": []}, "tokens is empty"),
        ({"tokens": ["a", "a"]}, "there twice"),
        ({"scores": [0.0]}, "there are 1 scores and 2 tokens, expected a score for each"),
        ({"scores": [0.0, float("-inf")]}, "scores contains -inf, expected finite numbers"),
        ({"special": ["<x>"]}, "special has '<x>', expected some of the tokens"),
        ({"unknown": 2}, "unknown is 2, expected an id below 2"),
        ({"first": 2}, "first is 2, expected an id below 2"),
    ],
)
def test_what_it_refuses(given, message) -> None:
    with pytest.raises(ValueError, match=message):
        SentencePieceBPE(**{"tokens": ["a", "b"], "scores": [0.0, 0.0]} | given)
