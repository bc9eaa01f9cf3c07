"""A run that is broken off, by interrupt or error, leaves all in order and says what is left."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lmteach.training import checkpoints
from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.training.muon import Muon, muon_groups
from lmteach.training.schedules import warmup_cosine
from tests.interrupting import events_of, interrupted_at, moments, numbers_of, state_of, world

# They draw from Python's random numbers to choose what they look at.
pytestmark = pytest.mark.usefixtures("without_shape_checks")

STEPS, RATE = 8, 0.05
Parts = tuple[nn.Module, torch.optim.Optimizer, torch.Generator]


def parts() -> Parts:
    """A model with dropout, its optimizer and generator, all as at the beginning."""
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(3, 4), nn.Dropout(0.2), nn.Tanh(), nn.Linear(4, 1))
    optimizer = Muon(muon_groups(model), lr=RATE)
    return model, optimizer, torch.Generator().manual_seed(1)


def draw(generator: torch.Generator) -> Tensor:
    return torch.randn(4, 3, generator=generator)


def loss_of(model: nn.Module, x: Tensor) -> Tensor:
    return (model(x) - x.sum(dim=1, keepdim=True)).square().mean()


def error_of(model: nn.Module) -> float:
    """A validation that wavers, so that the best weights are not the last."""
    return loss_of(model, torch.ones(2, 3)).item() + torch.rand(()).item()


def run(of: Parts, **options: Any) -> History:
    """Eight steps, all of them in the warm-up, with four validations."""
    model, optimizer, generator = of
    given = {"schedule": lambda step: warmup_cosine(step, 20, 30), "validate": error_of}
    given |= {"loss_of": loss_of, "draw": draw, "steps": STEPS, "validate_every": 2} | options
    return fit(model, optimizer=optimizer, generator=generator, progress=False, **given)


def outcome(of: Parts, history: History) -> tuple[Any, ...]:
    """All that a run leaves: the numbers of the history, the weights, the moments."""
    state = of[1].state_dict()["state"]
    kept = {place: {key: t.tolist() for key, t in own.items()} for place, own in state.items()}
    return history, numbers_of(of[0]), kept


def expect_in_order(of: Parts, before: dict[str, Any]) -> None:
    """Rates, modes, hooks, and all that is not of this run, are what they were."""
    model, optimizer, _ = of
    assert [group["lr"] for group in optimizer.param_groups] == [RATE, RATE]
    after = world()
    before["torch's random"] = after["torch's random"]  # dropout draws from it
    assert after == before
    assert len({training for training, *_ in state_of(model).values()}) == 1
    assert all(hooks == 0 for _, hooks, *_ in state_of(model).values())


@pytest.fixture(scope="module")
def whole() -> tuple[Any, ...]:
    """What a run comes to that nobody interrupts."""
    of = parts()
    return outcome(of, run(of))


@pytest.mark.parametrize("seed", range(3))
def test_after_an_interrupt_at_any_moment_all_made_anew_comes_to_the_same(
    whole: tuple[Any, ...], seed: int
) -> None:
    fixed = parts()
    for event in moments(lambda: run(fixed), 4, seed):
        of, before = parts(), world()
        interrupted_at(event, lambda of=of: run(of))
        expect_in_order(of, before)
        anew = parts()
        assert outcome(anew, run(anew)) == whole


@pytest.mark.parametrize("seed", range(3))
def test_after_an_interrupt_at_any_moment_the_checkpoint_goes_on_to_the_same(
    whole: tuple[Any, ...], seed: int, tmp_path: Path
) -> None:
    fixed = parts()
    for event in moments(lambda: run(fixed, checkpoint=tmp_path / "counted"), 4, seed + 100):
        of, path = parts(), tmp_path / f"{event}.safetensors"
        before = world()
        interrupted_at(event, lambda of=of, path=path: run(of, checkpoint=path))
        expect_in_order(of, before)
        if path.exists():  # with the same model, or with another: nothing but the file counts
            made = len(checkpoints.read(path)[1]["history"]["losses"])
            again = run(of, checkpoint=path)
            assert len(again.losses) == STEPS >= made > 0
        else:
            again = run(of)
        assert outcome(of, again) == whole
        assert [file.name for file in tmp_path.glob(f"*{event}*")] in ([path.name], [])


def test_each_moment_of_a_step_leaves_whole_steps_only() -> None:
    """From the call of the optimizer to its end, a held interrupt finds nothing half changed."""
    after = [numbers_of((of := parts())[0])]
    run(of, steps=2, validate=None, on_step=lambda *_: after.append(numbers_of(of[0])))
    fixed = parts()
    last = events_of(lambda: run(fixed, steps=2, validate=None))
    for event in range(1, last + 1, max(1, last // 60)):
        of = parts()
        interrupted_at(event, lambda of=of: run(of, steps=2, validate=None))
        assert numbers_of(of[0]) in after


def interrupting(times: int, at: int = 3) -> Callable[..., Tensor]:
    """A loss in which so many interrupts come, in the third call."""
    calls = []

    def loss(model: nn.Module, x: Tensor) -> Tensor:
        calls.append(1)
        for _ in range(times if len(calls) == at else 0):
            signal.raise_signal(signal.SIGINT)
        return loss_of(model, x)

    return loss


@pytest.fixture
def heard() -> Iterator[None]:
    """A shell that starts the tests in the background makes them deaf to interrupts: undone."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard")
