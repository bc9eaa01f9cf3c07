"""How checks speak: blanks, right answers, wrong ones, errors and slips."""

import numpy as np
import pytest

from lmteach.exercises.feedback import (
    NOT_ATTEMPTED,
    Verdict,
    call,
    equal,
    exercise,
    expect,
    is_stub,
)


@exercise
def halve(answer):
    expect(
        answer,
        [(4,), (6,)],
        lambda x: x / 2,
        slips=[(lambda x: x * 2, "Twice?"), (lambda x: x // 2 - 1, "Less?")],
    )


def blank(x): ...


def documented_blank(x):
    """Say what to do."""
    ...


def passing(x):
    pass


def without_return(x):
    x / 2


def returns_text(x):
    """Documented."""
    return "text"


@pytest.mark.parametrize("stub", [blank, documented_blank, passing])
def test_a_blank_is_not_attempted_yet(stub):
    assert is_stub(stub)
    assert repr(halve(stub)) == "halve: not attempted yet"
    assert halve(stub) == Verdict("halve", NOT_ATTEMPTED)


@pytest.mark.parametrize("function", [without_return, returns_text, lambda: "x", lambda x: x, len])
def test_what_does_something_is_no_blank(function):
    assert not is_stub(function)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: x / 2, "right"),
        (lambda x: x * 2, "for (4) you gave 8, expected 2. Twice?"),
        (lambda x: x // 2 - 1, "for (4) you gave 1, expected 2. Less?"),
        (lambda x: 5.0, "for (4) you gave 5, expected 2."),
        (lambda x: 2.0, "for (6) you gave 2, expected 3."),
        (without_return, "for (4) you gave None. Is a `return` missing?"),
        (lambda x: x / 0, "for (4) your code raised ZeroDivisionError: division by zero"),
        (lambda: 1, "for (4) your code raised TypeError"),
        (lambda x: [1, 2], "for (4) you gave [1, 2], expected 2."),
        (lambda x: "2", "for (4) you gave '2', expected 2."),
        (lambda x: [[1], [1, 2]], "for (4) you gave [[1], [1, 2]], expected 2."),
        (3.5, "you gave a float, expected your function itself"),
    ],
)
def test_verdicts(answer, message):
    assert repr(halve(answer)).startswith(f"halve: {message}")


@pytest.mark.parametrize(
    ("given", "expected", "same"),
    [
        (1, 1.0, True),
        (1 / 3, 0.333333333333333, True),
        (1 / 3, 0.333, False),
        ([1, 2], np.array([1, 2]), True),
        ([1, 2], [[1, 2]], False),
        (None, 1, False),
        ("1", 1.0, False),
        (float("nan"), 1.0, False),
        ("a", "a", True),
        ("a", "b", False),
    ],
)
def test_equal(given, expected, same):
    assert equal(given, expected) is same


def test_call_passes_results_through():
    assert call(lambda a, b: a + b, 1, 2) == 3
