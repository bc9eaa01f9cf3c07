"""Queries made from paragraphs: a sentence is taken out, and the rest is to be found by it.

Taught in notebook 16.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmteach.checks import check_sizes, checked_by
from lmteach.typed import typed

LEAST_SENTENCES = 3  # of a paragraph that is asked for: two at least are left
LEAST_WORDS = 6  # of a sentence that asks
_END = re.compile(r"(?<=[.!?]) +(?=[A-Z\"(])|\s*\n\s*")


@dataclass(frozen=True)
class MadeQueries:
    """``queries``, each for one of the ``documents``, at the place that ``answers`` names.

    The sentence that asks stands in no document any more.
    """

    documents: tuple[str, ...]
    queries: tuple[str, ...]
    answers: tuple[int, ...]

    def __repr__(self) -> str:
        """Sizes instead of texts."""
        return f"MadeQueries({len(self.queries)} queries for {len(self.documents)} documents)"


@typed
def sentences_of(text: str) -> list[str]:
    r"""Cut a text where a sentence seems to end: a stop, a blank, a capital letter.

    A paragraph, which is a line, ends one in any case. An abbreviation before a name is cut, too:
    this is a rule of thumb.

    >>> sentences_of("It rained. Did it? In 1.5 hours, yes.\nthe end")
    ['It rained.', 'Did it?', 'In 1.5 hours, yes.', 'the end']
    """
    return [sentence for sentence in _END.split(text.strip()) if sentence]


def _check_paragraphs(paragraphs: Sequence[str], count: int) -> None:
    check_sizes(count=count)
    if isinstance(paragraphs, str):
        raise ValueError(
            f"paragraphs is the text {paragraphs[:20]!r}, expected a list of texts: "
            "text.splitlines(), for one."
        )


def _asking(sentences: Sequence[str]) -> list[int]:
    """The places of the sentences of a paragraph that can be taken out to ask for it."""
    if len(sentences) < LEAST_SENTENCES:
        return []
    found = [place for place, one in enumerate(sentences) if len(one.split()) >= LEAST_WORDS]
    return [place for place in found if sentences.count(sentences[place]) == 1]


@typed
@checked_by(_check_paragraphs)
def made_queries(
    paragraphs: Sequence[str], count: int, generator: np.random.Generator
) -> MadeQueries:
    """Draw ``count`` paragraphs of three sentences or more, and take a sentence out of each.

    The sentence, of six words or more, becomes the query; the paragraph without it stays, in its
    place, among all others. Nobody chose the words of a query to be found by.

    Raises ``ValueError`` if fewer than ``count`` paragraphs are long enough.

    >>> texts = ["Ants live in colonies. Each of them has its own queen. It lays eggs.", "A cat."]
    >>> made = made_queries(texts, 1, np.random.default_rng(0))
    >>> made.queries, made.answers, made.documents
    (('Each of them has its own queen.',), (0,), ('Ants live in colonies. It lays eggs.', 'A cat.'))
    """
    cut = [sentences_of(paragraph) for paragraph in paragraphs]
    fit = [place for place, sentences in enumerate(cut) if _asking(sentences)]
    if len(fit) < count:
        raise ValueError(
            f"{len(fit)} of {len(paragraphs)} paragraphs have {LEAST_SENTENCES} sentences or more, "
            f"one of them of {LEAST_WORDS} words, expected at least {count}: ask for fewer queries."
        )
    documents, queries = [*paragraphs], []
    answers = sorted(generator.choice(fit, count, replace=False).tolist())
    for place in answers:
        taken = int(generator.choice(_asking(cut[place])))
        queries.append(cut[place][taken])
        documents[place] = " ".join(cut[place][:taken] + cut[place][taken + 1 :])
    return MadeQueries(tuple(documents), tuple(queries), tuple(answers))
