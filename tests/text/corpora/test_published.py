"""The two downloaded texts: where they are looked for, and how a wrong one is refused."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lmteach.text.corpora import published as published_texts
from lmteach.text.downloads import WebFile, read_download
from lmteach.text.packages import sha256
from tests.serving import served

TEXT = "To be, or not to be\nthat is the question: \u2019tis nobler\n" * 20


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> WebFile:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LMTEACH_DATA", raising=False)
    return WebFile("play.txt", "http://127.0.0.1:9/play.txt", sha256(TEXT.encode()))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address under which its files can be downloaded on this machine."""
    folder = tmp_path / "served"
    folder.mkdir()

    with served(folder) as address:
        yield folder, address


def test_from_the_folder(file: WebFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "play.txt").write_bytes(TEXT.encode())
    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))
    assert read_download(file) == TEXT
    assert not (tmp_path / "cache").exists()


def test_wrong_file_in_the_folder(
    file: WebFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "play.txt").write_bytes(TEXT.replace("\n", "\r\n").encode())
    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))
    with pytest.raises(ValueError, match=r"play\.txt is not the expected file.*line ends"):
        read_download(file)


def test_no_network(file: WebFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))  # set, but the file is not in it
    with pytest.raises(FileNotFoundError, match=r"the download failed.*save it as play\.txt in a"):
        read_download(file)


def test_download_once_then_cache(file: WebFile, server: tuple[Path, str]) -> None:
    folder, address = server
    (folder / "play.txt").write_bytes(TEXT.encode())
    there = replace(file, url=f"{address}/play.txt")
    assert read_download(there) == TEXT
    (folder / "play.txt").unlink()
    assert read_download(there) == TEXT


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_a_class_can_share_what_was_downloaded(
    file: WebFile, server: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = server
    (folder / "play.txt").write_bytes(TEXT.encode())
    before = os.umask(0o002)
    try:
        read_download(replace(file, url=f"{address}/play.txt"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "cache" / "play.txt").stat().st_mode) == 0o664


def test_damaged_cache_is_downloaded_anew(
    file: WebFile, server: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = server
    (folder / "play.txt").write_bytes(TEXT.encode())
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "play.txt").write_bytes(b"half a pl")
    assert read_download(replace(file, url=f"{address}/play.txt")) == TEXT


def test_wrong_download(file: WebFile, server: tuple[Path, str], tmp_path: Path) -> None:
    folder, address = server
    (folder / "play.txt").write_bytes(b"<html>moved</html>")
    with pytest.raises(ValueError, match="is not the expected file"):
        read_download(replace(file, url=f"{address}/play.txt"))
    assert not (tmp_path / "cache" / "play.txt").exists()


def put(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, text: str) -> None:
    file: WebFile = getattr(published_texts, name)
    (folder / file.name).write_bytes(text.encode())
    monkeypatch.setattr(published_texts, name, replace(file, sha256=sha256(text.encode())))
    monkeypatch.setenv("LMTEACH_DATA", str(folder))


def test_shakespeare_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "".join(chr(97 + i % 26) for i in range(1001))
    put(monkeypatch, tmp_path, "SHAKESPEARE", text)
    corpus = published_texts.tiny_shakespeare()
    assert corpus.train + corpus.valid + corpus.test == text
    assert [len(corpus.train), len(corpus.valid), len(corpus.test)] == [810, 90, 101]


def test_makemore_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    words = [f"name{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(100)]
    put(monkeypatch, tmp_path, "MAKEMORE", "\n".join(words))
    corpus = published_texts.makemore_names()
    parts = [part.split() for part in (corpus.train, corpus.valid, corpus.test)]
    assert list(map(len, parts)) == [80, 10, 10]
    together = [word for part in parts for word in part]
    assert sorted(together) == words
    assert together != words
    assert corpus.valid.startswith("\nname")
    assert corpus.valid.endswith("\n")


SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the reference texts are not beside the checkout")
def test_real_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMTEACH_DATA", str(SHARED))
    plays = published_texts.tiny_shakespeare()
    assert plays.train.startswith("First Citizen:")
    assert len(plays.train + plays.valid) == 1_003_854  # nanoGPT prints this for its train part
    assert len(plays.test) == 111_540
    names = published_texts.makemore_names()
    lengths = [len(part) - 1 for part in (names.train, names.valid, names.test)]
    assert lengths == [182_625, 22_655, 22_866]  # the published numbers of training examples
