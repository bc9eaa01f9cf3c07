"""Adam and AdamW: step by step beside PyTorch's, by hand, and what they promise."""

import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmteach.training.loop import fit
from lmteach.training.optimizers import Adam, AdamW, adam_direction

PAIRS = [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)]
BOTH = pytest.mark.parametrize(("ours", "theirs"), PAIRS)


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()


def learn(model, optimizer, step):
    x = torch.randn(5, 3, generator=torch.Generator().manual_seed(step), dtype=torch.float64)
    optimizer.zero_grad()
    (model(x) - x[:, :2].sin()).square().mean().backward()
    optimizer.step()


def expect_same(one, other):
    for a, b in zip(one.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)


@BOTH
@settings(max_examples=10)
@given(
    lr=st.floats(1e-4, 0.5),
    betas=st.tuples(st.floats(0, 0.99), st.floats(0, 0.999)),
    eps=st.sampled_from([1e-8, 1e-3]),
    weight_decay=st.sampled_from([0.0, 0.01, 0.5]),
)
def test_step_by_step_equal_to_pytorch(ours, theirs, lr, betas, eps, weight_decay):
    """The same gradients for both, of very different sizes: nothing but the step can differ."""
    given = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
    weights = [nn.Parameter(torch.linspace(-1, 1, 12).double().view(3, 4)) for _ in range(2)]
    pair = [kind([weight], **given) for kind, weight in zip((ours, theirs), weights, strict=True)]
    generator = torch.Generator().manual_seed(0)
    for _ in range(20):
        gradient = torch.randn(3, 4, generator=generator).double() ** 5
        gradient[0] *= 1e-6
        gradient[1, 0] = 0.0
        for weight, optimizer in zip(weights, pair, strict=True):
            weight.grad = gradient.clone()
            optimizer.step()
        torch.testing.assert_close(*weights, rtol=1e-12, atol=1e-12)


@BOTH
def test_a_network_learns_the_same(ours, theirs):
    one, other = network(), network()
    pair = ours(one.parameters(), lr=0.02), theirs(other.parameters(), lr=0.02)
    for step in range(20):
        learn(one, pair[0], step)
        learn(other, pair[1], step)
        expect_same(one, other)


@BOTH
def test_the_defaults_are_pytorchs(ours, theirs):
    one, other = ours(network().parameters()), theirs(network().parameters())
    for name, value in one.defaults.items():
        assert other.defaults[name] == value, name


@BOTH
def test_groups_have_rates_of_their_own(ours, theirs):
    one, other = network(), network()
    optimizers = [
        kind([{"params": model[0].parameters()}, {"params": model[2].parameters(), "lr": 0.1}])
        for kind, model in ((ours, one), (theirs, other))
    ]
    for step in range(5):
        learn(one, optimizers[0], step)
        learn(other, optimizers[1], step)
    expect_same(one, other)


@BOTH
@pytest.mark.parametrize("forth", [True, False])
def test_state_loads_both_ways(ours, theirs, forth):
    model = network()
    first, second = (ours, theirs) if forth else (theirs, ours)
    optimizer = first(model.parameters(), lr=0.05)
    for step in range(5):
        learn(model, optimizer, step)
    other = copy.deepcopy(model)
    going_on = second(other.parameters(), lr=0.05)
    going_on.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    for step in range(5, 10):
        learn(model, optimizer, step)
        learn(other, going_on, step)
        expect_same(model, other)


def test_by_hand():
    """Two gradients, 3 and then −1, with β₁ = 1/2 and β₂ = 3/4, divided by √v̂ = √5."""
    state = {}
    first = adam_direction(torch.tensor(3.0), state, (0.5, 0.75), eps=0.0)
    assert first.item() == pytest.approx(1.0)  # m̂ = 3, v̂ = 9
    second = adam_direction(torch.tensor(-1.0), state, (0.5, 0.75), eps=0.0)
    m, v = 0.5 * 1.5 - 0.5, 0.75 * 2.25 + 0.25
    assert (state["exp_avg"].item(), state["exp_avg_sq"].item()) == pytest.approx((m, v))
    assert second.item() == pytest.approx((m / 0.75) / math.sqrt(v / (1 - 0.75**2)))


