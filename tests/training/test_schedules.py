"""Schedules: against torch's schedulers, at the places known by hand, never out of their range."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, SequentialLR

from lmteach.training.schedules import noam, warmup_cosine


@pytest.mark.parametrize(("warmup", "steps", "floor"), [(10, 50, 0.1), (1, 20, 0.0), (7, 8, 0.5)])
def test_warmup_cosine_is_that_of_torch(warmup: int, steps: int, floor: float) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(()))], lr=1.0)
    up = LinearLR(optimizer, start_factor=1e-12, total_iters=warmup)
    down = CosineAnnealingLR(optimizer, T_max=steps - warmup, eta_min=floor)
    theirs = SequentialLR(optimizer, [up, down], milestones=[warmup])
    for step in range(1, steps + 1):
        optimizer.step()
        theirs.step()
        ours = warmup_cosine(step, warmup, steps, floor)
        assert ours == pytest.approx(theirs.get_last_lr()[0], abs=1e-9), step


def test_warmup_cosine_by_hand() -> None:
    assert warmup_cosine(0, 4, 12) == 0
    assert warmup_cosine(2, 4, 12) == 0.5
    assert warmup_cosine(4, 4, 12) == 1
    assert warmup_cosine(8, 4, 12, floor=0.2) == pytest.approx(0.6)  # half of the way down
    assert warmup_cosine(12, 4, 12, floor=0.2) == pytest.approx(0.2)
    assert warmup_cosine(99, 4, 12, floor=0.2) == pytest.approx(0.2)
    assert warmup_cosine(0, 0, 12) == 1  # without a warm-up


@given(warmup=st.integers(0, 30), after=st.integers(1, 50), floor=st.floats(0, 1))
def test_warmup_cosine_rises_then_falls(warmup: int, after: int, floor: float) -> None:
    factors = [warmup_cosine(step, warmup, warmup + after, floor) for step in range(warmup + after)]
    assert factors[: warmup + 1] == sorted(factors[: warmup + 1])
    assert factors[warmup:] == sorted(factors[warmup:], reverse=True)
    assert max(factors) == 1
    assert min(factors[warmup:]) >= floor - 1e-12


def test_noam_by_hand() -> None:
    # Vaswani et al. (2017): d_model 512 and 4000 steps of warm-up peak at 1/sqrt(512 * 4000)
    assert noam(4000, 512, 4000) == pytest.approx(0.000698771, rel=1e-6)
    assert noam(1000, 512, 4000) == pytest.approx(0.000698771 / 4, rel=1e-6)
    assert noam(16_000, 512, 4000) == pytest.approx(0.000698771 / 2, rel=1e-6)


@given(dim=st.integers(1, 512), warmup=st.integers(1, 200))
def test_noam_peaks_at_the_end_of_the_warm_up(dim: int, warmup: int) -> None:
    rates = [noam(step, dim, warmup) for step in range(1, 401)]
    assert rates.index(max(rates)) == warmup - 1
    assert max(rates) == pytest.approx((dim * warmup) ** -0.5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((-1, 2, 3), "step is -1"),
        ((1, 3, 3), "steps is 3, expected .* of at least 4. The warm-up ends before"),
        ((1, -1, 3), "warmup is -1"),
        ((1, 2, 3, 1.5), "floor is 1.5"),
    ],
)
def test_what_warmup_cosine_refuses(arguments: tuple[int, int, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        warmup_cosine(*arguments)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((0, 8, 10), "step is 0"), ((1, 0, 10), "dim is 0"), ((1, 8, 0), "warmup is 0")],
)
def test_what_noam_refuses(arguments: tuple[int, int, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        noam(*arguments)
