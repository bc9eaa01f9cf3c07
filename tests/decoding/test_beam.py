"""Beam search against every sequence there is, against a greedy loop, and in batches."""

import itertools
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmteach.decoding.beam import Hypothesis, beam_search, select_rows

VOCAB, LONGEST, END = 3, 4, 0


def random_step(seed, vocab=VOCAB):
    """A step whose scores depend on all that was said: its state is the row's history."""

    def step(tokens, state):
        history, offset = state
        history = torch.cat([history, tokens[:, None]], dim=1)
        rows = []
        for own, extra in zip(history.tolist(), offset.tolist(), strict=True):
            generator = torch.Generator().manual_seed(hash((seed, extra, *own)) % 2**31)
            rows.append(2 * torch.randn(vocab, generator=generator, dtype=torch.float64))
        return torch.stack(rows).log_softmax(-1), (history, offset)

    return step


def begin(*offsets):
    return torch.zeros(len(offsets), 0, dtype=torch.long), torch.tensor(offsets)


def start(batch):
    return torch.ones(batch, dtype=torch.long)


def every_answer(seed, offset):
    """All answers of at most LONGEST tokens with their log probabilities, the likeliest first."""
    step, found = random_step(seed), {}
    for tokens in itertools.product(range(VOCAB), repeat=LONGEST):
        state, last, total, said = begin(offset), start(1), 0.0, []
        for token in tokens:
            scores, state = step(last, state)
            total += scores[0, token].item()
            last = torch.tensor([token])
            if token == END:
                break
            said.append(token)
        found[tuple(said), token == END] = total
    return sorted(found.items(), key=lambda item: -item[1])


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_wide_enough_it_finds_every_answer_in_order(seed):
    [found] = beam_search(random_step(seed), begin(7), start(1), END, VOCAB**LONGEST, LONGEST)
    expected = every_answer(seed, 7)
    assert [(h.tokens, h.ended) for h in found] == [answer for answer, _ in expected]
    assert [h.log_probability for h in found] == pytest.approx([total for _, total in expected])
    assert math.fsum(math.exp(h.log_probability) for h in found) == pytest.approx(1.0)


def greedy(step, state, longest):
    last, said, total = start(1), [], 0.0
    for _ in range(longest):
        scores, state = step(last, state)
        last = scores.argmax(dim=-1)
        total += scores.max().item()
        if last.item() == END:
            return tuple(said), pytest.approx(total), True
        said.append(last.item())
    return tuple(said), pytest.approx(total), False


@given(st.integers(0, 10_000))
def test_width_one_is_greedy(seed):
    [[found]] = beam_search(random_step(seed, 5), begin(1), start(1), END, 1, 6)
    assert (found.tokens, found.log_probability, found.ended) == greedy(
        random_step(seed, 5), begin(1), 6
    )


@given(
    st.integers(0, 10_000), st.integers(1, 6), st.lists(st.integers(0, 9), min_size=1, max_size=4)
)
@settings(max_examples=25)
def test_a_batch_gives_the_same_answers_as_its_items_one_by_one(seed, width, offsets):
    step = random_step(seed, 4)
    together = beam_search(step, begin(*offsets), start(len(offsets)), END, width, 5)
    for offset, found in zip(offsets, together, strict=True):
        [alone] = beam_search(step, begin(offset), start(1), END, width, 5)
        assert [h.tokens for h in found] == [h.tokens for h in alone]
        totals = [h.log_probability for h in alone]
        assert [h.log_probability for h in found] == pytest.approx(totals)


@given(st.integers(0, 10_000), st.integers(1, 5))
@settings(max_examples=25)
def test_answers_are_different_and_fall_in_probability(seed, width):
    [found] = beam_search(random_step(seed), begin(3), start(1), END, width, LONGEST)
    totals = [h.log_probability for h in found]
    assert totals == sorted(totals, reverse=True)
    assert len({(h.tokens, h.ended) for h in found}) == len(found) == width


def test_a_second_look_pays():
    """Greedy takes 0.6 and then 0.5; the best answer starts with 0.4 and goes on at 0.9."""
    tables = torch.tensor([[0.0, 0.6, 0.4], [0.5, 0.25, 0.25], [0.9, 0.05, 0.05]]).log()

    def step(tokens, state):
        return tables[tokens], state

    for width, tokens, probability in ((1, (1,), 0.3), (2, (2,), 0.36)):
        found = beam_search(step, (), torch.tensor([0]), 0, width, 3)
        assert found[0][0].tokens == tokens
        assert math.exp(found[0][0].log_probability) == pytest.approx(probability)


def test_impossible_answers_are_left_out():
    def step(tokens, state):
        return torch.tensor([[0.0, -torch.inf]]).expand(len(tokens), 2), state

    assert beam_search(step, (), torch.tensor([1]), 0, 4, 3) == [[Hypothesis((), 0.0, ended=True)]]


def test_it_stops_when_all_have_ended():
    calls = []

    def step(tokens, state):
        calls.append(len(tokens))
        return torch.tensor([[0.0, -torch.inf]]).expand(len(tokens), 2), state

    beam_search(step, (), torch.tensor([1, 1]), 0, 3, 100)
    assert calls == [6]


def test_rows_of_a_nested_state():
    rows = torch.tensor([1, 1, 0])
    state = {"cache": [torch.tensor([[1], [2]]), (torch.tensor([3, 4]),)], "note": "same"}
    found = select_rows(state, rows)
    assert found["cache"][0].tolist() == [[2], [2], [1]]
    assert found["cache"][1][0].tolist() == [4, 4, 3]
    assert found["note"] == "same"


def steady(scores):
    return lambda tokens, state: (torch.tensor(scores).expand(len(tokens), -1), state)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 0}, "width is 0, expected at least 1"),
        ({"max_length": 0}, "max_length is 0"),
        ({"start": torch.zeros(1, 1).long()}, r"start has shape \(1, 1\)"),
        ({"start": torch.zeros(0).long()}, "at least one"),
        ({"start": torch.zeros(1)}, "type torch.float32"),
        ({"step": steady([[1.0, 0.0]])}, "log_softmax"),
        ({"end": 2}, "the end 2, expected a row of log probabilities"),
        ({"step": lambda tokens, state: (torch.zeros(2), state)}, r"scores of shape \(2,\)"),
    ],
)
def test_bad_arguments(change, message):
    good = {"step": steady([[math.log(0.5)] * 2]), "state": (), "start": torch.zeros(1).long()}
    good |= {"end": 0, "width": 1, "max_length": 3}
    with pytest.raises(ValueError, match=message):
        beam_search(**(good | change))
