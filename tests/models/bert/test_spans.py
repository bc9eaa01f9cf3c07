"""The span head beside transformers: logits, loss and files; the best span beside a search."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import BertConfig as TheirConfig
from transformers import BertForQuestionAnswering as TheirSpans

from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.minilm import minilm
from lmteach.models.bert.spans import (
    BertForQuestionAnswering,
    best_span,
    read_pairs,
    span_loss,
    tokens_of,
)

SIZES = BertConfig(vocab_size=11, context=12, dim=16, heads=2, layers=3, dropout=0.0)
IDS = torch.randint(11, (3, 9), generator=torch.Generator().manual_seed(0))
MASK = torch.arange(9) < torch.tensor([9, 6, 4])[:, None]
SEGMENTS = ((torch.arange(9) >= 3) & MASK).long()
INSIDE = SEGMENTS.bool()
TEXT = "The abacus, also called a counting frame, is a calculating tool."


def lively(model):
    """The same model with larger numbers, gains and biases among them: nothing is near 0 or 1."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            middle = 1.0 if parameter.ndim == 1 and name.endswith("weight") else 0.0
            parameter.normal_(middle, 0.3, generator=generator)
    return model.eval()


def theirs():
    sizes = {"vocab_size": 11, "max_position_embeddings": 12, "hidden_size": 16}
    sizes |= {"num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 64}
    off = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    return lively(TheirSpans(TheirConfig(**sizes | off)))


def expect_same(ours, library):
    """The same logits wherever no padding stands."""
    found = ours(IDS, MASK, SEGMENTS)
    expected = library(IDS, attention_mask=MASK.long(), token_type_ids=SEGMENTS)
    for own, other in zip(found, (expected.start_logits, expected.end_logits), strict=True):
        assert float(other[MASK].detach().std()) > 0.1
        torch.testing.assert_close(own[MASK], other[MASK], rtol=0, atol=1e-5)


def test_from_transformers(tmp_path):
    library = theirs()
    library.save_pretrained(tmp_path)
    ours = BertForQuestionAnswering.from_pretrained(tmp_path)
    assert ours.config == SIZES
    expect_same(ours, library)


def test_to_transformers_and_back(tmp_path):
    ours = lively(BertForQuestionAnswering(SIZES))
    ours.save_pretrained(tmp_path)
    library, report = TheirSpans.from_pretrained(tmp_path, output_loading_info=True)
    assert not any(report.values())
    expect_same(ours, library.eval())
    again = BertForQuestionAnswering.from_pretrained(tmp_path).state_dict()
    for name, tensor in ours.state_dict().items():
        assert torch.equal(again[name], tensor), name


def test_the_loss_is_that_of_transformers_where_every_place_may_be_chosen(tmp_path):
    library = theirs()
    library.save_pretrained(tmp_path)
    ours = BertForQuestionAnswering.from_pretrained(tmp_path)
    first, last = torch.tensor([1, 2, 3]), torch.tensor([4, 2, 8])
    expected = library(IDS, token_type_ids=SEGMENTS, start_positions=first, end_positions=last).loss
    everywhere = torch.ones_like(MASK)
    found = span_loss(*ours(IDS, None, SEGMENTS), everywhere, first, last)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_what_stands_outside_the_text_has_no_part_in_the_loss():
    model = lively(BertForQuestionAnswering(SIZES))
    start, end = model(IDS, MASK, SEGMENTS)
    right = torch.tensor([3, 5, 3])
    loss = span_loss(start, end, INSIDE, right, right)
    changed = start + 7.0 * ~INSIDE, end - 7.0 * ~INSIDE
    torch.testing.assert_close(span_loss(*changed, INSIDE, right, right), loss, rtol=0, atol=0)
    alone = span_loss(start[2:, 3:4], end[2:, 3:4], INSIDE[2:, 3:4], *torch.zeros(2, 1).long())
    assert float(alone.detach()) == 0  # the only token inside


def test_the_generator_makes_the_weights():
    dice = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    made = [BertForQuestionAnswering(SIZES, one).qa_outputs.weight for one in dice]
    assert torch.equal(made[0], made[1])
    assert not torch.equal(made[0], made[2])


def test_the_best_span_by_hand():
    start = torch.tensor([9.0, 2.0, 0.0, 5.0, 1.0])
    end = torch.tensor([0.0, 6.0, 3.0, 2.0, 4.5])
    inside = torch.tensor([False, True, True, True, True])
    # the best start is 3, the best end 1, which stands before it
    assert best_span(start, end, inside) == (3, 4)  # 5 + 4.5
    assert best_span(start, end, inside, longest=1) == (1, 1)  # 2 + 6, before 3: 5 + 2
    assert best_span(start, end, torch.ones(5).bool()) == (0, 1)  # 9 + 6


@given(st.integers(1, 9), st.integers(1, 10), st.integers(0, 10**6))
def test_no_other_span_is_better(time, longest, seed):
    generator = torch.Generator().manual_seed(seed)
    start, end = torch.randn(2, time, generator=generator)
    inside = torch.rand(time, generator=generator) < 0.7
    inside[seed % time] = True
    first, last = best_span(start, end, inside, longest)
    spans = [
        (i, j)
        for i in range(time)
        for j in range(i, min(time, i + longest))
        if inside[i] and inside[j]
    ]
    assert (first, last) in spans
    assert float(start[first] + end[last]) == max(float(start[i] + end[j]) for i, j in spans)


def test_pairs_are_read_as_hugging_face_reads_them():
    tokenizer = minilm().tokenizer
    read = read_pairs(tokenizer, ["What is it?", "Who?"], [TEXT, "A cat."])
    row = [tokenizer.id_to_token(number) for number in read.ids[1, : read.attention_mask[1].sum()]]
    assert row == ["[CLS]", "who", "?", "[SEP]", "a", "cat", ".", "[SEP]"]
    assert read.token_type_ids[1, :9].tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 0]
    assert read.inside[1, :9].tolist() == [False] * 4 + [True] * 3 + [False] * 2
    assert [TEXT[a:b] for a, b in read.letters[0][read.inside[0]]][:4] == [
        *("The", "aba", "cus", ",")
    ]
    shapes = {tuple(one.shape) for one in read[:4]}
    assert shapes == {tuple(read.letters.shape[:2])}


