"""Interrupts (Ctrl-C, ■) that wait until what is being changed is whole. Used in all training."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class HeldInterrupt:
    """What hears interrupts in place of another handler: it holds back the first.

    A second one, while the first is held, is for who can't wait: both are let go at once.
    """

    def __init__(self, before: Callable[[int, FrameType | None], Any]) -> None:
        """Take the place of the handler ``before``."""
        self.came, self._before = False, before

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Hear an interrupt."""
        if self.came:
            self.came = False
            self._before(number, frame)
        else:
            self.came = True

    def let_go(self) -> None:
        """Raise ``KeyboardInterrupt`` if one is held, which is then held no more."""
        if self.came:
            self.came = False
            raise KeyboardInterrupt


@contextmanager
def interrupts_held() -> Iterator[HeldInterrupt]:
    """Hold back an interrupt until all inside is done, so that it finds nothing halfway.

    Who works long inside looks at ``came`` where all is whole, and ends there with ``let_go``. A
    second interrupt is raised at once. Inside another ``interrupts_held`` nothing is changed: the
    outer one holds. Only the main thread hears interrupts; in others nothing is changed either,
    nor where nobody in Python hears them.

    >>> with interrupts_held() as interrupt:
    ...     for number in (1, 2, 3):
    ...         interrupt.let_go()  # here all is whole
    ...     interrupt.came
    False
    """
    before = signal.getsignal(signal.SIGINT)
    if isinstance(before, HeldInterrupt):
        yield before
        return
    held = HeldInterrupt(before if callable(before) else signal.default_int_handler)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield held
        return
    signal.signal(signal.SIGINT, held)
    try:
        yield held
    finally:
        signal.signal(signal.SIGINT, before)
        if held.came:
            signal.raise_signal(signal.SIGINT)
