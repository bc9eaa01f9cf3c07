"""The curve of a run: smoothed as Adam's means are, and thinned so that it keeps its shape."""

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.widgets.training_panel.loss_curve import MOMENTUM, MOST, LossCurve

LOSSES = st.lists(st.floats(0, 20), min_size=1, max_size=60)


def curve_of(losses: list[float], first: int = 1) -> LossCurve:
    curve = LossCurve()
    for step, loss in enumerate(losses, start=first):
        curve.add(step, loss)
    return curve


def test_by_hand() -> None:
    curve = curve_of([4.0, 2.0, 0.0])
    kept = [MOMENTUM**power for power in (2, 1, 0)]
    assert curve.smooth[2] == pytest.approx((4 * kept[0] + 2 * kept[1]) / sum(kept))
    assert curve.points() == [(1, 4.0, 4.0), (2, 2.0, curve.smooth[1]), (3, 0.0, curve.smooth[2])]


@given(LOSSES)
def test_smoothing_is_the_first_moment_of_torchs_adam(losses: list[float]) -> None:
    """Adam's step is the smoothed gradient where the second moment forgets at once."""
    weight = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))
    adam = torch.optim.Adam([weight], lr=1.0, betas=(MOMENTUM, 0.0), eps=0.0)
    for loss in losses:
        weight.grad = torch.full_like(weight, loss + 1.0)
        adam.step()
    first = adam.state[weight]["exp_avg"].item() / (1 - MOMENTUM ** len(losses))
    assert curve_of(losses).smooth[-1] == pytest.approx(first - 1.0, abs=1e-9)


@given(LOSSES)
def test_the_smoothed_loss_lies_among_the_losses(losses: list[float]) -> None:
    for place, smooth in enumerate(curve_of(losses).smooth):
        seen = losses[: place + 1]
        assert min(seen) - 1e-9 <= smooth <= max(seen) + 1e-9


@pytest.mark.parametrize("count", [1, 2, MOST - 1, MOST, MOST + 1, 2 * MOST, 7200, 100_003])
def test_few_points_and_the_last_among_them(count: int) -> None:
    curve = curve_of([float(step) for step in range(count)], first=11)
    points = curve.points()
    assert len(points) <= MOST
    assert len(points) >= min(count, MOST // 2)
    assert points[0] == (11, 0.0, 0.0)
    assert points[-1] == (10 + count, float(count - 1), curve.smooth[-1])
    gaps = {after[0] - before[0] for before, after in pairwise(points[:-1])}
    assert len(gaps) <= 1
    if count <= MOST:
        assert [loss for _, loss, _ in points] == curve.losses


def test_points_that_are_drawn_stay_in_place() -> None:
    curve, before = LossCurve(), set()
    for step in range(1, 2001):
        curve.add(step, math.sin(step))
        points = {step for step, _, _ in curve.points()[:-1]}
        assert len(before - points) in (0, len(before) // 2)  # nothing goes, or every second one
        before = points


def test_a_run_that_has_not_begun() -> None:
    assert LossCurve().points() == []


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number(loss: float) -> None:
    with pytest.raises(ValueError, match=r"step 1 has the loss .*smaller learning rate"):
        LossCurve().add(1, loss)


def test_steps_that_do_not_rise() -> None:
    curve = curve_of([1.0, 2.0])
    with pytest.raises(ValueError, match="step 2 came after step 2"):
        curve.add(2, 1.0)
    assert curve.losses == [1.0, 2.0]
