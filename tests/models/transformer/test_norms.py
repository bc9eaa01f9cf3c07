"""The hand-built norms: against PyTorch's, by hand, and what it does to any vector."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.models.transformer.norms import LayerNorm, RMSNorm, layer_norm, rms_norm

SHAPES = st.lists(st.integers(1, 4), max_size=3)
EPS = st.sampled_from([1e-12, 1e-5, 0.1])
SPREADS = st.sampled_from([1e-3, 1.0, 1e3])


def pair(dim, eps=1e-5):
    """Ours and PyTorch's with the same numbers, which are not those of the start."""
    ours, theirs = LayerNorm(dim, eps).double(), nn.LayerNorm(dim, eps).double()
    generator = torch.Generator().manual_seed(dim)
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, generator=generator)
    ours.load_state_dict(theirs.state_dict())
    return ours, theirs


@given(SHAPES, st.integers(2, 9), EPS, SPREADS)
def test_it_equals_pytorch_in_values_and_gradients(shape, dim, eps, spread):
    ours, theirs = pair(dim, eps)
    generator = torch.Generator().manual_seed(len(shape))
    x = spread * torch.randn(*shape, dim, generator=generator, dtype=torch.float64) + spread

    def written_out(x):
        return layer_norm(x, ours.weight, ours.bias, eps)

    results = []
    for norm, call in ((ours, written_out), (ours, ours), (theirs, theirs)):
        given_in = x.clone().requires_grad_()
        output = call(given_in)
        weights = torch.linspace(-1, 2, output.numel(), dtype=x.dtype).view_as(output)
        inputs = [given_in, *norm.parameters()]
        results.append([output, *torch.autograd.grad((output * weights).sum(), inputs)])
    for plain, module, expected in zip(*results, strict=True):
        torch.testing.assert_close(plain, expected, rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(module, expected, rtol=1e-8, atol=1e-8)


def test_by_hand():
    norm = LayerNorm(4, eps=0.0)
    with torch.no_grad():
        norm.weight[0], norm.bias[0] = 10.0, 3.0
    x = torch.tensor([2.0, 0.0, 2.0, 0.0])  # mean 1, variance 1 (and not 4 / 3)
    by_hand = pytest.approx([13.0, -1.0, 1.0, -1.0])
    assert norm(x).tolist() == by_hand
    assert layer_norm(x, norm.weight, norm.bias, eps=0.0).tolist() == by_hand


@given(st.integers(2, 9), st.floats(0.1, 100), st.floats(-50, 50))
def test_scale_and_shift_of_a_vector_are_forgotten(dim, scale, shift):
    x = torch.randn(3, dim, generator=torch.Generator().manual_seed(dim), dtype=torch.float64)
    norm = LayerNorm(dim, eps=1e-12).double()
    out = norm(x)
    torch.testing.assert_close(norm(scale * x + shift), out, rtol=0, atol=1e-6)
    zeros = torch.zeros(3, dtype=torch.float64)
    torch.testing.assert_close(out.mean(dim=-1), zeros, rtol=0, atol=1e-9)
    torch.testing.assert_close(out.var(dim=-1, correction=0), zeros + 1, rtol=0, atol=1e-6)


def test_a_vector_of_equal_numbers_is_no_division_by_zero():
    assert LayerNorm(3)(torch.full((3,), 7.0)).tolist() == [0.0, 0.0, 0.0]


def test_the_numbers_go_both_ways():
    ours, theirs = pair(5)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    theirs.load_state_dict(LayerNorm(5).state_dict())
    assert theirs.weight.tolist() == [1.0] * 5


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(2, 4), r"x has shape \(2, 4\) .* expected floating point numbers \(…, 3\)"),
        (torch.zeros(2, 3).long(), "type torch.int64"),
        (torch.tensor(1.0), r"shape \(\)"),
    ],
)
def test_bad_vectors(x, message):
    with pytest.raises(ValueError, match=message):
        LayerNorm(3)(x)


def test_bad_width():
    with pytest.raises(ValueError, match="dim is 0, expected a whole number of at least 1"):
        LayerNorm(0)


@given(SHAPES, st.integers(1, 9), EPS, SPREADS)
def test_it_equals_pytorch_in_values_and_gradients_rms(shape, dim, eps, spread):
    ours, theirs = RMSNorm(dim, eps).double(), nn.RMSNorm(dim, eps).double()
    generator = torch.Generator().manual_seed(dim)
    nn.init.normal_(theirs.weight, generator=generator)
    ours.load_state_dict(theirs.state_dict())
    x = spread * torch.randn(*shape, dim, generator=generator, dtype=torch.float64) + spread
    results = []
    for norm in (ours, theirs):
        given_in = x.clone().requires_grad_()
        output = norm(given_in)
        weights = torch.linspace(-1, 2, output.numel(), dtype=x.dtype).view_as(output)
        inputs = [given_in, *norm.parameters()]
        results.append([output, *torch.autograd.grad((output * weights).sum(), inputs)])
    for found, expected in zip(*results, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-8)


def test_by_hand_rms():
    norm = RMSNorm(4, eps=0.0)
    with torch.no_grad():
        norm.weight[1] = 10.0
    x = torch.tensor([1.0, 1.0, 1.0, 5.0])  # the mean of the squares is 28 / 4 = 7
    assert norm(x).tolist() == pytest.approx([7**-0.5, 10 * 7**-0.5, 7**-0.5, 5 * 7**-0.5])


@given(st.integers(1, 9), st.floats(0.1, 100))
def test_scale_is_forgotten_and_a_shift_is_not(dim, scale):
    x = torch.randn(3, dim, generator=torch.Generator().manual_seed(dim), dtype=torch.float64)
    out = rms_norm(x, eps=1e-12)
    torch.testing.assert_close(rms_norm(scale * x, eps=1e-12), out, rtol=0, atol=1e-6)
    ones = torch.ones(3, dtype=torch.float64)
    torch.testing.assert_close(out.square().mean(dim=-1), ones, rtol=0, atol=1e-6)
    if dim > 1:
        assert bool((rms_norm(x + 1, eps=1e-12) - out).abs().max() > 1e-3)


def test_zeros_are_no_division_by_zero():
    assert RMSNorm(3)(torch.zeros(3)).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.usefixtures("without_shape_checks")
def test_a_width_below_one():
    with pytest.raises(ValueError, match="dim is 0, expected a whole number of at least 1"):
        RMSNorm(0)
