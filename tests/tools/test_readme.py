"""The README shows the committed scoreboard, and nothing else of it is touched."""

import pytest

from lmteach.evaluation.scoreboard import Row, Table
from tools import readme
from tools.readme import END, START, main, with_scoreboard

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


def test_a_thread_with_rows_and_no_marks_is_named_and_one_without_rows_needs_none(
    tmp_path, monkeypatch
):
    boards = {"A": BOARD, "B": Table("B", (), ()), "C": Table("C", (), BOARD.yours)}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(readme, "table", boards.__getitem__)
    page = with_scoreboard(f"{START}{END}", BOARD)
    (tmp_path / "README.md").write_text(page, encoding="utf-8")
    assert main(["--check"]) == 0
    boards["C"] = Table("C", (Row("judge", 0.9, None, 0.1),), ())
    with pytest.raises(SystemExit, match="scoreboard C"):
        main(["--check"])
