"""Exposure: the tree of candidates against brute force, ranks by hand, the mean of the unseen."""

import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from lmteach.evaluation.exposure import candidate_log_probabilities, exposure, rank_of
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT


def test_the_tree_gives_what_scoring_each_candidate_gives() -> None:
    torch.manual_seed(0)
    model = GPT(GPTConfig(vocab_size=9, context=8, dim=16, heads=2, layers=1)).eval()
    prefix, choices = [8, 1, 8], [2, 3, 5, 7]
    found = candidate_log_probabilities(
        lambda ids: model(ids)[:, -1], torch.tensor(prefix), choices, 3
    )
    expected = []
    for candidate in product(choices, repeat=3):  # one after the other, each whole
        log_p = model.log_probabilities(prefix + list(candidate))
        expected.append(log_p[-3:].sum())
    assert_close(found, torch.stack(expected), atol=1e-5, rtol=0)


def test_they_stand_in_the_order_of_counting() -> None:
    def likes_three(ids: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(len(ids), 10)
        logits[:, 3] = 5.0
        return logits

    found = candidate_log_probabilities(likes_three, torch.tensor([0]), range(10), 4)
    assert len(found) == 10_000
    assert found.argmax().item() == 3333
    assert found.exp().sum().item() == pytest.approx(1, abs=1e-4)


def test_by_hand() -> None:
    scores = torch.tensor([-3.0, -1.0, -2.0, -2.0])
    assert [rank_of(scores, place) for place in range(4)] == [4, 1, 3, 3]
    assert exposure(scores, 1) == 2.0
    assert exposure(scores, 0) == 0.0
    assert exposure(scores, 2) == pytest.approx(2 - math.log2(3))
    assert exposure(torch.zeros(8), 5) == 0.0  # the same of all: nothing is known


@given(st.integers(0, 10_000))
def test_it_lies_between_zero_and_log_of_the_candidates(seed) -> None:
    scores = torch.randn(50, generator=torch.Generator().manual_seed(seed))
    found = [exposure(scores, place) for place in range(50)]
    assert min(found) == 0
    assert max(found) == pytest.approx(math.log2(50))
    assert int(scores.argmax()) == int(np.argmax(found))


def test_of_what_was_never_seen_it_is_one_and_a_half_on_average() -> None:
    """The mean of log₂ N - log₂ rank over all ranks tends to log₂ e."""
    scores = torch.arange(10_000).float()
    mean = np.mean([exposure(scores, place) for place in range(0, 10_000, 7)])
    assert mean == pytest.approx(math.log2(math.e), abs=0.02)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: exposure(torch.zeros(3), 3), "place is 3, expected 0 to 2"),
        (lambda: exposure(torch.zeros(3), -1), "place is -1"),
        (lambda: rank_of(torch.tensor([float("nan")]), 0), "score of the candidate is nan"),
        (lambda: _candidates([1, 1], 2), "expected ids that differ"),
        (lambda: _candidates([], 2), "expected ids that differ"),
        (lambda: _candidates(range(10), 7), "10,000,000 candidates, expected at most 1,000,000"),
        (lambda: _candidates(range(10), 0), "length is 0"),
        (lambda: _candidates([3, 12], 2), "next_logits gives of shape"),
    ],
)
def test_what_has_no_rank_is_refused(call, words) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def _candidates(choices, length):
    return candidate_log_probabilities(
        lambda ids: torch.zeros(len(ids), 12), torch.tensor([0]), choices, length
    )
