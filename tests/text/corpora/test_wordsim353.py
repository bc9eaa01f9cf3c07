"""WordSim-353, recounted from the bytes of the file."""

from collections import Counter
from pathlib import Path

import pytest

from lmteach.text.corpora import wordsim353 as module
from lmteach.text.corpora.wordsim353 import RatedPair, wordsim353
from lmteach.text.packages import package_folder


def test_against_the_file() -> None:
    data = (package_folder("gensim", "gensim") / module._FILE).read_text(encoding="ascii")
    rows = [line.split() for line in data.splitlines()[2:]]
    assert [(p.one, p.other) for p in wordsim353()] == [(a.lower(), b.lower()) for a, b, _ in rows]
    assert sum(p.rating for p in wordsim353()) == pytest.approx(sum(float(row[2]) for row in rows))


def test_hand_read() -> None:
    pairs = wordsim353()
    assert len(pairs) == 353
    assert pairs[0] == RatedPair("love", "sex", 6.77)
    assert RatedPair("stock", "cd", 1.31) in pairs  # CD in the file
    assert pairs[-1] == RatedPair("architecture", "century", 3.78)
    assert all(0 <= pair.rating <= 10 for pair in pairs)


def test_missing_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "lmteach.text.packages.package_folder", lambda package, requirement: tmp_path
    )
    with pytest.raises(FileNotFoundError, match=r"gensim.*pip install"):
        wordsim353()


def test_what_is_asked_twice_is_what_the_docstring_says() -> None:
    asked = Counter(frozenset((pair.one, pair.other)) for pair in wordsim353())
    twice = {pair for pair, times in asked.items() if times > 1}
    assert twice == {frozenset(("money", "cash")), frozenset(("money", "bank"))}
