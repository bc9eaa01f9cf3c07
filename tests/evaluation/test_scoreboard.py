"""The scoreboard: what is written is read back, and the learner's rows stand beside ours."""

import json
import math

import pytest

from lmteach.evaluation import scoreboard
from lmteach.evaluation.scoreboard import Row, Table, record, table


@pytest.fixture(autouse=True)
def own_file(tmp_path, monkeypatch):
    path = tmp_path / "folder" / "scoreboard.json"
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(path))
    return path


def test_a_row_is_read_back_as_it_was_recorded():
    row = record("A", "a test", 2.5, parameters=729, seconds=1.25)
    assert row == Row("a test", 2.5, 729, 1.25)
    assert table("A").yours == (row,)
    assert table("B").yours == ()


def test_the_same_model_again_replaces_its_row_and_rows_are_sorted_best_first():
    for model, value in [("a", 3.0), ("b", 2.0), ("a", 1.0)]:
        record("A", model, value, parameters=None, seconds=0.0)
    assert [(row.model, row.value) for row in table("A").yours] == [("a", 1.0), ("b", 2.0)]


def test_only_the_rows_asked_for_are_shown():
    for model, value in [("a", 3.0), ("b", 2.0), ("c", 1.0)]:
        record("A", model, value, parameters=None, seconds=0.0)
    assert [row.model for row in table("A", ["a", "c"]).yours] == ["c", "a"]
    assert table("A", ["a", "c"]).committed == ()
    with pytest.raises(ValueError, match=r"no row is called 'd', expected one of .*'a', 'b', 'c'"):
        table("A", ["a", "d"])


def test_the_file_is_plain_json_and_leaves_nothing_beside_it(own_file):
    record("B", "naïve", 0.5, parameters=1, seconds=2.0)
    content = {
        "B": [{"model": "naïve", "value": 0.5, "parameters": 1, "seconds": 2.0, "spread": None}]
    }
    assert json.loads(own_file.read_text(encoding="utf-8")) == content
    assert list(own_file.parent.iterdir()) == [own_file]


def test_the_table_shows_committed_and_own_numbers_side_by_side():
    board = Table(
        "A", (Row("x", 2.0, 1234, 5.0),), (Row("x", 2.5, 1234, 9.0), Row("y", 1.0, None, 1.0))
    )
    assert board.lines() == [
        ("y", "", "1.000", "", "1.0"),
        ("x", "2.000", "2.500", "1,234", "5.0"),
    ]
    assert "| x | 2.000 | 2.500 | 1,234 | 5.0 |" in board._repr_markdown_()
    assert "bits per character" in repr(board)


def test_the_committed_rows_are_whole():
    for thread in scoreboard.THREADS:
        for row in table(thread).committed:
            assert row.model
            assert math.isfinite(row.value)


def test_a_damaged_file_is_named(own_file):
    own_file.parent.mkdir()
    own_file.write_text('{"A": [{"model": "cut')
    with pytest.raises(ValueError, match=r"scoreboard\.json can't be read .* Delete or mend"):
        table("A")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("C", "x", 1.0, 1, 1.0), "thread is 'C', expected one of 'A' .bits per character"),
        (("A", " ", 1.0, 1, 1.0), "model is empty"),
        (("A", "x", [], 1, 1.0), "value holds no number"),
        (("A", "x", [1.0, math.nan], 1, 1.0), "value is nan"),
        (("A", "x", math.inf, 1, 1.0), "value is inf, expected a finite number"),
        (("A", "x", math.nan, 1, 1.0), "value is nan"),
        (("A", "x", -1.0, 1, 1.0), "value is -1.0"),
        (("A", "x", 1.0, -1, 1.0), "parameters is -1"),
        (("A", "x", 1.0, 1, -1.0), "seconds is -1.0"),
    ],
)
def test_bad_rows_are_refused_and_nothing_is_written(arguments, message, own_file):
    with pytest.raises(ValueError, match=message):
        record(*arguments)
    assert not own_file.exists()


def test_one_result_for_each_seed_becomes_a_mean_and_a_spread():
    row = record("A", "a test", [2.0, 2.1, 2.5], parameters=1, seconds=1.0)
    assert row == Row("a test", 2.2, 1, 1.0, spread=0.2646)  # sqrt((0.04 + 0.01 + 0.09) / 2)
    assert table("A").yours == (row,)
    assert "2.200 ± 0.265" in repr(table("A"))


def test_unknown_thread():
    with pytest.raises(ValueError, match="thread is 'Z'"):
        table("Z")
