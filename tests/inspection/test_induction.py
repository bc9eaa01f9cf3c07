"""Scores of heads: against loops over every pair of places, by hand, and as properties."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.inspection.induction import induction_score, previous_token_score, repeated_tokens


def attention(batch, heads, time, seed=0):
    torch.manual_seed(seed)
    scores = torch.randn(batch, heads, time, time)
    return scores.masked_fill(~torch.ones(time, time).bool().tril(), -torch.inf).softmax(-1)


@given(st.integers(0, 99), st.integers(2, 6), st.integers(4, 12))
def test_the_score_against_the_definition(seed, vocab_size, time):
    torch.manual_seed(seed)
    ids = torch.randint(vocab_size, (2, time))
    ids[0, 2] = ids[0, 0] = vocab_size  # something comes again
    ids[0, 1] = 0
    weights = attention(2, 3, time, seed)
    found = []
    for row in range(2):
        for place in range(time):
            earlier = [j for j in range(place - 1) if ids[row, j] == ids[row, place]]
            if earlier:
                found.append(sum(weights[row, :, place, j + 1] for j in earlier))
    torch.testing.assert_close(induction_score(weights, ids), sum(found) / len(found))


def test_the_score_by_hand():
    ids = torch.tensor([[5, 5, 7, 5]])
    weights = torch.zeros(1, 2, 4, 4)
    weights[0, :, 1, 1] = 1  # the second 5 follows the first directly: it does not count
    weights[0, 0, 3, 1] = 0.5  # the last 5 looks at what came after the first,
    weights[0, 0, 3, 2] = 0.25  # and after the second
    assert induction_score(weights, ids).tolist() == [0.75, 0.0]


@given(st.integers(0, 99), st.integers(2, 5))
def test_a_head_that_copies_has_one_and_one_that_looks_back_has_none(seed, shortest):
    generator = torch.Generator().manual_seed(seed)
    ids = repeated_tokens(20, 3, 24, shortest + 1, 8, generator)
    weights = torch.zeros(3, 2, 24, 24)
    for row in range(3):
        period = next(p for p in range(1, 24) if ids[row, p] == ids[row, 0])
        for place in range(24):
            weights[row, 0, place, max(0, place - period + 1)] = 1
            weights[row, 1, place, max(0, place - 1)] = 1
    assert induction_score(weights, ids).tolist() == [1.0, 0.0]
    assert previous_token_score(weights)[1] == 1


def test_the_previous_token_against_a_loop():
    weights = attention(2, 3, 5)
    expected = sum(weights[:, :, t, t - 1].mean(0) for t in range(1, 5)) / 4
    torch.testing.assert_close(previous_token_score(weights), expected)


@given(st.integers(0, 999), st.integers(2, 6), st.integers(0, 4), st.integers(1, 30))
def test_rows_repeat_with_periods_of_their_own(seed, shortest, more, time):
    generator = torch.Generator().manual_seed(seed)
    ids = repeated_tokens(12, 4, time, shortest, shortest + more, generator)
    assert ids.shape == (4, time)
    assert 0 <= int(ids.min()) <= int(ids.max()) < 12
    for row in ids.tolist():
        fits = [p for p in range(shortest, shortest + more + 1) if row[p:] == row[:-p][:time]]
        assert fits or time <= shortest + more
        for period in fits[:1]:
            assert len(set(row[:period])) == min(period, time)


def test_all_periods_come():
    ids = repeated_tokens(30, 200, 20, 4, 6, torch.Generator().manual_seed(0))
    periods = {next(p for p in range(1, 20) if row[p] == row[0]) for row in ids.tolist()}
    assert periods == {4, 5, 6}


def test_what_does_not_fit_is_refused():
    generator = torch.Generator()
    for sizes, message in [
        ((9, 1, 8, 1, 4), "shortest is 1"),
        ((9, 1, 8, 4, 3), "longest is 3"),
        ((9, 1, 8, 4, 10), "expected at most as many"),
        ((9, 0, 8, 3, 4), "batch"),
    ]:
        with pytest.raises(ValueError, match=message):
            repeated_tokens(*sizes, generator)
    ids = torch.tensor([[1, 2, 3]])
    with pytest.raises(ValueError, match="no token of ids comes again"):
        induction_score(attention(1, 1, 3), ids)
    with pytest.raises(ValueError, match=r"ids is of type .* shape \(1, 3\)"):
        induction_score(attention(1, 1, 4), ids)
    with pytest.raises(ValueError, match="two places at least"):
        previous_token_score(torch.ones(1, 1, 1, 1))
    with pytest.raises(ValueError, match=r"of shape|shape \(1, 1, 3, 4\)"):
        previous_token_score(torch.ones(1, 1, 3, 4))
