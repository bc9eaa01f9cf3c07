"""ROUGE: how much of a reference summary a candidate has, in n-grams or in order.

Taught in notebook 18.
"""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from lmteach.checks import check_sizes, checked_by
from lmteach.evaluation.bleu import clipped_matches
from lmteach.typed import typed

Cut = Callable[[str], Sequence[str]]


class Overlap(NamedTuple):
    """What two texts share: by what the candidate says, by what the reference has, and both.

    >>> Overlap(precision=0.5, recall=1.0, f1=2 / 3).recall
    1.0
    """

    precision: float
    recall: float
    f1: float


@typed
def rouge_words(text: str) -> list[str]:
    """Cut a text as the standard tool does: small letters a to z and digits, all else is a gap.

    So a letter with an accent is a gap, and a text in Chinese has no words at all.

    >>> rouge_words("It's 1.5 km, née Smith.")
    ['it', 's', '1', '5', 'km', 'n', 'e', 'smith']
    >>> rouge_words("我喜欢猫")
    []
    """
    return re.findall("[a-z0-9]+", text.lower())


def _check_counts(shared: int, said: int, right: int) -> None:
    for name, count in (("said", said), ("right", right)):
        if not 0 <= shared <= count:
            raise ValueError(
                f"shared is {shared} and {name} is {count}, expected counts of which shared is the "
                "least and none is negative."
            )


@typed
@checked_by(_check_counts)
def overlap(shared: int, said: int, right: int) -> Overlap:
    """Return precision, recall and their harmonic mean, from three counts; of nothing, it is 0.

    Of ``said`` pieces of the candidate and ``right`` ones of the reference, ``shared`` are the
    same. Source: C. van Rijsbergen, "Information Retrieval" (1979), chapter 7, with β = 1.

    Raises ``ValueError`` for a negative count, or more shared pieces than one of the texts has.

    >>> overlap(shared=2, said=4, right=2)
    Overlap(precision=0.5, recall=1.0, f1=0.6666666666666666)
    """
    precision, recall = shared / max(said, 1), shared / max(right, 1)
    both = precision + recall
    return Overlap(precision, recall, 2 * precision * recall / both if shared else 0.0)


def _check_cut(candidate: str, reference: str, cut: Cut) -> None:
    for text in (candidate, reference):
        pieces = cut(text)
        if isinstance(pieces, str) or not (
            isinstance(pieces, Sequence) and all(isinstance(piece, str) for piece in pieces)
        ):
            raise ValueError(
                f"cut({text[:20]!r}) is {pieces!r}, expected a list of texts: its words, or "
                "list(text) for its characters."
            )


def _check_n(candidate: str, reference: str, n: int, cut: Cut) -> None:
    check_sizes(n=n)
    _check_cut(candidate, reference, cut)


@typed
@checked_by(_check_n)
def rouge_n(candidate: str, reference: str, n: int, cut: Cut = rouge_words) -> Overlap:
    """Return ROUGE-n: the n-grams that both texts have, each as often as the one with fewer.

    ``cut`` makes pieces of a text, words as the standard tool's if it is not given; ``cut=list``
    takes characters, for Chinese. A text without an n-gram shares none, and gets 0, as there.

    Source: C.-Y. Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004), §2, with
    one reference. The same numbers as the package ``rouge-score`` gives without its stemmer.

    Raises ``ValueError`` for what is no text, ``n`` below 1, or pieces that are no texts.

    >>> rouge_n("the cat sat", "The cat sat down.", n=2)
    Overlap(precision=1.0, recall=0.6666666666666666, f1=0.8)
    """
    said, right = cut(candidate), cut(reference)
    shared, of_candidate = clipped_matches(said, [right], n)
    return overlap(shared, of_candidate, max(0, len(right) - n + 1))


@typed
@checked_by(_check_cut)
def rouge_l(candidate: str, reference: str, cut: Cut = rouge_words) -> Overlap:
    """Return ROUGE-L: the pieces that both texts have in the same order, with gaps allowed.

    ``cut`` is as in ``rouge_n``. The whole text counts as one sentence.

    Source: C.-Y. Lin (2004), §3.1, with β = 1; ``rougeL`` of the package ``rouge-score``.

    Raises ``ValueError`` for what is no text, or pieces that are no texts.

    >>> rouge_l("police the gunman killed", "police killed the gunman").f1
    0.75
    """
    said, right = cut(candidate), cut(reference)
    return overlap(longest_in_common(said, right), len(said), len(right))


@typed
def longest_in_common(a: Sequence[str], b: Sequence[str]) -> int:
    """Return the length of the longest row of symbols that stands in both, in order.

    Between them may be others. One row of the table is kept at a time, as in ``edit_distance``:
    entry j is the length for the symbols of ``a`` read so far and the first j of ``b``.

    Raises ``ValueError`` for what is no sequence of texts.

    >>> longest_in_common("house", "mouse"), longest_in_common("abc", "cab")
    (4, 2)
    """
    above = [0] * (len(b) + 1)
    for x in a:
        row = [0]
        for j, y in enumerate(b, start=1):
            row.append(above[j - 1] + 1 if x == y else max(above[j], row[j - 1]))
        above = row
    return above[-1]
