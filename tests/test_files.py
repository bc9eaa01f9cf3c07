"""Files are written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from lmteach.files import named_path, write_whole
from tests.interrupting import events_of, interrupted_at


def _rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> int:
    """What this process takes away from the rights of a new file."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_the_file_holds_what_was_given(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "b", b"\r\n\0")
    write_whole(str(tmp_path / "c"), "π\n")
    assert (tmp_path / "a" / "b").read_bytes() == b"\r\n\0"
    assert (tmp_path / "c").read_bytes() == "π\n".encode()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "b", "c"]


def test_a_new_file_respects_the_umask_and_a_replaced_one_keeps_its_rights(
    tmp_path: Path, umask: int
) -> None:
    write_whole(tmp_path / "file", b"1")
    assert _rights(tmp_path / "file") == 0o666 & ~umask
    (tmp_path / "file").chmod(0o640)
    write_whole(tmp_path / "file", b"2")
    assert _rights(tmp_path / "file") == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"1")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", b"2")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"2"


def test_what_goes_wrong_halfway_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(tmp_path / "file", b"good")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"file can't be written \(No space left on device\)"):
        write_whole(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"good"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_home_is_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    write_whole("~/file", b"1")
    assert (tmp_path / "file").read_bytes() == b"1"


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("path", ["", 3, None, b"file", ["file"]])
def test_what_is_no_path_is_refused(path: object) -> None:
    with pytest.raises(ValueError, match="the path is"):
        named_path(path)


@pytest.mark.usefixtures("without_shape_checks")
def test_an_interrupt_leaves_the_old_file_or_the_new_one_and_nothing_else(tmp_path: Path) -> None:
    path, found = tmp_path / "name.txt", set()
    write_whole(path, "old")
    for event in range(1, events_of(lambda: write_whole(path, "old")) + 1):
        write_whole(path, "old")
        interrupted_at(event, lambda: write_whole(path, "new"))
        found.add(path.read_text())
        assert [file.name for file in tmp_path.iterdir()] == ["name.txt"]
    assert found == {"old", "new"}
