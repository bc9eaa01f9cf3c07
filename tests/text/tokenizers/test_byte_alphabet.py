"""The order of the bytes and their signs, against those of Hugging Face's tokenizers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import pre_tokenizers

from lmteach.text.tokenizers.byte_alphabet import BYTE_IDS, BYTE_ORDER, from_signs, to_signs


def test_every_byte_has_one_place_and_one_sign() -> None:
    assert sorted(BYTE_ORDER) == list(range(256))
    assert BYTE_ORDER.translate(BYTE_IDS) == bytes(range(256))
    signs = to_signs(BYTE_ORDER)
    assert list(signs) == sorted(pre_tokenizers.ByteLevel.alphabet())
    assert signs.isprintable()
    assert " " not in signs


def test_signs_worked_by_hand() -> None:
    assert to_signs(b"A ~\n\x00\xad") == "AĠ~ĊĀŃ"
    assert to_signs("狼".encode()) == "çĭ¼"


@given(st.text())
def test_signs_are_those_of_tokenizers(text: str) -> None:
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    pieces = [piece for piece, _ in level.pre_tokenize_str(text)]
    assert [to_signs(text.encode())] == (pieces or [""])


@given(st.binary())
def test_signs_can_be_read_back(data: bytes) -> None:
    assert from_signs(to_signs(data)) == data
    assert len(to_signs(data)) == len(data)


@pytest.mark.parametrize("strange", ["a b", "狼", "▁the", "\n"])
def test_characters_that_are_no_sign(strange: str) -> None:
    with pytest.raises(ValueError, match=r"stands for no byte, expected the signs of a byte-level"):
        from_signs(strange)
