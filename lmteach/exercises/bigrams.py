"""The checks of notebook 01: the likeliest next letter, a name's perplexity, trigram counts."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from lmteach.exercises.feedback import exercise, expect

EXERCISES = ("likeliest_next", "name_perplexity", "count_trigrams")

# A small model over the symbols "\n", "a", "b": a row for each letter before.
_TABLE = np.array([[0.0, 0.25, 0.75], [0.5, 0.125, 0.375], [0.2, 0.7, 0.1]])


@exercise
def likeliest_next(answer: Callable[[np.ndarray, int], int]) -> None:
    """Check ``likeliest_next(probabilities, token)``: the id that most probably follows.

    >>> likeliest_next(lambda probabilities, token: probabilities[:, token].argmax())
    ... # doctest: +ELLIPSIS
    likeliest_next: ...That is a column: what comes before. A row says what follows.
    """
    expect(
        answer,
        [(_TABLE, 2), (_TABLE, 1), (_TABLE, 0)],
        lambda probabilities, token: int(probabilities[token].argmax()),
        slips=[
            (
                lambda probabilities, token: probabilities[:, token].argmax(),
                "That is a column: what comes before. A row says what follows.",
            ),
            (
                lambda probabilities, token: probabilities[token].max(),
                "That is the probability; asked is whose it is (argmax).",
            ),
            (lambda probabilities, token: probabilities.argmax(), "Look only at the token's row."),
        ],
    )


@exercise
def name_perplexity(answer: Callable[[np.ndarray, Sequence[int]], float]) -> None:
    """Check ``name_perplexity(probabilities, tokens)``: e to the mean of -log p.

    ``tokens`` begin and end with the end sign, so T tokens have T - 1 steps.
    """

    def steps(probabilities: np.ndarray, tokens: Sequence[int]) -> np.ndarray:
        return np.array([probabilities[a, b] for a, b in pairwise(tokens)])

    def logs(probabilities: np.ndarray, tokens: Sequence[int]) -> np.ndarray:
        return np.log(steps(probabilities, tokens))

    expect(
        answer,
        [(_TABLE, [0, 1, 0]), (_TABLE, [0, 2, 1, 2, 1, 0])],
        lambda probabilities, tokens: math.exp(-logs(probabilities, tokens).mean()),
        slips=[
            (
                lambda table, tokens: math.exp(-logs(table, tokens).sum()),
                "The sum instead of the mean: divide by the number of steps.",
            ),
            (
                lambda table, tokens: math.exp(-logs(table, tokens).sum() / len(tokens)),
                "T tokens have T - 1 steps from one to the next: divide by those.",
            ),
            (
                lambda table, tokens: 2 ** -logs(table, tokens).mean(),
                "Logarithm and power must have the same base: log with e, or log2 with 2.",
            ),
            (
                lambda table, tokens: -logs(table, tokens).mean(),
                "That is the loss in nats; perplexity is e to that.",
            ),
            (
                lambda table, tokens: math.exp(logs(table, tokens).mean()),
                "The sign: the loss is minus the mean of log p.",
            ),
            (
                lambda table, tokens: 1 / steps(table, tokens).mean(),
                "A mean of probabilities: probabilities multiply, so average their logarithms.",
            ),
        ],
    )


@exercise
def count_trigrams(answer: Callable[[Sequence[int], int], ArrayLike]) -> None:
    """Check ``count_trigrams(tokens, vocab_size)``: entry [a, b, c] counts a, b, c in a row."""

    def counted(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        counts = np.zeros((vocab_size,) * 3, dtype=int)
        for a, b, c in zip(tokens, tokens[1:], tokens[2:], strict=False):
            counts[a, b, c] += 1
        return counts

    def once(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        return np.minimum(counted(tokens, vocab_size), 1)

    def reversed_axes(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        return counted(tokens, vocab_size).transpose(2, 1, 0)

    def in_steps_of_three(tokens: Sequence[int], vocab_size: int) -> np.ndarray:
        counts = np.zeros((vocab_size,) * 3, dtype=int)
        for start in range(0, len(tokens) - 2, 3):
            counts[tuple(tokens[start : start + 3])] += 1
        return counts

    expect(
        answer,
        [([0, 1, 1, 0, 1, 1], 2), ([2, 0, 1, 2, 0, 1, 0], 3), ([0, 1, 1, 0], 4)],
        counted,
        slips=[
            (
                once,
                "Each trigram is counted at most once. `counts[a, b, c] += 1` with arrays "
                "forgets repeats: loop, or use np.add.at.",
            ),
            (reversed_axes, "The axes are the wrong way round: the oldest token comes first."),
            (
                lambda tokens, vocab_size: counted(tokens, max(tokens) + 1),
                "A symbol that does not come here has its place all the same: (V, V, V).",
            ),
            (in_steps_of_three, "The window moves on by one token, not by three."),
        ],
    )
