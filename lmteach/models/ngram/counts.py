"""Counts of n-grams of every order, in sorted rows of numbers. Taught in notebook 02.

An n-gram is its first n - 1 tokens, the context, and one token more. So if the contexts have
numbers already, one whole number stands for the n-gram:

    key = (number of the context) * V + token

and its own number is the place of its key among the sorted keys of its order. That works for any
order without overflow, and a lookup is a binary search.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_sizes, check_tokens, checked_by
from lmteach.typed import typed

Tokens = Sequence[int] | Int[np.ndarray, " time"]
UNSEEN = -1  # the number of an n-gram that was never seen


@dataclass(frozen=True)
class CountLevel:
    """The n-grams of one order that were seen, numbered 0, 1, 2, … in the order of their keys.

    ``keys`` are sorted; ``counts`` say how often each n-gram occurred; ``suffixes`` which
    (n - 1)-gram is left when the first token is taken away; ``context_count`` how many
    (n - 1)-grams there are (1 for order 1, the empty context).

    >>> pairs = count_levels([0, 1, 0, 1, 1], vocab_size=2, order=2)[1]
    >>> list(zip(pairs.contexts.tolist(), pairs.tokens.tolist(), pairs.counts.tolist()))
    [(0, 1, 2), (1, 0, 1), (1, 1, 1)]
    """

    vocab_size: int
    keys: Int[np.ndarray, " ngrams"]
    counts: Int[np.ndarray, " ngrams"]
    suffixes: Int[np.ndarray, " ngrams"]
    context_count: int

    @property
    def contexts(self) -> Int[np.ndarray, " ngrams"]:
        """The number of each n-gram's context."""
        return self.keys // self.vocab_size

    @property
    def tokens(self) -> Int[np.ndarray, " ngrams"]:
        """The last token of each n-gram."""
        return self.keys % self.vocab_size

    @typed
    def sum_by_context(
        self, values: Int[np.ndarray, " ngrams"] | Float[np.ndarray, " ngrams"]
    ) -> Float[np.ndarray, " contexts"]:
        """Add up ``values``, one for each n-gram, over the n-grams with the same context."""
        return np.bincount(self.contexts, weights=values, minlength=self.context_count)


def _check_counting(tokens: Tokens, vocab_size: int, order: int) -> None:
    check_sizes(order=order, vocab_size=vocab_size)
    check_tokens(tokens, vocab_size, at_least=order)


