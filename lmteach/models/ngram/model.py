"""n-gram models: the probability of a token is counted from what followed its context.

Tables of bigrams are taught in notebook 01, any order and its smoothing in notebook 02.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from jaxtyping import Float, Int, Shaped

from lmteach.checks import (
    check_choice,
    check_number,
    check_sizes,
    check_tokens,
    check_whole,
    checked_by,
)
from lmteach.models.ngram.counts import (
    CountLevel,
    Tokens,
    check_levels,
    count_levels,
    ngram_numbers,
)
from lmteach.models.ngram.smoothing import (
    Smoothed,
    add_k_level,
    check_smoothed,
    discounted_level,
    fit_weights,
    interpolated_level,
    maximum_likelihood_level,
    one_discount,
    three_discounts,
    with_continuations,
)
from lmteach.typed import typed

# Each smoothing with its parameters and their values where none are given. A discount of None
# stands for "estimated from the counts of counts of each order".
SMOOTHINGS: dict[str, dict[str, float | None]] = {
    "mle": {},
    "add_k": {"k": 1.0},
    "interpolated": {},
    "absolute_discounting": {"discount": None},
    "kneser_ney": {"discount": None},
    "modified_kneser_ney": {},
}


def check_model(
    order: object, smoothing: str, vocab_size: int | None, parameters: Mapping[str, float | None]
) -> None:
    """Refuse an order, a smoothing or a parameter that no model can have.

    >>> check_model(2, "kneser_ney", None, {"discount": 1.5})
    Traceback (most recent call last):
    ValueError: discount is 1.5, expected a finite number above 0 and below 1.
    """
    check_whole("order", order, mend="1 is for unigrams, 2 for bigrams, and so on.")
    check_choice("smoothing", smoothing, SMOOTHINGS)
    known = SMOOTHINGS[smoothing]
    if unknown := set(parameters) - set(known):
        raise ValueError(
            f"smoothing {smoothing!r} has no parameter {', '.join(sorted(unknown))}; "
            f"expected {', '.join(known) or 'none'}."
        )
    check_number("k", parameters.get("k", 1.0), above=0, mend="For 0, use 'mle'.")
    if parameters.get("discount") is not None:
        check_number("discount", parameters["discount"], above=0, below=1)
    if vocab_size is not None:
        check_sizes(vocab_size=vocab_size)


def _check_smooth(
    levels: Sequence[CountLevel], smoothing: str, parameters: Mapping[str, float | None]
) -> None:
    check_levels(levels)
    check_choice("smoothing", smoothing, SMOOTHINGS)
    if missing := set(SMOOTHINGS[smoothing]) - set(parameters):
        raise ValueError(
            f"parameters is {dict(parameters)!r}, expected a value of {', '.join(sorted(missing))} "
            f"for smoothing {smoothing!r}."
        )
    check_model(len(levels), smoothing, None, parameters)


@typed
@checked_by(_check_smooth)
def smooth(
    levels: Sequence[CountLevel],
    smoothing: str,
    parameters: Mapping[str, float | None],
    weights: np.ndarray | None = None,
) -> list[Smoothed]:
    """Turn the counts of every order into shares and weights.

    ``weights`` are those of ``fit_weights``, for "interpolated" only.

    Raises ``ValueError`` if "interpolated" comes without them, or for another smoothing, levels
    that are not of one count, or parameters that are missing or out of range.

    >>> from lmteach.models.ngram.counts import count_levels
    >>> [one] = smooth(count_levels([0, 1, 1, 1], vocab_size=2, order=1), "add_k", {"k": 1.0})
    >>> one.shares.tolist(), one.weights.tolist()  # the weight goes to 1/2 and 1/2
    ([0.16666666666666666, 0.5], [0.3333333333333333])
    """
    if smoothing == "mle":
        return [maximum_likelihood_level(level) for level in levels]
    if smoothing == "add_k":
        return [add_k_level(level, cast(float, parameters["k"])) for level in levels]
    if smoothing == "interpolated":
        if weights is None:
            raise ValueError("weights is None, expected those of fit_weights, one for each order.")
        pairs = zip(levels, weights, strict=True)
        return [interpolated_level(level, float(weight)) for level, weight in pairs]
    counted = levels if smoothing == "absolute_discounting" else with_continuations(levels)
    if smoothing == "modified_kneser_ney":
        return [discounted_level(level, three_discounts(level.counts)) for level in counted]
    discount = parameters["discount"]
    return [discounted_level(level, one_discount(level.counts, discount)) for level in counted]


def _check_scoring(levels: Sequence[Smoothed], vocab_size: int, tokens: np.ndarray) -> None:
    check_smoothed(levels, vocab_size)
    check_tokens(tokens, vocab_size)


@typed
@checked_by(_check_scoring)
def token_probabilities(
    levels: Sequence[Smoothed], vocab_size: int, tokens: Int[np.ndarray, " time"]
) -> Float[np.ndarray, " time"]:
    """Return the probability of each of ``tokens`` (T,) given those before it.

    Raises ``ValueError`` for levels of another vocabulary or ids that are not in it.

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


