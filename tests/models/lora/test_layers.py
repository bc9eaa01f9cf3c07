"""One map and its adapter: the formula, its gradients, by hand, and what the scale is for."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from lmteach.models.llama.packed import EightBits
from lmteach.models.lora.layers import LoRALinear, LowRank, put_beside


def generator(seed=0):
    """The same randomness each time."""
    return torch.Generator().manual_seed(seed)


def drawn(*shape, seed=0):
    """Some numbers in double precision."""
    return torch.randn(shape, generator=generator(seed), dtype=torch.float64)


def adapted(inputs, outputs, rank, alpha=3.0, bias=True):
    """A map with an adapter that has learned something."""
    made = LoRALinear(nn.Linear(inputs, outputs, bias).double(), rank, alpha)
    with torch.no_grad():
        for place, weight in enumerate(made.parameters()):
            weight.copy_(drawn(*weight.shape, seed=place))
    return made


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 6), st.booleans())
def test_it_is_one_map_with_another_weight_in_values_and_gradients(inputs, outputs, rank, bias):
    rank = min(rank, inputs, outputs)
    ours = adapted(inputs, outputs, rank, bias=bias)
    a, b = ours.low_rank.lora_A, ours.low_rank.lora_B
    x = drawn(2, 3, inputs, seed=9).requires_grad_()
    dense = ours.base.weight + torch.einsum("or,ri->oi", b, a) * 3.0 / rank
    expected = functional.linear(x, dense, ours.base.bias)
    weights = torch.linspace(-1, 2, expected.numel(), dtype=x.dtype).view_as(expected)
    for found in (ours(x), functional.linear(x, ours.weight, ours.bias)):
        torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
        torch.testing.assert_close(
            torch.autograd.grad((found * weights).sum(), [x, a, b]),
            torch.autograd.grad((expected * weights).sum(), [x, a, b], retain_graph=True),
            rtol=1e-10,
            atol=1e-10,
        )


def test_by_hand():
    base = nn.Linear(2, 2)
    ours = LoRALinear(base, rank=1, alpha=3.0)
    with torch.no_grad():
        base.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        base.bias.copy_(torch.tensor([10.0, 20.0]))
        ours.low_rank.lora_A.copy_(torch.tensor([[1.0, 2.0]]))
        ours.low_rank.lora_B.copy_(torch.tensor([[1.0], [-1.0]]))
    # A x = 3, B A x = (3, -3), times α / r = 3: (9, -9), beside (1, 1) + (10, 20)
    assert ours(torch.ones(2)).tolist() == [20.0, 12.0]
    ours.merge()
    assert base.weight.tolist() == [[4.0, 6.0], [-3.0, -5.0]]
    assert ours(torch.ones(2)).tolist() == [20.0, 12.0]
    ours.unmerge()
    assert base.weight.tolist() == [[1.0, 0.0], [0.0, 1.0]]


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 9))
def test_at_first_nothing_changes_and_b_alone_has_a_gradient(inputs, outputs, seed):
    torch.manual_seed(seed)
    base = nn.Linear(inputs, outputs)
    plain = copy.deepcopy(base)
    ours = LoRALinear(base, rank=1, generator=generator(seed))
    x = torch.randn(5, inputs)
    assert torch.equal(ours(x), plain(x))
    ours(x).square().sum().backward()
    assert ours.low_rank.lora_A.grad.abs().max() == 0  # all that reaches A goes through B
    assert ours.low_rank.lora_B.grad.abs().max() > 0
    assert base.weight.grad is base.bias.grad is None


def test_a_starts_as_that_of_a_linear_map_and_comes_from_the_generator():
    first, again = (LowRank(100, 60, 50, generator=generator(3)).lora_A for _ in range(2))
    assert torch.equal(first, again)
    assert first.abs().max() <= 100**-0.5
    assert first.std().item() == pytest.approx((100 * 3) ** -0.5, rel=0.03)


def test_dropout_is_of_the_adapter_alone_and_only_in_training():
    ours = adapted(6, 4, 2)
    ours.low_rank.dropout.p = 0.5
    x = torch.ones(1000, 6, dtype=torch.float64)
    torch.manual_seed(0)
    ours.train()
    assert ours(x).std(dim=0).min() > 0.1
    torch.testing.assert_close(ours(x).mean(dim=0), ours.eval()(x)[0], rtol=0, atol=1.0)
    assert ours(x).std(dim=0).max() < 1e-10


def _change(rank, scaled, inputs=64, outputs=32, rate=1e-3):
    """How far one step of Adam moves the output, by which it learns, at a rank."""
    base = nn.Linear(inputs, outputs)
    x = torch.randn(inputs, generator=generator(1))
    alpha = 16.0 if scaled else 16.0 * rank  # α without / r is r times as much
    sizes = []
    for seed in range(20):
        ours = LoRALinear(base, rank, alpha, generator=generator(seed))
        optimizer = torch.optim.Adam(ours.low_rank.parameters(), lr=rate, eps=1e-30)
        before = ours(x)
        (before * torch.randn(outputs, generator=generator(2))).sum().backward()
        optimizer.step()
        sizes.append((ours(x) - before).norm().item())
    return sum(sizes) / len(sizes)


def test_divided_by_the_rank_the_first_step_is_the_same_size_at_every_rank():
    """A step of Adam moves each number of B by the rate: r of them add up in each output."""
    sizes = {rank: _change(rank, scaled=True) for rank in (1, 2, 4, 8, 16)}
    assert max(sizes.values()) < 1.3 * min(sizes.values()), sizes
    without = {rank: _change(rank, scaled=False) for rank in (1, 2, 4, 8, 16)}
    for rank, size in without.items():
        assert size == pytest.approx(rank * sizes[rank], rel=1e-3)


@pytest.mark.parametrize("rank", [1, 2, 4, 8, 16])
def test_the_first_step_by_hand(rank):
    """With A all ones and x = 1: A x is 16 in each of r places; B moves by 0.5; α / r is 2 / r."""
    ours = LoRALinear(nn.Linear(16, 16), rank, alpha=2.0)
    with torch.no_grad():
        ours.low_rank.lora_A.fill_(1.0)
    x = torch.ones(16)
    before = ours(x)
    before.sum().backward()
    torch.optim.Adam([ours.low_rank.lora_B], lr=0.5, eps=1e-30).step()
    torch.testing.assert_close(ours(x) - before, torch.full((16,), -16.0), rtol=1e-6, atol=1e-5)


def test_a_base_in_half_precision_keeps_its_precision_and_the_adapter_has_single():
    ours = LoRALinear(nn.Linear(4, 3).bfloat16(), rank=1)
    assert ours.low_rank.lora_A.dtype == torch.float32
    assert ours(torch.ones(2, 4).bfloat16()).dtype == torch.bfloat16
    assert put_beside(LowRank(4, 3, 1), torch.ones(1).double()).lora_B.dtype == torch.float64


def test_a_base_in_evaluation_stays_there():
    ours = LoRALinear(nn.Linear(4, 3).eval(), rank=1, dropout=0.5)
    assert not ours.low_rank.dropout.training


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ({"rank": 0}, "rank is 0, expected a whole number of at least 1"),
        ({"rank": 4}, "rank is 4, expected at most 3: a map of 5 inputs and 3 outputs"),
        ({"rank": 1, "alpha": 0.0}, "alpha is 0.0, expected a finite number above 0"),
        ({"rank": 1, "alpha": -2.0}, r"alpha is -2.0, .*: 16 is usual"),
        ({"rank": 1, "dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_numbers_that_no_adapter_has(numbers, message):
    with pytest.raises(ValueError, match=message):
        LoRALinear(nn.Linear(5, 3), **numbers)


@pytest.mark.usefixtures("without_shape_checks")
def test_what_can_not_be_done():
    ours = LoRALinear(nn.Linear(5, 3), rank=1)
    with pytest.raises(ValueError, match=r"x has shape \(2, 4\), expected .* = \(…, 5\)"):
        ours(torch.ones(2, 4))
    with pytest.raises(ValueError, match="the adapter is not merged"):
        ours.unmerge()
    ours.merge()
    with pytest.raises(ValueError, match="the adapter is merged already"):
        ours.merge()


def test_a_packed_weight_is_not_merged():
    base = nn.Linear(5, 3)
    base.weight = nn.Parameter(EightBits.of(base.weight.detach()), requires_grad=False)
    ours = LoRALinear(base, rank=1)
    with pytest.raises(ValueError, match=r"the weight is packed \(EightBits\), and a sum would"):
        ours.merge()
    assert not ours.merged
