"""Interrupts wait until all is whole, and none gets lost."""

import signal
import threading
from collections.abc import Iterator

import pytest

from lmteach.interrupts import interrupts_held

INTERRUPT = signal.SIGINT


@pytest.fixture(autouse=True)
def _heard() -> Iterator[None]:
    """A shell that starts the tests in the background makes them deaf to interrupts: undone."""
    before = signal.signal(INTERRUPT, signal.default_int_handler)
    yield
    assert signal.signal(INTERRUPT, before) is signal.default_int_handler


def test_it_waits_until_all_is_done() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt, match=r"^$"), interrupts_held() as interrupt:  # noqa: PT012
        signal.raise_signal(INTERRUPT)
        assert interrupt.came
        done.append(1)
    assert done == [1]


def test_without_one_nothing_is_raised() -> None:
    with interrupts_held() as interrupt:
        interrupt.let_go()
        assert not interrupt.came
    assert signal.getsignal(INTERRUPT) is signal.default_int_handler


def test_long_work_can_end_where_all_is_whole() -> None:
    rounds = []
    with pytest.raises(KeyboardInterrupt, match=r"^$"), interrupts_held() as interrupt:  # noqa: PT012
        for number in range(5):
            interrupt.let_go()
            if number == 2:
                signal.raise_signal(INTERRUPT)
            rounds.append(number)
    assert rounds == [0, 1, 2]
    assert not interrupt.came


def test_a_second_one_is_raised_at_once_and_once() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt, match=r"^$") as caught, interrupts_held():  # noqa: PT012
        signal.raise_signal(INTERRUPT)
        done.append(1)
        signal.raise_signal(INTERRUPT)
        done.append(2)
    assert done == [1]
    assert caught.value.__context__ is None


def test_inside_another_the_outer_one_holds() -> None:
    done = []
    with pytest.raises(KeyboardInterrupt, match=r"^$"), interrupts_held() as outer:  # noqa: PT012
        with interrupts_held() as inner:
            signal.raise_signal(INTERRUPT)
        done.append(1)
        assert inner is outer
        signal.raise_signal(INTERRUPT)
        done.append(2)
    assert done == [1]


def test_an_error_inside_does_not_swallow_it() -> None:
    with pytest.raises(KeyboardInterrupt, match=r"^$") as caught, interrupts_held():  # noqa: PT012
        signal.raise_signal(INTERRUPT)
        raise OSError("no room")
    assert str(caught.value.__context__) == "no room"


def test_it_goes_to_whoever_heard_before() -> None:
    heard: list[int] = []
    signal.signal(INTERRUPT, lambda number, frame: heard.append(number))
    with interrupts_held():
        signal.raise_signal(INTERRUPT)
        assert heard == []
    assert heard == [INTERRUPT]
    with interrupts_held():
        signal.raise_signal(INTERRUPT)
        signal.raise_signal(INTERRUPT)
        assert heard == [INTERRUPT] * 2
    assert heard == [INTERRUPT] * 2
    signal.signal(INTERRUPT, signal.default_int_handler)


def test_where_nobody_hears_nothing_is_changed() -> None:
    signal.signal(INTERRUPT, signal.SIG_IGN)
    with interrupts_held() as interrupt:
        assert signal.getsignal(INTERRUPT) is signal.SIG_IGN
        signal.raise_signal(INTERRUPT)
    assert not interrupt.came
    signal.signal(INTERRUPT, signal.default_int_handler)


def test_in_another_thread_nothing_is_changed() -> None:
    seen = []

    def work() -> None:
        with interrupts_held() as interrupt:
            interrupt.let_go()
            seen.append(signal.getsignal(INTERRUPT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
