"""DP-SGD: gradients against a loop, torch.func and opacus; clipping bounds one example's say."""

import copy
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn import functional
from torch.testing import assert_close

from lmteach.training.private import (
    PrivateTraining,
    clipped_sum,
    gradient_norms,
    per_example_gradients,
    poisson_sample,
    private_gradient,
)


def small_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Embedding(7, 3), nn.Flatten(), nn.Linear(12, 5), nn.Tanh(), nn.Linear(5, 7)
    ).double()


def losses_of(model: nn.Module, examples: torch.Tensor) -> torch.Tensor:
    """Two places of each example: letters 0 to 3 say letter 4, letters 1 to 4 letter 5."""
    windows = examples.unfold(1, 5, 1).reshape(-1, 5)
    each = functional.cross_entropy(model(windows[:, :-1]), windows[:, -1], reduction="none")
    return each.view(len(examples), -1).mean(dim=1)


EXAMPLES = torch.randint(7, (6, 6), generator=torch.Generator().manual_seed(1))


def by_loop(model: nn.Module) -> dict[str, torch.Tensor]:
    rows = []
    for example in EXAMPLES:
        loss = losses_of(model, example[None])[0]
        rows.append(torch.autograd.grad(loss, list(model.parameters())))
    names = [name for name, _ in model.named_parameters()]
    columns = zip(*rows, strict=True)
    return {name: torch.stack(own) for name, own in zip(names, columns, strict=True)}


def by_func(model: nn.Module) -> dict[str, torch.Tensor]:
    def loss(weights: dict, example: torch.Tensor) -> torch.Tensor:
        windows = example.unfold(0, 5, 1)
        said = functional_call(model, weights, (windows[:, :-1],))
        return functional.cross_entropy(said, windows[:, -1])

    weights = {name: weight.detach() for name, weight in model.named_parameters()}
    return vmap(grad(loss), in_dims=(None, 0))(weights, EXAMPLES)


def by_opacus(model: nn.Module) -> dict[str, torch.Tensor]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from opacus.grad_sample import GradSampleModule

        watched = GradSampleModule(copy.deepcopy(model), loss_reduction="sum")
        first = EXAMPLES[:, :5]  # one place of each: opacus counts rows as examples
        loss = functional.cross_entropy(watched(first[:, :-1]), first[:, -1], reduction="sum")
        loss.backward()
    return {name[len("_module.") :]: w.grad_sample for name, w in watched.named_parameters()}


@pytest.mark.parametrize("reference", [by_loop, by_func])
def test_each_examples_gradient_is_that_of_the_loop_and_of_torch_func(reference) -> None:
    model = small_model()
    found, expected = per_example_gradients(model, losses_of, EXAMPLES), reference(model)
    assert found.keys() == dict(model.named_parameters()).keys()
    for name, gradients in found.items():
        assert_close(gradients, expected[name], atol=1e-12, rtol=0)


def test_each_examples_gradient_is_that_of_opacus() -> None:
    model = small_model()
    found = per_example_gradients(model, losses_of, EXAMPLES[:, :5])
    for name, expected in by_opacus(model).items():
        assert_close(found[name], expected, atol=1e-12, rtol=0)


def test_their_mean_is_the_gradient_of_the_mean_loss_and_no_hook_stays() -> None:
    model = small_model()
    found = per_example_gradients(model, losses_of, EXAMPLES)
    losses_of(model, EXAMPLES).mean().backward()
    for name, weight in model.named_parameters():
        assert_close(found[name].mean(dim=0), weight.grad)
    assert not any(layer._forward_hooks for layer in model.modules())


def test_a_layer_that_is_used_twice_gets_both_gradients() -> None:
    layer = nn.Linear(2, 2, bias=False).double()
    model = nn.Sequential(nn.Embedding(3, 2).double(), layer, layer)
    examples = torch.tensor([[0], [2]])
    found = per_example_gradients(model, lambda m, x: m(x).square().sum((1, 2)), examples)
    loss = model(examples[1:]).square().sum()
    assert_close(found["1.weight"][1], torch.autograd.grad(loss, layer.weight)[0])


