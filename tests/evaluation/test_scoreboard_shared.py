"""The scoreboard among processes, people and versions, and when it is interrupted."""

import json
import random
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import filelock
import pytest

from lmteach import files
from lmteach.evaluation import scoreboard
from lmteach.evaluation.scoreboard import record, table
from tests.people import as_another_user, on_unix, open_folder


@pytest.fixture(autouse=True)
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "folder" / "scoreboard.json"
    monkeypatch.setenv("LMTEACH_SCOREBOARD", str(path))
    return path


@pytest.fixture
def shut_home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A board in a folder that may not be written to."""
    with open_folder() as folder:
        folder.chmod(0o555)
        monkeypatch.setenv("LMTEACH_SCOREBOARD", str(folder / "new" / "scoreboard.json"))
        with as_another_user():
            yield folder / "new" / "scoreboard.json"


def names() -> set[str]:
    return {row.model for row in table("A").yours}


def add(model: str) -> None:
    record("A", model, 1.0, None, None)


def test_eight_processes_at_once_lose_no_row(board: Path) -> None:
    code = "import sys; from lmteach.evaluation.scoreboard import record\n"
    code += "for n in range(10): record('A', f'{sys.argv[1]}-{n}', 1.0, None, None)"
    line = [sys.executable, "-W", "error", "-c", code]
    running = [subprocess.Popen([*line, str(number)]) for number in range(8)]
    assert [process.wait(timeout=300) for process in running] == [0] * 8
    assert names() == {f"{number}-{n}" for number in range(8) for n in range(10)}
    assert list(board.parent.iterdir()) == [board]


def test_the_lock_of_a_process_that_was_killed_is_free_at_once(board: Path) -> None:
    add("before")
    code = "import sys, time, filelock\nlock = filelock.FileLock(sys.argv[1])\n"
    code += "lock.acquire(); print('held', flush=True); time.sleep(600)"
    line = [sys.executable, "-c", code, str(board.with_suffix(".lock"))]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
        holder.wait(timeout=60)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            add("after")
    assert set(json.loads(board.read_text())["A"][n]["model"] for n in range(2)) == names()
    assert list(board.parent.iterdir()) == [board]


def test_a_lock_that_is_held_is_waited_for_and_never_broken(
    board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hangs keeps the lock; the row is shown, and written with the next one."""
    monkeypatch.setattr(scoreboard, "LOCK_SECONDS", 0.1)
    add("before")
    with filelock.FileLock(board.with_suffix(".lock")):
        with pytest.warns(UserWarning, match="can't be written .* last as long as") as caught:
            add("meanwhile")
        assert len(caught) == 1
        assert names() == {"before", "meanwhile"}
        assert "meanwhile" not in board.read_text()
        assert board.with_suffix(".lock").exists()
    add("after")
    assert {row["model"] for row in json.loads(board.read_text())["A"]} == names()
    assert names() == {"before", "meanwhile", "after"}


