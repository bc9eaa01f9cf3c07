"""The scoreboard: what is written is read back, and the learner's rows stand beside ours."""

import json
import math
import subprocess
import sys
from dataclasses import fields

import pytest

from lmteach.evaluation import scoreboard
from lmteach.evaluation.scoreboard import COLUMNS, THREADS, Row, Table, record, table


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


def test_who_may_have_read_the_test_text_stands_apart():
    record("C", "read it", 0.99, 1, 1.0, apart=True)
    record("C", "half", 0.5, 1, 1.0)
    board = table("C", ["read it", "half"])
    assert [line[0] for line in board.lines()] == ["half", "read it"]
    assert [line[2] for line in board.lines()] == ["0.500", "0.990 †"]
    for shown in (repr(board), board._repr_markdown_()):
        assert shown.endswith("\n\n† may have read the test text before")
    assert "†" not in repr(table("C", ["half"]))


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
    content = {"B": [{"model": "naïve", "value": 0.5, "parameters": 1, "seconds": 2.0}]}
    assert json.loads(own_file.read_text(encoding="utf-8")) == content
    assert list(own_file.parent.iterdir()) == [own_file]


def test_the_table_shows_committed_and_own_numbers_side_by_side():
    board = Table(
        "A",
        (Row("x", 2.0, 1234, 5.0, passes=0.5),),
        (Row("x", 2.5, 1234, 9.0), Row("y", 1.0, None, 1.0, passes=1)),
    )
    assert board.lines() == [
        ("y", "", "1.000", "", "1.0", "1.0"),
        ("x", "2.000", "2.500", "1,234", "5.0", "0.5"),
    ]
    assert board._repr_markdown_().split("\n") == [
        "| model | bits per character | yours | parameters | seconds | times read |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
        "| y |  | 1.000 |  | 1.0 | 1.0 |",
        "| x | 2.000 | 2.500 | 1,234 | 5.0 | 0.5 |",
    ]
    assert repr(board).split("\n") == [
        "model  bits per character  yours  parameters  seconds  times read",
        "y                          1.000                  1.0         1.0",
        "x                   2.000  2.500       1,234      5.0         0.5",
    ]


WHOLE = {
    "text_read": 1_900_000,
    "passes": 2.5,
    "peak_memory": 750_000_000,
    "bytes": 12_340_000,
    "labels": 200,
}


def test_what_it_took_is_read_back_and_shown_where_asked_for():
    row = record("A", "a test", [1.0, 2.0], 7, 3.0, **WHOLE)
    assert row == Row("a test", 1.5, 7, 3.0, 0.7071, seeds=2, **WHOLE)
    assert table("A").yours == (row,)
    assert "labels" not in repr(table("A"))
    shown = table("A", ["a test"], columns=["seeds", *WHOLE, "seconds"])
    heads = ("seeds", "characters", "times read", "peak MB", "MB", "labels", "seconds")
    assert shown.header()[3:] == heads
    assert shown.lines() == [
        ("a test", "", "1.500 ± 0.707", "2", "1,900,000", "2.5", "750.0", "12.3", "200", "3.0")
    ]
    with pytest.raises(ValueError, match="no column is called 'cost', expected parameters, "):
        table("A", columns=["cost"])


def test_every_field_of_a_row_has_a_column():
    besides = {"model", "value", "spread", "apart"}
    assert set(COLUMNS) == {field.name for field in fields(Row)} - besides


def test_where_higher_is_better_the_highest_stands_first():
    assert not THREADS["C"].lower_is_better
    for model, value in [("a", 0.5), ("b", 0.9), ("c", 0.7)]:
        record("C", model, value, None, None)
    assert [row.model for row in table("C").yours] == ["b", "c", "a"]
    assert [line[0] for line in table("C", ["a", "b", "c"]).lines()] == ["b", "c", "a"]
    assert table("C").header()[1] == "accuracy"


def test_files_of_the_first_form_are_read(own_file):
    own_file.parent.mkdir()
    old = {"model": "old", "value": 2.0, "parameters": None, "seconds": 1.0}
    rows = [old, old | {"model": "newer", "parameters": 5, "spread": 0.5}]
    own_file.write_text(json.dumps({"A": rows}), encoding="utf-8")
    assert set(table("A").yours) == {
        Row("old", 2.0, None, 1.0),
        Row("newer", 2.0, 5, 1.0, spread=0.5),
    }
    record("A", "newest", 1.0, 5, 1.0, labels=3)
    assert [row.model for row in table("A").yours] == ["newest", "newer", "old"]


def test_processes_that_record_at_once_lose_no_row(own_file):
    code = "import sys; from lmteach.evaluation.scoreboard import record\n"
    code += "for n in range(20): record('A', f'{sys.argv[1]}-{n}', 1.0, None, None)"
    running = [subprocess.Popen([sys.executable, "-c", code, name]) for name in "abc"]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    assert len(table("A").yours) == 60
    assert list(own_file.parent.iterdir()) == [own_file]


def test_a_lock_that_a_crash_has_left_is_waited_for_and_taken(own_file, monkeypatch):
    monkeypatch.setattr(scoreboard, "LOCK_SECONDS", 0.05)
    own_file.parent.mkdir()
    own_file.with_suffix(".lock").touch()
    record("A", "a test", 1.0, None, None)
    assert [row.model for row in table("A").yours] == ["a test"]
    assert list(own_file.parent.iterdir()) == [own_file]


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
        (("Z", "x", 1.0, 1, 1.0), "thread is 'Z', expected one of 'A' .bits per character"),
        (("A", " ", 1.0, 1, 1.0), "model is empty"),
        (("A", "x", [], 1, 1.0), "value holds no number"),
        (("A", "x", [1.0, math.nan], 1, 1.0), r"value is (nan|\[1\.0, nan\])"),
        (("A", "x", math.inf, 1, 1.0), "value is inf, expected a finite number"),
        (("A", "x", math.nan, 1, 1.0), r"value is (nan|\[1\.0, nan\])"),
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
    # sqrt((0.04 + 0.01 + 0.09) / 2)
    assert row == Row("a test", 2.2, 1, 1.0, spread=0.2646, seeds=3)
    assert table("A").yours == (row,)
    assert "2.200 ± 0.265" in repr(table("A"))


def test_one_seed_has_no_spread():
    assert record("A", "a test", [2.0], 1, 1.0) == Row("a test", 2.0, 1, 1.0, seeds=1)


@pytest.mark.parametrize("name", WHOLE)
def test_bad_costs_are_refused(name, own_file):
    bad = -WHOLE[name]
    with pytest.raises(ValueError, match=f"{name} is {bad}, expected a finite number"):
        record("A", "x", 1.0, 1, 1.0, **{name: bad})
    assert not own_file.exists()


def test_unknown_thread():
    with pytest.raises(ValueError, match="thread is 'Z'"):
        table("Z")
