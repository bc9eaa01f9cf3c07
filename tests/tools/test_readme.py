"""The README shows the committed scoreboard, and nothing else of it is touched."""

import pytest

from lmteach.evaluation.scoreboard import Row, Table
from tools.readme import END, START, with_scoreboard

START, END = START.format("A"), END.format("A")
BOARD = Table("A", (Row("gzip", 2.96, None, 0.1),), (Row("mine", 1.0, 5, 2.0),))


def test_the_rows_stand_between_the_marks_and_the_learners_own_do_not():
    page = f"Before.\n\n{START}old rows\n{END}\n\nAfter.\n"
    written = with_scoreboard(page, BOARD)
    assert "| gzip | 2.960 |  | 0.1 |" in written
    assert "mine" not in written
    assert "old rows" not in written
    assert written.startswith(f"Before.\n\n{START}")
    assert written.endswith(f"{END}\n\nAfter.\n")
    assert with_scoreboard(written, BOARD) == written


def test_lost_marks_are_named():
    with pytest.raises(SystemExit, match="has lost the marks"):
        with_scoreboard("No marks here.", BOARD)