def _check_context(levels: Sequence[Smoothed], vocab_size: int, context: np.ndarray) -> None:
    check_smoothed(levels, vocab_size)
    check_tokens(context, vocab_size, at_least=0, name="context")
    if len(context) >= len(levels):
        raise ValueError(
            f"context has {len(context)} tokens, expected fewer than the {len(levels)} levels: a "
            f"model of order {len(levels)} looks at context[-{len(levels) - 1}:]."
        )


@typed
@checked_by(_check_context)
def distribution(
    levels: Sequence[Smoothed], vocab_size: int, context: Int[np.ndarray, " time"]
) -> Float[np.ndarray, " vocab"]:
    """Return the probability of every token after ``context``, all of which counts.

    ``context`` has fewer tokens than there are levels. Raises ``ValueError`` if it has not, or
    for levels of another vocabulary or ids that are not in it.

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


HeldOut = Sequence[int] | Int[np.ndarray, " _"]  # another text, of its own length
MAX_TABLE = 50_000_000  # entries of a vocab × vocab table: 400 MB of counts


def _check_counting(tokens: Tokens, vocab_size: int) -> None:
    check_sizes(vocab_size=vocab_size)
    check_tokens(tokens, vocab_size, at_least=2)
    if vocab_size**2 > MAX_TABLE:
        raise ValueError(
            f"vocab_size is {vocab_size}, so the table would have {vocab_size**2:,} entries; "
            f"expected at most {MAX_TABLE:,}. Use characters, or a larger min_count for words."
        )


@checked_by(_check_counting)
@typed
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
    if counts.size == 0:
        raise ValueError(f"counts has shape {counts.shape}, expected at least one count.")
    if not np.all(np.isfinite(counts)) or np.any(counts < 0):
        raise ValueError(
            f"counts contains {counts.min()}, expected finite numbers of at least 0: "
            "a count can't be negative."
        )
    check_number("k", k, at_least=0)
    if k == 0 and not np.all(counts.sum(axis=-1) > 0):
        row = int(np.argmin(counts.sum(axis=-1)))
        raise ValueError(
            f"row {row} of counts is all zeros: nothing was ever seen after that context, so "
            "maximum likelihood has no estimate. Smooth with add_k, or take a shorter context."
        )


def _check_maximum_likelihood(counts: np.ndarray) -> None:
    _check_add_k(counts, k=0.0)


@typed
@checked_by(_check_maximum_likelihood)
def maximum_likelihood(counts: Shaped[np.ndarray, "..."]) -> Float[np.ndarray, "... vocab"]:
    """Divide every row of counts by its sum: the probabilities that fit the counts best.

    ``counts`` (…, V), at least 0; returns probabilities (…, V) whose rows sum to 1.
    Raises ``ValueError`` for negative counts or a row without any.

    >>> maximum_likelihood(np.array([[0, 2], [1, 1]]))
    array([[0. , 1. ],
           [0.5, 0.5]])
    """
    return counts / counts.sum(axis=-1, keepdims=True)


@typed
@checked_by(_check_add_k)
def add_k(counts: Shaped[np.ndarray, "..."], k: float) -> Float[np.ndarray, "... vocab"]:
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

    ``smoothing`` is "mle", "add_k" (parameter ``k``, 1.0 if not given), "interpolated",
    "absolute_discounting", "kneser_ney" (these two with the parameter ``discount``; if not given,
    estimated for each order from its counts of counts) or "modified_kneser_ney". ``vocab_size``
    is V; without it, the largest id seen in training, plus one.

    A token with fewer than ``order - 1`` tokens before it is given the probability of the next
    lower order: a text has no invisible sign at its start. For models of sentences let one token,
    such as the line break, end each of them; it is then also what stands before the next.

    Raises ``ValueError`` for an order, a smoothing or a parameter that it does not know.

    By hand, with a discount of 1/2 and the tokens 0 1 0 1 1: three different pairs were seen,
    01, 10 and 11, so 0 continues one context and 1 continues two of three. Lowest order:
    P(0) = (1 - 1/2) / 3 + (2 · 1/2) / 3 · 1/2 = 1/3. After 1 came 0 once and 1 once:
    P(0 | 1) = (1 - 1/2) / 2 + (2 · 1/2) / 2 · 1/3 = 1/4 + 1/6 = 5/12.

    >>> model = NGramModel(order=2, smoothing="kneser_ney", discount=0.5).fit([0, 1, 0, 1, 1])
    >>> model.probabilities([1]) * 12
    array([5., 7.])
    """

    @typed
    def __init__(
        self,
        order: int,
        smoothing: str = "kneser_ney",
        vocab_size: int | None = None,
        **parameters: float | None,
    ) -> None:
        check_model(order, smoothing, vocab_size, parameters)
        self.order, self.smoothing, self.vocab_size = order, smoothing, vocab_size
        self.parameters = SMOOTHINGS[smoothing] | parameters
        self.levels: list[Smoothed] = []  # shares and weights of each order, once fitted
        self.weights: np.ndarray | None = None  # of each order, once "interpolated" is fitted

    def fit(self, tokens: Tokens, held_out: HeldOut | None = None) -> "NGramModel":
        """Count ``tokens`` (T,), smooth, and return the model itself.

        ``held_out`` are tokens on which "interpolated" fits its weights. Without them it holds
        out the last tenth of ``tokens``, and counts them in when the weights are known.
        Raises ``ValueError`` for fewer than ``order`` tokens or ids outside the vocabulary.
        """
        ids = check_tokens(tokens, self.vocab_size, at_least=self.order)
        size = self.vocab_size or int(ids.max()) + 1
        if self.smoothing == "interpolated" and held_out is None:
            kept = len(ids) - max(1, len(ids) // 10)
            if kept < self.order:
                raise ValueError(
                    f"tokens has {len(ids)} ids, of which {kept} are left for counting, expected "
                    f"at least {self.order}. Give more, or held_out tokens for the weights."
                )
            self.fit_counts(count_levels(ids[:kept], size, self.order), ids[kept:])
            return self._smooth(count_levels(ids, size, self.order))
        return self.fit_counts(count_levels(ids, size, self.order), held_out)

    @typed
    def fit_counts(
        self, levels: Sequence[CountLevel], held_out: HeldOut | None = None
    ) -> "NGramModel":
        """Smooth what ``count_levels`` counted; return the model itself.

        Of the levels the first ``order`` are used, so that one count serves many models.
        Raises ``ValueError`` for fewer levels, another vocabulary, or held-out tokens that are
        missing for "interpolated" or given for a smoothing that has no use for them.
        """
        if len(levels) < self.order or self.vocab_size not in (None, levels[0].vocab_size):
            raise ValueError(
                f"got {len(levels)} levels, expected at least {self.order} with the vocabulary "
                f"of the model: count_levels(tokens, {self.vocab_size or 'V'}, {self.order})."
            )
        if (self.smoothing == "interpolated") != (held_out is not None):
            raise ValueError(
                f"held_out is {'missing' if held_out is None else 'given'}, but smoothing "
                f"{self.smoothing!r} {'fits' if held_out is None else 'has no'} weights on it."
            )
        if held_out is not None:
            ids = check_tokens(held_out, levels[0].vocab_size)
            self.weights = fit_weights(levels[: self.order], ids)
        return self._smooth(levels[: self.order])

    def probabilities(self, context: Tokens = ()) -> Float[np.ndarray, " vocab"]:
        """Return the probability of every token after ``context``, of which the last n - 1 count.

        Raises ``ValueError`` if the model is not fitted or an id is not in the vocabulary.
        """
        ids = check_tokens(context, self._fitted(), at_least=0)
        return distribution(self.levels, self._fitted(), ids[max(0, len(ids) - self.order + 1) :])

    def log_probabilities(self, ids: Tokens) -> Float[np.ndarray, " time"]:
        """Return log p of each of ``ids`` (T,) given those before it, in nats.

        A token that the model holds impossible has log probability minus infinity.
        Raises ``ValueError`` if the model is not fitted or an id is not in the vocabulary.
        """
        ids = check_tokens(ids, self._fitted())
        with np.errstate(divide="ignore"):
            return np.log(token_probabilities(self.levels, self._fitted(), ids))

    def log_probability(self, tokens: Tokens) -> float:
        """Return the mean log probability of ``tokens`` (T,), in nats per token.

        Its negative is the loss that ``bits_per_character`` and ``perplexity`` take.
        Raises ``ValueError`` if the model is not fitted or an id is not in the vocabulary.

        >>> model = NGramModel(order=1, smoothing="mle").fit([0, 0, 1, 1])
        >>> model.log_probability([0, 1, 1])
        -0.6931471805599453
        """
        return float(self.log_probabilities(tokens).mean())

    @typed
    def sample(
        self, length: int, generator: np.random.Generator, context: Tokens = ()
    ) -> Int[np.ndarray, " time"]:
        """Draw ``length`` tokens (T,), one after the other, each given those before it.

        ``context`` stands before the first token and is not returned. Raises ``ValueError`` if
        the model is not fitted, ``length`` is below 1 or an id is not in the vocabulary.

        >>> model = NGramModel(order=2, smoothing="mle").fit([0, 1, 2, 0])
        >>> model.sample(4, np.random.default_rng(0), context=[2])
        array([0, 1, 2, 0])
        """
        check_sizes(length=length)
        drawn = check_tokens(context, self._fitted(), at_least=0).tolist()
        start = len(drawn)
        for _ in range(length):
            row = self.probabilities(drawn[max(0, len(drawn) - self.order + 1) :])
            drawn.append(int(generator.choice(len(row), p=row)))
        return np.array(drawn[start:], dtype=np.int64)

    @property
    def parameter_count(self) -> int:
        """How many numbers the model holds.

        "mle" and "add_k" of order 1 and 2 are tables of V and V² probabilities; all others hold
        a number for each n-gram seen, of every order, and for each context.
        """
        if self.order <= 2 and self.smoothing in ("mle", "add_k"):
            return self._fitted() ** self.order
        self._fitted()
        return sum(level.shares.size + level.weights.size for level in self.levels)

    def _smooth(self, levels: Sequence[CountLevel]) -> "NGramModel":
        self.vocab_size = levels[0].vocab_size
        self.levels = smooth(levels, self.smoothing, self.parameters, self.weights)
        return self

    def _fitted(self) -> int:
        if not self.levels or self.vocab_size is None:
            raise ValueError("the model is not fitted, expected model.fit(tokens) first.")
        return self.vocab_size
