"""The learner's function is called on copies; what it does to the kernel is put back."""

import math
import random
import re
import sys
import warnings

import numpy as np
import pytest
import torch
from torch import nn

from lmteach.exercises.attempt import Attempt, Wrong, run, undisturbed


def everyone() -> list[object]:
    """What a function can change for everybody."""
    return [
        random.getstate(),
        str(np.random.get_state()),  # noqa: NPY002
        torch.get_rng_state().tolist(),
        torch.is_grad_enabled(),
        torch.get_default_dtype(),
        np.geterr(),
        np.get_printoptions(),
        [*warnings.filters],
    ]


def meddle(x):
    random.seed(1)
    np.random.seed(1)  # noqa: NPY002
    torch.manual_seed(1)
    torch.set_grad_enabled(False)
    torch.set_default_dtype(torch.float64)
    np.seterr(all="raise")
    np.set_printoptions(precision=1)
    warnings.simplefilter("error")
    return x


def meddle_and_stop(error):
    raise meddle(error)


def test_results_are_passed_through():
    assert Attempt(lambda a, b: a + b)(1, 2) == 3


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_is_changed_for_everyone_is_put_back(error):
    before = everyone()
    with undisturbed():
        meddle(3)
    assert everyone() == before
    with pytest.raises(error, match="enough"), undisturbed():
        meddle_and_stop(error("enough"))
    assert everyone() == before


def test_an_attempt_is_undisturbed():
    before = everyone()[1:]  # type checks of the tests themselves draw from Python's own state
    assert Attempt(meddle)(3) == 3
    with pytest.raises(Wrong, match="enough"):
        Attempt(meddle_and_stop)(ValueError("enough"))
    assert everyone()[1:] == before


def filled(x):
    """Spoil whatever it is."""
    if isinstance(x, np.ndarray | torch.Tensor):
        x[...] = 7
    elif isinstance(x, dict):
        x.clear()
    elif isinstance(x, nn.Module):
        nn.init.constant_(x.weight, 7)
    elif isinstance(x, np.random.Generator):
        x.random()
    elif isinstance(x, torch.Generator):
        torch.rand(1, generator=x)
    elif isinstance(x[0], int):
        x[0] = 7
    else:
        filled(x[0])
    return 1


@pytest.mark.parametrize(
    ("make", "look"),
    [
        (lambda: np.ones(2), np.ndarray.tolist),
        (lambda: torch.ones(2), torch.Tensor.tolist),
        (lambda: [1, 2], list),
        (lambda: [[1], [2]], str),
        (lambda: {"a": 1}, dict),
        (lambda: [np.ones(2)], str),
        (lambda: nn.Linear(1, 1), lambda layer: layer.weight.item()),
        (lambda: np.random.default_rng(0), lambda rng: str(rng.bit_generator.state)),
        (torch.Generator, lambda generator: generator.get_state().tolist()),
    ],
)
def test_every_call_gets_a_copy(make, look):
    argument = make()
    before = look(argument)
    Attempt(filled)(argument)
    run(filled, (argument,))
    assert look(argument) == before


def test_what_cannot_be_copied_is_passed_as_it_is():
    numbers = (n for n in [1, 2])
    assert Attempt(sum)(numbers) == 3


def in_place(first, /, second, *others, **named):
    first *= 2
    second.append(1)
    for other in others:
        other.append(1)
    return 1


def test_changed_arguments_are_named():
    attempt = Attempt(in_place)
    attempt(np.ones(2), [], [], [])
    attempt(np.ones(2), [])
    assert attempt.changed == ["`first`", "`second`", "argument 3", "argument 4"]


def test_without_a_signature_arguments_have_numbers():
    attempt = Attempt(dict.pop)
    assert attempt({"a": 2}, "a") == 2
    assert attempt.changed == ["argument 1"]


def test_what_is_not_changed_is_not_named():
    attempt = Attempt(lambda x, y: x.sum() + len(y))
    attempt(np.array([np.nan, 1.0]), [np.nan])
    assert attempt.changed == []


class Unspeakable(BaseException):
    def __str__(self):
        raise ValueError


class Inconvertible:
    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("no")


def raising(error):
    def answer(x):
        raise error

    return answer


def endless(x):
    return endless(x)


def itself(x):
    x = [x]
    x[0] = x
    return x


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda x: sys.exit(), "SystemExit"),
        (lambda x: sys.exit("bye"), "SystemExit: bye"),
        (raising(GeneratorExit()), "GeneratorExit"),
        (raising(BaseException("all")), "BaseException: all"),
        (raising(Unspeakable()), "Unspeakable"),
        (raising(ValueError("two\nlines")), "ValueError: two lines"),
        (raising(ValueError("x" * 10**6)), "ValueError: " + "x" * 200),
        (raising(KeyError("b")), "KeyError: 'b'"),
        (lambda x: Inconvertible(), "RuntimeError: no"),
        (endless, "RecursionError: maximum recursion depth exceeded"),
        (itself, "RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_whatever_stops_it_is_said_in_one_sentence(answer, said):
    with pytest.raises(Wrong, match=re.escape(f"for (3) your code raised {said}")) as wrong:
        Attempt(answer)(3)
    assert len(str(wrong.value)) < 300


def test_an_interrupt_passes():
    with pytest.raises(KeyboardInterrupt, match="enough"):
        Attempt(raising(KeyboardInterrupt("enough")))(3)


def test_a_missing_return_is_asked_for():
    with pytest.raises(Wrong, match=r"for \(3\) you gave None. Is a `return` missing\?"):
        Attempt(lambda x: None)(3)


def test_warnings_of_the_learner_are_silent_even_where_they_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Attempt(lambda x: np.log(x * np.zeros(1)))(1.0)[0] == -math.inf
        assert Attempt(lambda x: warnings.warn("no", stacklevel=1) or x)(1.0) == 1.0


async def later(x):
    return x


@pytest.mark.filterwarnings("error")
def test_a_coroutine_is_no_result():
    assert repr(Attempt(later)(3)) == "a coroutine"