def test_a_step_by_hand() -> None:
    gradients = {"w": torch.tensor([[3.0, 0.0], [0.0, 0.5]]), "b": torch.tensor([[4.0], [0.0]])}
    assert gradient_norms(gradients).tolist() == [5.0, 0.5]
    total = clipped_sum(gradients, 1.0)
    assert_close(total["w"], torch.tensor([0.6, 0.5]))
    assert_close(total["b"], torch.tensor([0.8]))
    made = private_gradient(gradients, 1.0, 2.0, 4.0, torch.Generator().manual_seed(3))
    drawn = torch.randn(2, generator=torch.Generator().manual_seed(3))
    assert_close(made["w"], (torch.tensor([0.6, 0.5]) + 2.0 * drawn) / 4.0)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 10.0), st.floats(0.1, 1e6))
def test_one_example_moves_the_sum_by_the_clip_at_most(seed, clip, size) -> None:
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randn(5, 3, generator=generator, dtype=torch.float64)
    with_it = clipped_sum({"w": torch.cat([rows, size * rows[:1]])}, clip)["w"]
    without = clipped_sum({"w": rows}, clip)["w"]
    assert (with_it - without).norm() <= clip * (1 + 1e-9)


def test_the_noise_is_as_wide_as_it_says() -> None:
    gradients = {"w": torch.zeros(2, 100_000)}
    made = private_gradient(gradients, 0.5, 3.0, 10.0, torch.Generator().manual_seed(0))["w"]
    assert made.std().item() == pytest.approx(3.0 * 0.5 / 10.0, rel=0.02)
    assert abs(made.mean().item()) < 0.002


def test_everyone_is_drawn_by_a_coin_of_their_own() -> None:
    generator = torch.Generator().manual_seed(0)
    counts = [len(poisson_sample(1000, 0.1, generator)) for _ in range(200)]
    assert sum(counts) / 200 == pytest.approx(100, abs=2)
    assert len(set(counts)) > 10  # not always as many
    assert poisson_sample(5, 1.0, generator).tolist() == [0, 1, 2, 3, 4]


def test_training_learns_and_runs_when_nobody_is_drawn() -> None:
    model, generator = small_model(), torch.Generator().manual_seed(0)
    examples = EXAMPLES[:1].repeat(200, 1)
    before = losses_of(model, examples[:1]).item()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    PrivateTraining(40, 0.3, 0.5).fit(model, losses_of, examples, optimizer, generator)
    assert losses_of(model, examples[:1]).item() < before - 1
    alone = PrivateTraining(3, 1e-9, 1.0)
    alone.fit(model, losses_of, EXAMPLES, torch.optim.SGD(model.parameters(), lr=1e-9), generator)
    assert all(weight.isfinite().all() for weight in model.parameters())


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"steps": 0}, "steps is 0, expected a whole number of at least 1"),
        (
            {"sample_rate": 1.5},
            "sample_rate is 1.5, expected a finite number above 0 and at most 1",
        ),
        ({"sample_rate": 0.0}, "sample_rate is 0.0"),
        ({"noise": 0.0}, "noise is 0.0, expected a finite number above 0"),
        ({"clip": -1.0}, "clip is -1.0, expected a finite number above 0"),
    ],
)
def test_settings_that_are_no_private_training(settings, words) -> None:
    with pytest.raises(ValueError, match=words):
        PrivateTraining(**({"steps": 1, "sample_rate": 0.1, "noise": 1.0} | settings))


def test_what_has_no_gradients_one_by_one_is_refused() -> None:
    model = nn.Sequential(nn.Embedding(3, 2), nn.LayerNorm(2))
    with pytest.raises(ValueError, match="model has the layer 1 of type LayerNorm"):
        per_example_gradients(model, lambda m, x: m(x).sum((1, 2)), torch.tensor([[0]]))
    with pytest.raises(ValueError, match="no mean over them"):
        per_example_gradients(small_model(), lambda m, x: losses_of(m, x).mean(), EXAMPLES)
    with pytest.raises(ValueError, match="gradients is a dict"):
        clipped_sum({"w": torch.ones(2, 3), "b": torch.ones(3, 1)}, 1.0)
    with pytest.raises(ValueError, match="expected \\(B, …\\) for each parameter"):
        gradient_norms({})
    with pytest.raises(ValueError, match="lot is 0"):
        private_gradient({"w": torch.ones(1, 1)}, 1.0, 1.0, 0.0, torch.Generator())
