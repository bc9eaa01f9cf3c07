"""The training panel: a run in a thread of its own, steered between two steps."""

import asyncio
import html
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import ipywidgets
import matplotlib.pyplot as plt
import nbformat
import pytest
import torch
from torch import nn

from lmteach.training.history import History
from lmteach.training.loop import fit
from lmteach.widgets.shared import base
from lmteach.widgets.training_panel import widget as training_panel
from lmteach.widgets.training_panel.widget import TrainingPanel
from tools.notebook.execute import run

ROOT = Path(__file__).resolve().parents[2]
OnStep = Callable[[int, float], bool]
PATIENCE = 20  # seconds
CELLS = [
    f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    "from lmteach.widgets.training_panel.widget import TrainingPanel\n"
    "def train(on_step):\n"
    "    return len([on_step(step, 1 / step) for step in range(1, 31)])\n"
    "panel = TrainingPanel(30, sample=lambda: 'text')\n"
    "panel.run(train)",
    "panel.result(), await panel.finished()",
]


def count_down(on_step: OnStep, steps: int = 5, pause: float = 0.0) -> int:
    """A run without a network: its losses are 1, 1/2, 1/3, …; returns the steps that were made."""
    for step in range(1, steps + 1):
        time.sleep(pause)
        if on_step(step, 1 / step):
            return step
    return steps


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def awaited(begin: Callable[[], Awaitable[object]]) -> object:
    """What ``begin()`` returns in the end, in a thread, where no other loop (a browser's) runs."""

    async def wait() -> object:
        return await begin()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, wait()).result()


def a_fit(model: nn.Module, on_step: OnStep | None = None) -> History:
    return fit(
        model,
        loss_of=lambda line, x: (line(x) - 2 * x).square().mean(),
        draw=lambda generator: torch.rand(8, 3, generator=generator),
        steps=40,
        optimizer=torch.optim.Adam(model.parameters(), lr=0.1),
        generator=torch.Generator().manual_seed(0),
        validate=lambda line: line.weight.sub(2).abs().max().item(),
        validate_every=10,
        progress=False,
        on_step=on_step,
    )


def a_model() -> nn.Module:
    torch.manual_seed(0)
    return nn.Linear(3, 3)


def test_a_run_in_the_panel_is_the_run_without_it() -> None:
    ours, plain = a_model(), a_model()
    panel = TrainingPanel(40, sample=lambda: f"{ours.weight[0, 0]:.3f}", sample_every=10)
    panel.run(lambda on_step: a_fit(ours, on_step))
    assert panel.result() == a_fit(plain)
    assert torch.equal(ours.weight, plain.weight)
    assert panel.losses == [*panel.result().losses]
    assert [sample["step"] for sample in panel.samples] == [0, 10, 20, 30, 40]
    assert panel.samples[-1]["text"] == f"{plain.weight[0, 0]:.3f}"
    assert panel.state == "finished"


def test_it_runs_beside_and_the_losses_can_be_read_meanwhile() -> None:
    panel, door, threads = TrainingPanel(3), threading.Event(), []

    def train(on_step: OnStep) -> str:
        threads.append(threading.current_thread())
        on_step(1, 4.0)
        assert door.wait(PATIENCE)
        on_step(2, 3.0)
        return "done"

    panel.run(train)  # returns, though the door is shut
    until(lambda: panel.losses == [4.0])
    assert panel.running
    assert panel.state == "training"
    door.set()
    assert panel.result() == "done"
    assert not panel.running
    assert threads[0] is not threading.current_thread()
    assert threads[0].daemon  # a kernel that is shut down need not wait for it


def test_pause_holds_the_run_and_go_on_lets_it_go() -> None:
    panel = TrainingPanel(10_000, sample=lambda: f"{len(panel.losses)} steps")
    panel.run(lambda on_step: count_down(on_step, 10_000, pause=0.001))
    panel.pause()
    until(lambda: panel.state == "paused")
    made = len(panel.losses)
    time.sleep(0.1)
    assert len(panel.losses) == made < 10_000
    panel.sample_now()  # also while it is paused
    until(lambda: len(panel.samples) == 2)
    assert panel.samples[1] == {"step": made, "text": f"{made} steps"}
    assert panel.state == "paused"
    panel.go_on()
    until(lambda: len(panel.losses) > made)
    assert panel.state == "training"
    panel.stop()
    assert panel.result() == len(panel.losses) < 10_000
    assert panel.state == "stopped"


def test_what_is_paused_goes_on_for_its_result() -> None:
    panel = TrainingPanel(50)
    panel.run(lambda on_step: count_down(on_step, 50, pause=0.005))
    panel.pause()
    until(lambda: panel.state == "paused")
    rescue = threading.Timer(PATIENCE, panel.stop)
    rescue.start()  # rather a wrong result than none
    assert panel.result() == 50
    rescue.cancel()


