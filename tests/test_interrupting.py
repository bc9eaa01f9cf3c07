"""The interrupts of the tests come at the moment that was asked for."""

import signal

import pytest
import torch
from torch import nn

from lmteach.models.evaluating import in_evaluation
from lmteach.training.clipping import clip_by_norm
from tests.interrupting import events_of, interrupted_at, moments, numbers_of, state_of, world


def clip_twice() -> None:
    weight = nn.Parameter(torch.zeros(2))
    weight.grad = torch.tensor([3.0, 4.0])
    clip_by_norm([weight], 1.0)
    clip_by_norm([weight], 1.0)


def test_events_are_lines_of_the_package_and_the_same_each_time() -> None:
    clip_twice()  # what is looked up once is no event the second time
    assert events_of(lambda: sum(range(100))) == 0
    assert events_of(clip_twice) == events_of(clip_twice) > 5


def test_an_interrupt_comes_at_each_event_and_at_no_later_one() -> None:
    places = []
    for event in range(1, events_of(clip_twice) + 1):
        frame = interrupted_at(event, clip_twice).__traceback__
        while frame is not None and frame.tb_frame.f_code.co_name != "clip_by_norm":
            frame = frame.tb_next
        places.append(frame and frame.tb_lineno)
    assert len(set(places)) > 3
    with pytest.raises(AssertionError, match="swallowed, or came after the end"):
        interrupted_at(events_of(clip_twice) + 1, clip_twice)


def test_who_swallows_an_interrupt_or_leaves_a_handler_is_told_on() -> None:
    def swallow() -> None:
        try:
            clip_twice()
        except KeyboardInterrupt:
            return

    with pytest.raises(AssertionError, match="swallowed"):
        interrupted_at(3, swallow)
    with pytest.raises(AssertionError, match="SIGINT is left to"):
        events_of(lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))


def test_moments_are_drawn_from_all_events() -> None:
    last = events_of(clip_twice)
    assert moments(clip_twice, last) == [*range(1, last + 1)]
    drawn = moments(clip_twice, 3, seed=1)
    assert drawn == moments(clip_twice, 3, seed=1)
    assert drawn == sorted(set(drawn))


def test_the_states_see_what_is_changed() -> None:
    model, before = nn.Sequential(nn.Linear(2, 2), nn.Dropout()), world()
    as_made, numbers = state_of(model), numbers_of(model)
    assert world() == before
    with in_evaluation(model):
        assert state_of(model) != as_made
    assert state_of(model) == as_made
    with torch.no_grad():
        assert world() != before
        model[0].weight += 1
    assert numbers_of(model) != numbers
    model[1].register_forward_hook(lambda *_: None)
    assert state_of(model) != as_made
