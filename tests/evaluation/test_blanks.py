"""Blanks: drawn from anywhere, filled by three kinds of models, each as it reads."""

import pytest
import torch

from lmteach.evaluation.blanks import (
    Blanks,
    bits_per_blank,
    draw_blanks,
    fill_with_bert,
    fill_with_counts,
    fill_with_gpt,
)
from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.model import BertForMaskedLM
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.ngram.both_sides import between
from lmteach.models.ngram.model import NGramModel

IDS = torch.randint(8, (300,), generator=torch.Generator().manual_seed(0))
BLANKS = draw_blanks(IDS, 60, 10, torch.Generator().manual_seed(1))


def test_blanks_are_windows_of_the_text_and_any_place() -> None:
    cut = {tuple(row) for row in IDS.view(30, 10).tolist()}
    assert {tuple(row) for row in BLANKS.windows.tolist()} <= cut
    many = draw_blanks(IDS, 300, 10, torch.Generator().manual_seed(1))
    assert set(many.places.tolist()) == set(range(10))
    expected = [int(window[place]) for window, place in zip(*BLANKS, strict=True)]
    assert BLANKS.answers.tolist() == expected


def test_gpt_is_asked_from_the_left_alone() -> None:
    model = GPT(GPTConfig(vocab_size=8, context=10, dim=16, heads=2, layers=1))
    said = fill_with_gpt(model, BLANKS)
    for row, window, place in zip(said, *BLANKS, strict=True):
        uniform = torch.zeros(8).log_softmax(dim=-1)
        expected = model(window[None, :place])[0, -1].log_softmax(-1) if place else uniform
        torch.testing.assert_close(row, expected, rtol=0, atol=1e-5)


def test_bert_is_asked_from_both_sides() -> None:
    model = BertForMaskedLM(BertConfig(vocab_size=12, context=12, dim=16, heads=2, layers=1))
    said = fill_with_bert(model, BLANKS)
    assert model.training
    for row, window, place in zip(said, *BLANKS, strict=True):
        ids = torch.tensor([9, *window.tolist(), 10])
        answer = window[place].item()
        [expected] = model.masked_log_probabilities(ids, [int(place) + 1], mask_id=11)
        torch.testing.assert_close(row[answer], expected, rtol=0, atol=1e-5)


def test_counts_are_asked_either_way() -> None:
    model = NGramModel(3, "modified_kneser_ney", vocab_size=8).fit(IDS.numpy())
    one, two = fill_with_counts(model, BLANKS), fill_with_counts(model, BLANKS, both=False)
    window, place = BLANKS.windows[0].tolist(), int(BLANKS.places[0])
    left, right = window[:place], window[place + 1 :]
    assert one[0].exp().tolist() == pytest.approx(between(model, left, right).tolist())
    assert two[0].exp().tolist() == pytest.approx(model.probabilities(left).tolist())


def test_bits_by_hand() -> None:
    blanks = Blanks(torch.tensor([[0, 1], [1, 1]]), torch.tensor([0, 1]))  # answers 0 and 1
    said = torch.tensor([[0.5, 0.5], [0.875, 0.125]]).log()
    assert bits_per_blank(said, blanks) == pytest.approx((1 + 3) / 2)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="holds 300 tokens, expected at least 301"):
        draw_blanks(IDS, 1, 301, torch.Generator())
    with pytest.raises(ValueError, match="said has 1 rows, expected 60"):
        bits_per_blank(torch.zeros(1, 8), BLANKS)
