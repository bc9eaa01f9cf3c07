"""A pronouncer asked for many words and for one, and for what is no word."""

import numpy as np
import pytest
import torch

from lmteach.decoding.translating import Pronouncer
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.text.tokenizers.vocabulary import Vocabulary

LETTERS, PHONEMES = Vocabulary("abcdefghij'"), Vocabulary(["K", "AE", "T", "S"])
WORDS = ["cab", "a", "jig", "deface", "bed", "hid", "ab"]


def made(attention: bool = True, longest: int = 10) -> Pronouncer:
    torch.manual_seed(2)
    model = EncoderDecoder(len(LETTERS), len(PHONEMES), 8, attention).double()
    return Pronouncer(model, LETTERS, PHONEMES, longest=longest)


@pytest.mark.parametrize("width", [1, 3])
def test_many_words_are_said_as_one_by_one(width: int) -> None:
    pronouncer = made()
    alone = [pronouncer.pronounce([word], width)[0] for word in WORDS]
    for batch in (2, 256):
        assert pronouncer.pronounce(WORDS, width, batch=batch) == alone
    assert len(set(alone)) > 1
    assert set(sum(alone, ())) <= set(PHONEMES.symbols)


def test_it_asks_the_model_in_evaluation_mode() -> None:
    pronouncer, modes = made(), []
    pronouncer.model.train()
    pronouncer.model.decoder.register_forward_hook(lambda part, *_: modes.append(part.training))
    pronouncer.pronounce(["cab"])
    pronouncer.align("cab", ("K", "AE"))
    assert set(modes) == {False}
    assert all(part.training for part in pronouncer.model.modules())


def test_alignment_has_a_row_for_each_sound_and_a_column_for_each_letter() -> None:
    weights = made().align("cab", ("K", "AE"))
    assert weights.shape == (2, 3)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert not made(attention=False).align("cab", ("K",)).any()


def test_a_sound_is_aligned_before_it_is_known() -> None:
    """Where to look is decided before the sound is written: the last one can't change its row."""
    one, other = made().align("cab", ("K", "AE")), made().align("cab", ("K", "T"))
    np.testing.assert_allclose(one, other, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("", "There is no word to pronounce: type at least one letter"),
        ("ca€b€z", "No word to learn from had '€' or 'z'"),
        ("abcdefghija", "That word has 11 letters.* type at most 10"),
    ],
)
def test_what_cannot_be_pronounced(word: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made().pronounce(["cab", word])
    with pytest.raises(ValueError, match=message):
        made().align(word, ("K",))


def test_vocabularies_of_another_model() -> None:
    model = EncoderDecoder(5, 7, 8, attention=True)
    with pytest.raises(ValueError, match="14 letters and 7 phonemes for a model of 5 and 7"):
        Pronouncer(model, LETTERS, PHONEMES)
