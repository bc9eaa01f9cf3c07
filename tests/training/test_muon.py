"""Muon: against singular values, beside PyTorch's, by hand, and what it promises."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.training.muon import LENGTH, Muon, muon_groups, orthogonalised
from lmteach.training.optimizers import AdamW


def drawn(rows, columns, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, columns, generator=generator, dtype=torch.float64)


@settings(max_examples=30)
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 5), st.integers(0, 99))
def test_only_the_singular_values_move(rows, columns, rounds, seed):
    matrix = drawn(rows, columns, seed)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    values = values / values.norm()  # the Frobenius norm
    for _ in range(rounds):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    expected = left @ torch.diag(values) @ right
    torch.testing.assert_close(orthogonalised(matrix, rounds), expected, rtol=0, atol=1e-6)


@settings(max_examples=30)
@given(st.integers(1, 8), st.integers(0, 99), st.floats(1e-3, 1e3))
def test_all_directions_become_alike_whatever_the_scale(rows, seed, scale):
    matrix = drawn(rows, 3 * rows, seed)  # not square: no value is near 0
    values = torch.linalg.svdvals(orthogonalised(scale * matrix))
    assert bool(((values > 0.6) & (values < 1.3)).all())
    torch.testing.assert_close(
        orthogonalised(matrix.T), orthogonalised(matrix).T, rtol=0, atol=1e-12
    )


def test_zeros_stay_zeros():
    assert not orthogonalised(torch.zeros(3, 2)).any()


@pytest.mark.parametrize("shape", [(4, 4), (3, 8), (8, 3)])
@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_beside_pytorch(shape, weight_decay):
    """Theirs computes in bfloat16, with three digits; ours in the type of the weights."""
    start = drawn(*shape).float()
    ours, theirs = (nn.Parameter(start.clone()) for _ in range(2))
    given = {"lr": 0.02, "weight_decay": weight_decay}
    own = Muon([{"params": [ours], "orthogonal": True}], **given)
    other = torch.optim.Muon([theirs], **given, adjust_lr_fn="match_rms_adamw")
    for step in range(5):
        ours.grad = drawn(*shape, step).float()
        theirs.grad = ours.grad.clone()
        own.step()
        other.step()
    gap, moved = (ours - theirs).norm(), (theirs - start).norm()
    assert gap.item() < 0.05 * moved.item()


def test_by_hand():
    """A row: its only singular value is its length, so that the first step has a known length."""
    weight = nn.Parameter(torch.tensor([[10.0, 20.0]]))
    weight.grad = torch.tensor([[3.0, 4.0]])
    Muon([{"params": [weight], "orthogonal": True}], lr=0.1, weight_decay=0.5).step()
    value = 1.0
    for _ in range(5):
        value = 3.4445 * value - 4.7750 * value**3 + 2.0315 * value**5
    length = 0.1 * LENGTH * 2**0.5 * value
    by_hand = [9.5 - 0.6 * length, 19.0 - 0.8 * length]
    assert weight[0].tolist() == pytest.approx(by_hand, rel=1e-6)


def test_momentum_looks_ahead():
    """Nesterov's: of the newest gradient counts more than the mean has taken in."""
    weight = nn.Parameter(torch.zeros(1, 2))
    optimizer = Muon(
        [{"params": [weight], "orthogonal": True}], lr=1.0, weight_decay=0.0, momentum=0.5
    )
    for gradient in (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])):
        before = weight.detach().clone()
        weight.grad = gradient
        optimizer.step()
    moved = weight.detach() - before
    # M = [1/4, 1/2] and half of the gradient on top: [1/8, 3/4]
    assert (moved[0, 1] / moved[0, 0]).item() == pytest.approx(6.0, rel=1e-5)


def test_the_groups_of_a_gpt():
    config = GPTConfig(vocab_size=9, context=8, dim=8, heads=2, layers=2, tied=False)
    model = GPT(config)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    matrices, others = muon_groups(model)
    assert {names[id(p)].split(".", 2)[2] for p in matrices["params"]} == {
        "self_attn.in_proj_weight",
        "self_attn.out_proj.weight",
        "linear1.weight",
        "linear2.weight",
    }
    assert len(matrices["params"]) == 8
    outside = {names[id(p)] for p in others["params"]}
    assert {"wte.weight", "wpe.weight", "lm_head.weight", "ln_f.bias"} <= outside
    assert len(names) == len(matrices["params"]) + len(others["params"])
    assert (matrices["orthogonal"], others["orthogonal"]) == (True, False)


def test_all_else_is_left_to_adamw():
    ours, theirs = (nn.Parameter(drawn(3, 2)) for _ in range(2))
    given = {"lr": 0.1, "betas": (0.8, 0.9), "weight_decay": 0.1}
    pair = Muon([ours], **given), AdamW([theirs], **given)
    for step in range(3):
        for weight, optimizer in zip((ours, theirs), pair, strict=True):
            weight.grad = drawn(3, 2, step)
            optimizer.step()
    assert torch.equal(ours, theirs)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("given", "message"),
    [({"lr": -1.0}, "lr is -1.0"), ({"momentum": 1.0}, "momentum is 1.0, expected .* below 1")],
)
def test_bad_arguments(given, message):
    with pytest.raises(ValueError, match=message):
        Muon([nn.Parameter(torch.ones(1, 1))], **given)
