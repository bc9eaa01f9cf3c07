"""Nats, bits and perplexity: the units in which all models are compared, by one call.

Taught in notebooks 00 and 01.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from torch import Tensor

from lmteach.checks import checked_by
from lmteach.typed import typed


@typed
def bits_per_character(nats_per_token: float, tokens: int, characters: int) -> float:
    """Convert a loss in nats per token to bits per character of the original text.

    ``nats_per_token`` is the mean negative log likelihood; ``tokens`` and ``characters`` say
    how long the same text is in each. For a model of characters the two are equal, and the
    division by ln 2 is all that happens. Bits per character do not depend on how the text was
    cut into tokens, so models with different vocabularies can be compared.

    Raises ``ValueError`` for a negative or undefined loss, or a length below 1.

    >>> bits_per_character(math.log(2), tokens=10, characters=10)
    1.0
    >>> bits_per_character(math.log(2), tokens=10, characters=40)  # 4 characters a token
    0.25
    """
    _check_loss(nats_per_token)
    if not (tokens >= 1 and characters >= 1):
        raise ValueError(
            f"got {tokens} tokens and {characters} characters, expected at least 1 of each: "
            "count them on the text that was scored."
        )
    return nats_per_token * tokens / (characters * math.log(2))


@typed
def perplexity(nats_per_token: float) -> float:
    """Return e to the loss: how many equally likely tokens would be as surprising.

    ``nats_per_token`` is the mean negative log likelihood (Jelinek et al. 1977). An infinite
    loss, a token that was held impossible, gives an infinite perplexity.

    Raises ``ValueError`` for a negative or undefined loss.

    >>> round(perplexity(math.log(27)))  # a fair die with 27 sides
    27
    """
    _check_loss(nats_per_token)
    return math.inf if nats_per_token > 709 else math.exp(nats_per_token)


@runtime_checkable
class LanguageModel(Protocol):
    """What every language model of the collection can do.

    >>> from lmteach.models.ngram.model import NGramModel
    >>> isinstance(NGramModel(order=2), LanguageModel)
    True
    """

    def log_probabilities(
        self, ids: Sequence[int], /
    ) -> Float[np.ndarray, " time"] | Float[Tensor, " time"]:
        """Return log p of each of ``ids`` (T,) given those before it, in nats.

        The first is given nothing, and gets 1 / V from a model that can't begin by itself.
        Counting models return an array, networks a tensor. A model may have options beyond the
        ids, such as ``stride``, by which a window as long as the context is moved on over a text
        that is longer.
        """


@runtime_checkable
class Tokenizer(Protocol):
    """What cuts a text into tokens.

    >>> from lmteach.text.tokenizers.characters import CharTokenizer
    >>> isinstance(CharTokenizer("ab"), Tokenizer)
    True
    """

    def encode(self, text: str, /) -> list[int]:
        """Return the ids of a text."""


@dataclass(frozen=True)
class Evaluation:
    """What a text costs under a model: ``nats`` for all of its ``tokens`` together."""

    bits_per_character: float
    nats: float
    tokens: int
    characters: int

    @property
    def nats_per_token(self) -> float:
        """The mean loss, which depends on how the text was cut.

        >>> Evaluation(bits_per_character=2.0, nats=12.0, tokens=4, characters=9).nats_per_token
        3.0
        """
        return self.nats / self.tokens


def _check_tokenizer(tokenizer: Tokenizer) -> None:
    if isinstance(tokenizer, str):  # a text has an encode, too
        raise ValueError(
            f"tokenizer is the text {tokenizer[:20]!r}, expected a tokenizer, such as "
            "CharTokenizer(text)."
        )


@typed
@checked_by(_check_tokenizer)
def evaluate(model: LanguageModel, tokenizer: Tokenizer, text: str, **options: int) -> Evaluation:
    """Score a text with a language model, and convert to bits per character.

    ``options`` go to the model's ``log_probabilities``, such as ``stride=64`` for a GPT or
    ``streams=64`` for a recurrent network. Raises ``ValueError`` for an empty text, one that the
    tokenizer can't encode, or a model that does not score each token once, with a number.

    >>> from lmteach.models.ngram.model import NGramModel
    >>> from lmteach.text.tokenizers.characters import CharTokenizer
    >>> tokenizer = CharTokenizer("abcd")
    >>> model = NGramModel(1, "mle").fit(tokenizer.encode("abcd"))  # four letters, equally likely
    >>> evaluate(model, tokenizer, "abba").bits_per_character
    2.0
    """
    if not text:
        raise ValueError("text is empty, expected at least one character to score.")
    ids = tokenizer.encode(text)
    log_p = model.log_probabilities(ids, **options).tolist()
    if len(log_p) != len(ids):
        raise ValueError(
            f"{type(model).__name__} gave {len(log_p)} log probabilities for {len(ids)} tokens, "
            "expected one for each, the first included."
        )
    wrong = next((place for place, score in enumerate(log_p) if math.isnan(score)), None)
    if wrong is not None:
        raise ValueError(
            f"{type(model).__name__} gave nan as the log probability of token {wrong}. Did its "
            "training break down? Look for weights that are not finite."
        )
    nats = -math.fsum(log_p)
    bits = bits_per_character(nats / len(ids), tokens=len(ids), characters=len(text))
    return Evaluation(bits, nats, len(ids), len(text))


def _check_guesses(guesses: Sequence[int]) -> None:
    if len(guesses) == 0:
        raise ValueError("guesses is empty, expected the number of guesses of at least one letter.")
    wrong = [guess for guess in guesses if not (guess >= 1 and guess % 1 == 0)]
    if wrong:
        raise ValueError(
            f"guesses contains {wrong[0]}, expected whole numbers from 1 up: "
            "a letter found at once took 1 guess."
        )


@typed
@checked_by(_check_guesses)
def shannon_bounds(guesses: Sequence[int]) -> tuple[float, float]:
    """Bound a reader's bits per character by the number of guesses that each letter took.

    ``guesses`` holds, for each letter, on which guess it was found: 1, 2, 3, … With q_1, q_2, …
    the shares of the guess numbers, the entropy lies between

        lower = sum_i i (q_i - q_{i+1}) log2 i   and   upper = - sum_i q_i log2 q_i

    (Shannon 1951, "Prediction and Entropy of Printed English", eq. 17). The upper bound is the
    entropy of the guess numbers: whoever knows them, and guesses alike, can restore the text.
    An ideal guesser tries the likeliest letter first, so the shares fall from q_1 on; in a short
    game they may not, so they are taken in falling order, which keeps lower <= upper.

    Raises ``ValueError`` if there are no guesses or one is below 1.

    >>> shannon_bounds([1, 1, 1, 1])  # always right at once: nothing left to learn
    (0.0, 0.0)
    >>> shannon_bounds([1, 2, 1, 2])  # between two letters, like a coin
    (1.0, 1.0)
    """
    counts = Counter(guesses).values()
    shares = sorted((count / len(guesses) for count in counts), reverse=True)
    steps = zip(shares, [*shares[1:], 0.0], strict=True)
    lower = sum(i * (q - after) * math.log2(i) for i, (q, after) in enumerate(steps, start=1))
    upper = sum(q * math.log2(1 / q) for q in shares)
    return lower, upper


def _check_loss(nats_per_token: float) -> None:
    """Refuse what can't be a mean negative log likelihood."""
    if math.isnan(nats_per_token) or nats_per_token < 0:
        raise ValueError(
            f"nats_per_token is {nats_per_token}, expected a number of at least 0: the mean of "
            "-log p. A log probability is negative, so turn its sign first."
        )
