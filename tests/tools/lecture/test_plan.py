"""A plan tells the clock, leaves for home what can be read alone, and fits into the lecture."""

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from tools.lecture.plan import MINUTES_A_VOTE, in_class, parts, plan
from tools.lesson import cells
from tools.lesson.builds import Lesson, names
from tools.lesson.filling import ROOT

GUESS = """Question("Which?", {"this": "Why this?", "that": "Right, | that."}, right="that")"""
LESSON = [
    new_markdown_cell("# 77 · Test\n\n" + "word " * 300),
    new_markdown_cell("## First\n\n" + "word " * 149),
    new_code_cell(GUESS, metadata={"tags": ["question"]}),
    new_code_cell("p = 1"),
    new_markdown_cell("## In practice\n\n" + "word " * 1648),
    new_markdown_cell("## Your turn\n\n### Exercise 1 · half (5 minutes, ●○○)"),
]


def test_by_hand() -> None:
    opening, first, practice, _ = parts(LESSON)
    assert opening.minutes == pytest.approx(301 / 150)
    assert first.minutes == pytest.approx(1 + 2 * 0.5 + MINUTES_A_VOTE)
    assert [one.text for one in first.guesses] == ["Which?"]
    assert [part.title for part in in_class(parts(LESSON))] == [
        "The opening",
        "First",
        "In practice",
    ]
    assert in_class(parts(LESSON), 10) == [opening, first]
    assert in_class(parts(LESSON), 3) == [opening]
    text = plan("77 · Test", LESSON)
    assert "| 2 | First | Which? |" in text
    assert "**At home.** Your turn." in text
    assert "- Exercise 1 · half (5 minutes, ●○○)" in text
    assert "- *this* Why this?" in text
    assert "that." not in text
    assert practice.minutes == pytest.approx(11)


@pytest.mark.parametrize("name", names(ROOT))
def test_every_lesson_fits_into_ninety_minutes(name: str) -> None:
    lesson = cells.read(Lesson(ROOT, name).text())
    text = plan(name, lesson)
    clock = [int(minute) for minute in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)]
    assert clock == sorted(clock)
    assert clock[0] == 0
    assert clock[-1] <= 90
    taught = [part.title for part in in_class(parts(lesson))]
    assert "Spot the bug" in taught or name.startswith(("00", "24"))
