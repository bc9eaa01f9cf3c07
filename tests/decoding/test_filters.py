"""What is done to the logits: against Hugging Face's processors, by brute force, and by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers.generation.logits_process import (
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from lmteach.decoding.filters import keep_top_k, keep_top_p, next_token_filters, penalise_repetition


def some(seed, rows=3, vocab=50):
    """Logits (rows, vocab) as spread as a model's, and some ids that were seen."""
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(rows, vocab, generator=generator)
    return logits, torch.randint(vocab, (rows, 7), generator=generator)


@given(
    st.integers(0, 9999),
    st.floats(0.1, 5),
    st.none() | st.integers(1, 60),
    st.none() | st.floats(0.01, 1),
    st.floats(0.5, 2),
)
def test_the_same_as_hugging_face(seed, temperature, top_k, top_p, penalty):
    logits, seen = some(seed)
    expected = RepetitionPenaltyLogitsProcessor(penalty)(seen, logits)
    expected = TemperatureLogitsWarper(temperature)(seen, expected)
    if top_k is not None:
        expected = TopKLogitsWarper(top_k)(seen, expected)
    if top_p is not None:
        expected = TopPLogitsWarper(top_p)(seen, expected)
    before = logits.clone()
    found = next_token_filters(logits, seen, temperature, top_k, top_p, penalty)
    torch.testing.assert_close(found, expected, rtol=0, atol=0)
    assert torch.equal(logits, before)


@given(st.integers(0, 9999), st.floats(0.01, 0.99))
def test_top_p_keeps_the_fewest_that_reach_p(seed, p):
    logits = some(seed)[0].double()
    kept = keep_top_p(logits, p).isfinite()
    for row, stays in zip(logits.softmax(-1).tolist(), kept.tolist(), strict=True):
        inside = sorted(
            (chance for chance, stay in zip(row, stays, strict=True) if stay), reverse=True
        )
        outside = [chance for chance, stay in zip(row, stays, strict=True) if not stay]
        assert math.fsum(inside) >= p - 1e-9
        assert math.fsum(inside[:-1]) < p + 1e-9
        assert max(outside, default=0) <= inside[-1]


@given(st.integers(0, 9999), st.integers(1, 70))
def test_top_k_keeps_the_k_largest(seed, k):
    logits = some(seed)[0]
    kept = keep_top_k(logits, k).isfinite()
    assert kept.sum(dim=-1).tolist() == [min(k, 50)] * 3
    for row, stays in zip(logits, kept, strict=True):
        assert set(row[stays].tolist()) == set(sorted(row.tolist(), reverse=True)[:k])


@given(st.integers(0, 9999))
def test_with_nothing_asked_nothing_changes(seed):
    logits, seen = some(seed)
    assert torch.equal(next_token_filters(logits, seen), logits)
    assert torch.equal(keep_top_p(logits, 1.0), logits)
    assert torch.equal(keep_top_k(logits, 50), logits)
    assert torch.equal(penalise_repetition(logits, seen, 1.0), logits)


def test_by_hand():
    logits = torch.tensor([0.4, 0.3, 0.2, 0.1]).log()
    halves = torch.tensor([0.4, 0.3, 0, 0]) / 0.7
    torch.testing.assert_close(keep_top_k(logits, 2).softmax(-1), halves)
    torch.testing.assert_close(keep_top_p(logits, 0.65).softmax(-1), halves)
    torch.testing.assert_close(keep_top_p(logits, 0.35).softmax(-1), torch.tensor([1.0, 0, 0, 0]))
    assert keep_top_k(torch.tensor([1.0, 2.0, 1.0, 0.0]), 2).isfinite().tolist() == [1, 1, 1, 0]
    tiny = keep_top_p(logits, 1e-12)  # the likeliest always stays
    assert tiny.isfinite().tolist() == [True, False, False, False]


def test_a_token_seen_twice_is_punished_once():
    logits, seen = torch.tensor([[2.0, -2.0, 0.0, 1.0]]), torch.tensor([[1, 0, 0, 1]])
    assert penalise_repetition(logits, seen, 2.0).tolist() == [[1.0, -4.0, 0.0, 1.0]]


def test_the_order_is_temperature_then_k_then_p():
    """Hot first, so that more are needed to reach p; and p counts what k has left."""
    logits, seen = torch.tensor([[0.7, 0.2, 0.1]]).log(), torch.zeros(1, 1, dtype=torch.long)
    assert next_token_filters(logits, seen, top_p=0.7).isfinite().sum() == 1
    assert next_token_filters(logits, seen, temperature=3.0, top_p=0.7).isfinite().sum() == 2
    assert next_token_filters(logits, seen, top_p=0.75).isfinite().sum() == 2
    assert next_token_filters(logits, seen, top_k=2, top_p=0.75).isfinite().sum() == 1  # 7 / 9


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"temperature": 0.0}, "temperature is 0.0, expected a finite number above 0.*greedy"),
        ({"temperature": -1.0}, "temperature is -1.0"),
        ({"temperature": math.nan}, "temperature is nan"),
        ({"temperature": math.inf}, "temperature is inf"),
        ({"top_k": 0}, "top-k is 0, expected a whole number.* leave it out"),
        ({"top_k": -3}, "top-k is -3"),
        ({"top_k": 2.5}, "top-k is 2.5"),
        ({"top_k": True}, "top-k is True"),
        ({"top_p": 0.0}, "top-p is 0.0, expected .* above 0 and at most 1"),
        ({"top_p": 1.5}, "top-p is 1.5"),
        ({"top_p": math.nan}, "top-p is nan"),
        ({"repetition_penalty": 0.0}, "the repetition penalty is 0.0"),
        ({"repetition_penalty": math.inf}, "the repetition penalty is inf"),
    ],
)
def test_impossible_wishes(options, words):
    with pytest.raises(ValueError, match=words):
        next_token_filters(torch.zeros(1, 3), torch.zeros(1, 1, dtype=torch.long), **options)


@pytest.mark.usefixtures("without_shape_checks")
def test_each_filter_checks_for_itself():
    logits, seen = torch.zeros(1, 3), torch.zeros(1, 1, dtype=torch.long)
    with pytest.raises(ValueError, match="top-k is 0"):
        keep_top_k(logits, 0)
    with pytest.raises(ValueError, match=r"top-p is 1\.1"):
        keep_top_p(logits, 1.1)
    with pytest.raises(ValueError, match="penalty is -1"):
        penalise_repetition(logits, seen, -1.0)
