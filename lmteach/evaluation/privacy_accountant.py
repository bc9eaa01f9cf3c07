"""What a private training gives away: epsilon and delta of DP-SGD, by Rényi's divergence.

A step shows the sum of clipped gradients with noise. With one example more or less, what can be
seen follows another distribution; how far the two are apart is counted here, step after step.
Sources: I. Mironov, K. Talwar and L. Zhang, "Rényi Differential Privacy of the Sampled Gaussian
Mechanism" (2019), for a step; I. Mironov, "Rényi Differential Privacy" (2017), for their sum; B.
Balle et al., "Hypothesis Testing Interpretations and Rényi Differential Privacy" (2020), theorem
21, for epsilon. Taught in notebook 21.
"""

import math
from collections.abc import Sequence

import numpy as np
from scipy.optimize import brentq
from scipy.special import logsumexp

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.typed import typed

ORDERS = (
    *(1 + tenth / 10 for tenth in range(1, 100)),
    *map(float, range(11, 64)),
    80.0,
    128.0,
    256.0,
    512.0,
)
LARGEST_NOISE = 1e4


def _check_rate(sample_rate: float, noise: float) -> None:
    check_number("sample_rate", sample_rate, above=0, at_most=1)
    check_number("noise", noise, above=0, mend="Without noise nothing is private.")


def _check_order(order: float) -> None:
    check_number("order", order, above=1)


def _check_run(steps: int, delta: float) -> None:
    check_sizes(steps=steps)
    check_number("delta", delta, above=0, below=1)


@typed
@checked_by(_check_rate)
@checked_by(_check_order)
def renyi_of_step(sample_rate: float, noise: float, order: float) -> float:
    """Return Rényi's divergence of an order, in nats, between a step with and without an example.

    What is seen along the example's direction, in units of the clip: without it N(0, σ²), with it,
    for it is drawn with probability q, the mixture (1 - q) N(0, σ²) + q N(1, σ²). The divergence is
    1 / (α - 1) · log ∫ mixture^α N(0, σ²)^(1 - α); Mironov et al. (2019), theorem 4 and §3.3. The
    integral is a sum over a fine grid, in logs; it is smooth, so that the sum is exact to many
    digits.

    Raises ``ValueError`` for a rate that is not above 0 and at most 1, no noise, or an order that
    is not above 1.

    >>> round(renyi_of_step(1.0, 2.0, order=8.0), 6)  # all are drawn: α / (2 σ²)
    1.0
    """
    z = np.arange(-12 * noise, order + 12 * noise, noise / 40)
    without = -(z**2) / (2 * noise**2)
    moved = without + (2 * z - 1) / (2 * noise**2)  # the same around 1
    if sample_rate == 1:
        mixture = moved
    else:
        mixture = np.logaddexp(math.log1p(-sample_rate) + without, math.log(sample_rate) + moved)
    steps = math.log(noise / 40) - math.log(noise * math.sqrt(2 * math.pi))
    total = logsumexp(order * mixture + (1 - order) * without) + steps
    return max(0.0, float(total) / (order - 1))


def _check_orders(orders: Sequence[float]) -> None:
    if not orders:
        raise ValueError("orders is empty, expected at least one above 1.")
    for order in orders:
        _check_order(order)


@typed
@checked_by(_check_rate)
@checked_by(_check_run)
@checked_by(_check_orders)
def epsilon(
    sample_rate: float,
    noise: float,
    steps: int,
    delta: float,
    orders: Sequence[float] = ORDERS,
) -> float:
    """Return epsilon of a whole run at a ``delta``: the least over some orders.

    Divergences of the same order add up over the steps. From them,
    ε = R + log((α - 1) / α) - (log δ + log α) / (α - 1); Balle et al. (2020), theorem 21.

    Raises ``ValueError`` for a rate that is not above 0 and at most 1, no noise, no step, or a
    delta that is not between 0 and 1.

    >>> round(epsilon(sample_rate=0.01, noise=1.0, steps=1000, delta=1e-5), 2)
    2.1
    """
    best = math.inf
    for order in orders:
        spent = steps * renyi_of_step(sample_rate, noise, order)
        least = spent + math.log1p(-1 / order) - math.log(delta * order) / (order - 1)
        best = min(best, least)
    return max(0.0, best)


def _check_wanted(wanted: float) -> None:
    check_number("wanted", wanted, above=0, mend="It is an epsilon.")


@typed
@checked_by(_check_wanted)
@checked_by(_check_run)
def noise_for(wanted: float, sample_rate: float, steps: int, delta: float) -> float:
    """Return the least noise with which a run has an epsilon of ``wanted``.

    Raises ``ValueError`` for an epsilon that is not above 0, or so small that no noise below 10,000
    brings it; and as ``epsilon`` does.

    >>> round(noise_for(2.0, sample_rate=0.01, steps=1000, delta=1e-5), 2)
    1.02
    """

    def too_much(noise: float) -> float:
        return epsilon(sample_rate, noise, steps, delta) - wanted

    if too_much(LARGEST_NOISE) > 0:
        raise ValueError(
            f"wanted is {wanted:g}, expected an epsilon that noise below {LARGEST_NOISE:,.0f} can "
            "bring: ask for more, or make fewer steps."
        )
    low = 1.0
    while too_much(low) <= 0:
        low /= 2
    high = 2 * low
    while too_much(high) > 0:
        high *= 2
    return float(brentq(too_much, low, high, xtol=1e-4))
