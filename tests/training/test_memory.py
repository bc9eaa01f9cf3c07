"""The bytes that are counted before the first step are those that are there after it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.models.llama.packed import EightBits
from lmteach.models.lora.adapters import adapters_of, add_adapters
from lmteach.training import optimizers
from lmteach.training.memory import Memory, activations_counted, training_memory
from lmteach.training.muon import Muon, muon_groups

CONFIG = GPTConfig(vocab_size=50, context=8, dim=16, heads=4, layers=2)
OPTIMIZERS = {
    "SGD": lambda weights: torch.optim.SGD(weights, lr=0.1),
    "momentum": lambda weights: torch.optim.SGD(weights, lr=0.1, momentum=0.9),
    "torch's Adam": torch.optim.Adam,
    "torch's AdamW, amsgrad": lambda weights: torch.optim.AdamW(weights, amsgrad=True),
    "Adagrad": torch.optim.Adagrad,
    "ours, Adam": optimizers.Adam,
    "ours, AdamW": optimizers.AdamW,
}


def full(model):
    """Train everything."""


def head_only(model):
    """Train the last norm alone, as one would a head."""
    model.requires_grad_(False)
    model.ln_f.requires_grad_()


def low_rank(model):
    """Train adapters."""
    add_adapters(model, rank=2)


def really_there(model, optimizer):
    """The bytes of the tensors after a step."""
    ids = torch.tensor([[1, 4, 2, 9]])
    model(ids).square().sum().backward()
    optimizer.step()
    weights = [*model.parameters(), *model.buffers()]
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    state = [
        value
        for own in optimizer.state.values()
        for value in own.values()
        if isinstance(value, torch.Tensor)
    ]
    return Memory(
        sum(weight.untyped_storage().nbytes() for weight in weights),
        sum(gradient.untyped_storage().nbytes() for gradient in gradients),
        sum(value.untyped_storage().nbytes() for value in state),
    )


@pytest.mark.parametrize("way", [full, head_only, low_rank])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_counted_is_there(name, way):
    model = GPT(CONFIG)
    way(model)
    optimizer = OPTIMIZERS[name]([w for w in model.parameters() if w.requires_grad])
    counted = training_memory(model, optimizer)
    assert all(weight.grad is None for weight in model.parameters())
    assert counted == really_there(model, optimizer)
    assert training_memory(model, optimizer) == counted  # and after the step


def test_frozen_weights_that_an_optimizer_holds_take_nothing():
    model = GPT(CONFIG)
    add_adapters(model, rank=2)
    optimizer = torch.optim.AdamW(model.parameters())
    assert training_memory(model, optimizer) == really_there(model, optimizer)


def test_muon():
    model = GPT(CONFIG)
    optimizer = Muon(muon_groups(model), 0.01)
    assert training_memory(model, optimizer) == really_there(model, optimizer)


def test_by_hand():
    model = nn.Sequential(nn.Linear(10, 5, bias=False), nn.Linear(5, 2))  # 50 + 12 numbers
    model[0].requires_grad_(False)
    adam = torch.optim.Adam(model[1].parameters())
    # two averages of 12 numbers of 4 bytes, and for each of two tensors a count of 4 bytes
    assert training_memory(model, adam) == Memory(248, 48, 96 + 8)
    assert training_memory(model, adam).total == 400


def test_packed_and_half_weights_and_buffers():
    model = nn.Sequential(
        nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, bias=False).bfloat16()
    )
    model[0].weight = nn.Parameter(EightBits.of(model[0].weight.detach()), requires_grad=False)
    model[0].bias.requires_grad_(False)
    add_adapters(model, rank=1, targets=["0"])
    packed = 12 + 4 * 2  # a byte a number and a scale of two for each row
    norm = 4 * 4 * 4 + 8  # weight, bias, mean, variance, and how many were seen
    adapter = (3 + 4) * 4
    counted = training_memory(model, torch.optim.SGD(adapters_of(model)["0"].parameters(), lr=1.0))
    assert counted == Memory(packed + 16 + norm + 16 + adapter, adapter, 0)


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_adapters_take_as_much_more_as_their_rank(rank):
    model = GPT(CONFIG)
    add_adapters(model, rank)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    counted = training_memory(model, torch.optim.SGD(weights, lr=0.1, momentum=0.9))
    assert counted.gradients == counted.optimizer == 2 * 2 * rank * (16 + 16) * 4


def test_an_optimizer_that_looks_at_numbers_is_asked_after_a_step():
    model = GPT(CONFIG)
    optimizer = torch.optim.Adafactor(model.parameters())
    with pytest.raises(ValueError, match="a step of Adafactor can't be tried on shapes alone"):
        training_memory(model, optimizer)
    there = really_there(model, optimizer)
    assert training_memory(model, optimizer) == there


def test_an_optimizer_of_other_weights():
    with pytest.raises(ValueError, match="the optimizer trains weights that are not the model's"):
        training_memory(GPT(CONFIG), torch.optim.Adam(GPT(CONFIG).parameters()))
    with pytest.raises(ValueError, match="gradients is -1, expected a whole number of at least 0"):
        Memory(1, -1, 0)


def kept_by(layer, x):
    with activations_counted() as kept:
        layer(x).square().sum()
    return sorted(kept)


def test_what_a_map_keeps_by_hand():
    assert kept_by(nn.Linear(8, 4), torch.ones(3, 8)) == [48, 96]  # its output, and its input
    both = nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 2))
    assert kept_by(both, torch.ones(3, 8)) == [24, 32, 48, 96]  # 32 is the second map's weight


@given(st.integers(1, 6))
def test_activations_grow_with_the_batch_and_weights_do_not(rows):
    model = GPT(CONFIG, torch.Generator().manual_seed(0))
    totals = []
    for count in (rows, 2 * rows, 3 * rows):
        with activations_counted() as kept:
            model(torch.ones(count, 8, dtype=torch.long)).square().sum()
        totals.append(sum(kept))
    assert totals[2] - totals[1] == totals[1] - totals[0] > 0
    assert 2 * totals[0] >= totals[1]


def test_two_looks_at_one_memory_count_once():
    x = torch.ones(4, requires_grad=True)
    with activations_counted() as kept:
        _ = (x * x).sum()
    assert kept == [16]
