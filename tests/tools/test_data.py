"""`make data`: brings each file once, says what it is, and one line for what can't be had."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lmteach.text import downloads
from lmteach.text.downloads import ArchivedFile
from lmteach.text.packages import sha256
from tests.real_files import needs
from tools import data, lab

ROOT = Path(__file__).resolve().parents[2]
TEXT = b"three letters"


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ArchivedFile:
    """The one file to bring: it lies in the cache, and pip finds nothing anywhere."""
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    monkeypatch.delenv("LMTEACH_DATA", raising=False)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name in ("PIP_RETRIES", "PIP_TIMEOUT"):  # main sets them; they are put back at the end
        monkeypatch.setenv(name, "1")
    file = ArchivedFile(
        name="abc.txt",
        sha256=sha256(TEXT),
        package="letters",
        version="1.0",
        archive_sha256="0" * 64,
        size=1000,
        member="letters/abc.txt",
        about="some letters",
        licence="none at all",
    )
    (tmp_path / "abc.txt").write_bytes(TEXT)
    monkeypatch.setattr(data, "FILES", (file,))
    return file


def test_what_is_there_costs_nothing(
    file: ArchivedFile,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "_run_pip", None)  # it would be called in vain
    assert data.main([]) == data.main(["--optional"]) == 0
    line = f"some letters; 0.0 MB; none at all; {tmp_path / 'abc.txt'}\n"
    assert capsys.readouterr().out == 2 * line


@pytest.mark.parametrize(("line", "status"), [([], 1), (["--optional"], 0)])
def test_what_can_not_be_had_is_one_line_and_the_others_are_brought(
    file: ArchivedFile,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    line: list[str],
    status: int,
) -> None:
    monkeypatch.setattr(data, "FILES", (replace(file, name="nowhere.txt"), file))
    assert data.main(line) == status
    said = capsys.readouterr()
    assert said.out.startswith("some letters; ")
    assert said.err.count("\n") == 1
    words = said.err.rpartition("\r")[2]  # after the bar, if it took long enough for one
    assert words.startswith("not there: some letters. nowhere.txt is neither in the folder")


def test_an_interrupt_is_one_line(
    file: ArchivedFile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: ArchivedFile) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(data, "download_path", interrupted)
    assert data.main(["--optional"]) == 130
    assert capsys.readouterr().err == "interrupted: abc.txt was not brought\n"


def test_the_lab_opens_with_data_or_without(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It calls the tool as a person would, and goes on whatever the tool says."""
    import jupyterlab.labapp

    called: list[object] = []

    def run(line: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        called.append((line[1:], cwd))
        return subprocess.CompletedProcess(line, 1)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(jupyterlab.labapp, "main", lambda: called.append("lab"))
    monkeypatch.setattr(sys, "argv", ["lab.py", "--no-browser"])
    lab.main()
    assert called == [(["-m", "tools.data", "--optional"], ROOT), "lab"]


def test_who_calls_it() -> None:
    for path in ("binder/postBuild", ".ci/run", "README.md", "CONTRIBUTING.md"):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert "tools.data" in text or "make data" in text, path


def test_what_is_required_is_not_skipped(
    file: ArchivedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def skipped(name: str) -> bool:
        return bool(needs(replace(file, name=name)).args[0])

    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))
    monkeypatch.delenv("LMTEACH_REQUIRE_DATA", raising=False)
    assert skipped("nowhere.txt")
    assert not skipped(file.name)
    monkeypatch.setenv("LMTEACH_REQUIRE_DATA", "1")
    assert not skipped("nowhere.txt")
