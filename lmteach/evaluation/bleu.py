"""BLEU: how much of what was said stands in a right answer, too.

Taught in notebook 18, used from notebook 11 on.
"""

import math
import re
from collections import Counter
from collections.abc import Hashable, Sequence

from lmteach.checks import check_sizes, check_whole, checked_by
from lmteach.evaluation.error_rates import Symbols, check_answers, check_symbols, check_tuples
from lmteach.typed import typed

# Where a text is cut into words, and what is put there; the last two look at digits beside.
_CUTS = (
    (re.compile(r"([{-~\[-` -&(-+:-@/])"), r" \1 "),  # ASCII punctuation but ' , - .
    (re.compile(r"([^0-9])([.,])"), r"\1 \2 "),
    (re.compile(r"([.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)
_ENTITIES = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}


@typed
def bleu_words(text: str) -> list[str]:
    """Cut a text as sacreBLEU does by default: at blanks, with punctuation for itself.

    A point or a comma between digits stays, and so does a hyphen that follows no digit. What is
    not ASCII is not cut at all, so a sentence in Chinese is one word.

    Source: M. Post, "A Call for Clarity in Reporting BLEU Scores" (2018), §3: its tokenizer 13a,
    which does as the script mteval-v13a of NIST.

    >>> bleu_words("It's 1,000.5 km, isn't it?")
    ["It's", '1,000.5', 'km', ',', "isn't", 'it', '?']
    >>> bleu_words("我喜欢猫。")
    ['我喜欢猫。']
    """
    line = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for entity, character in _ENTITIES.items():
        line = line.replace(entity, character)
    line = f" {line} "
    for place, apart in _CUTS:
        line = place.sub(apart, line)
    return line.split()


def _check_said(hypothesis: Symbols, acceptable: Sequence[Symbols], n: int) -> None:
    check_sizes(n=n)
    if isinstance(acceptable, str) or len(acceptable) == 0:
        raise ValueError(
            f"acceptable is {acceptable!r}, expected a list of right answers, also where there is "
            "only one: [answer]."
        )
    check_symbols("hypothesis", hypothesis)
    for place, reference in enumerate(acceptable):
        check_symbols(f"acceptable[{place}]", reference)


@typed
@checked_by(_check_said)
def clipped_matches(hypothesis: Symbols, acceptable: Sequence[Symbols], n: int) -> tuple[int, int]:
    """Count the n-grams of a hypothesis that are right, and all that it has.

    Each n-gram counts at most as often as it stands in that of the references which has it most
    often. Source: Papineni et al. (2002), §2.1, with their example:

    >>> clipped_matches(("the " * 7).split(), ["the cat is on the mat".split()], n=1)
    (2, 7)
    """
    said = _ngrams(hypothesis, n)
    most: Counter[tuple[Hashable, ...]] = Counter()
    for reference in acceptable:
        most |= _ngrams(reference, n)  # of two counts of an n-gram, the greater
    return (said & most).total(), said.total()


def _ngrams(symbols: Symbols, n: int) -> Counter[tuple[Hashable, ...]]:
    return Counter(tuple(symbols[i : i + n]) for i in range(len(symbols) - n + 1))


def _check_lengths(said: int, right: int) -> None:
    check_whole("said", said, at_least=0)
    check_whole("right", right, at_least=0)


@typed
@checked_by(_check_lengths)
def brevity_penalty(said: int, right: int) -> float:
    """Return the factor for having said ``said`` symbols where ``right`` were right: 1 if enough.

    A precision by itself would be best for whoever says only what is certain. Source: Papineni et
    al. (2002), §2.2.2; our ``said`` is c and ``right`` is r.

    >>> brevity_penalty(said=9, right=8), round(brevity_penalty(said=5, right=10), 3)
    (1.0, 0.368)
    """
    return min(1.0, math.exp(1 - right / said)) if said else 0.0


def _check_translations(
    hypotheses: Sequence[Symbols], references: Sequence[Sequence[Symbols]], order: int
) -> None:
    check_answers(hypotheses, references)
    check_sizes(order=order)


@checked_by(check_tuples)
@typed
@checked_by(_check_translations)
def bleu(
    hypotheses: Sequence[Symbols],
    references: Sequence[Sequence[Symbols]],
    order: int = 4,
    smoothing: bool = True,
) -> float:
    """Return BLEU of many translations together: from 0, nothing is right, to 1, all is.

    It is the geometric mean of the shares of right n-grams, of one symbol up to ``order``, times
    the ``brevity_penalty``. Each hypothesis is a sequence of words, or a text, whose symbols are
    its characters, blanks included; each reference is a tuple of acceptable ones, of which that of
    the closest length counts for the penalty (of two as close, the shorter). Counts are summed
    over all translations first, as a mean of BLEUs would be another number. With ``smoothing`` the
    first order without a right n-gram is taken to have half of one, the next a quarter, and so on.

    Source: K. Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation"
    (2002), §2.3; smoothing after B. Chen and C. Cherry (2014), method 3. Times 100, it is what
    sacreBLEU prints (M. Post, 2018) for the same symbols: by its default tokenizer for
    ``bleu_words``, by ``none`` for other words, by ``char`` for texts.

    Raises ``ValueError`` for different numbers of hypotheses and references, for none at all, for
    a reference that is no tuple of translations, and an order below 1.

    >>> round(bleu(["a b c d e".split()], [("a b c d f".split(),)]), 3)  # (4/5 · 3/4 · 2/3 · 1/2)¼
    0.669
    >>> bleu(["2026年11月23日"], [("2026年11月23日", "二〇二六年十一月二十三日")])
    1.0
    """
    pairs = list(zip(hypotheses, references, strict=True))
    said = right = 0
    for hypothesis, acceptable in pairs:
        said += len(hypothesis)
        right += min(
            map(len, acceptable), key=lambda length: (abs(length - len(hypothesis)), length)
        )
    mean, credit = 0.0, 1.0
    for n in range(1, order + 1):
        matches, total = 0.0, 0
        for hypothesis, acceptable in pairs:
            right_ones, all_ones = clipped_matches(hypothesis, acceptable, n)
            matches += right_ones
            total += all_ones
        if matches == 0:
            if n == 1 or total == 0 or not smoothing:
                return 0.0
            credit /= 2
            matches = credit
        mean += math.log(matches / total) / order
    return brevity_penalty(said, right) * math.exp(mean)
