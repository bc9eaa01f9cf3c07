"""The smoothings by name, with their parameters, and what each does to the counts.

Taught in notebook 02.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from lmteach.models.ngram_counts import CountLevel
from lmteach.models.ngram_smoothing import (
    Smoothed,
    add_k_level,
    discounted_level,
    interpolated_level,
    maximum_likelihood_level,
    one_discount,
    three_discounts,
    with_continuations,
)

# Each smoothing with its parameters and their values where none are given. A discount of NaN
# stands for "estimated from the counts of counts of each order".
SMOOTHINGS: dict[str, dict[str, float]] = {
    "mle": {},
    "add_k": {"k": 1.0},
    "interpolated": {},
    "absolute_discounting": {"discount": np.nan},
    "kneser_ney": {"discount": np.nan},
    "modified_kneser_ney": {},
}


def check_model(
    order: object, smoothing: str, vocab_size: int | None, parameters: Mapping[str, float]
) -> None:
    """Refuse an order, a smoothing or a parameter that no model can have.

    >>> check_model(2, "kneser_ney", None, {"discount": 1.5})
    Traceback (most recent call last):
    ValueError: discount is 1.5, expected a number between 0 and 1, both excluded, such as 0.75.
    """
    if isinstance(order, bool) or not isinstance(order, int | np.integer) or order < 1:
        raise ValueError(
            f"order is {order!r}, expected a whole number of at least 1: 1 for unigrams, "
            "2 for bigrams, and so on."
        )
    if smoothing not in SMOOTHINGS:
        raise ValueError(f"smoothing is {smoothing!r}, expected one of {', '.join(SMOOTHINGS)}.")
    known = SMOOTHINGS[smoothing]
    if unknown := set(parameters) - set(known):
        raise ValueError(
            f"smoothing {smoothing!r} has no parameter {', '.join(sorted(unknown))}; "
            f"expected {', '.join(known) or 'none'}."
        )
    k, discount = parameters.get("k", 1.0), parameters.get("discount", 0.5)
    if not (np.isfinite(k) and k > 0):
        raise ValueError(f"k is {k}, expected a finite number above 0 (for 0, use 'mle').")
    if not 0 < discount < 1:
        raise ValueError(
            f"discount is {discount}, expected a number between 0 and 1, both excluded, such as "
            "0.75."
        )
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size is {vocab_size}, expected at least 1.")


def smooth(
    levels: Sequence[CountLevel],
    smoothing: str,
    parameters: Mapping[str, float],
    weights: np.ndarray | None = None,
) -> list[Smoothed]:
    """Turn the counts of every order into shares and weights.

    ``weights`` are those of ``fit_weights``, for "interpolated" only.

    Raises ``ValueError`` if "interpolated" comes without them.

    >>> from lmteach.models.ngram_counts import count_levels
    >>> [one] = smooth(count_levels([0, 1, 1, 1], vocab_size=2, order=1), "add_k", {"k": 1.0})
    >>> one.shares.tolist(), one.weights.tolist()  # the weight goes to 1/2 and 1/2
    ([0.16666666666666666, 0.5], [0.3333333333333333])
    """
    if smoothing == "mle":
        return [maximum_likelihood_level(level) for level in levels]
    if smoothing == "add_k":
        return [add_k_level(level, parameters["k"]) for level in levels]
    if smoothing == "interpolated":
        if weights is None:
            raise ValueError("weights is None, expected those of fit_weights, one for each order.")
        pairs = zip(levels, weights, strict=True)
        return [interpolated_level(level, float(weight)) for level, weight in pairs]
    counted = levels if smoothing == "absolute_discounting" else with_continuations(levels)
    if smoothing == "modified_kneser_ney":
        return [discounted_level(level, three_discounts(level.counts)) for level in counted]
    given = None if np.isnan(parameters["discount"]) else parameters["discount"]
    return [discounted_level(level, one_discount(level.counts, given)) for level in counted]