def test_an_interrupt_is_raised_after_its_step_and_says_what_is_left(tmp_path: Path) -> None:
    of = parts()
    validations = iter([0.5, 0.9])
    with pytest.raises(KeyboardInterrupt, match=r"after step 3 of 8: .* evaluation mode") as caught:
        run(of, loss_of=interrupting(1), validate=lambda model: next(validations))
    words = str(caught.value)
    assert "The best so far were those of step 2, with a validation of 0.5." in words
    assert "fit begins at step 1 with these weights" in words
    assert 'With checkpoint="run.safetensors", fit goes on' in words
    assert not of[0].training
    three = parts()
    run(three, steps=3, validate=None)
    assert numbers_of(of[0]) == numbers_of(three[0])  # the last weights, not the best

    path = tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt, match="holds step 3: call fit again to go on from there"):
        run(parts(), loss_of=interrupting(1), checkpoint=path, validate_every=100)
    assert len(checkpoints.read(path)[1]["history"]["losses"]) == 3


@pytest.mark.usefixtures("heard")
def test_a_second_interrupt_is_raised_at_once(tmp_path: Path) -> None:
    of, before, path = parts(), world(), tmp_path / "run.safetensors"
    with pytest.raises(KeyboardInterrupt, match=r"after step 2 of 8: .* holds step 2: call fit"):
        run(of, loss_of=interrupting(2), checkpoint=path)
    expect_in_order(of, before)
    with pytest.raises(KeyboardInterrupt, match="holds nothing yet: make model, optimizer and"):
        run(parts(), loss_of=interrupting(2, at=1), checkpoint=tmp_path / "other.safetensors")


@pytest.mark.usefixtures("heard")
def test_an_interrupt_of_the_last_step_is_raised_too() -> None:
    with pytest.raises(KeyboardInterrupt, match="after step 8 of 8"):
        run(parts(), loss_of=interrupting(1, at=8))


class Breaks(torch.optim.SGD):
    """It changes some weights, and then breaks off: by an error, or by an impatient person."""

    def __init__(self, weights: Any, error: BaseException) -> None:
        """As SGD, with the error to come."""
        super().__init__(weights, lr=RATE)
        self.error = error

    def step(self, closure: Any = None) -> None:
        """Change one weight only."""
        with torch.no_grad():
            self.param_groups[0]["params"][0].add_(1)
        raise self.error


@pytest.mark.parametrize("error", [MemoryError("no room"), KeyboardInterrupt()])
def test_a_step_that_is_broken_off_in_its_middle_is_said_to_be(error: BaseException) -> None:
    model, _, generator = parts()
    optimizer = Breaks([{"params": [weight]} for weight in model.parameters()], error)
    with pytest.raises(type(error), match="in the middle of step 1 of 8: some of the model's"):
        run((model, optimizer, generator))
    assert {group["lr"] for group in optimizer.param_groups} == {RATE}
    assert torch.is_grad_enabled()
    assert not model.training


@pytest.mark.parametrize("where", ["loss_of", "draw", "schedule", "validate", "on_step"])
@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_errors_leave_all_in_order_and_a_note(where: str, error: type[BaseException]) -> None:
    def refuse(*_: object) -> Any:
        torch.set_grad_enabled(False)
        raise error("out of order")

    of, before = parts(), world()
    made = {"validate": 2, "on_step": 1}.get(where, 0)
    with pytest.raises(error, match=f"broken off after step {made} of 8: the model has"):
        run(of, **{where: refuse})
    expect_in_order(of, before)
    assert not of[0].training


def test_in_a_thread_nothing_is_held_and_interrupts_of_the_main_one_stay_its_own(
    whole: tuple[Any, ...],
) -> None:
    of, handlers, histories = parts(), [], []

    def watch(*_: object) -> None:
        handlers.append(signal.getsignal(signal.SIGINT))

    def work() -> None:
        histories.append(run(of, on_step=watch))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [before] * STEPS
    assert outcome(of, *histories) == whole


PROGRAM = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.training.test_standing import parts, run
def tell(step, loss):
    print(step, flush=True)
    time.sleep(0.05)
run(parts(), steps=1000, checkpoint=sys.argv[1], on_step=tell, validate_every=1000)
"""


@pytest.mark.skipif(os.name == "nt", reason="no signals to other processes here")
def test_a_real_interrupt_of_a_real_process(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    root = Path(__file__).resolve().parents[2]
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "1\n"
    process.send_signal(signal.SIGINT)
    told, errors = process.communicate(timeout=60)
    made = int((["1", *told.split()])[-1])
    assert process.returncode != 0
    assert errors.count("KeyboardInterrupt: ") == 1, errors
    assert f"after step {made} of 1000" in errors
    assert f"run.safetensors holds step {made}: call fit again" in errors
    assert len(checkpoints.read(path)[1]["history"]["losses"]) == made
