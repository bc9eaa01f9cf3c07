"""Four tokens above a vocabulary: their ids, the frame of a text, their names."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.special_tokens import SentenceTokenizer, SpecialTokens

TOKENIZER = SentenceTokenizer(BPETokenizer([(b"h", b"u")]))


@given(st.integers(1, 9000))
def test_the_four_ids_follow_the_others(plain: int) -> None:
    special = SpecialTokens(plain)
    found = special.pad, special.cls, special.sep, special.mask
    assert found == special.ids == (plain, plain + 1, plain + 2, plain + 3)
    assert special.vocab_size == plain + 4


@given(st.text(max_size=8))
def test_a_text_stands_in_its_frame(text: str) -> None:
    first, *plain, last = TOKENIZER.encode(text)
    assert TOKENIZER.tokenizer.decode(plain) == text
    assert TOKENIZER.names([first, last]) == ["[CLS]", "[SEP]"]
    rows = torch.tensor([plain, plain], dtype=torch.int64)
    if plain:
        assert TOKENIZER.special.framed(rows).tolist() == [[first, *plain, last]] * 2


def test_an_unknown_id_is_refused() -> None:
    assert TOKENIZER.names([256, TOKENIZER.special.mask]) == ["hu", "[MASK]"]
    with pytest.raises(ValueError, match="ids contains the id 261"):
        TOKENIZER.names([261])
