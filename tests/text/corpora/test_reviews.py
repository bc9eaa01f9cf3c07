"""Labelled sentences, recounted from the bytes of the file."""

from collections import Counter
from pathlib import Path

import pytest

from lmteach.text.corpora import reviews as movie_reviews
from lmteach.text.corpora.reviews import Review, review_sentences
from lmteach.text.packages import package_folder


def test_against_the_file() -> None:
    data = (package_folder("gensim", "gensim") / movie_reviews._FILE).read_bytes()
    reviews = review_sentences()
    assert Counter(review.label for review in reviews) == {"positive": 100, "negative": 100}
    assert [review.label[:3] for review in reviews] == [
        line.split()[0].decode()[9:] for line in data.splitlines()
    ]
    words = [line.split()[1:] for line in data.splitlines()]
    assert [len(review.text.split()) for review in reviews] == list(map(len, words))


def test_hand_read() -> None:
    assert review_sentences()[0] == Review("simplistic , silly and tedious .", "negative")
    assert "the action clichés just pile up ." in {review.text for review in review_sentences()}


def test_missing_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(
        "lmteach.text.packages.package_folder", lambda package, requirement: tmp_path
    )
    with pytest.raises(FileNotFoundError, match=r"gensim.*pip install"):
        review_sentences()
