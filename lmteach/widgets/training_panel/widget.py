"""Watch a network learn: its loss step by step, samples as it trains, pause and stop. Notebook 13.

Training goes on in a thread of its own, so that the notebook stays free and the buttons work.
Whatever is asked of it, by button or from Python, it is told of between two steps.
"""

import asyncio
import contextvars
import math
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from typing import Any

import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure

from lmteach.checks import check_whole, checked_by
from lmteach.training.openmp import release_threads
from lmteach.typed import typed
from lmteach.widgets.shared.base import TeachingWidget, module, stylesheet
from lmteach.widgets.training_panel.loss_curve import LossCurve, check_loss
from lmteach.widgets.training_panel.picture import draw_training, training_in_words

INTERVAL = 0.25  # seconds between two messages to the browser
KEPT = 50  # samples
OnStep = Callable[[int, float], bool]


def check_panel(
    steps: int,
    sample: Callable[[], str] | None,
    sample_every: int | None,
    tokens_per_step: int | None,
    marks: Mapping[str, float] | None,
) -> None:
    """Say what is wrong with the settings of a training panel.

    Raises ``ValueError`` for counts below 1, a mark that is not finite, and ``sample_every``
    without ``sample``.

    >>> check_panel(steps=900, sample=None, sample_every=100, tokens_per_step=None, marks=None)
    Traceback (most recent call last):
    ValueError: sample_every needs something to call: give sample, too.
    """
    counts = {"steps": steps, "sample_every": sample_every, "tokens_per_step": tokens_per_step}
    for name, count in counts.items():
        if count is not None:
            check_whole(name, count)
    if sample_every is not None and sample is None:
        raise ValueError("sample_every needs something to call: give sample, too.")
    for name, height in marks.items() if isinstance(marks, Mapping) else ():
        if isinstance(height, float) and not math.isfinite(height):
            raise ValueError(f"the mark {name!r} is at {height}, expected a finite loss.")


