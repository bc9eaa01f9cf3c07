"""Probabilities from smoothed n-grams: of every token of a text, or of all tokens after a context.

    P(w | h) = share(h w) + weight(h) P(w | h without its first token)

evaluated from the shortest context to the longest, for all tokens at once. Taught in notebook 02.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from lmteach.models.ngram_counts import ngram_numbers
from lmteach.models.ngram_smoothing import Smoothed


def token_probabilities(
    levels: Sequence[Smoothed], vocab_size: int, tokens: Int[np.ndarray, " time"]
) -> Float[np.ndarray, " time"]:
    """Return the probability of each of ``tokens`` (T,) given those before it.

    >>> level = Smoothed(np.array([0]), np.array([0.5]), np.array([0.5]))  # half to token 0
    >>> token_probabilities([level], 2, np.array([0, 1]))
    array([0.75, 0.25])
    """
    numbers = ngram_numbers([level.keys for level in levels], vocab_size, tokens)
    chances = np.full(len(tokens), 1 / vocab_size)
    for n, level in enumerate(levels[: len(tokens)]):
        contexts, ngrams = numbers[n][:-1], numbers[n + 1]
        lower = 1 / vocab_size if level.to_uniform else chances[n:]
        shares = np.where(ngrams >= 0, level.shares[ngrams], 0.0)
        weights = np.where(contexts >= 0, level.weights[contexts], 1.0)
        chances[n:] = shares + weights * lower
    return chances


def distribution(
    levels: Sequence[Smoothed], vocab_size: int, context: Int[np.ndarray, " time"]
) -> Float[np.ndarray, " vocab"]:
    """Return the probability of every token after ``context``, all of which counts.

    ``context`` has fewer tokens than there are levels.

    >>> level = Smoothed(np.array([0]), np.array([0.5]), np.array([0.5]))
    >>> distribution([level], 2, np.array([], dtype=np.int64))
    array([0.75, 0.25])
    """
    numbers = ngram_numbers([level.keys for level in levels], vocab_size, context)
    row = uniform = np.full(vocab_size, 1 / vocab_size)
    for level, number in zip(levels, (int(found[-1]) for found in numbers), strict=False):
        lower = uniform if level.to_uniform else row
        if number < 0:
            row = lower
            continue
        first, last = np.searchsorted(level.keys, (number * vocab_size, (number + 1) * vocab_size))
        row = level.weights[number] * lower
        row[level.keys[first:last] - number * vocab_size] += level.shares[first:last]
    return row
