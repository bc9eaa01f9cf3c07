"""What counts say about a token that is missing, given what stands on both of its sides.

Taught in notebook 15.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from lmteach.checks import check_tokens, checked_by
from lmteach.models.ngram.counts import UNSEEN, lookup, ngram_numbers
from lmteach.models.ngram.model import NGramModel
from lmteach.typed import typed

Side = Sequence[int] | Int[np.ndarray, " _"]  # each of its own length


def _check_sides(model: NGramModel, left: Side, right: Side) -> None:
    if not model.levels:
        raise ValueError("the model is not fitted, expected model.fit(tokens) first.")
    check_tokens(left, model.vocab_size, at_least=0, name="left")
    check_tokens(right, model.vocab_size, at_least=0, name="right")


@typed
@checked_by(_check_sides)
def between(model: NGramModel, left: Side, right: Side) -> Float[np.ndarray, " vocab"]:
    r"""Return the probability (V,) of every token between ``left`` and ``right``, by Bayes.

    A model that reads from the left gives each whole text a probability, and so each token w that
    may stand in the gap,

        P(w | left, right) ∝ P(w | left) · P(right | left, w)

    where only the n-grams that contain w differ from one w to another: the next n - 1 tokens of
    ``right`` count, and the last n - 1 of ``left``.

    Raises ``ValueError`` if the model is not fitted, an id is not in the vocabulary, or the model
    holds every token impossible there.

    >>> model = NGramModel(order=2, smoothing="mle").fit([0, 1, 2, 0, 2, 2, 0])
    >>> model.probabilities([0])  # of what comes after 0
    array([0. , 0.5, 0.5])
    >>> between(model, [0], [0])  # after 1 never comes 0
    array([0., 0., 1.])
    """
    levels, order, size = model.levels, model.order, len(model.probabilities())
    near = np.asarray(left, dtype=np.int64)[max(0, len(left) - order + 1) :]
    found = ngram_numbers([level.keys for level in levels], size, near)
    contexts = [np.full(size, numbers[-1]) for numbers in found]  # by length, 0 first
    chances = np.zeros(size)  # log of the n-grams that hold each token
    for token in (np.arange(size), *right[: order - 1]):
        chance, numbers = np.full(size, 1 / size), [np.zeros(size, dtype=np.int64)]
        for level, context in zip(levels, contexts, strict=False):
            known = lookup(level.keys, context * size + token)
            numbers.append(np.where(context == UNSEEN, UNSEEN, known))
            shares = np.where(numbers[-1] >= 0, level.shares[numbers[-1]], 0.0)
            weights = np.where(context >= 0, level.weights[context], 1.0)
            chance = shares + weights * (1 / size if level.to_uniform else chance)
        contexts = numbers[:order]
        with np.errstate(divide="ignore"):
            chances += np.log(chance)
    if chances.max() == -np.inf:
        raise ValueError(
            "the model holds every token impossible between left and right, expected one that may "
            "stand there: take a smoothing that leaves nothing out, such as 'kneser_ney'."
        )
    likely = np.exp(chances - chances.max())
    return likely / likely.sum()
