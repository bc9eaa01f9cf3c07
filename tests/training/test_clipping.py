"""Clipping by norm: against torch, by hand, and the direction stays."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.training.clipping import clip_by_norm


def with_gradients(seed: int, size: float = 1.0) -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(seed)
    weights = [
        nn.Parameter(torch.zeros(shape, dtype=torch.float64)) for shape in ((3, 2), (4,), ())
    ]
    for weight in weights:
        weight.grad = size * torch.randn(weight.shape, generator=generator, dtype=torch.float64)
    return [*weights, nn.Parameter(torch.zeros(2))]  # the last one was never used


@given(seed=st.integers(0, 99), limit=st.floats(0.01, 20))
def test_as_torch(seed: int, limit: float) -> None:
    ours, theirs = with_gradients(seed), with_gradients(seed)
    norm = clip_by_norm(ours, limit)
    expected = nn.utils.clip_grad_norm_(theirs, limit)
    assert norm.item() == pytest.approx(expected.item(), rel=1e-12)
    for mine, other in zip(ours[:3], theirs[:3], strict=True):
        assert mine.grad is not None
        # torch adds 1e-6 to the norm that it divides by
        torch.testing.assert_close(mine.grad, other.grad, rtol=2e-6, atol=0)
    assert ours[3].grad is None


def test_by_hand() -> None:
    one, two = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))
    one.grad, two.grad = torch.tensor([2.0, 3.0]), torch.tensor([-6.0])
    assert clip_by_norm([one, two], 14.0).item() == 7.0  # 4 + 9 + 36 is 49
    assert one.grad.tolist() == [2.0, 3.0]
    assert clip_by_norm([one, two], 3.5).item() == 7.0  # together, not each for itself
    assert one.grad.tolist() == [1.0, 1.5]
    assert two.grad.tolist() == [-3.0]


@given(seed=st.integers(0, 99), limit=st.floats(0.01, 20), size=st.floats(1e-3, 1e3))
def test_never_longer_than_the_limit_and_the_direction_stays(
    seed: int, limit: float, size: float
) -> None:
    weights, before = with_gradients(seed, size), with_gradients(seed, size)
    norm = clip_by_norm(weights, limit).item()
    share = min(1.0, limit / norm)
    for weight, old in zip(weights[:3], before[:3], strict=True):
        torch.testing.assert_close(weight.grad, share * old.grad, rtol=1e-12, atol=0)
    assert clip_by_norm(weights, math.inf).item() <= limit * (1 + 1e-12) or share == 1.0


@pytest.mark.parametrize("limit", [-1.0, 0.0, -math.inf])
def test_a_limit_is_above_0(limit: float) -> None:
    """A negative one would turn all gradients round."""
    weights, before = with_gradients(0), with_gradients(0)
    with pytest.raises(ValueError, match=rf"limit is {limit}, .* math.inf is for no clipping"):
        clip_by_norm(weights, limit)
    assert torch.equal(weights[0].grad, before[0].grad)


def test_a_limit_is_a_number() -> None:
    with pytest.raises(ValueError, match="limit is nan, expected a"):
        clip_by_norm(with_gradients(0), math.nan)


def test_without_gradients_there_is_nothing_to_clip() -> None:
    for weights in ([], [nn.Parameter(torch.zeros(2))]):
        with pytest.raises(ValueError, match=r"no parameter has a gradient: call backward\(\)"):
            clip_by_norm(iter(weights), 1.0)