def test_stop_ends_a_paused_run() -> None:
    panel = TrainingPanel(10_000)
    panel.run(lambda on_step: count_down(on_step, 10_000, pause=0.001))
    panel.pause()
    until(lambda: panel.state == "paused")
    panel.stop()
    until(lambda: not panel.running)
    assert panel.result() == len(panel.losses) < 10_000


def test_a_stopped_fit_puts_its_best_weights_back() -> None:
    model, panel = a_model(), TrainingPanel(40)

    def train(on_step: OnStep) -> History:
        return a_fit(model, lambda step, loss: on_step(step, loss) or (step == 15 and panel.stop()))

    panel.run(train)
    history = panel.result()
    assert history.steps[-1] == 16  # the word is left in step 15, and heard in the next
    assert history.validation_steps == (10, 16)
    assert not model.training
    assert history.best_step == 10
    assert history.validations[0] == model.weight.sub(2).abs().max().item()


def test_pauses_and_samples_are_not_counted() -> None:
    panel = TrainingPanel(20, sample=lambda: time.sleep(0.2) or "slow", sample_every=5)
    panel.run(lambda on_step: count_down(on_step, 20, pause=0.01))
    panel.result()
    assert 0.2 <= panel.clock["seconds"] < 0.6  # 20 steps of 0.01 s, and not the 1 s of samples


def test_time_left_and_tokens_per_second() -> None:
    panel = TrainingPanel(40, tokens_per_step=1000)
    panel.run(lambda on_step: count_down(on_step, 10, pause=0.02))  # it ends early by itself
    panel.result()
    clock = panel.clock
    assert clock["left"] == pytest.approx(3 * clock["seconds"])
    assert clock["tokens"] == pytest.approx(10 * 1000 / clock["seconds"])
    assert TrainingPanel(40).clock == {}


def test_an_error_in_the_run_is_raised_where_its_result_is_asked_for() -> None:
    def train(on_step: OnStep) -> None:
        on_step(1, 1.0)
        raise FloatingPointError("step 2: the loss is <nan>")

    panel = TrainingPanel(5)
    panel.run(train)
    with pytest.raises(FloatingPointError, match="step 2: the loss is <nan>"):
        panel.result()
    assert panel.state == "failed"
    assert panel.message == "FloatingPointError: step 2: the loss is <nan>"
    panel.run(count_down)
    assert panel.result() == 5
    assert panel.message == ""


