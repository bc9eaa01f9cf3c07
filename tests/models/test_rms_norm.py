"""The hand-built RMS norm: against PyTorch's, by hand, and what it does to any vector."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.models.rms_norm import RMSNorm, rms_norm


@given(
    st.lists(st.integers(1, 4), max_size=3),
    st.integers(1, 9),
    st.sampled_from([1e-12, 1e-5, 0.1]),
    st.sampled_from([1e-3, 1.0, 1e3]),
)
def test_it_equals_pytorch_in_values_and_gradients(shape, dim, eps, spread):
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


def test_by_hand():
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
