"""The loop: the same steps as a plain one, stops when it should, keeps the best weights."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.training.resuming import copy_of

TRUE = torch.tensor([[1.0], [-2.0], [0.5]])


def draw(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    x = torch.randn(16, 3, generator=generator)
    return x, x @ TRUE + 0.1 * torch.randn(16, 1, generator=generator)


def loss_of(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    x, y = batch
    return (model(x) - y).square().mean()


def a_model(seed: int = 0, dropout: float = 0.0) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Dropout(dropout), nn.Linear(8, 1))


def train(model: nn.Module, steps: int = 30, **options: Any) -> History:
    options = {"loss_of": loss_of, "draw": draw, "progress": False, "lr": 0.05, **options}
    optimizer = torch.optim.AdamW(model.parameters(), lr=options.pop("lr"))
    generator = torch.Generator().manual_seed(1)
    return fit(model, steps=steps, optimizer=optimizer, generator=generator, **options)


def test_the_steps_are_those_of_a_plain_loop_with_torchs_clipping_and_schedule() -> None:
    ours, plain = a_model(dropout=0.3), a_model(dropout=0.3)
    torch.manual_seed(5)
    history = train(ours, 30, schedule=lambda step: 1 / step, clip=0.5)
    torch.manual_seed(5)
    optimizer = torch.optim.AdamW(plain.parameters(), lr=0.05)
    rates = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: 1 / (done + 1))
    generator = torch.Generator().manual_seed(1)
    losses, norms = [], []
    for _ in range(30):
        loss = loss_of(plain, draw(generator))
        optimizer.zero_grad()
        loss.backward()
        norms.append(nn.utils.clip_grad_norm_(plain.parameters(), 0.5).item())
        optimizer.step()
        rates.step()
        losses.append(loss.item())
    assert history.losses == pytest.approx(losses, rel=1e-5)
    assert history.gradient_norms == pytest.approx(norms, rel=1e-4)
    for name, tensor in plain.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], tensor, rtol=1e-4, atol=1e-6)


def test_it_learns_and_says_so() -> None:
    model = a_model()
    history = train(model, 200)
    assert sum(history.losses[-20:]) < 0.05 * sum(history.losses[:20])
    assert history.steps == tuple(range(1, 201))
    assert history.best_step == 200
    assert history.validations == ()
    assert history.seconds > 0


def test_one_step_by_hand() -> None:
    weight = nn.Linear(1, 1, bias=False)
    nn.init.constant_(weight.weight, 3.0)
    history = fit(
        weight,
        loss_of=lambda model, x: (model(x) ** 2).mean(),
        draw=lambda generator: torch.ones(1, 1),
        steps=1,
        optimizer=torch.optim.SGD(weight.parameters(), lr=0.5),
        generator=torch.Generator(),
        schedule=lambda step: 0.1 * step,
        clip=2.0,
        progress=False,
    )
    assert history == History(losses=(9.0,), gradient_norms=(6.0,))
    assert weight.weight.item() == pytest.approx(3.0 - 0.5 * 0.1 * 2.0)


def test_no_clipping_when_none_is_wanted() -> None:
    free, clipped, wide = a_model(), a_model(), a_model()
    train(free, 5, clip=None)
    train(clipped, 5, clip=0.01)
    train(wide, 5, clip=1e9)
    assert torch.equal(free[0].weight, wide[0].weight)
    assert not torch.equal(free[0].weight, clipped[0].weight)


def test_the_schedule_gets_steps_from_one_and_the_rate_is_put_back() -> None:
    model, seen = a_model(), []
    optimizer = torch.optim.SGD(model.parameters(), lr=0.25)
    fit(
        model,
        loss_of,
        draw,
        4,
        optimizer,
        torch.Generator(),
        schedule=lambda step: seen.append(step) or 0.5,
        progress=False,
    )
    assert seen == [1, 2, 3, 4]
    assert optimizer.param_groups[0]["lr"] == 0.25


def falling_then_rising(values: list[float]) -> Callable[[nn.Module], float]:
    """A validation that returns the given values in turn."""
    left = iter(values)
    return lambda model: next(left)


def test_validation_is_called_on_time_with_dropout_and_gradients_off() -> None:
    model, calls = a_model(), []

    def validate(model: nn.Module) -> float:
        calls.append((model.training, torch.is_grad_enabled()))
        return float(len(calls))

    history = train(model, 25, validate=validate, validate_every=10)
    assert history.validation_steps == (10, 20, 25)  # and at the end
    assert history.validations == (1.0, 2.0, 3.0)
    assert calls == [(False, False)] * 3
    assert not model.training


def test_the_model_trains_in_training_mode() -> None:
    modes = []

    def watched(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        modes.append(model.training)
        return loss_of(model, batch)

    train(a_model(), 4, loss_of=watched, validate=lambda model: 0.0, validate_every=2)
    assert modes == [True] * 4


def test_the_best_weights_come_back() -> None:
    model, kept = a_model(), []
    values = falling_then_rising([3.0, 1.0, 2.0, 1.0])

    def validate(model: nn.Module) -> float:
        kept.append(copy_of(model))
        return values(model)

    history = train(model, 40, validate=validate, validate_every=10)
    assert history.best_step == 20  # the first of two equals
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, kept[1][name]), name
    assert not torch.equal(kept[1]["0.weight"], kept[3]["0.weight"])


def test_patience_ends_the_run() -> None:
    values = [5.0, 3.0, 4.0, 3.5, 3.0, 1.0]
    history = train(
        a_model(), 60, validate=falling_then_rising(values), validate_every=10, patience=3
    )
    assert history.validations == (5.0, 3.0, 4.0, 3.5, 3.0)  # an equal value is no gain
    assert len(history.losses) == 50
    history = train(
        a_model(), 60, validate=falling_then_rising(values), validate_every=10, patience=4
    )
    assert len(history.losses) == 60
    assert history.best_step == 60


def poisoned(at: int, value: float) -> Callable[[nn.Module, Any], Tensor]:
    """A loss that is ``value`` from step ``at`` on."""
    calls = []

    def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        calls.append(1)
        return loss_of(model, batch) * (value if len(calls) >= at else 1.0)

    return loss


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_and_says_where(value: float) -> None:
    model, before = a_model(), a_model()
    train(before, 6)
    with pytest.raises(FloatingPointError, match=f"step 7: the loss is {value}") as caught:
        train(model, 30, loss_of=poisoned(7, value), schedule=lambda step: 1.0)
    message = str(caught.value)
    assert "norm of its gradient nan" in message
    assert "learning rate 0.05" in message
    assert "One step before it was" in message
    assert "Try a smaller learning rate" in message
    for name, tensor in before.state_dict().items():  # the weights are those of step 6
        assert torch.equal(model.state_dict()[name], tensor), name


def test_a_gradient_that_is_no_number_stops_too() -> None:
    def bad_root(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return (0 * loss_of(model, batch)).sqrt()  # its value is 0, its slope 0 · inf

    with pytest.raises(FloatingPointError, match=r"step 1: the loss is 0 .*gradient nan.*first"):
        train(a_model(), loss_of=bad_root)


def test_an_exploding_run_is_caught() -> None:
    def steep(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return loss_of(model, batch).pow(4)

    model = nn.Linear(3, 1)
    with pytest.raises(FloatingPointError, match=r"learning rate 1e\+03"):
        fit(
            model,
            steep,
            draw,
            50,
            torch.optim.SGD(model.parameters(), lr=1000.0),
            torch.Generator().manual_seed(0),
            clip=None,
            progress=False,
        )
    assert model.weight.isfinite().all()


def test_a_validation_that_is_no_number_stops() -> None:
    with pytest.raises(FloatingPointError, match="step 10: validate returned nan"):
        train(a_model(), validate=lambda model: math.nan, validate_every=10)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (lambda model, batch: model(batch[0]).squeeze(1), r"shape \(16,\), expected a tensor with"),
        (lambda model, batch: loss_of(model, batch).item(), "don't call .item"),
    ],
)
@pytest.mark.usefixtures("without_shape_checks")
def test_a_loss_must_be_one_number(loss: Callable[..., Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        train(a_model(), loss_of=loss)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0"),
        ({"validate_every": 0}, "validate_every is 0"),
        ({"clip": 0.0}, "clip is 0.0"),
        ({"clip": math.nan}, "clip is nan"),
        ({"patience": 2}, "give validate, too"),
        ({"patience": 0, "validate": lambda model: 0.0}, "patience is 0"),
    ],
)
def test_what_it_refuses(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        train(a_model(), **options)


def test_an_optimizer_of_another_model_is_refused() -> None:
    optimizer = torch.optim.SGD(a_model().parameters(), lr=0.1)
    with pytest.raises(ValueError, match="Was the model made anew"):
        fit(a_model(), loss_of, draw, 1, optimizer, torch.Generator(), progress=False)


def test_after_every_step_somebody_is_told() -> None:
    told: list[tuple[int, float]] = []
    model, plain = a_model(), a_model()

    def tell(step: int, loss: float) -> float:
        told.append((step, loss))
        assert len(told) == step
        return loss  # not True: the run goes on

    history = train(model, 7, on_step=tell)
    assert told == [*zip(range(1, 8), history.losses, strict=True)]
    assert history == train(plain, 7)
    for name, tensor in plain.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name


def test_it_is_told_of_the_weights_after_the_step() -> None:
    model, seen = a_model(), []
    train(model, 3, on_step=lambda step, loss: seen.append(copy_of(model)))
    stopped = a_model()
    train(stopped, 2)
    for name, tensor in stopped.state_dict().items():
        assert torch.equal(seen[1][name], tensor), name


@pytest.mark.parametrize("validate_every", [3, 5, 100])
def test_whoever_is_told_can_end_the_run(validate_every: int) -> None:
    """The same as a run of as many steps: validated, saved, the best weights put back."""
    model, plain, options = a_model(), a_model(), {"validate_every": validate_every}
    validations = [0.5, 0.9]  # the first is the better one, or the only one
    stopped = train(
        model,
        30,
        on_step=lambda step, loss: step == 5,
        validate=falling_then_rising([*validations]),
        **options,
    )
    asked_for = train(plain, 5, validate=falling_then_rising([*validations]), **options)
    assert stopped == asked_for
    assert stopped.steps == (1, 2, 3, 4, 5)
    assert stopped.validation_steps == ((3, 5) if validate_every == 3 else (5,))
    assert not model.training
    for name, tensor in plain.state_dict().items():
        assert torch.equal(model.state_dict()[name], tensor), name


def test_a_run_that_was_ended_can_go_on(tmp_path: Path) -> None:
    options = {"checkpoint": tmp_path / "run.safetensors", "validate_every": 100}
    train(a_model(), 30, on_step=lambda step, loss: step == 11, **options)
    assert train(a_model(), 30, **options) == train(a_model(), 30)


def test_time_that_others_take_is_not_training() -> None:
    def wait(step: int, loss: float) -> None:
        time.sleep(0.1)

    began = time.perf_counter()
    history = train(a_model(), 5, on_step=wait)
    assert history.seconds < time.perf_counter() - began - 0.45


def test_an_error_of_whoever_is_told_comes_through() -> None:
    def refuse(step: int, loss: float) -> None:
        raise KeyError(step)

    with pytest.raises(KeyError, match="1"):
        train(a_model(), on_step=refuse)


def test_the_bar_shows_the_loss_and_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    train(a_model(), 3, progress=True)
    shown = capsys.readouterr().err
    assert "3/3" in shown or "2/3" in shown or "0/3" in shown
    train(a_model(), 3, progress=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"schedule": lambda step: math.nan}, r"schedule\(1\) is nan, .* factor on the learning"),
        ({"schedule": lambda step: -1.0}, r"schedule\(1\) is -1.0, expected a finite number of at"),
        ({"schedule": lambda step: 1 / (3 - step) if step < 3 else math.inf}, r"\(3\) is inf"),
        ({"schedule": lambda step: None}, r"schedule\(1\) returned None, expected one number"),
        ({"schedule": lambda step: torch.ones(2)}, r"schedule\(1\) returned tensor.*one number"),
        ({"validate": lambda model: None}, "validate returned None, expected one number"),
        ({"validate": lambda model: torch.ones(2)}, "validate returned tensor.* one number"),
        ({"draw": lambda generator: None}, "step 1: draw returned None, expected a batch"),
        ({"loss_of": lambda model, batch: torch.tensor(1.0)}, "depend on any weight"),
        ({"loss_of": lambda model, batch: loss_of(model, batch).detach()}, "Was it detached"),
    ],
)
@pytest.mark.usefixtures("without_shape_checks")
def test_what_a_function_may_not_return(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        train(a_model(), 4, **options)


def test_a_schedule_that_is_no_number_is_refused_before_its_step() -> None:
    model, two = a_model(), a_model()
    with pytest.raises(ValueError, match=r"schedule\(3\) is nan"):
        train(model, 9, schedule=lambda step: math.nan if step == 3 else 1.0)
    train(two, 2)
    assert torch.equal(model[0].weight, two[0].weight)


def test_a_number_may_be_a_tensors_or_numpys() -> None:
    ours, plain = a_model(), a_model()
    history = train(
        ours,
        6,
        schedule=lambda step: (
            torch.tensor(0.5, requires_grad=True) if step % 2 else np.float64(0.5)
        ),
        validate=lambda model: torch.tensor(0.25),
        on_step=lambda step, loss: np.bool_(step == 4),
    )
    assert history == train(plain, 4, schedule=lambda step: 0.5, validate=lambda model: 0.25)
    assert torch.equal(ours[0].weight, plain[0].weight)
    assert len(train(a_model(), 6, on_step=lambda step, loss: torch.tensor(step == 2)).losses) == 2
    for going_on in (1, 1.0, np.float64(1), torch.ones(()), np.False_, "True"):
        assert len(train(a_model(), 3, on_step=lambda *_, said=going_on: said).losses) == 3


def test_batches_that_come_to_an_end_are_said_to() -> None:
    batches = iter([draw(torch.Generator().manual_seed(0))] * 3)
    with pytest.raises(ValueError, match="step 4: the batches that draw takes from have come to"):
        train(a_model(), 9, draw=lambda generator: next(batches))


def test_weights_that_are_not_trained_gather_no_gradient() -> None:
    """Clipping looks at all gradients: those of a layer that stays as it is must not add up."""
    model = a_model()
    history = fit(
        model,
        loss_of,
        lambda generator: (torch.ones(1, 3), torch.ones(1, 1)),
        9,
        torch.optim.SGD(model[3].parameters(), lr=0.0),  # the last layer only, and it stays, too
        torch.Generator(),
        clip=None,
        progress=False,
    )
    assert history.gradient_norms == (history.gradient_norms[0],) * 9


def test_gradients_are_on_while_it_trains_and_as_they_were_after_it() -> None:
    expected = train(a_model(), 4)
    with torch.no_grad():
        assert train(a_model(), 4) == expected
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()
