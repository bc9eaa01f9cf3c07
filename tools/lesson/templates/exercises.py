"""The checks of notebook NUMBER: TODO: what its exercises ask, in a few words."""

from collections.abc import Callable

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("first", "second", "third", "fourth")


@exercise
def first(answer: Callable[[float], float]) -> None:
    """Check ``first(x)``: TODO: what it returns."""
    expect(
        answer,
        [(3,), (-5,)],  # TODO: cases in which every slip gives something else
        lambda x: 2 * x,
        slips=[
            (lambda x: x * x, "TODO: a likely mistake, named."),
            (lambda x: x + 2, "TODO: another."),
        ],
    )


@exercise
def second(answer: Callable[[float], float]) -> None:
    """Check ``second(x)``: TODO: what it returns."""
    expect(
        answer,
        [(3,), (-5,)],
        lambda x: x + 1,
        slips=[
            (lambda x: x - 1, "TODO: a likely mistake, named."),
            (lambda x: x, "TODO: another."),
        ],
    )


@exercise
def third(answer: Callable[[float], float]) -> None:
    """Check ``third(x)``: TODO: what it returns."""
    expect(
        answer,
        [(3,), (-5,)],
        lambda x: x - 1,
        slips=[
            (lambda x: x + 1, "TODO: a likely mistake, named."),
            (lambda x: x, "TODO: another."),
        ],
    )


@exercise
def fourth(answer: Callable[[float], float]) -> None:
    """Check ``fourth(x)``: TODO: what it returns."""
    expect(
        answer,
        [(3,), (-5,)],
        lambda x: x * x,
        slips=[
            (lambda x: 2 * x, "TODO: a likely mistake, named."),
            (lambda x: x, "TODO: another."),
        ],
    )