def test_a_sample_that_fails_is_an_error_before_the_first_step() -> None:
    panel = TrainingPanel(5, sample=lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division by zero"):
        panel.run(count_down)
    assert not panel.running
    assert panel.losses == []


def test_one_run_at_a_time() -> None:
    panel, door = TrainingPanel(5), threading.Event()
    with pytest.raises(RuntimeError, match=r"nothing was started .* call run\(train\) first"):
        panel.result()
    panel.run(lambda on_step: door.wait(PATIENCE))
    with pytest.raises(RuntimeError, match=r"with 0 of 5 steps made.*Wait for it with result\(\)"):
        panel.run(count_down)
    door.set()
    assert panel.result() is True
    panel.run(count_down)  # now it is free
    assert panel.result() == 5
    assert panel.losses[0] == 1.0


@pytest.fixture
def heard() -> Iterator[None]:
    """A shell that starts the tests in the background makes them deaf to interrupts: undone."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads here")
@pytest.mark.usefixtures("heard")
def test_an_interrupt_ends_the_run_and_what_it_has_is_kept() -> None:
    panel, main = TrainingPanel(10_000), threading.get_ident()
    panel.run(lambda on_step: count_down(on_step, 10_000, pause=0.002))
    until(lambda: len(panel.losses) > 3)
    threading.Timer(0.3, lambda: signal.pthread_kill(main, signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        panel.result()
    assert not panel.running
    assert panel.state == "stopped"
    assert panel.result() == len(panel.losses) < 10_000


def test_buttons_leave_word_by_message() -> None:
    panel, door = TrainingPanel(5, sample=lambda: "text"), threading.Event()

    def press(command: object) -> None:
        panel._handle_custom_msg({"command": command}, [])

    press("sample")  # nothing was started: nothing to write with
    assert panel.samples == []
    panel.run(lambda on_step: (door.wait(PATIENCE), count_down(on_step, 5))[1])
    press("sample")
    press("dance")  # unknown: unheard
    press("stop")
    door.set()
    assert panel.result() == 1
    assert [sample["step"] for sample in panel.samples] == [0, 1, 1]
    press("pause")  # too late
    press("sample")
    assert [sample["step"] for sample in panel.samples] == [0, 1, 1, 1]
    assert panel.state == "stopped"


def test_a_notebook_keeps_the_finished_curve(tmp_path: Path) -> None:
    """The picture of the cell that started the run is renewed by the cell that waits for it."""
    path = tmp_path / "run.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[*map(nbformat.v4.new_code_cell, CELLS)]), path)
    started, awaited = run(path, timeout=120).cells
    (shown,) = started.outputs
    assert set(shown.data) == {"image/png", "text/html", "text/plain"}
    assert "30 of 30 made" in shown.data["text/plain"]
    assert [output.data["text/plain"] for output in awaited.outputs] == ["(30, 30)"]


@pytest.mark.skipif(
    int(ipywidgets.__version__.split(".")[0]) < 8, reason="sends nothing without a kernel"
)
def test_few_messages_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[set[str]] = []
    panel = TrainingPanel(2000)
    monkeypatch.setattr(panel, "send_state", lambda key=None: sent.append({*key}))
    began = time.monotonic()
    panel.run(lambda on_step: count_down(on_step, 2000, pause=0.0005))
    panel.result()
    expected = (time.monotonic() - began) / training_panel.INTERVAL
    points = [keys for keys in sent if "points" in keys]
    assert expected / 3 <= len(points) <= expected + 4
    assert all("clock" in keys for keys in points)  # with all else, in one message


def test_all_there_is_can_be_had_again_by_a_page_that_is_reloaded() -> None:
    panel = TrainingPanel(5, sample=lambda: "<b>", marks={"ln V": 2.0}, tokens_per_step=10)
    panel.run(count_down)
    panel.result()
    state = panel.get_state()
    assert state["points"][0] == [1, 1.0, 1.0]
    assert [point[:2] for point in state["points"]] == [[n, 1 / n] for n in range(1, 6)]
    assert state["samples"] == [{"step": 0, "text": "<b>"}, {"step": 5, "text": "<b>"}]
    assert (state["state"], state["steps"], state["can_sample"]) == ("finished", 5, True)
    assert state["marks"] == {"ln V": 2.0}


def test_the_picture_that_is_shown_is_renewed_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(training_panel, "get_ipython", lambda: "a shell")
    monkeypatch.setattr(training_panel, "display", lambda panel: panel._ipython_display_())
    monkeypatch.setattr(
        base, "display", lambda data, **_: shown.append(data.get("text/plain", "the live view"))
    )
    monkeypatch.setattr(base, "update_display", lambda data, **_: shown.append(data["text/plain"]))
    panel = TrainingPanel(5)
    panel.run(count_down)
    panel.result()
    view, *pictures = shown
    assert view == "the live view"
    assert len(pictures) == 2
    assert pictures[0].startswith("An empty chart for the loss of 5 training steps")
    assert "5 of 5 made" in pictures[1]
    figure = panel.picture()
    assert "After 5 of 5 steps" in figure.axes[0].get_title(loc="left")
    plt.close(figure)
    data, _ = panel._repr_mimebundle_()
    assert f'alt="{html.escape(panel.alt)}"' in data["text/html"]


def test_awaiting_is_waiting() -> None:
    panel = TrainingPanel(20)
    panel.run(lambda on_step: count_down(on_step, 20, pause=0.01))
    panel.pause()
    until(lambda: panel.state == "paused")
    assert awaited(panel.finished) == 20
    assert awaited(panel.finished) == 20  # and again


def test_what_no_longer_awaits_stops_the_run() -> None:
    """As an interrupt does in a notebook: it cancels the cell that awaits."""
    panel = TrainingPanel(10_000)
    panel.run(lambda on_step: count_down(on_step, 10_000, pause=0.001))

    with pytest.raises(TimeoutError, match=r"^$"):
        awaited(lambda: asyncio.wait_for(panel.finished(), timeout=0.3))
    assert panel.result() == len(panel.losses) < 10_000
    assert panel.state == "stopped"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 0}, "steps is 0, expected a whole number of at least 1"),
        ({"sample": str, "sample_every": 0}, "sample_every is 0"),
        ({"sample_every": 10}, "give sample, too"),
        ({"tokens_per_step": 0}, "tokens_per_step is 0"),
        ({"marks": {"ln V": 6.9, "bigram": float("nan")}}, "the mark 'bigram' is at nan"),
    ],
)
def test_what_it_refuses(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        TrainingPanel(**({"steps": 5} | options))


def test_what_it_takes() -> None:
    panel = TrainingPanel(1, str, 1, tokens_per_step=1, marks={"below 0, too": -1.0})
    assert panel.marks == {"below 0, too": -1.0}