@checked_by(_check_counting)
@typed
def count_levels(tokens: Tokens, vocab_size: int, order: int) -> list[CountLevel]:
    """Count the n-grams of ``tokens`` (T,) for n = 1, …, ``order``; element n - 1 is order n.

    Raises ``ValueError`` for an order below 1, fewer tokens than that, or ids outside the
    vocabulary.

    >>> for level in count_levels([0, 1, 0, 1, 1], vocab_size=2, order=2):
    ...     level.keys.tolist(), level.counts.tolist()
    ([0, 1], [2, 3])
    ([1, 2, 3], [2, 1, 1])
    """
    ids = np.asarray(tokens, dtype=np.int64)
    numbers = np.zeros(len(ids) + 1, dtype=np.int64)  # of the empty n-gram, before every token
    levels: list[CountLevel] = []
    for _ in range(order):
        keys, first, longer, counts = np.unique(
            numbers[:-1] * vocab_size + ids[len(levels) :],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        context_count = len(levels[-1].keys) if levels else 1
        levels.append(CountLevel(vocab_size, keys, counts, numbers[1:][first], context_count))
        numbers = longer
    return levels


def check_levels(levels: Sequence[CountLevel]) -> None:
    """Say that levels are not those of one count, from order 1 up, if so.

    >>> one, two = count_levels([0, 1, 0, 1, 1], vocab_size=2, order=2)
    >>> check_levels([two])
    Traceback (most recent call last):
    ValueError: level 1 has 2 contexts over 2 tokens, expected 1 over 2: levels are those of one \
count_levels, from order 1 up.
    """
    if len(levels) == 0:
        raise ValueError(
            "levels is empty, expected those of count_levels(tokens, vocab_size, order)."
        )
    contexts, vocab_size = 1, levels[0].vocab_size
    for n, level in enumerate(levels, start=1):
        if (level.context_count, level.vocab_size) != (contexts, vocab_size):
            raise ValueError(
                f"level {n} has {level.context_count} contexts over {level.vocab_size} tokens, "
                f"expected {contexts} over {vocab_size}: levels are those of one count_levels, "
                "from order 1 up."
            )
        contexts = len(level.keys)


@typed
def lookup(
    keys: Int[np.ndarray, " ngrams"], wanted: Int[np.ndarray, " time"]
) -> Int[np.ndarray, " time"]:
    """Return the place of each ``wanted`` key among the sorted ``keys``, or -1.

    >>> lookup(np.array([1, 4, 9]), np.array([4, 5, 1]))
    array([ 1, -1,  0])
    """
    places = np.searchsorted(keys, wanted)
    there = places < len(keys)
    there[there] = keys[places[there]] == wanted[there]
    return np.where(there, places, UNSEEN)


def _check_numbering(level_keys: Sequence[np.ndarray], vocab_size: int, tokens: np.ndarray) -> None:
    if len(level_keys) == 0:
        raise ValueError("level_keys is empty, expected the keys of order 1, 2, … of some levels.")
    check_sizes(vocab_size=vocab_size)
    check_tokens(tokens, vocab_size, at_least=0)


@typed
@checked_by(_check_numbering)
def ngram_numbers(
    level_keys: Sequence[Int[np.ndarray, "_"]], vocab_size: int, tokens: Int[np.ndarray, " time"]
) -> list[Int[np.ndarray, "_"]]:
    """Return for n = 0, 1, … the number of the n-gram that ends at each token, -1 if unseen.

    ``level_keys`` are the sorted keys of order 1, 2, …. Element n of the result has T - n + 1
    entries, since the first n - 1 tokens end no n-gram; element 0, the empty n-gram, is all 0.
    Raises ``ValueError`` if there are no keys, or for ids outside the vocabulary.

    >>> keys = [level.keys for level in count_levels([0, 1, 0, 1, 1], 2, order=2)]
    >>> [numbers.tolist() for numbers in ngram_numbers(keys, 2, np.array([0, 0, 1]))]
    [[0, 0, 0, 0], [0, 0, 1], [-1, 0]]
    """
    found = [np.zeros(len(tokens) + 1, dtype=np.int64)]
    for n, keys in enumerate(level_keys[: len(tokens)]):
        contexts = found[-1][:-1]
        numbers = lookup(keys, contexts * vocab_size + tokens[n:])
        found.append(np.where(contexts == UNSEEN, UNSEEN, numbers))
    return found


def _check_continuations(level: CountLevel, longer: CountLevel) -> None:
    if longer.context_count != len(level.keys) or longer.vocab_size != level.vocab_size:
        raise ValueError(
            f"longer has {longer.context_count} contexts over {longer.vocab_size} tokens, expected "
            f"{len(level.keys)} over {level.vocab_size}: the level after it of one count_levels."
        )


@typed
@checked_by(_check_continuations)
def continuation_counts(level: CountLevel, longer: CountLevel) -> Int[np.ndarray, " ngrams"]:
    """Count in how many different contexts each n-gram was seen, instead of how often.

    ``longer`` is the level of the next higher order: each of its n-grams is one token on the
    left of an n-gram of ``level``. (An n-gram seen only where the text starts has none: 0.)

    >>> one, two = count_levels([0, 1, 0, 1, 1], vocab_size=2, order=2)
    >>> continuation_counts(one, two).tolist()  # 0 came after 1; 1 came after 0 and after 1
    [1, 2]
    """
    return np.bincount(longer.suffixes, minlength=len(level.keys))