@pytest.mark.parametrize(
    "answer", ["a calculating tool", "abacus", "The", "tool.", ", also", "bacu"]
)
def test_an_answer_is_found_again(answer):
    read = read_pairs(minilm().tokenizer, ["What is an abacus?"], [TEXT])
    begin = TEXT.index(answer)
    first, last = tokens_of(read.letters[0], read.inside[0], begin, begin + len(answer))
    found = TEXT[read.letters[0, first, 0] : read.letters[0, last, 1]]
    assert found == {"bacu": "abacus"}.get(answer, answer)


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused():
    with pytest.raises(ValueError, match=r"config\.labels is 3, expected 2: where an answer"):
        BertForQuestionAnswering(replace(SIZES, labels=3))
    with pytest.raises(ValueError, match="2 questions and 1 texts, expected a text for each"):
        read_pairs(minilm().tokenizer, ["Who?", "What?"], ["A cat."])
    with pytest.raises(ValueError, match="expected two lists of at least one"):
        read_pairs(minilm().tokenizer, [], [])
    letters, inside = torch.tensor([[0, 0], [0, 3]]), torch.tensor([False, True])
    with pytest.raises(ValueError, match="no token of the text has one of the letters 3 to 5"):
        tokens_of(letters, inside, 3, 5)
    with pytest.raises(ValueError, match="end is 1, expected a whole number of at least 2"):
        tokens_of(letters, inside, 1, 1)
    row = torch.zeros(2)
    with pytest.raises(ValueError, match="inside is False everywhere"):
        best_span(row, row, torch.zeros(2).bool())
    with pytest.raises(ValueError, match="end contains nan, expected numbers"):
        best_span(row, row * torch.nan, inside)
    with pytest.raises(ValueError, match="longest is 0"):
        best_span(row, row, inside, 0)
    with pytest.raises(ValueError, match="last contains 0, which is not inside its text"):
        span_loss(row[None], row[None], inside[None], torch.tensor([1]), torch.tensor([0]))
