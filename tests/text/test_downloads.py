"""Files out of archives that pip downloads: the real pip, and an index on this machine."""

import hashlib
import io
import os
import re
import signal
import stat
import subprocess
import sys
import tarfile
import threading
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from lmteach.text import downloads
from lmteach.text.downloads import ArchivedFile, download_path, read_download, read_download_bytes
from lmteach.text.packages import sha256
from tests.serving import Quiet, served

TEXT = "Zoë\n".encode()
NOISE = hashlib.shake_256(b"noise").digest(8_000_000)  # some pips write a megabyte at a time
METADATA = "Metadata-Version: 2.1\nName: letters\nVersion: {}\nRequires-Dist: nowhere-to-be-found\n"
BACKEND = """
def prepare_metadata_for_build_wheel(folder, settings=None):
    import pathlib
    place = pathlib.Path(folder, "letters-1.0.dist-info")
    place.mkdir()
    (place / "METADATA").write_text(pathlib.Path("PKG-INFO").read_text())
    return place.name
"""
WAIT = 300  # seconds, on a machine that has much else to do
BUILD = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def wheel(folder: Path, version: str = "1.0", text: bytes = TEXT) -> Path:
    """A package with one file, which wants another that there is nowhere."""
    path = folder / f"letters-{version}-py3-none-any.whl"
    info = f"letters-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letters/abc.txt", text)
        archive.writestr("letters/noise", NOISE)  # so that it does not come all at once
        archive.writestr(f"{info}/METADATA", METADATA.format(version))
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def source(folder: Path) -> Path:
    """The source archive of a package, whose metadata are made without any other package."""
    path = folder / "letters-1.0.tar.gz"
    files = {"PKG-INFO": METADATA.format("1.0"), "pyproject.toml": BUILD, "backend.py": BACKEND}
    with tarfile.open(path, "w:gz") as archive:
        for name, text in {**files, "letters/abc.txt": "from the source\n"}.items():
            entry = tarfile.TarInfo(f"letters-1.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return path


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LMTEACH_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> Path:
    """The only place where pip looks for packages; nothing is in it."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def file(index: Path) -> ArchivedFile:
    """A file in the one wheel of the index."""
    archive = wheel(index)
    return ArchivedFile(
        name="abc.txt",
        sha256=sha256(TEXT),
        package="letters",
        version="1.0",
        archive_sha256=sha256(archive.read_bytes()),
        size=archive.stat().st_size,
        member="letters/abc.txt",
        about="letters",
        licence="none",
    )


def refused(file: ArchivedFile, *, error: type[Exception] = FileNotFoundError) -> str:
    """The message with which a file is refused: one line, the file's name in it."""
    with pytest.raises(error, match=re.escape(file.name)) as caught:
        download_path(file)
    message = str(caught.value)
    assert type(caught.value) is error
    assert "\n" not in message
    return message


def test_once_by_pip_then_from_the_cache(
    file: ArchivedFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert download_path(file) == cache / "abc.txt"
    assert [path.name for path in cache.iterdir()] == ["abc.txt"]

    def pip_again(*_: object) -> None:
        raise AssertionError("pip was called again")

    monkeypatch.setattr(downloads, "_run_pip", pip_again)
    assert download_path(file).read_bytes() == TEXT
    assert read_download_bytes(file) == TEXT
    assert read_download(file) == "Zoë\n"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("mask", [0o002, 0o077])
def test_a_class_can_share_the_cache(file: ArchivedFile, mask: int) -> None:
    before = os.umask(mask)
    try:
        path = download_path(file)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask


def test_the_source_archive_although_there_is_a_wheel(file: ArchivedFile, index: Path) -> None:
    text = b"from the source\n"
    there = replace(
        file,
        sha256=sha256(text),
        archive_sha256=sha256(source(index).read_bytes()),
        member="letters-1.0/letters/abc.txt",
        from_source=True,
    )
    assert read_download_bytes(there) == text
    assert "--no-binary letters" in there.by_hand


def test_exactly_this_version(file: ArchivedFile, index: Path) -> None:
    wheel(index, "1.1", b"newer")
    assert read_download_bytes(file) == TEXT


def test_the_folder_comes_first(
    file: ArchivedFile, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))
    (tmp_path / "abc.txt").write_bytes(TEXT)
    assert download_path(file) == tmp_path / "abc.txt"
    assert not cache.exists()
    (tmp_path / "abc.txt").write_bytes(TEXT[:-1])
    message = refused(file, error=ValueError)
    assert f"{tmp_path / 'abc.txt'} is not the expected file" in message
    assert "pip download --no-deps --only-binary letters letters==1.0" in message


@pytest.mark.parametrize("damaged", [TEXT[:-1], TEXT[::-1]])
def test_a_changed_file_in_the_cache_is_brought_anew(
    file: ArchivedFile, cache: Path, damaged: bytes
) -> None:
    cache.mkdir()
    (cache / "abc.txt").write_bytes(damaged)
    assert download_path(file).read_bytes() == TEXT
    assert [path.name for path in cache.iterdir()] == ["abc.txt"]


def test_another_archive(file: ArchivedFile, index: Path, cache: Path) -> None:
    wheel(index, text=b"other")
    message = refused(file, error=ValueError)
    assert "The archive letters-1.0-py3-none-any.whl" in message
    assert f"expected {file.archive_sha256}" in message
    assert list(cache.iterdir()) == []


def test_another_file_in_the_archive(file: ArchivedFile, cache: Path) -> None:
    message = refused(replace(file, sha256="0" * 64), error=ValueError)
    assert (
        f"The download abc.txt is not the expected file: its SHA-256 is {sha256(TEXT)}" in message
    )
    assert list(cache.iterdir()) == []


def test_a_package_that_pip_does_not_find(file: ArchivedFile, cache: Path) -> None:
    message = refused(replace(file, version="1.2"))
    assert "No matching distribution found for letters==1.2" in message
    assert 'run "python -m pip download --no-deps --only-binary letters letters==1.2"' in message
    assert "LMTEACH_DATA" in message
    assert list(cache.iterdir()) == []


def test_no_network(
    file: ArchivedFile, cache: Path, monkeypatch: pytest.MonkeyPatch, index: Path
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    assert "the download failed" in refused(file)
    assert list(cache.iterdir()) == []


def test_a_python_without_pip(
    file: ArchivedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venv.create(tmp_path / "bare", symlinks=os.name != "nt")
    python = tmp_path / "bare" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    monkeypatch.setattr(sys, "executable", str(python))
    assert "No module named pip" in refused(file)


def test_a_learners_own_modules_are_not_met(
    file: ArchivedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "random.py").write_text("raise SystemExit('a game of dice')")
    monkeypatch.chdir(tmp_path)
    assert download_path(file).read_bytes() == TEXT


def test_a_cache_that_can_not_be_written_to(
    file: ArchivedFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_bytes(b"")
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "taken" / "cache"))
    message = refused(file)
    assert "can't be kept in the cache folder" in message
    assert "Set the environment variable LMTEACH_CACHE" in message


def test_a_full_disk_at_the_end(
    file: ArchivedFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    message = refused(file)
    assert "can't be kept in the cache folder" in message
    assert "No space left on device" in message
    assert list(cache.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limits of this kind")
def test_a_full_disk_on_the_way(file: ArchivedFile, cache: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.size // 2, before[1]))
    try:
        message = refused(file)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "File too large" in message
    assert list(cache.iterdir()) == []


class Halting(Quiet):
    """Sends half of a wheel, and the rest, if ever, when it may."""

    halfway = threading.Event()
    go_on = threading.Event()
    rest = True

    def do_GET(self) -> None:
        if not self.path.endswith(".whl"):
            return super().do_GET()
        data = Path(self.translate_path(self.path)).read_bytes()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2])
        self.halfway.set()
        self.go_on.wait()
        if self.rest:
            self.wfile.write(data[len(data) // 2 :])


@pytest.fixture
def halting(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Halting]]:
    """The index, on a server that halts halfway."""
    monkeypatch.setattr(Halting, "halfway", threading.Event())
    monkeypatch.setattr(Halting, "go_on", threading.Event())
    monkeypatch.setattr(Halting, "rest", True)
    with served(index, Halting) as address:
        monkeypatch.setenv("PIP_FIND_LINKS", address)
        monkeypatch.setenv("PIP_RETRIES", "0")
        monkeypatch.setenv("PIP_TIMEOUT", str(WAIT))
        yield Halting
        Halting.go_on.set()


def test_a_download_that_breaks_off(
    file: ArchivedFile, cache: Path, halting: type[Halting], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halting, "rest", False)
    halting.go_on.set()
    with pytest.raises((FileNotFoundError, ValueError), match=r"abc\.txt"):  # as pip notices it
        download_path(file)
    assert list(cache.iterdir()) == []
    monkeypatch.setattr(halting, "rest", True)
    assert download_path(file).read_bytes() == TEXT


def test_progress_is_shown(
    file: ArchivedFile, halting: type[Halting], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    class Bar:
        def __init__(self, **given: object) -> None:
            self.given, self.n, self.seen = given, 0, []
            made.append(self)

        def update(self, by: int) -> None:
            self.n += by
            self.seen.append(self.n)
            if self.n >= 0.1 * file.size:
                halting.go_on.set()  # the other half comes only when this one was seen

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None:
            pass

    monkeypatch.setattr("tqdm.auto.tqdm", Bar)
    download_path(file)
    (bar,) = made
    assert bar.given["total"] == file.size
    assert bar.given["desc"] == "abc.txt"
    assert bar.given["delay"] == 2
    assert bar.seen == sorted(bar.seen)
    assert bar.n <= file.size


def calling(file: ArchivedFile) -> list[str]:
    """A Python that asks for the file and prints where it is."""
    code = "from lmteach.text.downloads import ArchivedFile, download_path\n"
    return [sys.executable, "-c", f"{code}print(download_path({file!r}))"]


@pytest.mark.skipif(os.name == "nt", reason="Windows interrupts in another way")
def test_an_interrupt_ends_pip_and_leaves_nothing(
    file: ArchivedFile, cache: Path, halting: type[Halting]
) -> None:
    with subprocess.Popen(calling(file), stderr=subprocess.PIPE, text=True) as caller:
        assert halting.halfway.wait(WAIT)
        children = psutil.Process(caller.pid).children(recursive=True)
        assert children
        caller.send_signal(signal.SIGINT)
        _, said = caller.communicate(timeout=WAIT)
    assert "KeyboardInterrupt" in said
    assert caller.returncode != 0
    assert [child for child in children if child.is_running()] == []
    assert list(cache.iterdir()) == []


def test_two_processes_at_once(file: ArchivedFile, cache: Path, halting: type[Halting]) -> None:
    callers = [subprocess.Popen(calling(file), stdout=subprocess.PIPE, text=True) for _ in "ab"]
    assert halting.halfway.wait(WAIT)
    halting.go_on.set()
    for caller in callers:
        said, _ = caller.communicate(timeout=WAIT)
        assert said.strip() == str(cache / "abc.txt")
        assert caller.returncode == 0
    assert [path.name for path in cache.iterdir()] == ["abc.txt"]
    assert (cache / "abc.txt").read_bytes() == TEXT