@on_unix
def test_a_home_that_cannot_be_written_to_stops_no_cell(shut_home: Path) -> None:
    message = r"can't be written \(Permission denied\).* Set LMTEACH_SCOREBOARD to a file"
    with pytest.warns(UserWarning, match=message) as caught:
        row = record("A", "a test", 1.0, None, None)
    assert len(caught) == 1
    assert "\n" not in str(caught[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it was said once
        record("B", "another", 0.5, None, None)
        assert table("A").yours == (row,)
        assert [row.model for row in table("B").yours] == ["another"]
    assert not shut_home.parent.exists()


@on_unix
def test_a_board_that_may_not_be_read_shows_what_this_kernel_recorded(board: Path) -> None:
    with open_folder() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LMTEACH_SCOREBOARD", str(folder / "scoreboard.json"))
        add("of another user")
        (folder / "scoreboard.json").chmod(0)
        before = (folder / "scoreboard.json").stat().st_mtime_ns
        with as_another_user():
            with pytest.warns(UserWarning, match="Permission denied") as caught:
                add("mine")
            assert len(caught) == 1
            assert names() == {"mine"}
        assert (folder / "scoreboard.json").stat().st_mtime_ns == before


def test_what_a_newer_version_has_noted_stays(board: Path) -> None:
    board.parent.mkdir()
    newer = {"model": "newer", "value": 2.0, "watts": 5}
    content = {"A": [newer], "D": [{"model": "m", "score": "good"}], "version": 2}
    board.write_text(json.dumps(content), encoding="utf-8")
    assert names() == {"newer"}
    add("mine")
    written = json.loads(board.read_text(encoding="utf-8"))
    assert written == content | {"A": [{"model": "mine", "value": 1.0}, newer]}


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    "content",
    [
        b'{"A": [{"model": "cut',
        b"\xff\xfe",
        b"[]",
        b'{"A": {"model": 1}}',
        b'{"A": [{"model": "a"}]}',
        b'{"A": [{"model": "a", "value": "low"}]}',
        b'{"A": [{"model": "a", "value": NaN}]}',
        b'{"A": [{"model": "a", "value": 1, "seconds": [1]}]}',
    ],
)
def test_a_damaged_file_is_named_and_stays_as_it_is(board: Path, content: bytes) -> None:
    board.parent.mkdir()
    board.write_bytes(content)
    for call in (lambda: table("A"), lambda: add("mine")):
        with pytest.raises(ValueError, match=r"scoreboard\.json can't be read .* Delete or mend"):
            call()
    assert board.read_bytes() == content
    assert list(board.parent.iterdir()) == [board]
    board.unlink()
    add("after")
    assert names() == {"mine", "after"}, "what was recorded meanwhile is not lost"


def test_a_relative_path_is_meant_from_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMTEACH_SCOREBOARD", "here.json")
    for name in "ab":
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        add(name)
        assert names() == {name}
        assert [path.name for path in (tmp_path / name).iterdir()] == ["here.json"]


WATCHED = (scoreboard.__file__, files.__file__, str(Path(filelock.__file__).parent))


def count_lines(function: Callable[[], object], interrupt_at: int | None = None) -> int:
    """Run a function; count the lines that run in what writes a board, or interrupt at one."""
    lines = 0

    def local(frame: object, event: str, _: object) -> object:
        nonlocal lines
        lines += event == "line"
        if event == "line" and lines == interrupt_at:
            sys.settrace(None)
            raise KeyboardInterrupt
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: local if frame.f_code.co_filename.startswith(WATCHED) else None)
    try:
        function()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_at_any_moment_loses_nothing_and_leaves_no_lock(
    board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoreboard, "LOCK_SECONDS", 5.0)
    add("warm")
    lines = count_lines(lambda: add("counted"))
    assert lines > 100
    for moment in random.Random(0).sample(range(1, lines), 12):
        board.unlink()
        add("before")
        interrupted = f"at {moment}"
        kept = None  # as a kernel keeps it: with the frames in which it was raised
        try:
            count_lines(lambda name=interrupted: add(name), moment)
        except KeyboardInterrupt as interrupt:
            kept = interrupt
        assert kept is not None
        assert names() - {interrupted} == {"before"}
        started = time.monotonic()
        add("after")
        assert time.monotonic() - started < scoreboard.LOCK_SECONDS, "the lock was left"
        written = {row["model"] for row in json.loads(board.read_text(encoding="utf-8"))["A"]}
        assert written - {interrupted} == {"before", "after"}
        assert list(board.parent.iterdir()) == [board]


@on_unix
def test_an_interrupt_while_waiting_keeps_the_row(board: Path) -> None:
    """The first ■ ends the wait; the row is shown, and written with the next one."""
    add("before")

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt("now")

    heard = signal.signal(signal.SIGALRM, interrupt)
    try:
        with filelock.FileLock(board.with_suffix(".lock")):
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            with pytest.raises(KeyboardInterrupt, match="now"):
                add("meanwhile")
            assert names() == {"before", "meanwhile"}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, heard)
    add("after")
    assert {row["model"] for row in json.loads(board.read_text())["A"]} == names()
    assert names() == {"before", "meanwhile", "after"}
    assert list(board.parent.iterdir()) == [board]
