"""A model in evaluation mode for a while, and then as it was: in all of its parts."""

import signal
from collections.abc import Iterator

import pytest
import torch
from torch import nn

from lmteach.decoding.beam import beam_continuations
from lmteach.decoding.sampling import greedy, next_logits
from lmteach.models.evaluating import in_evaluation
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.models.transformer.windows import score_by_windows
from tests.interrupting import state_of, world


def half_training() -> GPT:
    """A model that trains, all but its first layer, which somebody has frozen."""
    config = GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=2, dropout=0.5)
    model = GPT(config, torch.Generator().manual_seed(0)).train()
    model.h[0].eval()
    return model


IDS = torch.tensor([[1, 4, 2]])
ASKED = {
    "greedy": lambda model: greedy(model, IDS, 4).tolist(),
    "not cached": lambda model: greedy(model, IDS, 4, cached=False).tolist(),
    "next_logits": lambda model: next_logits(model, IDS).tolist(),
    "beam": lambda model: beam_continuations(model, IDS, 3, width=2),
    "scores": lambda model: model.log_probabilities([1, 4, 2, 0]).tolist(),
}


@pytest.mark.parametrize("asked", ASKED)
def test_each_part_keeps_its_mode_and_dropout_is_off(asked: str) -> None:
    model = half_training()
    before = state_of(model)
    found = ASKED[asked](model)
    assert state_of(model) == before
    assert found == ASKED[asked](model.eval())


def test_a_part_that_trains_alone_is_turned_off_too() -> None:
    model = half_training().eval()
    model.h[1].train()
    assert ASKED["next_logits"](model) == ASKED["next_logits"](half_training().eval())
    assert model.h[1].training
    assert not model.training


def refuse(*_: object) -> None:
    """What breaks off from inside."""
    raise KeyError("stop")


@pytest.mark.parametrize("asked", ASKED)
def test_an_error_inside_leaves_the_modes(asked: str) -> None:
    model = half_training()
    model.ln_f.register_forward_hook(refuse)
    before, around = state_of(model), world()
    with pytest.raises(KeyError, match="stop"):
        ASKED[asked](model)
    assert state_of(model) == before
    around["random"] = world()["random"]  # of the checks of shapes
    assert world() == around


@pytest.fixture
def heard() -> Iterator[None]:
    """A shell that starts the tests in the background makes them deaf to interrupts: undone."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_an_interrupt_waits_only_while_a_mode_is_to_be_put_back() -> None:
    model, done = nn.Dropout(), []

    def interrupted() -> None:
        with in_evaluation(model):
            signal.raise_signal(signal.SIGINT)
            done.append(model.training)

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        interrupted()
    assert done == [False]
    assert model.training
    model.eval()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        interrupted()
    assert done == [False]


def test_hooks_are_gone_if_one_can_not_be_set() -> None:
    model = half_training()
    model.h[1].self_attn.register_forward_hook = refuse
    before = state_of(model)
    with pytest.raises(KeyError, match="stop"), watch_attention(model):
        raise AssertionError("it began")
    assert state_of(model) == before


def test_scores_of_a_model_that_trains_are_those_of_evaluation() -> None:
    model = nn.Sequential(nn.Embedding(4, 4), nn.Dropout(0.5))
    row = torch.tensor([3, 1, 2, 0, 1])
    scores = score_by_windows(model, row, 4, context=2)
    assert torch.equal(scores, score_by_windows(model.eval(), row, 4, context=2))
