"""Ten thousand sentences from film reviews, each judged by some twenty people."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass

from lmteach.text.downloads import ArchivedFile, read_download_bytes
from lmteach.text.splits import split_by_hash
from lmteach.typed import typed

FILM_SENTENCES = ArchivedFile(
    name="hutto_ICWSM_2014.tar.gz",
    sha256="d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa",
    package="vaderSentiment",
    version="3.3.2",
    archive_sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    size=2_466_783,
    member="vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz",
    about="film_sentences(): sentences of film reviews, each rated by some twenty people",
    licence="MIT (ratings); the sentences are quoted from reviews, given for research",
    from_source=True,
)
_TEXTS = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"  # number, mean rating, sentence
_RATINGS = "hutto_ICWSM_2014/movieReviewSnippets_anonDataRatings.txt"  # number, mean, spread, all
CLEAR = 0.5  # a mean nearer to 0 says neither yes nor no


@dataclass(frozen=True)
class FilmSentence:
    """One sentence, and the mean of what people said, from −4 (bad) to +4 (good)."""

    text: str
    rating: float

    @property
    def positive(self) -> bool:
        """Whether people found more praise than blame in it.

        >>> FilmSentence("Effective but too tepid biopic", -0.6).positive
        False
        """
        return bool(self.rating > 0)


@dataclass(frozen=True)
class FilmSentences:
    """Rated sentences in three parts that share none, and how far people agree on them.

    ``human_agreement`` is the share of single ratings that have the sign of the mean of the others'
    ratings of the same sentence, over all ratings of all three parts' sentences. Whoever gave a 0
    took no side and counts half, as would a coin; so does a rating whose others have the mean 0.
    """

    train: tuple[FilmSentence, ...]
    valid: tuple[FilmSentence, ...]
    test: tuple[FilmSentence, ...]
    human_agreement: float
    source: str
    licence: str

    def __repr__(self) -> str:
        """Sizes instead of ten thousand sentences."""
        return (
            f"FilmSentences(train={len(self.train):,} sentences, valid={len(self.valid):,}, "
            f"test={len(self.test):,}, source={self.source!r})"
        )


@typed
def agreement(ratings: Iterable[tuple[int, ...]]) -> float:
    """The share of single ratings with the sign of the mean of the others; no sign counts half.

    ``ratings`` holds for each sentence what all its raters said. Each rating is compared with the
    mean of the same sentence's other ratings.

    Raises ``ValueError`` if there are no ratings.

    Three people said 2, 1 and −1. The others' means are 0, 0.5 and 1.5: a half, right, wrong.

    >>> agreement([(2, 1, -1)])
    0.5
    """
    right, count = 0.0, 0
    for given in ratings:
        total = sum(given)
        count += len(given)
        for rating in given:
            side = rating * (total - rating)  # has the sign of rating times the others' mean
            right += 0.5 if side == 0 else side > 0
    if not count:
        raise ValueError("ratings holds no ratings, expected some for each sentence.")
    return right / count


@typed
def parse_film_sentences(texts: str, ratings: str) -> dict[str, tuple[int, ...]]:
    r"""Each sentence once, with its single ratings; the first of those that are repeated.

    ``texts`` and ``ratings`` are the two files' contents: lines of the same numbers, with tabs.

    Raises:
        ValueError: the two don't belong to each other, line by line.

    >>> parse_film_sentences("1\t0.5\tNice  try.\n", "1\t0.5\t0.5\t[0, 1]\n")
    {'Nice try.': (0, 1)}
    """
    rows, judged = ([line.split("\t") for line in text.splitlines()] for text in (texts, ratings))
    together = [row[0] for row in rows] == [row[0] for row in judged]
    if not together or {*map(len, rows)} - {3} or {*map(len, judged)} - {4}:
        raise ValueError(
            "the sentences and the ratings don't belong together, expected lines of number, mean "
            "and sentence, and lines of the same numbers, mean, spread and ratings."
        )
    found: dict[str, tuple[int, ...]] = {}
    for (_, _, text), (_, _, _, given) in zip(rows, judged, strict=True):
        found.setdefault(" ".join(text.split()), tuple(json.loads(given)))
    return found


def film_sentences() -> FilmSentences:
    """Sentences that people found clearly good or bad: a mean rating of at least ±0.5.

    Each was rated from −4 to +4 by 15 people or more. A sentence's part is fixed by its SHA-256:
    seven in ten train, one valid, two test; so is the order, which is well shuffled. The file has
    two sentences twice, and the first stays.

    Of the 200 sentences of ``review_sentences()``, 186 are among these, in all three parts: don't
    train on the one and test on the other.

    The file is fetched once, by pip (2 MB), see ``lmteach.text.downloads``.

    Raises:
        FileNotFoundError: there is no copy, and it can't be fetched; says how to mend it.
        ValueError: the copy in ``LMTEACH_DATA``, or what pip brought, is another file.

    Source: Hutto and Gilbert 2014, "VADER", over the sentences of Pang and Lee 2005, "Seeing
    stars"; from the source archive of the package vaderSentiment.

    >>> film_sentences()  # doctest: +SKIP
    FilmSentences(train=7,049 sentences, valid=1,018, test=2,003, source='film reviews, rated by \
people for VADER, from the package vaderSentiment')
    """
    with tarfile.open(fileobj=io.BytesIO(read_download_bytes(FILM_SENTENCES))) as archive:
        files = [archive.extractfile(name) for name in (_TEXTS, _RATINGS)]
        texts, ratings = ("" if file is None else file.read().decode("utf-8") for file in files)
    found = parse_film_sentences(texts, ratings)
    means = {text: sum(given) / len(given) for text, given in found.items()}
    clear = [text for text, mean in means.items() if abs(mean) >= CLEAR]
    clear.sort(key=lambda text: hashlib.sha256(text.encode()).digest())
    train, valid, test = split_by_hash(clear, key=str, test_buckets=2)
    return FilmSentences(
        train=tuple(FilmSentence(text, means[text]) for text in train),
        valid=tuple(FilmSentence(text, means[text]) for text in valid),
        test=tuple(FilmSentence(text, means[text]) for text in test),
        human_agreement=agreement(found[text] for text in clear),
        source="film reviews, rated by people for VADER, from the package vaderSentiment",
        licence=FILM_SENTENCES.licence,
    )
