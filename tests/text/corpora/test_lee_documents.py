"""The fifty news documents, recounted from the bytes of the files."""

from pathlib import Path

import numpy as np
import pytest

from lmteach.text.corpora.lee_documents import lee_documents
from lmteach.text.packages import package_folder

FOLDER = package_folder("gensim", "gensim") / "test" / "test_data"


def test_against_the_files() -> None:
    lee = lee_documents()
    written = np.loadtxt(FOLDER / "similarities0-1.txt")
    first, second = np.triu_indices(50, 1)
    assert np.array_equal(lee.likeness[first, second], written[first, second])
    assert np.array_equal(lee.likeness, lee.likeness.T)
    data = (FOLDER / "lee.cor").read_bytes().replace(b"\xa3", "£".encode()).decode()
    assert list(lee.documents) == data.split("\n")
    data = (FOLDER / "lee_background.cor").read_text(encoding="ascii")
    assert list(lee.background) == data.split("\n")


def test_hand_read() -> None:
    lee = lee_documents()
    assert lee.likeness[0, 32] == 0.96  # both on who leads the Democrats
    assert "Democrats" in lee.documents[0]
    assert "Democrats" in lee.documents[32]
    assert any("£3,000" in text for text in lee.documents)


def test_what_the_docstring_says() -> None:
    lee = lee_documents()
    lengths = [len(text.split()) for text in lee.documents]
    assert (len(lengths), min(lengths), max(lengths)) == (50, 45, 126)
    assert (lee.likeness.min(), lee.likeness.max()) == (0.2, 1.0)
    assert np.diag(lee.likeness).tolist() == [1.0] * 50
    assert (len(lee.background), len(set(lee.background))) == (300, 293)
    assert not set(lee.background) & set(lee.documents)


def test_missing_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "lmteach.text.packages.package_folder", lambda package, requirement: tmp_path
    )
    with pytest.raises(FileNotFoundError, match=r"gensim.*pip install"):
        lee_documents()
