"""The minutes that a lesson takes: counted, not guessed."""

import pytest

from tests.notebooks.making import code, prose
from tools.lesson import builds, cells, minutes
from tools.lesson.filling import ROOT


def test_words_cells_and_exercises_are_counted() -> None:
    made = [
        prose("## Read\n\n" + "word " * 2998),
        *(code("f()") for _ in range(20)),
        code("g()", "folded"),
        code("h()", "setup"),
        prose("### Build it · it (25 minutes, ●●○)\n\n### Exercise 1 · f (1 minute, ●○○)"),
        prose("<details><summary>Hint</summary>" + "word " * 3000 + "</details>"),
    ]
    assert minutes.words(made[:1]) == 2999
    assert minutes.reading(made) == 30  # 20 for the words, 10 for the cells
    assert minutes.trying(made) == 26
    assert minutes.in_words(made) == (
        "About 30 minutes to read and run, by a count of its words and cells, "
        "and 26 for the exercises."
    )


def test_a_formula_set_apart_is_ten_words_and_a_line_of_prose_is_itself() -> None:
    assert minutes.words([prose("Let us see:\n\n$$ a = b \\tag{1.1} $$\n\nand don't stop.")]) == 16


@pytest.mark.parametrize("name", builds.names(ROOT))
def test_every_lesson_says_its_time(name: str) -> None:
    first = cells.read(builds.Lesson(ROOT, name).text())[0].source
    assert "**Time.** {{time}}" in first
