"""The checks of notebook 02: Kneser–Ney for trigrams in four steps; two more exercises."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = (
    "continuation_table",
    "discounted",
    "discounted_table",
    "kneser_ney_trigrams",
    "stupid_backoff",
    "word_perplexity",
)

_TOKENS = np.array([0, 1, 2, 0, 1, 0, 1, 2, 1, 2, 2, 0])
_PAIRS, _TRIPLES = np.zeros((4, 4), dtype=int), np.zeros((4, 4, 4), dtype=int)  # 3 never came
np.add.at(_PAIRS, (_TOKENS[:-1], _TOKENS[1:]), 1)
np.add.at(_TRIPLES, (_TOKENS[:-2], _TOKENS[1:-1], _TOKENS[2:]), 1)
_LOWER = np.array([0.4, 0.3, 0.2, 0.1])
_TEXT = {"": 11, "a": 5, "b": 2, "c": 1, "d": 1, "r": 2}
_TEXT |= {"ab": 2, "br": 2, "ra": 2, "ac": 1, "ca": 1, "ad": 1, "da": 1}


def _continuation_table(counts: np.ndarray) -> np.ndarray:
    return np.asarray((counts > 0).sum(axis=0))


def _discounted_table(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
    totals = counts.sum(axis=-1, keepdims=True)
    taken = discount * (counts > 0).sum(axis=-1, keepdims=True)
    mixed = (np.maximum(counts - discount, 0) + taken * lower) / np.maximum(totals, 1)
    return np.where(totals > 0, mixed, lower)


@exercise
def continuation_table(answer: Callable[[np.ndarray], ArrayLike]) -> None:
    """Check ``continuation_table(counts)``: after how many different oldest tokens the rest came.

    >>> continuation_table(lambda counts: counts.sum(axis=0))  # doctest: +ELLIPSIS
    continuation_table: ...That is how often. Asked is after how many different oldest tokens.
    """
    expect(
        answer,
        [(np.array([[2, 1, 0], [3, 1, 0], [0, 2, 1]]),), (_PAIRS,), (_TRIPLES,)],
        _continuation_table,
        slips=[
            (
                lambda counts: counts.sum(axis=0),
                "That is how often. Asked is after how many different oldest tokens.",
            ),
            (
                lambda counts: (counts > 0).sum(axis=-1),
                "Those are the different tokens after it. The oldest one is the first axis.",
            ),
            (
                lambda counts: (counts > 1).sum(axis=0),
                "What occurred once counts, too: everything above 0.",
            ),
            (
                lambda counts: (counts > 0).sum(),
                "One number for everything: sum over the first axis only (axis=0).",
            ),
            (
                lambda counts: np.minimum(counts.sum(axis=0), 1),
                "Whether it occurred after anything. Asked is after how many.",
            ),
            (
                lambda counts: (counts > 0).any(axis=0),
                "Whether it occurred after anything. Asked is after how many.",
            ),
        ],
    )


@exercise
def discounted(answer: Callable[[np.ndarray, np.ndarray, float], ArrayLike]) -> None:
    """Check ``discounted(counts, lower, discount)``: one context's distribution (V,).

    ``counts`` (V,) followed the context, ``lower`` (V,) is the distribution after the shorter one.
    """

    def kept(counts: np.ndarray, discount: float) -> np.ndarray:
        return np.maximum(counts - discount, 0) / counts.sum()

    def right(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        weight = discount * (counts > 0).sum() / counts.sum()
        return kept(counts, discount) + weight * lower

    def only_unseen(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        weight = discount * (counts > 0).sum() / counts.sum()
        return kept(counts, discount) + weight * lower * (counts == 0)

    def negative(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        weight = discount * (counts > 0).sum() / counts.sum()
        return (counts - discount) / counts.sum() + weight * lower

    expect(
        answer,
        [
            (np.array([3, 0, 2, 0]), np.array([0.4, 0.3, 0.2, 0.1]), 0.5),
            (np.array([0, 2, 2]), np.array([0.5, 0.25, 0.25]), 0.75),
            (np.array([1, 0, 3]), np.array([0.25, 0.25, 0.5]), 0.5),
        ],
        right,
        slips=[
            (
                lambda counts, lower, discount: kept(counts, discount),
                "What was taken is not given to anyone: this sums to less than 1.",
            ),
            (
                lambda counts, lower, discount: kept(counts, discount) + lower,
                "The lower order needs a weight, or the sum is above 1.",
            ),
            (
                lambda counts, lower, discount: kept(counts, discount) + discount * lower,
                "The weight is what was taken: the discount, once for each token that followed, "
                "divided by the sum of the counts.",
            ),
            (
                lambda counts, lower, discount: (
                    kept(counts, discount) + discount * len(counts) / counts.sum() * lower
                ),
                "Nothing was taken from tokens that never followed: count only those above 0.",
            ),
            (
                lambda counts, lower, discount: (
                    kept(counts, discount) + discount * (counts > 1).sum() / counts.sum() * lower
                ),
                "What followed once gave up its discount, too: count all that are above 0.",
            ),
            (
                lambda counts, lower, discount: (
                    kept(counts, discount) / kept(counts, discount).sum()
                ),
                "What was taken went back to those that were seen: it is for `lower` to share out.",
            ),
            (only_unseen, "Interpolated: what was seen gets its part of the lower order as well."),
            (negative, "A count of 0 has nothing to take from: never below 0."),
        ],
    )


@exercise
def discounted_table(answer: Callable[[np.ndarray, np.ndarray, float], ArrayLike]) -> None:
    """Check ``discounted_table(counts, lower, discount)``: every context's distribution at once.

    >>> discounted_table(lambda counts, lower, discount: counts + lower)  # doctest: +ELLIPSIS
    discounted_table: for ... you gave ...
    """

    def never_seen_is_zero(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        return np.where(
            counts.sum(axis=-1, keepdims=True) > 0, _discounted_table(counts, lower, discount), 0
        )

    def never_seen_is_nan(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        return np.where(
            counts.sum(axis=-1, keepdims=True) > 0,
            _discounted_table(counts, lower, discount),
            np.nan,
        )

    def one_total(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        taken = discount * (counts > 0).sum()
        return (np.maximum(counts - discount, 0) + taken * lower) / counts.sum()

    def one_taken(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        totals = counts.sum(axis=-1, keepdims=True)
        taken = discount * (counts > 0).sum()
        mixed = (np.maximum(counts - discount, 0) + taken * lower) / np.maximum(totals, 1)
        return np.where(totals > 0, mixed, lower)

    def never_seen_is_the_die(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        return np.where(
            counts.sum(axis=-1, keepdims=True) > 0,
            _discounted_table(counts, lower, discount),
            1 / counts.shape[-1],
        )

    def along(
        axis: int, keepdims: bool, guarded: bool
    ) -> Callable[[np.ndarray, np.ndarray, float], np.ndarray]:
        """Totals along another axis, or without the axis that they were summed along."""

        def mixed(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
            totals = counts.sum(axis=axis, keepdims=keepdims)
            taken = discount * (counts > 0).sum(axis=axis, keepdims=keepdims)
            least = np.maximum(totals, 1) if guarded else totals
            rows = (np.maximum(counts - discount, 0) + taken * lower) / least
            return np.where(totals > 0, rows, lower) if guarded else rows

        return mixed

    def first_axis(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        swapped = np.swapaxes(counts, 0, -1)
        return np.swapaxes(_discounted_table(swapped, lower, discount), 0, -1)

    def kept_alone(counts: np.ndarray, lower: np.ndarray, discount: float) -> np.ndarray:
        totals = np.maximum(counts.sum(axis=-1, keepdims=True), 1)
        return np.maximum(counts - discount, 0) / totals

    expect(
        answer,
        [(_PAIRS, _LOWER, 0.5), (_TRIPLES, _discounted_table(_PAIRS, _LOWER, 0.5), 0.75)],
        _discounted_table,
        slips=[
            (
                never_seen_is_nan,
                "0 / 0: a context that was never seen has no total. It passes everything on, so "
                "its row is `lower`.",
            ),
            (
                never_seen_is_zero,
                "The rows of contexts that were never seen are 0: they pass everything on, so "
                "their row is `lower`.",
            ),
            (
                one_total,
                "One total for the whole table: each context has its own, along the last axis "
                "(axis=-1, keepdims=True).",
            ),
            (
                one_taken,
                "What was taken is summed over the whole table: each context gives out what was "
                "taken in its own row (axis=-1, keepdims=True).",
            ),
            (never_seen_is_the_die, "A context that was never seen gets `lower`, not the die."),
            *(
                (along(-1, False, guarded), "A total belongs to its row: keepdims=True is missing.")
                for guarded in (True, False)
            ),
            *(
                (
                    along(0, True, guarded),
                    "Summed along the first axis: a context is a row of the last one (axis=-1).",
                )
                for guarded in (True, False)
            ),
            (first_axis, "Summed along the first axis: a context is a row of the last one."),
            (kept_alone, "What was taken is not given to anyone: rows sum to less than 1."),
        ],
    )


@exercise
def kneser_ney_trigrams(answer: Callable[[np.ndarray, np.ndarray, float], ArrayLike]) -> None:
    """Check ``kneser_ney_trigrams(bigrams, trigrams, discount)``: P(c | a, b) for all a, b, c.

    >>> kneser_ney_trigrams(lambda bigrams, trigrams, discount: trigrams)  # doctest: +ELLIPSIS
    kneser_ney_trigrams: for ... you gave ...
    """

    def down(*tables: np.ndarray, discount: float) -> np.ndarray:
        row = np.full(len(tables[0]), 1 / len(tables[0]))
        for counts in tables:
            row = _discounted_table(counts, row, discount)
        return row

    def right(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        one, two = _continuation_table(bigrams), _continuation_table(trigrams)
        return down(one, two, trigrams, discount=discount)

    def real(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        return down(bigrams.sum(axis=0), bigrams, trigrams, discount=discount)

    def real_pairs(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        return down(_continuation_table(bigrams), bigrams, trigrams, discount=discount)

    def real_ones(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        return down(bigrams.sum(axis=0), _continuation_table(trigrams), trigrams, discount=discount)

    def no_ones(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        die = np.full(len(bigrams), 1 / len(bigrams))
        two = _discounted_table(_continuation_table(trigrams), die, discount)
        return _discounted_table(trigrams, two, discount)

    def no_die(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        one = _continuation_table(bigrams)
        two = _discounted_table(_continuation_table(trigrams), one / one.sum(), discount)
        return _discounted_table(trigrams, two, discount)

    def large_die(bigrams: np.ndarray, trigrams: np.ndarray, discount: float) -> np.ndarray:
        one = _discounted_table(_continuation_table(bigrams), np.array(1 / 82), discount)
        two = _discounted_table(_continuation_table(trigrams), one, discount)
        return _discounted_table(trigrams, two, discount)

    expect(
        answer,
        [(_PAIRS, _TRIPLES, 0.5), (_PAIRS.T, _TRIPLES.transpose(2, 1, 0), 0.75)],
        right,
        slips=[
            (
                real,
                "Real counts on all stairs: that is absolute discounting. Only the longest order "
                "keeps them.",
            ),
            (real_pairs, "Two tokens: their continuation counts, from `trigrams` by step 1."),
            (real_ones, "One token: its continuation counts, from `bigrams` by step 1."),
            (no_ones, "The stair without context is missing, between the die and one token."),
            (no_die, "The lowest counts are discounted, too, and the die gets what was taken."),
            (
                large_die,
                "The die has as many sides as the counts have rows, `len(bigrams)`; `V` is the 82 "
                "of this page's text.",
            ),
            (
                lambda bigrams, trigrams, discount: right(bigrams, trigrams, discount)[0],
                "One context is missing: the result is (V, V, V), as `trigrams` is.",
            ),
        ],
    )


@exercise
def stupid_backoff(answer: Callable[[Mapping[str, int], str], float]) -> None:
    """Check ``stupid_backoff(counts, gram)``: a share of the counts, or 0.4 times a shorter score.

    >>> stupid_backoff(lambda counts, gram: 0.0)  # doctest: +ELLIPSIS
    stupid_backoff: for (..., 'ab') you gave 0, expected 0.4...
    """

    def score(counts: Mapping[str, int], gram: str, shorter: slice, factor: float) -> float:
        if gram in counts and gram:
            return counts[gram] / counts[gram[:-1]]
        return 0.0 if len(gram) <= 1 else factor * score(counts, gram[shorter], shorter, factor)

    expect(
        answer,
        [(_TEXT, "ab"), (_TEXT, "a"), (_TEXT, "rb"), (_TEXT, "cab"), (_TEXT, "ddd"), (_TEXT, "z")],
        lambda counts, gram: score(counts, gram, slice(1, None), 0.4),
        slips=[
            (
                lambda counts, gram: score(counts, gram, slice(None, -1), 0.4),
                "The oldest letter goes, so `gram[1:]`; `gram[:-1]` takes away what is asked for.",
            ),
            (
                lambda counts, gram: score(counts, gram, slice(1, None), 1.0),
                "The factor 0.4 is missing on the way down.",
            ),
            (
                lambda counts, gram: score(counts, gram, slice(1, None), 0.6),
                "0.4 of the shorter score, not what 0.4 leaves.",
            ),
            (
                lambda counts, gram: (
                    0.4 if gram == "z" else score(counts, gram, slice(1, None), 0.4)
                ),
                "A letter that was never seen scores 0: stop there, not at the empty text.",
            ),
            (
                lambda counts, gram: counts.get(gram, 0) / counts.get(gram[:-1], 11),
                "What was not seen is asked for again, without its oldest letter.",
            ),
            (
                lambda counts, gram: counts.get(gram, 0) / counts[""],
                "Divide by the count of the context, not of all letters.",
            ),
        ],
    )


@exercise
def word_perplexity(answer: Callable[[float, int, int], float]) -> None:
    """Check ``word_perplexity(bits, characters, words)``: 2 to the bits that fall to one word.

    >>> word_perplexity(lambda bits, characters, words: bits * characters / words)
    word_perplexity: for (2, 60, 10) you gave 12, expected 4096. Those are bits; 2 to that is asked.
    """
    expect(
        answer,
        [(2.0, 60, 10), (1.5, 44, 8), (0.5, 9, 3)],
        lambda bits, characters, words: 2.0 ** (bits * characters / words),
        slips=[
            (
                lambda bits, characters, words: bits * characters / words,
                "Those are bits; 2 to that is asked.",
            ),
            (
                lambda bits, characters, words: 2.0**bits,
                "That is the die for a character. A word has several.",
            ),
            (
                lambda bits, characters, words: np.exp(bits * characters / words),
                "Bits go with 2: e would be for nats.",
            ),
            (
                lambda bits, characters, words: 2.0**bits * characters / words,
                "The exponent is all of bits * characters / words.",
            ),
            (
                lambda bits, characters, words: 2.0 ** (bits * words / characters),
                "Bits of the text are bits * characters; words divide them.",
            ),
        ],
    )
