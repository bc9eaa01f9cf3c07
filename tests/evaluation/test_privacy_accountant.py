"""The accountant: opacus's epsilons, the binomial sum, the plain Gaussian, what is refused."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import comb

from lmteach.evaluation.privacy_accountant import epsilon, noise_for, renyi_of_step

SETTINGS = [
    (0.01, 1.0, 1000, 1e-5),
    (0.01, 0.6, 1000, 1e-5),
    (0.001, 0.8, 5000, 1e-6),
    (0.1, 2.0, 200, 1e-5),
    (1.0, 10.0, 50, 1e-5),
    (0.02, 4.0, 3000, 1e-5),
    (0.005, 0.5, 100, 1e-5),
    (0.05, 1.2, 500, 1e-7),
    (0.3, 5.0, 1000, 1e-5),
    (0.01, 1.0, 1, 1e-5),
]


@pytest.mark.parametrize(("rate", "noise", "steps", "delta"), SETTINGS)
def test_epsilon_is_that_of_opacus(rate, noise, steps, delta) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from opacus.accountants import RDPAccountant

        theirs = RDPAccountant()
        theirs.history = [(noise, rate, steps)]
        expected = theirs.get_epsilon(delta)
    assert epsilon(rate, noise, steps, delta) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("order", [2, 3, 8, 20])
@pytest.mark.parametrize(("rate", "noise"), [(0.01, 1.0), (0.2, 3.0), (0.5, 0.7)])
def test_at_whole_orders_it_is_the_binomial_sum(rate, noise, order) -> None:
    """Mironov, Talwar and Zhang (2019), §3.3, for a whole order."""
    terms = [
        comb(order, k)
        * (1 - rate) ** (order - k)
        * rate**k
        * math.exp((k * k - k) / (2 * noise**2))
        for k in range(order + 1)
    ]
    expected = math.log(sum(terms)) / (order - 1)
    assert renyi_of_step(rate, noise, float(order)) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_by_hand_when_all_are_drawn() -> None:
    assert renyi_of_step(1.0, 2.0, 8.0) == pytest.approx(8 / (2 * 2.0**2))  # α / (2 σ²)
    at_eight = 10 * 8 / (2 * 4.0**2) + math.log(7 / 8) - math.log(8e-5) / 7
    assert epsilon(1.0, 4.0, 10, 1e-5, orders=[8.0]) == pytest.approx(at_eight)


@settings(deadline=None, max_examples=25)
@given(st.floats(0.001, 1.0), st.floats(0.5, 10.0), st.integers(1, 2000))
def test_more_steps_less_noise_and_more_drawn_give_more_away(rate, noise, steps) -> None:
    orders = [1.5, 3.0, 8.0, 30.0]
    here = epsilon(rate, noise, steps, 1e-5, orders)
    assert here >= 0
    assert epsilon(rate, noise, 2 * steps, 1e-5, orders) >= here
    assert epsilon(rate, 2 * noise, steps, 1e-5, orders) <= here
    assert epsilon(rate / 2, noise, steps, 1e-5, orders) <= here + 1e-9


@pytest.mark.parametrize("wanted", [0.5, 2.0, 20.0])
def test_the_noise_brings_the_epsilon_that_was_wanted(wanted) -> None:
    noise = noise_for(wanted, 0.02, 100, 1e-5)
    assert epsilon(0.02, noise, 100, 1e-5) == pytest.approx(wanted, rel=0.01)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: epsilon(1.5, 1.0, 10, 1e-5), "sample_rate is 1.5, .* above 0 and at most 1"),
        (lambda: epsilon(0.1, 0.0, 10, 1e-5), "noise is 0.0, .*Without noise nothing is private"),
        (lambda: epsilon(0.1, 1.0, 0, 1e-5), "steps is 0"),
        (lambda: epsilon(0.1, 1.0, 10, 0.0), "delta is 0.0, .*above 0 and below 1"),
        (lambda: epsilon(0.1, 1.0, 10, 1.0), "delta is 1.0, .*above 0 and below 1"),
        (lambda: noise_for(0.0, 0.1, 10, 1e-5), "wanted is 0.0, .* It is an epsilon"),
        (lambda: noise_for(-1.0, 0.1, 10, 1e-5), "wanted is -1.0"),
        (lambda: noise_for(1e-9, 0.5, 10, 1e-5), "noise below 10,000 can"),
        (lambda: renyi_of_step(0.1, 1.0, 1.0), "order is 1.0, .*above 1"),
        (lambda: epsilon(0.1, 1.0, 10, float("nan")), "delta"),
        (lambda: epsilon(0.1, 1.0, 10, 1e-5, orders=[]), "orders is empty"),
    ],
)
def test_what_has_no_epsilon_is_refused(call, words) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def test_numbers_of_numpy_will_do() -> None:
    assert epsilon(np.float64(0.1), np.float64(2.0), np.int64(3), 1e-5, [8.0]) > 0