class TrainingPanel(TeachingWidget):
    """The loss of a run of ``steps`` steps, the time left, samples, and buttons to steer it.

    ``sample()`` returns a text from the model as it is; it is called before the first step, every
    ``sample_every`` steps, whenever somebody presses *Sample now*, and at the end. Its randomness
    must be its own, or samples would change the run. ``tokens_per_step`` is for the tokens per
    second, ``marks`` are levels to compare with, ``{name: loss}``, and ``unit`` is that of the
    loss. ``losses`` and ``samples`` can be read at any time; ``state`` is "ready", "training",
    "paused", "stopping", and at the end "finished", "stopped" or "failed".

    Raises ``ValueError`` for counts below 1, a mark that is not finite, and ``sample_every``
    without ``sample``.

    >>> panel = TrainingPanel(steps=3)
    >>> panel.run(lambda on_step: [on_step(step, 1 / step) for step in (1, 2, 3)])
    >>> panel.result(), panel.losses, panel.state
    ([False, False, False], [1.0, 0.5, 0.3333333333333333], 'finished')
    """

    _esm = module(__file__)
    _css = stylesheet(__file__)

    steps = traitlets.Int().tag(sync=True)
    unit = traitlets.Unicode().tag(sync=True)
    marks = traitlets.Dict().tag(sync=True)
    can_sample = traitlets.Bool().tag(sync=True)
    state = traitlets.Unicode("ready").tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)  # what went wrong
    # Each point is [step, loss, smoothed loss].
    points = traitlets.List(traitlets.List(traitlets.Any())).tag(sync=True)
    clock = traitlets.Dict().tag(sync=True)  # seconds trained and left, tokens per second
    samples = traitlets.List(traitlets.Dict()).tag(sync=True)  # {"step": …, "text": …}

    @checked_by(check_panel)
    @typed
    def __init__(
        self,
        steps: int,
        sample: Callable[[], str] | None = None,
        sample_every: int | None = None,
        *,
        tokens_per_step: int | None = None,
        marks: Mapping[str, float] | None = None,
        unit: str = "nats per token",
        **options: Any,
    ) -> None:
        """Set up the panel; ``options`` go to ipywidgets (``layout``, for one)."""
        self.sample, self.sample_every = sample, sample_every
        self.tokens_per_step = tokens_per_step
        self._curve = LossCurve()
        self._commands: SimpleQueue[str] = SimpleQueue()
        self._future: Future[Any] | None = None
        self._trained = self._since = self._told = 0.0
        levels = {name: float(height) for name, height in (marks or {}).items()}
        known = {"steps": steps, "unit": unit, "marks": levels, "can_sample": sample is not None}
        super().__init__(**known, **options)
        self.on_msg(lambda _, content, buffers: self._ask(content.get("command")))

    @property
    def losses(self) -> list[float]:
        """The loss of every step so far."""
        return [*self._curve.losses]

    @property
    def running(self) -> bool:
        """Whether a run is going on, be it paused."""
        return self._future is not None and not self._future.done()

    @typed
    def run(self, train: Callable[[OnStep], Any]) -> None:
        """Show the panel, start ``train(on_step)`` in a thread and return at once.

        ``train`` is to call ``on_step(step, loss)`` after every step and to end when it returns
        True; ``lmteach.training.loop.fit`` does. Raises ``RuntimeError`` while another run goes on.
        """
        if self.running:
            raise RuntimeError(
                f"a run is going on in this panel, with {len(self._curve.losses)} of {self.steps} "
                "steps made. Wait for it with result(), or end it with stop()."
            )
        self._curve, self._commands, self.samples = LossCurve(), SimpleQueue(), []
        self._trained, self.message = 0.0, ""
        self._tell("ready")
        self._take_sample()  # what it writes before it has learned; and an error here is seen
        if get_ipython() is not None:
            display(self)
        self._future = Future()
        # In this cell's context, what the thread sends is sent for this cell. Without one, it would
        # be sent for whatever the kernel did last: after the page was loaded again, for a subshell
        # that is gone, where ipykernel 7.4 then looks for who is to hear of the buttons.
        here = contextvars.copy_context()
        work = threading.Thread(
            target=here.run, args=(self._work, train, self._future), daemon=True
        )
        self._tell("training")
        release_threads()  # of this thread: from here on it only waits
        self._since = time.perf_counter()
        work.start()

    def result(self) -> Any:
        """Wait for the run to end; return what ``train`` returned, or raise what it raised.

        A run that is paused goes on. An interrupt (Ctrl-C, ■) ends the run after its step, as
        stop() does, and is raised; ``result()`` can then be asked for again. The picture that
        stands in for the panel on still pages is drawn anew. Raises ``RuntimeError`` before the
        first run.
        """
        if self._future is None:
            raise RuntimeError("nothing was started in this panel: call run(train) first.")
        self.go_on()
        try:
            while not self._future.done():
                wait([self._future], timeout=0.2)  # no longer: Windows would hear no interrupt
        except KeyboardInterrupt:
            self.stop()
            wait([self._future])
            raise
        finally:
            if get_ipython() is not None:
                self.renew_picture()
        return self._future.result()

    async def finished(self) -> Any:
        """Do what ``result`` does, for ``await``: meanwhile the kernel hears the buttons.

        It does from ipykernel 7.4 on; before, a cell that waits hears nothing in either way.
        """
        self.go_on()
        try:
            while self.running:
                await asyncio.sleep(0.1)
        except BaseException:  # interrupted
            self.stop()
            raise
        return self.result()

    def pause(self) -> None:
        """Hold the run after this step, until ``go_on``."""
        self._ask("pause")

    def go_on(self) -> None:
        """Let a paused run go on."""
        self._ask("go on")

    def sample_now(self) -> None:
        """Take a sample after this step; after the run, at once."""
        self._ask("sample")

    def stop(self) -> None:
        """End the run after this step; ``train`` still returns what it has."""
        self._ask("stop")

    @checked_by(check_loss)
    @typed
    def on_step(self, step: int, loss: float) -> bool:
        """Take in a step's loss, and do what was asked meanwhile. True: the run is to end."""
        self._trained += time.perf_counter() - self._since
        self._curve.add(step, float(loss))
        if self.sample_every and step % self.sample_every == 0 and step != self.steps:
            self._take_sample()
        if time.perf_counter() - self._told > INTERVAL:
            self._tell()
        stop = self._obey()
        self._since = time.perf_counter()
        return stop

    def _work(self, train: Callable[[OnStep], Any], future: Future[Any]) -> None:
        """What the thread does: train, sample once more, and keep what came of it."""
        try:
            value = train(self.on_step)
            self._take_sample()
        except BaseException as error:
            self.message = f"{type(error).__name__}: {error}"
            self._tell("failed")
            future.set_exception(error)
        else:
            self._tell("stopped" if self.state == "stopping" else "finished")
            future.set_result(value)

    def _ask(self, command: str | None) -> None:
        """Leave word for the run; without one, only a sample can be had."""
        if self.running and command is not None:
            self._commands.put(command)
        elif command == "sample" and self._future is not None:
            self._take_sample()

    def _obey(self) -> bool:
        """Do all that was asked; while paused, wait for more. True: stop."""
        while True:
            try:
                command = self._commands.get(block=self.state == "paused")
            except Empty:
                return False
            if command == "stop":
                self._tell("stopping")
                return True
            if command == "sample":
                self._take_sample()
            elif command in ("pause", "go on"):
                self._tell("paused" if command == "pause" else "training")

    def _take_sample(self) -> None:
        if self.sample is not None:
            step = self._curve.steps[-1] if self._curve.steps else 0
            self.samples = [*self.samples, {"step": step, "text": str(self.sample())}][-KEPT:]

    def _tell(self, state: str | None = None) -> None:
        """Send the browser all that changed, in one message."""
        self._told, done = time.perf_counter(), len(self._curve.steps)
        left = self._trained / max(done, 1) * max(0, self.steps - (self._curve.steps or [0])[-1])
        tokens = (self.tokens_per_step or 0) * done / max(self._trained, 1e-9)
        with self.hold_sync():
            self.state = state or self.state
            self.clock = {"seconds": self._trained, "left": left, "tokens": tokens}
            self.points = [[*point] for point in self._curve.points()]

    def picture(self) -> Figure:
        """Draw the loss as it is now, and a few of the samples."""
        return draw_training(self._curve, self.steps, self.marks, self.unit, self.samples)

    @property
    def alt(self) -> str:
        """Say in words what the picture shows."""
        return training_in_words(self._curve, self.steps, self.marks, self.unit, self.samples)
