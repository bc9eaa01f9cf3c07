"""The loss on answers: what is asked, what has a gradient, and what it is divided by."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.training.answers import IGNORED, answer_batch, answer_loss

TEXTS = st.lists(
    st.tuples(
        st.lists(st.integers(0, 8), min_size=1, max_size=5),
        st.lists(st.integers(0, 8), min_size=1, max_size=4),
    ),
    min_size=1,
    max_size=4,
)


def a_gpt():
    """A model with lively weights."""
    model = GPT(GPTConfig(vocab_size=9, context=12, dim=8, heads=2, layers=1, dropout=0.0))
    generator = torch.Generator().manual_seed(0)
    for weight in model.parameters():
        weight.data += 0.5 * torch.randn(weight.shape, generator=generator)
    return model.eval()


MODEL = a_gpt()


@given(TEXTS)
def test_it_is_the_mean_of_what_each_answer_costs_alone(pairs):
    prompts, answers = zip(*pairs, strict=True)
    nats = []
    for prompt, answer in pairs:
        with torch.no_grad():
            logs = MODEL(torch.tensor([[*prompt, *answer]]))[0].log_softmax(-1)
        nats += [-logs[len(prompt) + n - 1, token].item() for n, token in enumerate(answer)]
    loss = answer_loss(MODEL, answer_batch(prompts, answers)).item()
    assert loss == pytest.approx(sum(nats) / len(nats), rel=1e-5)
    # the padding is never seen, whatever it is
    other = answer_loss(MODEL, answer_batch(prompts, answers, padding=7)).item()
    assert other == pytest.approx(loss, rel=1e-5)


@given(TEXTS)
def test_what_is_read_and_asked(pairs):
    prompts, answers = zip(*pairs, strict=True)
    ids, targets = answer_batch(prompts, answers, padding=3)
    for row, asked, (prompt, answer) in zip(ids.tolist(), targets.tolist(), pairs, strict=True):
        text = [*prompt, *answer]
        assert row == text[:-1] + [3] * (len(row) - len(text) + 1)
        assert asked[: len(prompt) - 1] == [IGNORED] * (len(prompt) - 1)
        assert asked[len(prompt) - 1 : len(text) - 1] == answer
        assert set(asked[len(text) - 1 :]) <= {IGNORED}


def test_logits_within_prompt_and_padding_have_no_gradient(monkeypatch):
    ids, targets = answer_batch([[5, 6, 7], [1]], [[8, 2], [4]])
    hidden = MODEL.hidden_states(ids).detach().requires_grad_()
    monkeypatch.setattr(MODEL, "hidden_states", lambda _: hidden)
    answer_loss(MODEL, (ids, targets)).backward()
    asked = (hidden.grad.abs() > 0).any(-1)
    assert asked.tolist() == [[False, False, True, True], [True, False, False, False]]
    assert asked.tolist() == (targets != IGNORED).tolist()


def test_by_hand():
    """A model that knows nothing: each token of an answer costs the logarithm of the vocabulary."""
    model = GPT(GPTConfig(vocab_size=8, context=12, dim=8, heads=2, layers=1))
    torch.nn.init.zeros_(model.wte.weight)
    loss = answer_loss(model, answer_batch([[1, 2, 3], [4]], [[5], [6, 7, 1, 0]]))
    assert loss.item() == pytest.approx(math.log(8))


def test_a_batch_is_its_parts_weighted_by_their_tokens_and_not_the_mean_of_their_means():
    prompts, answers = [[1, 2], [3]], [[4], [5, 6, 7, 8]]
    whole = answer_loss(MODEL, answer_batch(prompts, answers)).item()
    short, long = (answer_loss(MODEL, answer_batch([prompts[n]], [answers[n]])) for n in (0, 1))
    assert whole == pytest.approx((short.item() + 4 * long.item()) / 5, rel=1e-5)
    assert whole != pytest.approx((short.item() + long.item()) / 2, rel=1e-2)


def test_it_is_pytorchs_mean_over_targets_that_are_not_ignored():
    ids, targets = answer_batch([[5, 6, 7], [1]], [[8, 2], [4]])
    expected = functional.cross_entropy(MODEL(ids).flatten(0, 1), targets.flatten())
    torch.testing.assert_close(answer_loss(MODEL, (ids, targets)), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("prompts", "answers", "message"),
    [
        ([[1]], [[1], [2]], "there are 1 prompts and 2 answers"),
        ([], [], "there are 0 prompts and 0 answers"),
        ([[]], [[1]], r"prompt 0 is \[\], expected its ids, at least one"),
        ([[1], [1]], [[1], []], r"answer 1 is \[\], expected its ids, at least one"),
        ([[1, -1]], [[1]], "prompt 0 has the id -1, expected ids from 0 up"),
        ([[1]], [[1, IGNORED]], "answer 0 has the id -100"),
    ],
)
def test_what_is_no_batch(prompts, answers, message):
    with pytest.raises(ValueError, match=message):
        answer_batch(prompts, answers)


def test_nothing_asked():
    ids = torch.tensor([[1, 2]])
    with pytest.raises(ValueError, match="at least one target that is not ignored"):
        answer_loss(MODEL, (ids, torch.full((1, 2), IGNORED)))
