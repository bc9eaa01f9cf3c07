"""The checks of notebook 18: BLEU of one sentence by hand, a bootstrap, how many are needed."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from lmteach.evaluation.bleu import brevity_penalty, clipped_matches
from lmteach.exercises.attempt import Wrong
from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "ngrams_of",
    "clipped",
    "penalty",
    "bleu_of",
    "means_of_draws",
    "interval_of",
    "f1_of",
    "items_needed",
)

Array = np.ndarray[Any, np.dtype[Any]]
Words = list[str]

CAT = "the cat is on the mat".split()
SAID = [
    "the the the the the the the".split(),
    "the cat sat on the mat".split(),
    "on the mat".split(),
    "a dog".split(),
    "the cat is on the mat".split(),
    "the cat is on the".split(),
]


def _ngrams(words: Words, n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


@exercise
def ngrams_of(answer: Callable[[Words, int], list[tuple[str, ...]]]) -> None:
    """Check ``ngrams_of(words, n)``: all runs of n words, in order, each a tuple.

    Raises ``Wrong``, which says so, if one of them is no tuple.

    >>> ngrams_of(lambda words, n: [tuple(words[i : i + n]) for i in range(len(words) - n)])
    ... # doctest: +ELLIPSIS
    ngrams_of: for (...) you gave ..., expected ... The last one is missing...
    """
    expect(
        answer,
        [(CAT, 2), (CAT, 1), (CAT, 4), (["cat"], 2)],
        _ngrams,
        slips=[
            (
                lambda words, n: [tuple(words[i : i + n]) for i in range(len(words) - n)],
                "The last one is missing: there are `len(words) - n + 1`.",
            ),
            (
                lambda words, n: [tuple(words[i : i + n]) for i in range(len(words))],
                "Those at the end are too short: stop where n words are left.",
            ),
            (
                lambda words, n: [" ".join(gram) for gram in _ngrams(words, n)],
                "A tuple of words each, not a text.",
            ),
            (
                lambda words, n: [tuple(words[i : i + n]) for i in range(0, len(words), n)],
                "They overlap: the next begins one word on.",
            ),
        ],
    )
    if not all(isinstance(gram, tuple) for gram in answer(CAT, 2)):
        raise Wrong("for a row of words you gave lists, not tuples: `Counter` counts no lists.")


def _clipped(said: Words, right: Words, n: int) -> tuple[int, int]:
    return clipped_matches(said, [right], n)


def _unclipped(said: Words, right: Words, n: int) -> tuple[int, int]:
    wanted = _ngrams(right, n)
    own = _ngrams(said, n)
    return sum(gram in wanted for gram in own), len(own)


def _kinds(said: Words, right: Words, n: int) -> tuple[int, int]:
    own = set(_ngrams(said, n))
    return len(own & set(_ngrams(right, n))), len(own)


@exercise
def clipped(answer: Callable[[Words, Words, int], tuple[int, int]]) -> None:
    """Check ``clipped(said, right, n)``: how many n-grams are right, and how many there are.

    >>> clipped(_unclipped)  # doctest: +ELLIPSIS
    clipped: for (...) you gave (7, 7), expected (2, 7). Each counts at most as often as...
    """
    expect(
        answer,
        [(said, CAT, n) for said in SAID for n in (1, 2, 4)],
        _clipped,
        slips=[
            (_unclipped, "Each counts at most as often as it stands in the right answer: clip."),
            (_kinds, "Count all n-grams, not only the different ones."),
            (
                lambda said, right, n: (_clipped(said, right, n)[0], len(_ngrams(right, n))),
                "Divided by those of the right answer it is a recall: count what was said.",
            ),
            (
                lambda said, right, n: (_kinds(said, right, n)[0], len(_ngrams(said, n))),
                "`len` counts the different ones; sum how often each is right: `.total()`.",
            ),
            (
                lambda said, right, n: _clipped(said, right, n)[::-1],
                "The other way round: first the right ones, then all.",
            ),
            (
                lambda said, right, n: _clipped(said, right, n)[0],
                "Two numbers: the right ones, and all.",
            ),
            (
                lambda said, right, n: _clipped(said, right, n)[0] / max(len(_ngrams(said, n)), 1),
                "Not the share yet: the two counts, for they are summed over a whole test.",
            ),
        ],
    )


@exercise
def penalty(answer: Callable[[int, int], float]) -> None:
    """Check ``penalty(said, right)``: the brevity penalty, equation 18.3.

    >>> penalty(lambda said, right: math.exp(1 - right / said))  # doctest: +ELLIPSIS
    penalty: for (9, 6) you gave 1.3956..., expected 1. Who says more than enough gets no reward...
    """
    expect(
        answer,
        [(9, 6), (6, 6), (3, 6), (5, 8)],
        brevity_penalty,
        slips=[
            (
                lambda said, right: math.exp(1 - right / said),
                "Who says more than enough gets no reward: at most 1.",
            ),
            (
                lambda said, right: min(1.0, math.exp(1 - said / right)),
                "Turned around: this punishes those who say too much.",
            ),
            (lambda said, right: min(1.0, said / right), "Steeper: e to the 1 − r / c."),
            (
                lambda said, right: min(1.0, math.exp(-right / said)),
                "Of equal length there is no penalty: the 1 is missing.",
            ),
            (
                lambda said, right: min(1.0, math.exp(right / said - 1)),
                "The sign: e to the 1 − r / c.",
            ),
        ],
    )


def _bleu(said: Words, right: Words) -> float:
    shares = [_share(said, right, n) for n in (1, 2, 3, 4)]
    return brevity_penalty(len(said), len(right)) * float(math.prod(shares) ** 0.25)


def _share(said: Words, right: Words, n: int) -> float:
    matches, total = _clipped(said, right, n)
    return matches / total if total else 0.0


@exercise
def bleu_of(answer: Callable[[Words, Words], float]) -> None:
    """Check ``bleu_of(said, right)``: BLEU of one sentence, without smoothing, equation 18.4.

    >>> bleu_of(lambda said, right: sum(_share(said, right, n) for n in (1, 2, 3, 4)) / 4)
    ... # doctest: +ELLIPSIS
    bleu_of: for (...) you gave ..., expected ... That is the arithmetic mean...
    """

    def geometric(said: Words, right: Words) -> float:
        return float(math.prod(_share(said, right, n) for n in (1, 2, 3, 4)) ** 0.25)

    def arithmetic(said: Words, right: Words) -> float:
        return sum(_share(said, right, n) for n in (1, 2, 3, 4)) / 4

    def smoothed(said: Words, right: Words) -> float:
        counts = [_clipped(said, right, n) for n in (1, 2, 3, 4)]
        product = math.prod((matches + 1) / (total + 1) for matches, total in counts)
        return brevity_penalty(len(said), len(right)) * float(product**0.25)

    def of_what_there_is(said: Words, right: Words) -> float:
        counts = [_clipped(said, right, n) for n in (1, 2, 3, 4)]
        product = math.prod(matches / total for matches, total in counts if total)
        return brevity_penalty(len(said), len(right)) * float(product**0.25)

    cases = [(said, CAT) for said in SAID[1:]]
    expect(
        answer,
        [("the cat is on the rug".split(), [*CAT, "once", "more"]), *cases],
        _bleu,
        slips=[
            (arithmetic, "That is the arithmetic mean, without the penalty; take the geometric."),
            (
                lambda said, right: (
                    brevity_penalty(len(said), len(right)) * arithmetic(said, right)
                ),
                "That is the arithmetic mean: one order without a match makes all of it 0.",
            ),
            (geometric, "Where is the brevity penalty? It takes (said, right), in this order."),
            (
                lambda said, right: (
                    geometric(said, right) ** 4 * brevity_penalty(len(said), len(right))
                ),
                "That is the product; the mean is its fourth root.",
            ),
            (of_what_there_is, "Who says fewer than four words has no run of four: that is 0."),
            (smoothed, "Without smoothing, please: nothing is added to the counts."),
            (
                lambda said, right: 100 * _bleu(said, right),
                "From 0 to 1, please, not in points of a hundred.",
            ),
        ],
    )


@exercise
def means_of_draws(answer: Callable[[Array, Array], Array]) -> None:
    """Check ``means_of_draws(values, places)``: the mean of each sample that was drawn.

    >>> means_of_draws(lambda values, places: values[places].mean(axis=0))  # doctest: +ELLIPSIS
    means_of_draws: for (...) you gave ..., expected ... Each row is a sample...
    """
    rng = np.random.default_rng(0)
    cases = [
        (rng.integers(0, 9, size).astype(float), rng.integers(0, size, (rounds, size)))
        for size, rounds in ((4, 3), (3, 5))
    ]
    expect(
        answer,
        cases,
        lambda values, places: values[places].mean(axis=1),
        slips=[
            (
                lambda values, places: values[places].mean(axis=0),
                "Each row is a sample: take the mean along the row.",
            ),
            (
                lambda values, places: values[places].mean(),
                "One mean for each sample, not one for all.",
            ),
            (
                lambda values, places: places.mean(axis=1),
                "Those are means of the places: look the values up first, `values[places]`.",
            ),
            (
                lambda values, places: values[places].sum(axis=1),
                "That is the sum: divide by how many were drawn.",
            ),
        ],
    )


def _interval(means: Array, level: float) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


@exercise
def interval_of(answer: Callable[[Array, float], tuple[float, float]]) -> None:
    """Check ``interval_of(means, level)``: where the middle share of them lies.

    >>> interval_of(lambda means, level: tuple(np.quantile(means, [1 - level, level])))
    ... # doctest: +ELLIPSIS
    interval_of: for (...) you gave ..., expected ... What is left out is shared by both ends...
    """
    means = np.random.default_rng(1).normal(size=41).round(2)
    expect(
        answer,
        [(np.arange(101.0), 0.95), (means, 0.9), (means, 0.5)],
        _interval,
        slips=[
            (
                lambda means, level: tuple(np.quantile(means, [1 - level, level])),
                "What is left out is shared by both ends: (1 − level) / 2 at each.",
            ),
            (
                lambda means, level: tuple(np.quantile(means, [0.025, 0.975])),
                "That is the interval for 95 %, whatever the level.",
            ),
            (
                lambda means, level: tuple(
                    np.percentile(means, [(1 - level) / 2, (1 + level) / 2])
                ),
                "`np.percentile` wants per cent; `np.quantile` wants shares.",
            ),
            (
                lambda means, level: (float(means.min()), float(means.max())),
                "From the least to the greatest is all of them.",
            ),
            (lambda means, level: _interval(means, level)[::-1], "The lower end comes first."),
            (
                lambda means, level: tuple(np.quantile(means, [0, level])),
                "Half of what is left out lies below: (1 − level) / 2 at each end.",
            ),
            (
                lambda means, level: (
                    float(means.mean() - 1.96 * means.std()),
                    float(means.mean() + 1.96 * means.std()),
                ),
                "That is the interval of a bell curve; ask the draws themselves, by `np.quantile`.",
            ),
            (
                lambda means, level: tuple(
                    np.sort(means)[int(len(means) * share)]
                    for share in ((1 - level) / 2, (1 + level) / 2)
                ),
                "Nearly: `np.quantile` also reads between two of the means.",
            ),
        ],
    )


def _f1(said: Words, right: Words) -> float:
    shared = (Counter(said) & Counter(right)).total()
    return 2 * shared / (len(said) + len(right))


@exercise
def f1_of(answer: Callable[[Words, Words], float]) -> None:
    """Check ``f1_of(said, right)``: the F1 of two lists of words, neither of them empty.

    >>> f1_of(lambda said, right: len(set(said) & set(right)) / len(said))  # doctest: +ELLIPSIS
    f1_of: for (...) you gave ..., expected ... That is the precision...
    """

    def kinds(said: Words, right: Words) -> float:
        return 2 * len(set(said) & set(right)) / (len(set(said)) + len(set(right)))

    expect(
        answer,
        [
            ("cat cat dog".split(), "cat cat pig cow".split()),
            ("in the 10th century".split(), "10th century".split()),
            ("cat cat dog".split(), "cat dog dog dog".split()),
            (["cat"], ["dog"]),
            (CAT, CAT),
        ],
        _f1,
        slips=[
            (
                lambda said, right: (Counter(said) & Counter(right)).total() / len(said),
                "That is the precision. And how much of the right answer was said?",
            ),
            (
                lambda said, right: len(set(said) & set(right)) / len(said),
                "That is the precision, of different words. What of the right answer was said?",
            ),
            (
                lambda said, right: (Counter(said) & Counter(right)).total() / len(right),
                "That is the recall. And how much of what was said is right?",
            ),
            (kinds, "A word that stands twice counts twice: `Counter` and `&`."),
            (
                lambda said, right: (
                    2 * sum(word in right for word in said) / (len(said) + len(right))
                ),
                "Shared is what both have: a word at most as often as it stands in either.",
            ),
            (lambda said, right: _f1(said, right) / 2, "Half of it: twice the product of P and R."),
            (
                lambda said, right: (
                    _f1(said, right)
                    and (
                        (Counter(said) & Counter(right)).total()
                        * (1 / len(said) + 1 / len(right))
                        / 2
                    )
                ),
                "That is the arithmetic mean; the harmonic one is nearer to the lesser of the two.",
            ),
        ],
    )


def _needed(deviation: float, gain: float) -> int:
    return math.ceil((1.96 * deviation / gain) ** 2)


@exercise
def items_needed(answer: Callable[[float, float], int]) -> None:
    """Check ``items_needed(deviation, gain)``: the least N with 1.96 · deviation / √N ≤ gain.

    >>> items_needed(lambda deviation, gain: math.ceil(1.96 * deviation / gain))
    items_needed: for (0.1, 0.01) you gave 20, expected 385. √N is in the formula: square the rest.
    """
    expect(
        answer,
        [(0.1, 0.01), (0.08, 0.0023), (0.5, 0.03)],
        _needed,
        slips=[
            (
                lambda deviation, gain: math.ceil(1.96 * deviation / gain),
                "√N is in the formula: square the rest.",
            ),
            (
                lambda deviation, gain: (1.96 * deviation / gain) ** 2,
                "There is no fraction of an item: round up.",
            ),
            (
                lambda deviation, gain: int((1.96 * deviation / gain) ** 2),
                "Rounded down it is one too few: round up.",
            ),
            (
                lambda deviation, gain: math.ceil((deviation / gain) ** 2),
                "1.96 deviations on each side hold 95 %: where is the 1.96?",
            ),
            (lambda deviation, gain: math.ceil((2 * deviation / gain) ** 2), "1.96, not 2."),
            (
                lambda deviation, gain: math.ceil((1.96 * deviation) ** 2 / gain),
                "The gain is squared, too.",
            ),
            (
                lambda deviation, gain: math.ceil(1.96 * (deviation / gain) ** 2),
                "The 1.96 is squared, too.",
            ),
        ],
    )
