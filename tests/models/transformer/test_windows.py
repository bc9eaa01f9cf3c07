"""A text scored window by window: against one token at a time, by hand, and in its limits."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positioned_lm import PositionedLM

CONTEXT = 6


def model_of(config=GPTConfig):
    torch.manual_seed(0)
    model = GPT(config(vocab_size=7, context=CONTEXT, dim=8, heads=2, layers=2, dropout=0.3))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return model.double().eval()


def one_by_one(model, ids, stride):
    """Each token by itself, from the window that the docstring promises."""
    found = [-math.log(7)]
    for place in range(1, len(ids)):
        windows = max(0, math.ceil((place - CONTEXT) / stride))
        start = windows * stride
        logits = model(torch.tensor([ids[start:place]]))[0, -1]
        found.append(logits.log_softmax(-1)[ids[place]].item())
    return found


@pytest.mark.parametrize("config", [GPTConfig, GPTConfig.modern])
@settings(max_examples=15)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=30), st.integers(1, CONTEXT))
def test_equal_to_one_token_at_a_time(config, ids, stride):
    model = model_of(config)
    found = model.log_probabilities(ids, stride)
    assert found.tolist() == pytest.approx(one_by_one(model, ids, stride), abs=1e-9)


def test_half_a_context_is_the_default():
    model, ids = model_of(), torch.arange(40) % 7
    assert torch.equal(model.log_probabilities(ids), model.log_probabilities(ids, CONTEXT // 2))


def test_by_hand():
    """A model without any weight holds all tokens equally likely, wherever they stand."""
    model = GPT(GPTConfig(vocab_size=4, context=3, dim=4, heads=1, layers=1))
    with torch.no_grad():
        model.wte.weight.zero_()
    assert model.log_probabilities([0, 3, 1, 2, 2]).tolist() == pytest.approx([-math.log(4)] * 5)


def test_more_windows_than_a_batch():
    model, ids = model_of(), torch.arange(150) % 7
    assert model.log_probabilities(ids, 1).tolist() == pytest.approx(
        one_by_one(model, ids.tolist(), 1), abs=1e-9
    )


def test_dropout_is_off_and_the_mode_stays():
    model = model_of().train()
    first, second = (model.log_probabilities([1, 2, 3]) for _ in range(2))
    assert torch.equal(first, second)
    assert model.training
    assert not first.requires_grad


def test_the_mode_stays_when_the_model_is_stopped():
    def stop(*_):
        raise KeyboardInterrupt("stop")

    model = model_of().train()
    model.register_forward_pre_hook(stop)
    with pytest.raises(KeyboardInterrupt, match="stop"):
        model.log_probabilities([1, 2, 3])
    assert model.training


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "stride", "message"),
    [
        ([], None, "tokens has 0 ids, expected at least 1"),
        ([7], None, "contains the id 7, but the vocabulary has 7 entries"),
        ("text", None, "expected ids: encode it first"),
        ([1, 2], 0, "stride is 0, expected 1 to 6, the context"),
        ([1, 2], 7, "stride is 7, expected 1 to 6"),
    ],
)
def test_bad_arguments(ids, stride, message):
    with pytest.raises(ValueError, match=message):
        model_of().log_probabilities(ids, stride)


def test_a_model_that_is_told_of_places_is_scored_in_the_same_windows():
    torch.manual_seed(0)
    config = TransformerConfig(dim=8, heads=2, feed_forward_dim=16, layers=1, dropout=0.3)
    model, ids = PositionedLM(7, config, "alibi").double().eval(), [3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 5]
    found = model.log_probabilities(ids, stride=2, context=CONTEXT)
    assert found.tolist() == pytest.approx(one_by_one(model, ids, 2), abs=1e-9)
    limited = PositionedLM(7, config, "learned", longest=5)
    with pytest.raises(ValueError, match="there are 6 tokens, but the model looks at 5 at most"):
        limited.log_probabilities(ids, context=6)
    with pytest.raises(ValueError, match="stride is 6, expected 1 to 5, the context"):
        limited.log_probabilities(ids, stride=6, context=5)