def test_decay_by_itself_and_by_way_of_the_gradient():
    """Without a gradient AdamW shrinks by lr · decay; to Adam, decay is a gradient like others."""
    weights = [nn.Parameter(torch.tensor([4.0])) for _ in range(2)]
    for kind, weight in zip((Adam, AdamW), weights, strict=True):
        weight.grad = torch.zeros(1)
        kind([weight], lr=0.1, weight_decay=0.5).step()
    assert [weight.item() for weight in weights] == pytest.approx([3.9, 3.8])


@given(st.floats(1e-3, 1e3))
def test_the_size_of_the_gradient_is_forgotten(scale):
    directions = []
    for factor in (1.0, scale):
        state, generator = {}, torch.Generator().manual_seed(0)
        for _ in range(3):
            gradient = factor * torch.randn(4, generator=generator, dtype=torch.float64)
            direction = adam_direction(gradient, state, (0.9, 0.99), eps=0.0)
        directions.append(direction)
    torch.testing.assert_close(*directions, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [Adam, AdamW])
def test_without_a_gradient_nothing_moves(kind):
    weight = nn.Parameter(torch.ones(2))
    optimizer = kind([weight], lr=0.1, weight_decay=0.5)
    optimizer.step()
    assert weight.tolist() == [1.0, 1.0]
    assert not optimizer.state


def test_a_closure_is_called_with_gradients_on():
    weight = nn.Parameter(torch.tensor([1.0]))
    optimizer = Adam([weight], lr=0.1)

    def closure():
        loss = weight.square().sum()
        optimizer.zero_grad()
        loss.backward()
        return loss.item()

    assert optimizer.step(closure) == 1.0
    assert weight.item() == pytest.approx(0.9)


def test_a_run_is_taken_up_again(tmp_path):
    """`fit` saves the state of our optimizers, and goes on to the same numbers."""
    runs = []
    for stops in ((20,), (10, 20)):
        path = tmp_path / f"{len(stops)}.safetensors"
        for steps in stops:
            torch.manual_seed(0)
            model = nn.Linear(1, 1)
            fit(
                model,
                loss_of=lambda model, x: (model(x) - 2 * x).square().mean(),
                draw=lambda generator: torch.rand(8, 1, generator=generator),
                steps=steps,
                optimizer=AdamW(model.parameters(), lr=0.1),
                generator=torch.Generator().manual_seed(0),
                checkpoint=path,
                progress=False,
            )
        runs.append(model)
    for one, other in zip(runs[0].parameters(), runs[1].parameters(), strict=True):
        assert torch.equal(one, other)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"lr": -0.1}, "lr is -0.1, expected a finite number of at least 0"),
        ({"lr": math.nan}, "lr is nan"),
        ({"eps": -1e-8}, "eps is -1e-08"),
        ({"weight_decay": -1.0}, "weight_decay is -1.0"),
        ({"betas": (0.9, 1.0)}, r"betas\[1\] is 1.0, expected .* of at least 0 and below 1"),
    ],
)
def test_bad_arguments(kind, given, message):
    with pytest.raises(ValueError, match=message):
        kind([nn.Parameter(torch.ones(1))], **given)


@pytest.mark.parametrize("kind", [Adam, AdamW])
@pytest.mark.parametrize(
    ("params", "words"),
    [
        ([], "params is empty"),
        ("abc", "params is 'abc'"),
        ([None], "params has None in it"),
        ([{"lr": 0.1}], "expected a group with 'params'"),
        ([{"params": [3]}], r"params\[0\] has 3 in it"),
    ],
)
def test_what_is_no_weight_is_refused(kind, params, words):
    with pytest.raises(ValueError, match=words):
        kind(params)


def test_a_weight_is_trained_once():
    weight = torch.nn.Parameter(torch.ones(2))
    for params in ([weight, weight], [{"params": [weight]}, {"params": weight}]):
        with pytest.raises(ValueError, match=r"a weight of shape \(2,\) twice"):
            Adam(params)


def test_weights_may_come_one_by_one_and_with_their_names():
    layer = torch.nn.Linear(2, 1)
    for params in (layer.parameters(), layer.named_parameters()):
        assert len(Adam(params).param_groups[0]["params"]) == 2
    [group] = Adam([{"params": layer.parameters(), "lr": 0.5}]).param_groups
    assert (len(group["params"]), group["lr"]) == (2, 0.5)
