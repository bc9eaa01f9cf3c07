"""The English Wikipedia excerpt: a hundred articles, from *A* to *Azerbaijan*, as plain prose.

The raw articles come with the package gensim, whose tests use them. This cleans them once (about
two seconds), keeps the result in the cache, and knows the result's SHA-256, so that every number
measured on this text is measured on the same text. Taught in notebook 00.
"""

import bz2
import io
from collections.abc import Iterator

from lmteach.text.cache import read_cached, write_cached
from lmteach.text.corpora.corpus import Corpus
from lmteach.text.corpora.wikitext import paragraphs
from lmteach.text.packages import read_package_file, sha256
from lmteach.text.splits import split_by_hash
from lmteach.typed import typed

_ARCHIVE = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
_ARCHIVE_SHA256 = "a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d"
# Of the cleaned text, the three parts joined; every number measured on it hangs on this.
_TEXT_SHA256 = "cf2ce37ed7972f3ddca591f625ba1e9506458bcad5a69ef137cf6015ca49fe69"
_CACHED = "wikipedia.txt"
_BETWEEN_PARTS = "\f"  # occurs in no article
_BUCKETS = 15  # one for test, one for valid: enough text in each, and most of it left to train on


@typed
def articles(archive: bytes) -> Iterator[tuple[str, str]]:
    """Title and source of every article in a compressed dump, in the dump's order; no redirects.

    Raises ``ValueError`` if the archive is no whole bz2 file.

    >>> page = "<id>1</id><title>Ant</title><ns>0</ns><revision><text>Small.</text></revision>"
    >>> dump = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><page>'
    >>> list(articles(bz2.compress(f"{dump}{page}</page></mediawiki>".encode())))
    [('Ant', 'Small.')]
    """
    from gensim.corpora.wikicorpus import extract_pages  # takes over a second, once

    try:
        opened = io.BytesIO(bz2.decompress(archive))
    except (OSError, ValueError) as error:
        raise ValueError(
            f"archive, {len(archive):,} bytes, is no whole bz2 file ({error}), expected a "
            "compressed dump of Wikipedia."
        ) from error
    with opened as dump:
        for title, source, _ in extract_pages(dump, filter_namespaces=("0",)):
            if source and not source.lower().startswith("#redirect"):
                yield title, source


@typed
def clean(source: str, seen: set[str]) -> str:
    """An article's prose, one paragraph a line; paragraphs in ``seen`` are left out and added.

    >>> clean("'''Ants''' are [[insect]]s" + " that live in colonies" * 4 + ".", set())[:27]
    'Ants are insects that live '
    """
    kept = [line for line in paragraphs(source) if line not in seen]
    seen.update(kept)
    return "\n".join(kept)


@typed
def build(archive: bytes) -> tuple[str, str, str]:
    """Train, valid and test from the compressed dump; a blank line stands between articles.

    >>> text = "Ants are insects that live in colonies, and each of the colonies has its own queen."
    >>> page = f"<id>1</id><title>Ant</title><ns>0</ns><revision><text>{text}</text></revision>"
    >>> dump = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.10/"><page>'
    >>> train, valid, test = build(bz2.compress(f"{dump}{page}</page></mediawiki>".encode()))
    >>> train.strip() == text
    True
    """
    seen: set[str] = set()
    texts = [(title, clean(source, seen)) for title, source in articles(archive)]
    parts = split_by_hash(
        [pair for pair in texts if pair[1]],
        key=lambda pair: f"wikipedia:{pair[0]}",
        buckets=_BUCKETS,
    )
    train, valid, test = ("\n\n".join(text for _, text in part) + "\n" for part in parts)
    return train, valid, test


def wikipedia() -> Corpus:
    r"""English Wikipedia prose: about 1.9 million characters to train on, two held-out parts.

    The alphabet is printable ASCII and newline; one paragraph is one line; a blank line stands
    between articles. The split is by article, with a fixed hash of the title, so no article is in
    two parts; the held-out parts have at least 100,000 characters each. The text is the same on
    every machine. Cached in the folder of ``lmteach.text.cache.cache_folder``.

    Raises:
        ModuleNotFoundError: gensim, which brings the articles, is not installed.
        FileNotFoundError: it is installed without its test data.
        ValueError: its archive is damaged.

    Source: English Wikipedia, May 2016; licence CC BY-SA 3.0.

    >>> corpus = wikipedia()
    >>> corpus.train[:75]
    'Anarchism is a political philosophy that advocates self-governed societies '
    """
    data = read_cached(_CACHED, _TEXT_SHA256)
    if data is None:
        archive = read_package_file(
            "gensim", "gensim>=4.4", f"test/test_data/{_ARCHIVE}", _ARCHIVE_SHA256
        )
        data = _BETWEEN_PARTS.join(build(archive)).encode("ascii")
        if sha256(data) != _TEXT_SHA256:
            raise ValueError(
                f"The cleaned text has the SHA-256 {sha256(data)}, expected {_TEXT_SHA256}: the "
                "cleaning was changed, here or in gensim. If on purpose, change the expected value "
                "too, and measure every number on this text again."
            )
        write_cached(_CACHED, data)
    train, valid, test = data.decode("ascii").split(_BETWEEN_PARTS)
    return Corpus(
        train=train,
        valid=valid,
        test=test,
        source="English Wikipedia, an excerpt of 2016 that the package gensim ships with its tests",
        licence="CC BY-SA 3.0, https://creativecommons.org/licenses/by-sa/3.0/",
    )
