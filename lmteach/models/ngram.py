"""n-gram models: the probability of a token is counted from what followed its context.

Orders 1 and 2, by maximum likelihood or with add-k smoothing. Taught in notebook 01.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int, Shaped

from lmteach.checks import check_tokens, checked_by

Tokens = Sequence[int] | Int[np.ndarray, " time"]
MAX_TABLE = 50_000_000  # entries of a vocab × vocab table: 400 MB of counts


def _check_counting(tokens: Tokens, vocab_size: int) -> None:
    if vocab_size < 1:
        raise ValueError(f"vocab_size is {vocab_size}, expected at least 1.")
    check_tokens(tokens, vocab_size, at_least=2)
    if vocab_size**2 > MAX_TABLE:
        raise ValueError(
            f"vocab_size is {vocab_size}, so the table would have {vocab_size**2:,} entries; "
            f"expected at most {MAX_TABLE:,}. Use characters, or a larger min_count for words."
        )


@checked_by(_check_counting)
def count_bigrams(
    tokens: Int[np.ndarray, " time"] | Sequence[int], vocab_size: int
) -> Int[np.ndarray, "vocab vocab"]:
    """Count how often token b follows token a: entry [a, b] of the table.

    ``tokens`` (T,) are ids below ``vocab_size``; the T - 1 neighbouring pairs are counted.
    Raises ``ValueError`` for fewer than two tokens or an id outside the vocabulary.

    >>> count_bigrams([0, 1, 0, 1, 1], vocab_size=2)
    array([[0, 2],
           [1, 1]])
    """
    counts = np.zeros((vocab_size, vocab_size), dtype=np.int64)
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)  # type: ignore[arg-type]
    return counts


def _check_add_k(counts: np.ndarray, k: float) -> None:
    if counts.ndim < 1 or not np.issubdtype(counts.dtype, np.number):
        raise ValueError(
            f"counts has shape {counts.shape} and type {counts.dtype}, expected a row or a table "
            "of numbers, such as count_bigrams(tokens, vocab_size)."
        )
    if not np.all(np.isfinite(counts)) or np.any(counts < 0):
        raise ValueError(
            f"counts contains {counts.min()}, expected finite numbers of at least 0: "
            "a count can't be negative."
        )
    if not (np.isfinite(k) and k >= 0):
        raise ValueError(f"k is {k}, expected a finite number of at least 0, such as 1.0.")
    if k == 0 and not np.all(counts.sum(axis=-1) > 0):
        row = int(np.argmin(counts.sum(axis=-1)))
        raise ValueError(
            f"row {row} of counts is all zeros: nothing was ever seen after that context, so "
            "maximum likelihood has no estimate. Smooth with add_k, or take a shorter context."
        )


def _check_maximum_likelihood(counts: np.ndarray) -> None:
    _check_add_k(counts, k=0.0)


@checked_by(_check_maximum_likelihood)
def maximum_likelihood(counts: Shaped[np.ndarray, "... vocab"]) -> Float[np.ndarray, "... vocab"]:
    """Divide every row of counts by its sum: the probabilities that fit the counts best.

    ``counts`` (…, V), at least 0; returns probabilities (…, V) whose rows sum to 1.
    Raises ``ValueError`` for negative counts or a row without any.

    >>> maximum_likelihood(np.array([[0, 2], [1, 1]]))
    array([[0. , 1. ],
           [0.5, 0.5]])
    """
    return counts / counts.sum(axis=-1, keepdims=True)


@checked_by(_check_add_k)
def add_k(counts: Shaped[np.ndarray, "... vocab"], k: float) -> Float[np.ndarray, "... vocab"]:
    """Pretend that everything was seen k times more than it was, then divide.

    ``counts`` (…, V), at least 0; returns probabilities (…, V) whose rows sum to 1, none of them
    0 if k > 0. With k = 1 it is Laplace's rule of succession (1814). Raises ``ValueError`` for
    negative counts or k.

    >>> add_k(np.array([[0, 2], [1, 1]]), k=1.0)
    array([[0.25, 0.75],
           [0.5 , 0.5 ]])
    """
    return (counts + k) / (counts + k).sum(axis=-1, keepdims=True)


class NGramModel:
    """A language model that looks at the last ``order - 1`` tokens and nothing else.

    ``smoothing`` is "mle" (maximum likelihood) or "add_k" (with the parameter ``k``, 1.0 if not
    given). ``vocab_size`` is V; without it, the largest id seen in training, plus one. A token
    with fewer than ``order - 1`` tokens before it, or whose context was never seen, is given
    the maximum-likelihood probability of the next lower order (add-k needs no such help).

    Raises ``ValueError`` for an order, a smoothing or a parameter that it does not know.

    >>> model = NGramModel(order=2, smoothing="mle").fit([0, 1, 0, 1, 1])
    >>> model.probabilities([1])
    array([0.5, 0.5])
    """

    def __init__(
        self,
        order: int,
        smoothing: str = "mle",
        vocab_size: int | None = None,
        **parameters: float,
    ) -> None:
        known = {"mle": {}, "add_k": {"k": 1.0}}
        if order not in (1, 2):
            raise ValueError(f"order is {order!r}, expected 1 (unigrams) or 2 (bigrams).")
        if smoothing not in known:
            raise ValueError(f"smoothing is {smoothing!r}, expected one of {', '.join(known)}.")
        if unknown := set(parameters) - set(known[smoothing]):
            raise ValueError(
                f"smoothing {smoothing!r} has no parameter {', '.join(sorted(unknown))}; "
                f"expected {', '.join(known[smoothing]) or 'none'}."
            )
        if not (np.isfinite(parameters.get("k", 1.0)) and parameters.get("k", 1.0) > 0):
            raise ValueError(
                f"k is {parameters['k']}, expected a finite number above 0 (for 0, use 'mle')."
            )
        if vocab_size is not None and vocab_size < 1:
            raise ValueError(f"vocab_size is {vocab_size}, expected at least 1.")
        self.order, self.smoothing, self.vocab_size = order, smoothing, vocab_size
        self.parameters = known[smoothing] | parameters
        self._tables: list[np.ndarray] = []  # [probabilities (V,), for order 2 also (V, V)]

    def fit(self, tokens: Tokens) -> "NGramModel":
        """Count ``tokens`` (T,) and return the model itself.

        Raises ``ValueError`` for fewer than ``order`` tokens or ids outside the vocabulary.
        """
        ids = check_tokens(tokens, self.vocab_size, at_least=self.order)
        self.vocab_size = self.vocab_size or int(ids.max()) + 1
        unigrams = np.bincount(ids, minlength=self.vocab_size)
        self._tables = [self._smooth(unigrams)]
        if self.order == 2:
            bigrams = count_bigrams(ids, self.vocab_size)
            if self.smoothing == "mle":  # a context never seen: the lower order's counts
                bigrams = np.where(bigrams.any(axis=-1, keepdims=True), bigrams, unigrams)
            self._tables.append(self._smooth(bigrams))
        return self

    def probabilities(self, context: Tokens = ()) -> Float[np.ndarray, " vocab"]:
        """Return the probability of every token after ``context``, of which the last n - 1 count.

        Raises ``ValueError`` if the model is not fitted or an id is not in the vocabulary.
        """
        ids = check_tokens(context, self._fitted(), at_least=0)
        if self.order == 1 or len(ids) == 0:
            return self._tables[0].copy()
        return self._tables[1][ids[-1]].copy()

    def log_probabilities(self, tokens: Tokens) -> Float[np.ndarray, " time"]:
        """Return log p of each of ``tokens`` (T,) given those before it, in nats.

        A token that the model holds impossible has log probability minus infinity.
        Raises ``ValueError`` if the model is not fitted or an id is not in the vocabulary.
        """
        ids = check_tokens(tokens, self._fitted())
        if self.order == 1:
            chosen = self._tables[0][ids]
        else:
            chosen = np.append(self._tables[0][ids[:1]], self._tables[1][ids[:-1], ids[1:]])
        with np.errstate(divide="ignore"):
            return np.log(chosen)

    def log_probability(self, tokens: Tokens) -> float:
        """Return the mean log probability of ``tokens`` (T,), in nats per token.

        Its negative is the loss that ``bits_per_character`` and ``perplexity`` take.
        Raises ``ValueError`` if the model is not fitted or an id is not in the vocabulary.
        """
        return float(self.log_probabilities(tokens).mean())

    def sample(
        self, length: int, generator: np.random.Generator, context: Tokens = ()
    ) -> Int[np.ndarray, " time"]:
        """Draw ``length`` tokens (T,), one after the other, each given those before it.

        ``context`` stands before the first token and is not returned. Raises ``ValueError`` if
        the model is not fitted, ``length`` is below 1 or an id is not in the vocabulary.
        """
        if length < 1:
            raise ValueError(f"length is {length}, expected at least 1.")
        drawn = check_tokens(context, self._fitted(), at_least=0)[-1:].tolist()
        start = len(drawn)
        for _ in range(length):
            row = self.probabilities(drawn[-1:])
            drawn.append(int(generator.choice(len(row), p=row)))
        return np.array(drawn[start:], dtype=np.int64)

    @property
    def parameter_count(self) -> int:
        """The number of probabilities that were fitted."""
        self._fitted()
        return self._tables[-1].size

    def _smooth(self, counts: np.ndarray) -> np.ndarray:
        return (
            add_k(counts, self.parameters["k"])
            if self.smoothing == "add_k"
            else (maximum_likelihood(counts))
        )

    def _fitted(self) -> int:
        if not self._tables or self.vocab_size is None:
            raise ValueError("the model is not fitted, expected model.fit(tokens) first.")
        return self.vocab_size
