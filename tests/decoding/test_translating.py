"""A translator asked for many texts and for one, by either kind of model, and for no text."""

import numpy as np
import pytest
import torch
from torch import nn

from lmteach.decoding.translating import TextTranslator
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.tokenizers.vocabulary import END, START, Vocabulary

LETTERS, SYMBOLS = Vocabulary("0123456789/-"), Vocabulary("0123456789年月日")
DATES = ["1/2/99", "7", "2026-11-23", "31/1", "12/12/1912"]
CONFIG = TransformerConfig(
    dim=8, heads=2, feed_forward_dim=16, layers=2, dropout=0.1, pre_norm=True
)
KINDS = pytest.mark.parametrize("kind", ["transformer", "lstm"])


def made(kind: str = "transformer", longest: int = 12) -> TextTranslator:
    torch.manual_seed(3)
    model = (
        Translator(len(LETTERS), len(SYMBOLS), CONFIG, tied=False)
        if kind == "transformer"
        else EncoderDecoder(len(LETTERS), len(SYMBOLS), 8, attention=True)
    ).double()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    return TextTranslator(model, LETTERS, SYMBOLS, longest=longest)


@KINDS
@pytest.mark.parametrize("width", [1, 3])
def test_many_texts_are_translated_as_one_by_one(kind: str, width: int) -> None:
    asked = made(kind)
    alone = [asked.translate([text], width)[0] for text in DATES]
    for batch in (2, 256):
        assert asked.translate(DATES, width, batch=batch) == alone
    assert len(set(alone)) > 1
    assert set(sum(alone, ())) <= set(SYMBOLS.symbols)
    assert all(part.training for part in asked.model.modules())  # as it was made


@KINDS
def test_with_width_one_it_takes_the_likeliest_symbol_each_time(kind: str) -> None:
    asked = made(kind)
    asked.model.eval()
    source, lengths = torch.tensor([LETTERS.encode("2026-11-23")]), torch.tensor([10])
    said = [START]
    while said[-1] != END and len(said) <= 24:
        logits = asked.model(source, lengths, torch.tensor([said]))
        said.append(int(logits[0, -1].argmax()))
    assert asked.translate(["2026-11-23"]) == [SYMBOLS.decode(said[1:])]


@KINDS
def test_alignment_has_a_row_for_each_symbol_and_a_column_for_each_letter(kind: str) -> None:
    weights = made(kind).align("31/1", ("1", "月", "3", "1", "日"))
    assert weights.shape == (5, 4)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "There is no text to translate: type at least one letter"),
        ("1.5.99€", "No text to learn from had '.' or '€'"),
        ("1111111111111", "That text has 13 letters.* type at most 12"),
    ],
)
def test_what_cannot_be_translated(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made().translate(["7", text])
    with pytest.raises(ValueError, match=message):
        made().align(text, ("1",))


def test_vocabularies_of_another_model() -> None:
    model = Translator(5, 7, CONFIG)
    with pytest.raises(ValueError, match="15 source and 16 target for a model of 5 and 7"):
        TextTranslator(model, LETTERS, SYMBOLS)


def test_a_text_alone_is_not_read_as_a_list_of_letters():
    with pytest.raises(ValueError, match="texts is the text '7', expected a list"):
        made().translate("7")


@pytest.mark.parametrize(
    ("change", "words"),
    [({"texts": []}, "texts is empty"), ({"batch": 0}, "batch is 0"), ({"width": 0}, "width is 0")],
)
def test_nothing_to_do_is_said(change, words):
    with pytest.raises(ValueError, match=words):
        made().translate(**{"texts": ["7"], **change})
