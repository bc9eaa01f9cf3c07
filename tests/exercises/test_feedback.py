"""How checks speak: blanks, right answers, wrong ones, errors and slips."""

import math

import numpy as np
import pytest

from lmteach.exercises.feedback import (
    NOT_ATTEMPTED,
    Verdict,
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


def test_a_verdict_says_whether_it_is_right_and_attempted():
    verdicts = [halve(answer) for answer in (blank, lambda x: x / 2, lambda x: x * 2)]
    assert [verdict.right for verdict in verdicts] == [False, True, False]
    assert [verdict.attempted for verdict in verdicts] == [False, True, True]


@exercise
def total(answer):
    arrays = [np.array([3.0, 1.0]), np.array([2.0, 6.0])]
    expect(
        answer,
        [(arrays, 2.0), (arrays[::-1], 1.0)],
        lambda rows, scale: sum(row.sum() for row in rows) / scale,
        slips=[(lambda rows, scale: rows[0].sum() / scale, "Only the first row?")],
    )


def in_place(rows, scale):
    for row in rows:
        row /= scale
    return sum(row.sum() for row in rows)


def only_the_first_in_place(rows, scale):
    rows[0] /= scale
    return rows.pop(0).sum()


def zeroed_first(rows, scale):
    for row in rows:
        row[:] = 0
    return sum(row.sum() for row in rows) / scale


def test_a_right_answer_in_place_is_right_and_told_what_it_changed():
    verdict = total(in_place)
    assert verdict.right
    assert verdict.caution.startswith("you changed `rows` in place")
    assert repr(verdict).startswith("total: right, but you changed `rows` in place")


def test_a_slip_in_place_still_meets_its_hint():
    verdict = total(only_the_first_in_place)
    assert not verdict.right
    assert "you gave 2, expected 6. Only the first row?" in verdict.message
    assert "Besides, you changed `rows` in place" in repr(verdict)


def test_an_answer_that_zeroes_its_arguments_is_wrong():
    assert repr(total(zeroed_first)).startswith(
        "total: for ([[3.0, 1.0], [2.0, 6.0]], 2) you gave 0, expected 6."
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda x: np.array([x / 2]), "in the shape (1,) instead of ()"),
        (lambda x: x / 2 + 1e-4, "Nearly: is it rounded"),
        (lambda x: (n for n in [x / 2]), "you gave a generator (make a list of it), expected 2."),
        (lambda x: max, "you gave a builtin_function_or_method (are its brackets missing?)"),
        (lambda x: True, "you gave True, expected 2."),
        (lambda x: complex(x / 2), "you gave (2+0j), expected 2."),
        (lambda x: float("nan"), "you gave nan, expected 2."),
        (lambda x: -np.inf, "you gave -inf, expected 2."),
        (lambda x: {x: x}, "you gave a dict, expected 2."),
        (lambda x, y: x, "your code raised TypeError"),
        (type("Half", (), {"__init__": lambda self, x: None}), "you gave a Half, expected 2."),
    ],
)
def test_odd_answers_are_told_what_they_are(answer, message):
    verdict = halve(answer)
    assert not verdict.right
    assert message in verdict.message


def test_arguments_in_slips_and_references_are_copies_too():
    given = np.array([4.0])

    @exercise
    def doubled(answer):
        expect(
            answer,
            [(given,)],
            lambda x: np.multiply(x, 2, out=x),
            slips=[(lambda x: np.add(x, 5, out=x), "Five?"), (lambda x: x + 1, "One?")],
        )

    assert doubled(lambda x: x + 1).message == "for ([4.]) you gave [5.], expected [8.]. One?"
    assert doubled(lambda x: x * 2).right
    assert given.tolist() == [4.0]


def test_settings_of_the_kernel_do_not_reach_references_and_slips():
    @exercise
    def logarithm(answer):
        expect(answer, [(0.0,)], lambda x: np.log(x), slips=[(lambda x: 1 / np.float64(x), "")])

    with np.errstate(all="raise"):
        assert logarithm(lambda x: -math.inf).right
        assert not logarithm(lambda x: 3.0).right


@exercise
def doubled_table(answer):
    expect(answer, [(np.arange(40.0).reshape(8, 5),)], lambda x: 2 * x)


def test_long_results_are_told_where_they_part():
    verdict = doubled_table(lambda x: 2 * x + np.eye(8, 5))
    assert "... of shape (8, 5), which part at [0, 0]: 1 and 0." in verdict.message
