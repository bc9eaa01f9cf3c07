"""How a check speaks: "not attempted yet", "right", or what is wrong and the likely slip."""

import dis
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Verdict:
    """What a check found. Shows itself as one line: the exercise's name and the message."""

    exercise: str
    message: str

    def __repr__(self) -> str:
        return f"{self.exercise}: {self.message}"


NOT_ATTEMPTED = "not attempted yet"
RIGHT = "right"


class Wrong(Exception):
    """Raised within a check with the sentence that the learner is to read."""


def exercise(check: Callable[[Any], None]) -> Callable[[Any], Verdict]:
    """Turn a function that raises ``Wrong`` into a check that returns a ``Verdict``.

    The name of the exercise is the function's. A stub whose body is ``...`` is "not attempted
    yet"; an error inside the learner's code is reported in one line and stops nothing.

    >>> @exercise
    ... def double(answer):
    ...     expect(answer, [(3,)], lambda x: 2 * x, slips=[(lambda x: x + 3.5, "Plus?")])
    >>> def stub(x): ...
    >>> double(stub)
    double: not attempted yet
    >>> double(lambda x: x + x)
    double: right
    >>> double(lambda x: x + 3.5)
    double: for (3) you gave 6.5, expected 6. Plus?
    """

    @functools.wraps(check)
    def checked(answer: Any) -> Verdict:
        if is_stub(answer):
            return Verdict(check.__name__, NOT_ATTEMPTED)
        if not callable(answer):
            return Verdict(
                check.__name__,
                f"you gave a {type(answer).__name__}, expected your function itself, "
                f"without brackets: check.{check.__name__}({check.__name__})",
            )
        try:
            check(answer)
        except Wrong as wrong:
            return Verdict(check.__name__, str(wrong).strip())
        return Verdict(check.__name__, RIGHT)

    return checked


def is_stub(answer: Any) -> bool:
    """Say whether a function does nothing at all, as the blank of an exercise.

    >>> def blank(x): ...
    >>> is_stub(blank), is_stub(lambda x: x)
    (True, False)
    """

    code = getattr(answer, "__code__", None)
    if code is None:
        return False
    steps = [step for step in dis.get_instructions(code) if step.opname not in {"RESUME", "NOP"}]
    return all(
        step.opname in {"LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"} and step.argval is None
        for step in steps
    )


def call(answer: Callable[..., Any], *arguments: Any) -> Any:
    """Call the learner's function; an error or a missing ``return`` becomes ``Wrong``.

    >>> call(lambda x: x + 1, 2)
    3
    """
    try:
        given = answer(*arguments)
    except Exception as error:
        raise Wrong(
            f"for {_brief(arguments)} your code raised {type(error).__name__}: {error}"
        ) from error
    if given is None:
        raise Wrong(f"for {_brief(arguments)} you gave None. Is a `return` missing?")
    return given


def expect(
    answer: Callable[..., Any],
    cases: Iterable[tuple[Any, ...]],
    reference: Callable[..., Any],
    slips: Iterable[tuple[Callable[..., Any], str]] = (),
) -> None:
    """Compare the learner's function with ``reference`` on each case; raise ``Wrong`` if unequal.

    ``slips`` are likely mistakes: a function that makes the mistake, and the hint for whoever
    gets the same result as it does.
    """
    for arguments in cases:
        given, expected = call(answer, *arguments), reference(*arguments)
        if not equal(given, expected):
            hints = (words for slip, words in slips if equal(given, slip(*arguments)))
            raise Wrong(
                f"for {_brief(arguments)} you gave {_short(given)}, expected {_short(expected)}. "
                + next(hints, "")
            )


def equal(given: Any, expected: Any) -> bool:
    """Say whether two results agree: numbers and arrays to nine digits, the rest exactly.

    >>> equal(0.1 + 0.2, 0.3), equal([1, 2], [1, 2, 3]), equal("a", "b")
    (True, False, False)
    """
    if isinstance(expected, str):
        return bool(given == expected)
    try:
        numbers, wanted = np.asarray(given), np.asarray(expected)
    except ValueError:  # rows of different lengths
        return False
    if numbers.shape != wanted.shape or not np.issubdtype(numbers.dtype, np.number):
        return False
    return bool(np.allclose(numbers, wanted, rtol=1e-9, atol=1e-12, equal_nan=True))


def _brief(arguments: tuple[Any, ...]) -> str:
    return "(" + ", ".join(_short(argument) for argument in arguments) + ")"


def _short(value: Any) -> str:
    """Write a value in at most 60 characters, numbers with six digits."""
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        text = np.array2string(value, precision=4, threshold=12).replace("\n", "")
    else:
        text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
