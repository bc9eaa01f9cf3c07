"""A model that is a list of log probabilities and back-off weights, as an ARPA file holds it.

    P(w | h) = 10^(log of h w)                                  if h w is listed
    P(w | h) = 10^(weight of h) P(w | h without its first token)  if not

What is neither listed nor has a listed context costs nothing on the way down. Taught in
notebook 02.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_sizes, check_tokens, checked_by
from lmteach.models.ngram.counts import Tokens, lookup, ngram_numbers
from lmteach.models.ngram.smoothing import Smoothed, check_smoothed
from lmteach.typed import typed

NEVER = -99.0  # how the format writes the logarithm of 0


@dataclass(frozen=True)
class BackoffLevel:
    """The n-grams of one order by sorted keys (see ``ngram_counts``), in base 10."""

    keys: Int[np.ndarray, " ngrams"]
    logs: Float[np.ndarray, " ngrams"]
    weights: Float[np.ndarray, " ngrams"]


def _check_level(
    shorter: Sequence[BackoffLevel],
    vocab_size: int,
    grams: np.ndarray,
    logs: np.ndarray,
    weights: np.ndarray,
) -> None:
    check_sizes(vocab_size=vocab_size)
    if grams.shape[1] != len(shorter) + 1:
        raise ValueError(
            f"grams has shape {grams.shape}, expected rows of {len(shorter) + 1} ids, one more "
            f"than there are shorter levels ({len(shorter)})."
        )
    check_tokens(grams.ravel(), vocab_size, at_least=0, name="grams")
    for name, values in (("logs", logs), ("weights", weights)):
        if not np.all(values < np.inf):
            raise ValueError(
                f"{name} contains {values[~(values < np.inf)][0]}, expected logarithms to base 10."
            )


@typed
@checked_by(_check_level)
def backoff_level(
    shorter: Sequence[BackoffLevel],
    vocab_size: int,
    grams: Int[np.ndarray, "ngrams order"],
    logs: Float[np.ndarray, " ngrams"] | Int[np.ndarray, " ngrams"],
    weights: Float[np.ndarray, " ngrams"] | Int[np.ndarray, " ngrams"],
) -> BackoffLevel:
    """Sort the n-grams of an order, given as rows of ids, by their keys.

    Raises ``ValueError`` if the context of one is not listed among the ``shorter`` ones, it
    stands there twice, an id is not in the vocabulary, or a logarithm is NaN or infinity.

    >>> one = backoff_level([], 2, np.array([[1], [0]]), np.array([-0.5, -0.1]), np.zeros(2))
    >>> one.keys.tolist(), one.logs.tolist()
    ([0, 1], [-0.1, -0.5])
    """
    contexts = np.zeros(len(grams), dtype=np.int64)
    for level, tokens in zip(shorter, grams.T, strict=False):
        contexts = lookup(level.keys, contexts * vocab_size + tokens)
        if (contexts < 0).any():
            bad = grams[int(np.argmin(contexts))].tolist()
            raise ValueError(
                f"the n-gram of the ids {bad} is listed, its context {bad[:-1]} is not: "
                "expected every context among the shorter n-grams."
            )
    keys = contexts * vocab_size + grams[:, -1]
    order = np.argsort(keys)
    if (twice := np.flatnonzero(np.diff(keys[order]) == 0)).size:
        bad = grams[order[twice[0]]].tolist()
        raise ValueError(f"the n-gram of the ids {bad} is listed twice, expected once.")
    return BackoffLevel(keys[order], logs[order], weights[order])


def _check_listing(levels: Sequence[Smoothed], size: int) -> None:
    check_smoothed(levels, size)


@typed
@checked_by(_check_listing)
def listed_ngrams(
    levels: Sequence[Smoothed], size: int
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Give for every order its n-grams as rows of ids, P of each, and its weight as a context.

    Raises ``ValueError`` for levels that are not of one model over ``size`` tokens.

    >>> half = Smoothed(np.array([0]), np.array([0.5]), np.array([0.5]))
    >>> list(listed_ngrams([half], 2))  # token 0: 1/2 + 1/2 · 1/2
    [(array([[0]]), array([0.75]), array([1.]))]
    """
    grams, chances = np.zeros((1, 0), dtype=np.int64), np.array([1 / size])
    suffixes = np.zeros(1, dtype=np.int64)
    for n, level in enumerate(levels):
        contexts, tokens = np.divmod(level.keys, size)
        below = np.zeros_like(tokens)  # the empty n-gram
        if n > 0:
            below = lookup(levels[n - 1].keys, suffixes[contexts] * size + tokens)
        grams = np.column_stack([grams[contexts], tokens])
        chances = level.shares + level.weights[contexts] * chances[below]
        top = n + 1 == len(levels)
        yield grams, chances, np.ones(len(tokens)) if top else levels[n + 1].weights
        suffixes = below


