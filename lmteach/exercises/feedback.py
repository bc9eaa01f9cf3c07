"""How a check speaks: "not attempted yet", "right", or what is wrong and the likely slip."""

import dis
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from lmteach.exercises.attempt import Attempt, Wrong, run
from lmteach.exercises.results import almost, equal, in_brackets, parting, short

NOT_ATTEMPTED = "not attempted yet"
RIGHT = "right"


@dataclass(frozen=True)
class Verdict:
    """What a check found. Shows itself as one line: the exercise's name and the message.

    ``right`` and ``attempted`` are for whoever counts. Only the answer is judged: a right one that
    changed its arguments is right, and ``caution`` says what else there is to mend.

    >>> verdict = Verdict("halve", "right", caution="you changed `x` in place.")
    >>> verdict, verdict.right, verdict.attempted
    (halve: right, but you changed `x` in place., True, True)
    """

    exercise: str
    message: str
    caution: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.message == RIGHT

    @property
    def attempted(self) -> bool:
        """Whether there is an answer at all."""
        return self.message != NOT_ATTEMPTED

    def __repr__(self) -> str:
        join = ", but " if self.right else " Besides, "
        return f"{self.exercise}: {self.message}" + (join + self.caution if self.caution else "")


def exercise(check: Callable[[Any], None]) -> Callable[[Any], Verdict]:
    """Turn a function that raises ``Wrong`` into a check that returns a ``Verdict``.

    The name of the exercise is the function's. A stub whose body is ``...`` is "not attempted
    yet". What the check is given is an ``Attempt``: it can be called as the learner's function,
    and can't do harm.

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
        attempt, message = Attempt(answer), RIGHT
        try:
            check(attempt)
        except Wrong as wrong:
            message = str(wrong).strip()
        return Verdict(check.__name__, message, _caution(attempt.changed))

    return checked


def _caution(changed: list[str]) -> str:
    if not changed:
        return ""
    return (
        f"you changed {' and '.join(changed)} in place, which whoever passed it may not expect. "
        "Work on a copy."
    )


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


def expect(
    answer: Callable[..., Any],
    cases: Iterable[tuple[Any, ...]],
    reference: Callable[..., Any],
    slips: Iterable[tuple[Callable[..., Any], str]] = (),
) -> None:
    """Compare the learner's function with ``reference`` on each case; raise ``Wrong`` if unequal.

    ``slips`` are likely mistakes: a function that makes the mistake, and the hint for whoever
    gets the same result as it does. Each of the functions gets its own copy of a case.
    """
    for arguments in cases:
        given, expected = answer(*arguments), run(reference, arguments)
        if not equal(given, expected):
            hints = (words for slip, words in slips if equal(given, run(slip, arguments)))
            texts = short(given), short(expected)
            where = parting(given, expected) if all("..." in text for text in texts) else ""
            raise Wrong(
                f"for {in_brackets(arguments)} you gave {texts[0]}, expected {texts[1]}{where}. "
                f"{next(hints, almost(given, expected))}"
            )
