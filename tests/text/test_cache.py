"""The cache: shared by a class, whole whatever happens, and never a reason to stop."""

import os
import random
import stat
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from lmteach import files
from lmteach.text import cache
from lmteach.text.cache import cache_folder, read_cached, write_cached
from lmteach.text.packages import sha256
from tests.people import as_another_user, on_unix, open_folder

DATA = b"a text"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "_warned", set())
    return tmp_path / "cache"


@on_unix
@pytest.mark.parametrize(("umask", "rights"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_a_class_can_share_what_the_umask_lets_it(folder: Path, umask: int, rights: int) -> None:
    before = os.umask(umask)
    try:
        write_cached("text", DATA)
    finally:
        os.umask(before)
    assert stat.S_IMODE((folder / "text").stat().st_mode) == rights
    assert stat.S_IMODE(folder.stat().st_mode) == 0o777 & ~umask


@on_unix
def test_another_user_reads_what_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_folder() as shared:
        monkeypatch.setenv("LMTEACH_CACHE", str(shared / "cache"))
        before = os.umask(0o022)
        write_cached("text", DATA)
        os.umask(before)
        with as_another_user():
            assert read_cached("text", sha256(DATA)) == DATA
            write_cached("text", DATA)  # can't be written, and need not be: no warning


@on_unix
def test_an_entry_that_may_not_be_read_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_folder() as shared:
        monkeypatch.setenv("LMTEACH_CACHE", str(shared / "cache"))
        write_cached("text", DATA)
        (shared / "cache" / "text").chmod(0)
        (shared / "cache").chmod(0o555)
        with as_another_user():
            message = r"text may not be read: another user made it.*chmod a\+r.*LMTEACH_CACHE"
            with pytest.warns(UserWarning, match=message) as caught:
                assert read_cached("text", sha256(DATA)) is None
            assert len(caught) == 1
            assert "\n" not in str(caught[0].message)
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # it was said once, and it is the cause of this, too
                write_cached("text", DATA)
                assert read_cached("text", sha256(DATA)) is None
        (shared / "cache").chmod(0o755)


@on_unix
def test_a_folder_that_may_not_be_written_to_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_folder() as shared:
        shared.chmod(0o555)
        monkeypatch.setenv("LMTEACH_CACHE", str(shared / "cache"))
        with (
            as_another_user(),
            pytest.warns(UserWarning, match=r"cache can't be written to \(Permission denied\)"),
        ):
            write_cached("text", DATA)
        shared.chmod(0o755)


def test_processes_that_write_at_once_leave_one_whole_entry(folder: Path) -> None:
    code = "from lmteach.text.cache import write_cached\n"
    code += "for n in range(20): write_cached('text', b'x' * 100_000)"
    line = [sys.executable, "-W", "error", "-c", code]
    running = [subprocess.Popen(line) for _ in range(4)]
    assert [process.wait(timeout=300) for process in running] == [0] * 4
    assert (folder / "text").read_bytes() == b"x" * 100_000
    assert [path.name for path in folder.iterdir()] == ["text"]


def test_a_tilde_and_a_relative_path_are_what_people_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv("LMTEACH_CACHE", "~/c")
    assert cache_folder() == tmp_path / "c"
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setenv("LMTEACH_CACHE", "c")
    assert cache_folder() == tmp_path / "here" / "c"


def _interrupted_write(data: bytes, moment: int) -> int:
    """Write an entry, interrupted at a line of what writes it; return how many lines ran."""
    lines = 0
    watched = (cache.__file__, files.__file__)

    def local(frame: object, event: str, _: object) -> object:
        nonlocal lines
        lines += event == "line"
        if event == "line" and lines == moment:
            sys.settrace(None)
            raise KeyboardInterrupt("now")
        return local

    before = sys.gettrace()
    sys.settrace(lambda frame, *_: local if frame.f_code.co_filename in watched else None)
    try:
        write_cached("text", data)
    finally:
        sys.settrace(before)
    return lines


def test_an_interrupt_leaves_the_old_entry_or_the_new_one(folder: Path) -> None:
    write_cached("text", DATA)
    lines = _interrupted_write(DATA, 0)
    for moment in random.Random(0).sample(range(1, lines + 1), 12):
        write_cached("text", DATA)
        with pytest.raises(KeyboardInterrupt, match="now"):
            _interrupted_write(b"another", moment)
        assert (folder / "text").read_bytes() in (DATA, b"another")
        assert [path.name for path in folder.iterdir()] == ["text"]
        write_cached("text", DATA)
        assert read_cached("text", sha256(DATA)) == DATA
