"""A run that was broken off goes on to the same numbers."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, RMSprop

from lmteach.training import checkpoints
from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

OPTIMIZERS: dict[str, Any] = {
    "AdamW": lambda weights: AdamW(weights, lr=0.02, weight_decay=0.1),
    "SGD": lambda weights: SGD(weights, lr=0.05),
    "momentum": lambda weights: SGD(weights, lr=0.05, momentum=0.9, nesterov=True),
    "RMSprop": lambda weights: RMSprop(weights, lr=0.01),
    "amsgrad": lambda weights: Adam(weights, lr=0.02, amsgrad=True),
}


class BrokenOff(Exception):
    """What ends a run from outside."""


def run(
    path: Path | None,
    steps: int = 60,
    break_at: int | None = None,
    kind: str = "AdamW",
    seed: int = 0,
    **options: Any,
) -> tuple[History, nn.Module]:
    """Train a model with dropout; everything random is seeded, then broken off if wanted."""
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 6), nn.Dropout(0.4), nn.Tanh(), nn.Linear(6, 1))
    drawn = []

    def draw(generator: torch.Generator) -> Tensor:
        drawn.append(1)
        if len(drawn) == break_at:
            raise BrokenOff("the power is gone")
        return torch.randn(8, 2, generator=generator)

    def error(model: nn.Module) -> float:
        fixed = torch.linspace(-1, 1, 20).view(10, 2)
        # wavers, so that the best weights are not the last
        noise = torch.rand(()).item()
        return loss_of(model, fixed).item() + noise

    options = {"validate": error, "validate_every": 10, **options}
    history = fit(
        model,
        loss_of,
        draw,
        steps,
        OPTIMIZERS[kind](model.parameters()),
        torch.Generator().manual_seed(seed),
        schedule=lambda step: warmup_cosine(step, 10, 60),
        checkpoint=path,
        progress=False,
        **options,
    )
    return history, model


def loss_of(model: nn.Module, x: Tensor) -> Tensor:
    return (model(x) - x.prod(dim=1, keepdim=True)).square().mean()


def assert_same(one: tuple[History, nn.Module], other: tuple[History, nn.Module]) -> None:
    assert one[0] == other[0]
    for name, tensor in one[1].state_dict().items():
        assert torch.equal(tensor, other[1].state_dict()[name]), name


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_to_the_same_numbers(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    whole = run(None, kind=kind)
    with pytest.raises(BrokenOff, match="power"):
        run(path, break_at=37, kind=kind)
    torch.manual_seed(99)  # whatever happened in between
    resumed = run(path, kind=kind)
    assert_same(resumed, whole)
    assert len(resumed[0].losses) == 60
    assert resumed[0].best_step < 60  # so that the best weights are not simply the last


def test_broken_off_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    for _ in range(3):
        with pytest.raises(BrokenOff, match="power"):
            run(path, break_at=16)
    assert_same(run(path), run(None))


def test_the_best_weights_from_before_the_break_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    whole = run(None, steps=60)
    best = whole[0].best_step
    with pytest.raises(BrokenOff, match="power"):
        run(path, break_at=best + 11)  # the last save is after the best one
    history, _ = run(path)
    assert history.best_step == best
    assert_same(run(path), whole)


def test_without_validation_it_is_saved_as_often(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    with pytest.raises(BrokenOff, match="power"):
        run(path, break_at=45, validate=None)
    assert len(checkpoints.read(path)[1]["history"]["losses"]) == 40
    assert_same(run(path, validate=None), run(None, validate=None))


def test_a_finished_run_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    first = run(path)
    assert_same(run(path, break_at=1), first)


def test_a_run_that_lost_patience_stays_stopped(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    rising = iter(range(100))
    stopped = run(path, validate=lambda model: float(next(rising)), patience=2)
    assert len(stopped[0].losses) == 30
    again = run(path, break_at=1, validate=lambda model: 0.0, patience=2)
    assert_same(again, stopped)


def test_more_steps_may_be_asked_for_and_fewer_not(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    run(path, steps=40)
    assert_same(run(path, steps=60), run(None, steps=60))
    with pytest.raises(ValueError, match="has 60 steps behind it, and steps is 40"):
        run(path, steps=40)


def test_time_is_added_up(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    run(path, steps=30)
    tensors, notes = checkpoints.read(path)
    notes["history"]["seconds"] = 1000.0
    checkpoints.write(path, tensors, notes)
    assert 1000 < run(path, steps=60)[0].seconds < 1100


def test_another_optimizer_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    run(path, steps=20)
    with pytest.raises(ValueError, match="was saved with optimizer AdamW, and this run has SGD"):
        run(path, kind="SGD")
    with pytest.MonkeyPatch.context() as patch:
        faster = lambda weights: AdamW(weights, lr=0.03, weight_decay=0.1)  # noqa: E731
        patch.setitem(OPTIMIZERS, "AdamW", faster)
        with pytest.raises(
            ValueError, match=r"was saved with lr of group 0 0\.02, and this run has 0\.03"
        ):
            run(path)


def test_another_model_a_damaged_file_and_bare_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    run(path, steps=20)
    model = nn.Linear(2, 1)

    def resume() -> None:
        optimizer = AdamW(model.parameters(), lr=0.02, weight_decay=0.1)
        fit(
            model,
            loss_of,
            lambda generator: torch.ones(1, 2),
            30,
            optimizer,
            torch.Generator(),
            checkpoint=path,
            progress=False,
        )

    with pytest.raises(ValueError, match=r"belongs to another model: 0\.bias is unknown here"):
        resume()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="not a whole checkpoint"):
        resume()
    checkpoints.save(path, model)
    with pytest.raises(ValueError, match="holds weights, and no run to go on with"):
        resume()
