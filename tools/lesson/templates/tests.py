"""Exercises of notebook NUMBER: right answers pass, likely wrong ones are told what is wrong."""

import pytest

from lmteach.exercises import NAME as check
from tests.exercises.saying import assert_right_and_blank, assert_told

RIGHT = {
    "first": lambda x: x + x,  # TODO: right answers, written in another way than in the lesson
    "second": lambda x: 1 + x,
    "third": lambda x: -1 + x,
    "fourth": lambda x: x**2,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("first", lambda x: x**2, "TODO: a likely mistake"),
        ("first", lambda x: 2 + x, "TODO: another"),
        ("second", lambda x: x - 1, "TODO: a likely mistake"),
        ("second", lambda x: x, "TODO: another"),
        ("third", lambda x: x + 1, "TODO: a likely mistake"),
        ("third", lambda x: x, "TODO: another"),
        ("fourth", lambda x: x + x, "TODO: a likely mistake"),
        ("fourth", lambda x: x, "TODO: another"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
