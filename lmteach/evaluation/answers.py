"""Is a short answer right? Exact match and F1 by the rules of SQuAD. Taught in notebook 18."""

import re
import string
from collections.abc import Sequence

from lmteach.checks import checked_by
from lmteach.evaluation.bleu import clipped_matches
from lmteach.evaluation.rouge import overlap
from lmteach.typed import typed

_PUNCTUATION = str.maketrans("", "", string.punctuation)


@typed
def plain_answer(text: str) -> str:
    """Return an answer without what does not count: capitals, ASCII punctuation, a, an, the.

    Punctuation goes without leaving a gap. Source: P. Rajpurkar et al., "SQuAD" (2016), §6.1, and
    the script that comes with it.

    >>> plain_answer("The U.S. Army,  in an  hour-long war")
    'us army in hourlong war'
    """
    without = text.lower().translate(_PUNCTUATION)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", without).split())


def _check_acceptable(acceptable: str | Sequence[str]) -> None:
    if not isinstance(acceptable, str) and len(acceptable) == 0:
        raise ValueError(
            "acceptable is empty, expected a right answer, or a list of several; where there is "
            "none, the right answer is the empty text."
        )


@typed
@checked_by(_check_acceptable)
def exact_match(answer: str, acceptable: str | Sequence[str]) -> float:
    """Return 1 if an answer is one of the right ones, but for what does not count, or else 0.

    ``acceptable`` is a text, or a list of texts of which each would do. Where no answer is right,
    it is the empty text, and saying nothing is right (SQuAD 2.0).

    Source: P. Rajpurkar et al. (2016), §6.1. Raises ``ValueError`` for what is no text.

    >>> exact_match("The cat!", "cat"), exact_match("a black cat", ["cat", "kitten"])
    (1.0, 0.0)
    """
    return max(float(plain_answer(answer) == plain_answer(right)) for right in _all(acceptable))


@typed
@checked_by(_check_acceptable)
def token_f1(answer: str, acceptable: str | Sequence[str]) -> float:
    """Return the F1 of the words of an answer, by the right one that it is nearest to.

    Words stand between blanks of ``plain_answer``. If the answer or the right one has no word, it
    is 1 where both have none, and else 0 (SQuAD 2.0). ``acceptable`` is as in ``exact_match``.

    Source: P. Rajpurkar et al. (2016), §6.1, and "Know What You Don't Know" (2018) for the empty
    one. Raises ``ValueError`` for what is no text.

    >>> token_f1("a small black cat", "the cat"), token_f1("", "")
    (0.5, 1.0)
    """
    return max(_f1(plain_answer(answer).split(), plain_answer(r).split()) for r in _all(acceptable))


def _f1(said: list[str], right: list[str]) -> float:
    if not said or not right:
        return float(said == right)
    shared, _ = clipped_matches(said, [right], 1)
    return overlap(shared, len(said), len(right)).f1


def _all(acceptable: str | Sequence[str]) -> Sequence[str]:
    return [acceptable] if isinstance(acceptable, str) else acceptable
