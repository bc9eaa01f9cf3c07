"""Sentences of film reviews: a file made by hand, and the real one read in another way."""

import hashlib
import io
import re
import tarfile
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora import film_sentences as module
from lmteach.text.corpora.film_sentences import (
    FILM_SENTENCES,
    FilmSentence,
    agreement,
    film_sentences,
    parse_film_sentences,
)
from lmteach.text.corpora.reviews import review_sentences
from lmteach.text.downloads import download_path
from lmteach.text.packages import sha256
from lmteach.text.splits import bucket
from tests.real_files import needs

needs_the_file = needs(FILM_SENTENCES)


def test_agreement_by_hand() -> None:
    """In the first all three agree, in the second one says nothing, in the third one is alone."""
    assert agreement([(1, 2, 1)]) == 1
    assert agreement([(1, 2, 1), (0, -1, -1)]) == (3 + 0.5 + 1 + 1) / 6
    assert agreement([(2, 2, -1)]) == (1 + 1 + 0) / 3
    assert agreement([(2, -2)]) == 0
    assert agreement([(1, -1, 2)]) == (1 + 0 + 0.5) / 3  # the others of 2 have the mean 0


@given(st.lists(st.lists(st.integers(-4, 4), min_size=2, max_size=6).map(tuple), min_size=1))
def test_agreement_is_that_of_each_with_the_mean_of_the_others(
    ratings: list[tuple[int, ...]],
) -> None:
    marks = []
    for given_ in ratings:
        for place, rating in enumerate(given_):
            others = given_[:place] + given_[place + 1 :]
            mean = Fraction(sum(others), len(others))
            half = rating == 0 or mean == 0
            marks.append(Fraction(1, 2) if half else Fraction((rating > 0) == (mean > 0)))
    assert agreement(ratings) == pytest.approx(float(sum(marks) / len(marks)), rel=1e-12)
    assert agreement([tuple(-r for r in each) for each in ratings]) == agreement(ratings)


def test_a_repeated_sentence_is_kept_once_with_its_first_ratings() -> None:
    texts = "1\t1\tgood\n2\t-1\t bad  film\n3\t2\tgood\n"
    ratings = "1\t1\t0\t[1, 1]\n2\t-1\t0\t[-1, -1]\n3\t2\t0\t[2, 2]\n"
    assert parse_film_sentences(texts, ratings) == {"good": (1, 1), "bad film": (-1, -1)}


@pytest.mark.parametrize(
    ("texts", "ratings"),
    [
        ("1\t1\tgood\n", "2\t1\t0\t[1, 1]\n"),
        ("1\t1\tgood\n", ""),
        ("1\t1\tgood\n", "1\t1\t0\t[1, 1]\n2\t1\t0\t[1, 1]\n"),
        ("1\tgood\n", "1\t1\t0\t[1, 1]\n"),
        ("1\t1\tgood\n", "1\t[1, 1]\n"),
    ],
)
def test_files_that_do_not_belong_together(texts: str, ratings: str) -> None:
    with pytest.raises(ValueError, match="the sentences and the ratings don't belong together"):
        parse_film_sentences(texts, ratings)


@pytest.mark.parametrize("ratings", [[], [()]])
def test_no_ratings(ratings: list[tuple[int, ...]]) -> None:
    with pytest.raises(ValueError, match="holds no ratings"):
        agreement(ratings)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A hundred sentences; every tenth is neither good nor bad, the last two are repeated."""
    texts = [f"film {i}" for i in range(98)] + ["film 1", "film 2"]
    means = [0 if i % 10 == 0 else 1 if i < 50 else -1 for i in range(100)]
    rows = list(enumerate(zip(means, texts, strict=True)))
    files = {
        module._TEXTS: "".join(f"{i}\t{mean}\t{text}\r\n" for i, (mean, text) in rows),
        module._RATINGS: "".join(f"{i}\t{mean}\t0\t[{mean}, {mean}]\r\n" for i, (mean, _) in rows),
    }
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content.encode()))
    file = replace(FILM_SENTENCES, sha256=sha256(output.getvalue()))
    (tmp_path / file.name).write_bytes(output.getvalue())
    monkeypatch.setattr(module, "FILM_SENTENCES", file)
    monkeypatch.setenv("LMTEACH_DATA", str(tmp_path))
    return sorted(f"film {i}" for i in range(98) if i % 10)


def test_only_clear_ones_each_once_each_where_its_hash_says(made: list[str]) -> None:
    films = film_sentences()
    parts = [films.train, films.valid, films.test]
    assert sorted(sentence.text for part in parts for sentence in part) == made
    for part, buckets in zip(parts, (range(3, 10), [2], [0, 1]), strict=True):
        assert {bucket(sentence.text, 10) for sentence in part} == set(buckets)
        digests = [hashlib.sha256(sentence.text.encode()).hexdigest() for sentence in part]
        assert digests == sorted(digests)
    assert films.human_agreement == 1
    assert FilmSentence("film 1", 1.0) in films.train + films.valid + films.test
    assert repr(films).startswith(f"FilmSentences(train={len(films.train)} sentences, valid=")


def test_positive() -> None:
    assert FilmSentence("good", 0.5).positive
    assert not FilmSentence("bad", -0.5).positive


@needs_the_file
def test_the_real_file() -> None:
    films = film_sentences()
    assert repr(films) in (film_sentences.__doc__ or "").replace("\\\n", "")
    parts = [films.train, films.valid, films.test]
    assert list(map(len, parts)) == [7049, 1018, 2003]
    sentences = [sentence for part in parts for sentence in part]
    assert min(abs(sentence.rating) for sentence in sentences) >= 0.5
    assert max(abs(sentence.rating) for sentence in sentences) <= 4
    for part in (films.train, films.test):  # good and bad are mixed, in any half
        halves = part[: len(part) // 2], part[len(part) // 2 :]
        for half in halves:
            assert 0.45 < sum(sentence.positive for sentence in half) / len(half) < 0.55
    letters = Counter(re.sub(r"[^a-z0-9]", "", sentence.text.lower()) for sentence in sentences)
    assert max(letters.values()) == 1, "a sentence stands in it twice but for its signs"
    assert films.human_agreement == pytest.approx(0.9444, abs=5e-5)


@needs_the_file
def test_ratings_are_the_means_that_the_file_gives() -> None:
    films = film_sentences()
    path = download_path(FILM_SENTENCES)
    with tarfile.open(path) as archive:
        file = archive.extractfile(module._TEXTS)
        assert file is not None
        lines = [line.split("\t") for line in file.read().decode().splitlines()]
    assert len(lines) == 10_605
    means = {" ".join(text.split()): float(mean) for _, mean, text in lines[::-1]}
    for sentence in films.train + films.valid + films.test:
        assert sentence.rating == pytest.approx(means[sentence.text], abs=1e-9)


@needs_the_file
def test_most_review_sentences_are_among_them() -> None:
    """The docstring warns of it."""

    def letters(text: str) -> str:
        return re.sub(r"[^a-z0-9]", "", text.lower())

    films = film_sentences()
    parts = [{letters(s.text) for s in part} for part in (films.train, films.valid, films.test)]
    found = [sum(letters(r.text) in part for r in review_sentences()) for part in parts]
    assert sum(found) == 186
    assert min(found) > 0
