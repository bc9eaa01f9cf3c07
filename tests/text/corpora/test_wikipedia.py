"""The Wikipedia corpus: what it is made of, that it never moves, and how it fails."""

import bz2
import hashlib
import html
import importlib.util
import json
import os
import re
import subprocess
import sys
import types
import unicodedata
import warnings
from pathlib import Path

import pytest

from lmteach.text import cache
from lmteach.text.corpora import wikipedia
from lmteach.text.corpora.corpus import Corpus
from lmteach.text.packages import read_package_file

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def archive() -> bytes:
    return read_package_file(
        "gensim", "gensim", f"test/test_data/{wikipedia._ARCHIVE}", wikipedia._ARCHIVE_SHA256
    )


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return wikipedia.wikipedia()


def parts_of(corpus: Corpus) -> tuple[str, str, str]:
    return corpus.train, corpus.valid, corpus.test


def test_articles_are_all_pages_of_the_dump_but_redirects(archive: bytes) -> None:
    dump = bz2.decompress(archive).decode()
    pages = re.findall("<page>.*?</page>", dump, re.DOTALL)
    titles = [
        html.unescape(title)
        for page in pages
        for title in re.findall("<title>(.*?)</title>", page)
        if "<ns>0</ns>" in page and not re.search("<text[^>]*>#redirect", page, re.IGNORECASE)
    ]
    assert [title for title, _ in wikipedia.articles(archive)] == titles
    assert len(titles) == 106


def test_words_are_those_of_the_source(archive: bytes) -> None:
    for title, source in list(wikipedia.articles(archive))[::9]:
        folded = unicodedata.normalize("NFKD", html.unescape(source)).lower()
        theirs = set(re.findall("[a-z]+", re.sub("[\u0300-\u036f]", "", folded)))
        ours = re.findall("[a-z]{4,}", wikipedia.clean(source, set()).lower())
        strange = [word for word in ours if word not in theirs]
        # only where a link goes on behind its brackets, [[anarchist]]s, or a letter is rewritten
        assert len(strange) <= 0.02 * len(ours), (title, strange[:20])


def test_parts_share_no_article_and_no_paragraph(corpus: Corpus) -> None:
    lines = [{line for line in part.split("\n") if line} for part in parts_of(corpus)]
    assert not lines[0] & lines[1]
    assert not lines[0] & lines[2]
    assert not lines[1] & lines[2]
    assert sum(map(len, lines)) == sum(len(re.findall(r".\n", part)) for part in parts_of(corpus))


def test_every_article_is_in_the_part_of_its_title(corpus: Corpus, archive: bytes) -> None:
    seen: set[str] = set()
    counts = [0, 0, 0]
    for title, source in wikipedia.articles(archive):
        text = wikipedia.clean(source, seen)
        if not text:
            continue
        number = int(hashlib.sha256(f"wikipedia:{title}".encode()).hexdigest()[:16], 16) % 15
        place = 2 if number == 0 else 1 if number == 1 else 0
        assert f"\n\n{text}\n" in f"\n\n{parts_of(corpus)[place]}", title
        counts[place] += 1
    assert counts == [part.count("\n\n") + 1 for part in parts_of(corpus)]


def test_sizes_alphabet_and_shape(corpus: Corpus) -> None:
    assert 1_800_000 < len(corpus.train) < 2_200_000
    assert 100_000 <= len(corpus.valid) <= 250_000
    assert 100_000 <= len(corpus.test) <= 250_000
    assert set(corpus.valid + corpus.test) <= set(corpus.train)
    assert set(corpus.train) <= set("\n" + "".join(map(chr, range(32, 127))))
    for part in parts_of(corpus):
        assert part.endswith((".\n", '"\n'))
        assert re.search(r"  |\n\n\n| \n|\n |\( | \)|\[\[|\]\]|\{|\}|\||https?:|==", part) is None
    assert "creativecommons.org/licenses/by-sa" in corpus.licence
    assert corpus.train.startswith("Anarchism is a political philosophy")


def test_same_text_in_another_process_with_other_hashes(corpus: Corpus, tmp_path: Path) -> None:
    program = (
        "import hashlib, json, sys; from lmteach.text.corpora.wikipedia import wikipedia;"
        "c = wikipedia();"
        "print(json.dumps([[hashlib.sha256(p.encode()).hexdigest() for p in (c.train, c.valid,"
        " c.test)], [m for m in ('torch', 'pooch') if m in sys.modules]]))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "LMTEACH_CACHE": str(tmp_path)}
    made = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment,
        text=True,
    )
    hashes = [hashlib.sha256(part.encode()).hexdigest() for part in parts_of(corpus)]
    assert json.loads(made.stdout) == [hashes, []]
    assert [path.name for path in tmp_path.iterdir()] == ["wikipedia.txt"]


def pretend_package(monkeypatch: pytest.MonkeyPatch, folder: Path | None) -> None:
    spec = folder and types.SimpleNamespace(submodule_search_locations=[str(folder)])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)


def test_missing_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    pretend_package(monkeypatch, None)
    with pytest.raises(ModuleNotFoundError, match=r'gensim.*pip install "gensim>='):
        wikipedia.wikipedia()


def test_missing_archive(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    pretend_package(monkeypatch, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"gensim.*missing.*pip install --force-reinstall"):
        wikipedia.wikipedia()


@pytest.mark.parametrize("damage", [lambda data: data[:-1000], lambda data: data[:-1] + b"?"])
def test_damaged_archive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, archive: bytes, damage: object
) -> None:
    assert callable(damage)
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "test" / "test_data" / wikipedia._ARCHIVE
    file.parent.mkdir(parents=True)
    file.write_bytes(damage(archive))
    pretend_package(monkeypatch, tmp_path)
    with pytest.raises(ValueError, match=r"gensim.*SHA-256.*pip install --force-reinstall"):
        wikipedia.wikipedia()
    assert not (tmp_path / "cache").exists()


def test_damaged_cache_is_made_anew(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, corpus: Corpus
) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    entry = tmp_path / "wikipedia.txt"
    entry.write_bytes("\f".join(parts_of(corpus)).encode()[:-1] + b"!")
    monkeypatch.setattr(wikipedia, "build", lambda archive: parts_of(corpus))
    assert wikipedia.wikipedia() == corpus
    assert hashlib.sha256(entry.read_bytes()).hexdigest() == wikipedia._TEXT_SHA256
    monkeypatch.setattr(wikipedia, "build", None)  # from here on, only the cache can answer
    assert wikipedia.wikipedia() == corpus


def test_cache_that_cannot_be_written_warns_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, corpus: Corpus
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(wikipedia, "build", lambda archive: parts_of(corpus))
    with pytest.warns(UserWarning, match="LMTEACH_CACHE"):
        assert wikipedia.wikipedia() == corpus
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert wikipedia.wikipedia() == corpus


def test_changed_cleaning_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    monkeypatch.setattr(wikipedia, "build", lambda archive: ("a", "b", "c"))
    with pytest.raises(ValueError, match="cleaning was changed"):
        wikipedia.wikipedia()
    assert cache.read_cached("wikipedia.txt", wikipedia._TEXT_SHA256) is None
