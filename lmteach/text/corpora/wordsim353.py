"""WordSim-353: pairs of English words, and how alike people find them. Taught in notebook 05."""

from dataclasses import dataclass

from lmteach.text.packages import read_package_file

_FILE = "test/test_data/wordsim353.tsv"
_SHA256 = "f92a022fc2537793a15bc3a8c162ebcd74990e033a228bb6388cb71e4c0b1e1d"


@dataclass(frozen=True)
class RatedPair:
    """Two words and the mean of what people said, from 0 (unrelated) to 10 (the same)."""

    one: str
    other: str
    rating: float


def wordsim353() -> tuple[RatedPair, ...]:
    """The 353 pairs, in lower case, with the mean rating of 13 to 16 people.

    As published: money and cash stand there twice, bank and money also the other way round, each
    time with another rating.

    Raises:
        ModuleNotFoundError: gensim, which brings the file, is not installed.
        ValueError: the file is damaged.

    Source: Finkelstein et al. 2002, "Placing Search in Context: The Concept Revisited". The file
    comes with gensim's tests.

    >>> wordsim353()[1]
    RatedPair(one='tiger', other='cat', rating=7.35)
    """
    text = read_package_file("gensim", "gensim>=4.4", _FILE, _SHA256).decode("ascii")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return tuple(RatedPair(one.lower(), other.lower(), float(mean)) for one, other, mean in rows)
