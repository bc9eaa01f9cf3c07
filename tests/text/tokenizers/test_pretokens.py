"""The pieces of a text, against those that Hugging Face's tokenizers cuts."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import pretokens
from lmteach.text.tokenizers.byte_alphabet import from_signs

# Letters that every version of Unicode knows, and some emoji: programs differ in what is newer.
KNOWN = st.characters(exclude_categories=("Cs",)).filter(
    lambda c: unicodedata.ucd_3_2_0.category(c) != "Cn"
)
ENDINGS = st.sampled_from(["'s", "'ll", "'", "  ", "\n", "\u3000", "½", "²", "٣", "👩‍🚀", "🇨🇳"])
TEXTS = st.lists(KNOWN | ENDINGS).map("".join)


def of_tokenizers(text: str) -> list[str]:
    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return [from_signs(piece).decode() for piece, _ in level.pre_tokenize_str(text)]


@given(TEXTS)
def test_pieces_are_those_of_tokenizers(text: str) -> None:
    assert pretokens(text) == of_tokenizers(text)


def test_pieces_of_real_texts_are_those_of_tokenizers() -> None:
    for text in (wikipedia().valid, "\n".join(map(str, dialogues("chinese")))):
        assert len(text) > 10_000
        assert pretokens(text) == of_tokenizers(text)


def test_ascii_against_a_pattern_of_pythons_re() -> None:
    plain = re.compile(r"'(?:[stmd]|re|ve|ll)| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")
    text = wikipedia().test
    assert text.isascii()
    assert pretokens(text) == plain.findall(text)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", []),
        ("we'll see", ["we", "'ll", " see"]),
        ("a  b", ["a", " ", " b"]),
        ("x=1984!?", ["x", "=", "1984", "!?"]),
        ("end.\n\nNew", ["end", ".", "\n", "\n", "New"]),
        ("你好,世界", ["你好", ",", "世界"]),
        ("tail  ", ["tail", "  "]),
    ],
)
def test_pieces_by_hand(text: str, pieces: list[str]) -> None:
    assert pretokens(text) == pieces


@given(st.text(st.characters()))
def test_joined_pieces_are_the_text(text: str) -> None:
    assert "".join(pretokens(text)) == text
    assert "" not in pretokens(text)