def _check_model(symbols: Sequence[str], levels: Sequence[BackoffLevel]) -> None:
    if len(set(symbols)) < len(symbols):
        raise ValueError("symbols contains the same text twice, expected each one once.")
    if len(levels) == 0 or len(symbols) != len(levels[0].keys):
        raise ValueError(
            f"there are {len(symbols)} symbols and {len(levels)} levels, expected one level or "
            "more, and a symbol for each n-gram of the first."
        )


class BackoffModel:
    """What ``read_arpa`` returns: scores like the model that the file was written from.

    ``symbols`` are the texts of the ids; ``levels`` the listed n-grams of order 1, 2, ….
    Raises ``ValueError`` for symbols that are alike, or not as many as the first level lists.

    >>> one = backoff_level([], 2, np.array([[0], [1]]), np.log10([0.25, 0.75]), np.zeros(2))
    >>> BackoffModel(["a", "b"], [one]).probabilities()
    array([0.25, 0.75])
    """

    @typed
    @checked_by(_check_model)
    def __init__(self, symbols: Sequence[str], levels: Sequence[BackoffLevel]) -> None:
        self.symbols, self.levels = list(symbols), list(levels)
        self.vocab_size, self.order = len(self.symbols), len(self.levels)

    @typed
    def encode(self, symbols: Sequence[str]) -> list[int]:
        """Return the ids of ``symbols``; of one that is not listed, that of <unk> (or <UNK>).

        Raises ``ValueError`` if such a symbol comes and the file has no <unk>.

        >>> one = backoff_level([], 2, np.array([[0], [1]]), np.log10([0.25, 0.75]), np.zeros(2))
        >>> BackoffModel(["a", "b"], [one]).encode("bab")
        [1, 0, 1]
        """
        ids = {symbol: number for number, symbol in enumerate(self.symbols)}
        unknown = ids.get("<unk>", ids.get("<UNK>"))
        found = [ids.get(symbol, unknown) for symbol in symbols]
        if None in found:
            symbol = symbols[found.index(None)]
            raise ValueError(f"{symbol!r} is not among the symbols, and neither is <unk>.")
        return [number for number in found if number is not None]

    @typed
    def log_probabilities(self, ids: Tokens) -> Float[np.ndarray, " time"]:
        """Return log p of each of ``ids`` (T,) given those before it, in nats.

        Raises ``ValueError`` for ids that are no whole numbers or not in the list.

        >>> one = backoff_level([], 2, np.array([[0], [1]]), np.log10([0.25, 0.75]), np.zeros(2))
        >>> np.exp(BackoffModel(["a", "b"], [one]).log_probabilities([1, 0])).round(3)
        array([0.75, 0.25])
        """
        ids = check_tokens(ids, self.vocab_size)
        numbers = ngram_numbers([level.keys for level in self.levels], self.vocab_size, ids)
        logs = np.full(len(ids), NEVER)
        for n, level in enumerate(self.levels[: len(ids)]):
            ngrams, contexts = numbers[n + 1], numbers[n][:-1]
            if n > 0:  # the weight of the context, before what is listed replaces it all
                known = contexts >= 0
                logs[n:][known] += self.levels[n - 1].weights[contexts[known]]
            listed = ngrams >= 0
            logs[n:][listed] = level.logs[ngrams[listed]]
        return np.where(logs > NEVER, logs, -np.inf) * math.log(10)

    @typed
    def log_probability(self, tokens: Tokens) -> float:
        """Return the mean log probability of ``tokens`` (T,), in nats per token.

        >>> half = backoff_level([], 2, np.array([[0], [1]]), np.log10([0.5, 0.5]), np.zeros(2))
        >>> round(BackoffModel(["a", "b"], [half]).log_probability([1, 0, 0]), 3)  # log 1/2
        -0.693
        """
        return float(self.log_probabilities(tokens).mean())

    @typed
    def probabilities(self, context: Tokens = ()) -> Float[np.ndarray, " vocab"]:
        """Return the probability of every symbol after ``context``.

        Raises ``ValueError`` for ids that are no whole numbers or not in the list.
        """
        ids = check_tokens(context, self.vocab_size, at_least=0)
        kept = ids[max(0, len(ids) - self.order + 1) :]
        numbers = ngram_numbers([level.keys for level in self.levels], self.vocab_size, kept)
        row = np.full(self.vocab_size, NEVER)
        for n, level in enumerate(self.levels[: len(kept) + 1]):
            number = int(numbers[n][-1])
            if number >= 0:
                row += self.levels[n - 1].weights[number] if n > 0 else 0.0
                keys = (number * self.vocab_size, (number + 1) * self.vocab_size)
                first, last = np.searchsorted(level.keys, keys)
                row[level.keys[first:last] - keys[0]] = level.logs[first:last]
        return np.where(row > NEVER, 10**row, 0.0)
