"""Exercises of notebook 04: right answers pass, likely wrong ones are told what is wrong."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.special import logsumexp, softmax

from lmteach.exercises import baum_welch as check
from lmteach.models.hmm.model import HMM
from tests.exercises.saying import assert_right_and_blank, assert_told


def posterior(alpha, beta):
    return softmax(alpha + beta, axis=1)


def expected_starts(alpha, beta):
    return posterior(alpha, beta)[0]


def moves_by_step(alpha, beta, a, b, x):
    """The share of each move (T - 1, N, N): every step's table is scaled to sum to 1."""
    ways = alpha[:-1, :, None] + a + (b.T[x] + beta)[1:, None, :]
    return np.exp(ways - logsumexp(ways, axis=(1, 2), keepdims=True))


def expected_moves(*given):
    return moves_by_step(*given).sum(axis=0)


def likelihood(alpha):
    return np.exp(logsumexp(alpha[-1]))


def plain_moves(alpha, beta, a, b, x):
    before, after = np.exp(alpha[:-1]), np.exp(beta + b.T[x])[1:]
    with np.errstate(invalid="ignore"):
        return np.exp(a) * (before.T @ after) / np.exp(alpha[-1]).sum()


def with_alpha_only(alpha, beta, a, b, x):
    whole = logsumexp(alpha[-1])
    onward = alpha[:-1, :, None] + a + b.T[x][1:, None, :]
    return np.exp(onward - whole).sum(axis=0)


def without_emissions(alpha, beta, a, b, x):
    onward = alpha[:-1, :, None] + a + beta[1:, None, :]
    return np.exp(onward - logsumexp(alpha[-1])).sum(axis=0)


def shifted(alpha, beta, a, b, x):
    onward = alpha[:-1, :, None] + a + (beta + b.T[x])[:-1, None, :]
    return np.exp(onward - logsumexp(alpha[-1])).sum(axis=0)


def without_transitions(alpha, beta, a, b, x):
    onward = alpha[:-1, :, None] + (beta + b.T[x])[1:, None, :]
    return np.exp(onward - logsumexp(alpha[-1])).sum(axis=0) * np.ones_like(a)


def by_loop(alpha, beta, a, b, x, symbol=1, later=1, turned=False):
    """A loop over the steps, which may take the symbol or beta of the wrong one."""
    counts = np.zeros_like(a)
    for t in range(len(x) - 1):
        onward = b[:, x[t + symbol]] + beta[t + later]
        ways = alpha[t] + a + onward[:, None] if turned else alpha[t][:, None] + a + onward
        counts += np.exp(ways - logsumexp(alpha[-1]))
    return counts


def strangers(alpha, beta, a, b, x):
    gamma = posterior(alpha, beta)
    return sum(np.outer(one, other) for one, other in pairwise(gamma))


def expected_emissions(alpha, beta, x, symbols):
    gamma = posterior(alpha, beta)
    return gamma.T @ np.eye(symbols)[x]


def once_each(alpha, beta, x, symbols):
    counts = np.zeros((alpha.shape[1], symbols))
    counts[:, x] += posterior(alpha, beta).T
    return counts


def new_rows(counts, before):
    return [
        np.divide(row, row.sum()) if np.any(row) else old
        for row, old in zip(counts, before, strict=True)
    ]


def divided(table):
    return table / table.sum(axis=-1, keepdims=True)


def plainly_divided(counts, before):
    with np.errstate(invalid="ignore"):
        return divided(counts)


def one_round(initial, transition, emission, x):
    learned, _ = HMM(initial, transition, emission).baum_welch([x], iterations=1, tolerance=0.0)
    return learned.initial, learned.transition, learned.emission


def counts_of(initial, transition, emission, x):
    model = HMM(initial, transition, emission)
    alpha, beta = model.forward(x), model.backward(x)
    a, b = np.log(transition), np.log(emission)
    return (
        expected_starts(alpha, beta),
        expected_moves(alpha, beta, a, b, x),
        expected_emissions(alpha, beta, x, emission.shape[1]),
    )


def without_logarithms(initial, transition, emission, x):
    model = HMM(initial, transition, emission)
    moves = by_loop(model.forward(x), model.backward(x), transition, emission, x)
    first, _, emitted = one_round(initial, transition, emission, x)
    return first, divided(moves), emitted


def on_the_best_path(initial, transition, emission, x):
    path, _ = HMM(initial, transition, emission).viterbi(x)
    moves, emitted = np.zeros_like(transition), np.zeros_like(emission)
    np.add.at(moves, (path[:-1], path[1:]), 1)
    np.add.at(emitted, (path, x), 1)
    first = np.eye(len(initial))[path[0]]
    return first, np.array(new_rows(moves, transition)), np.array(new_rows(emitted, emission))


def keeping(*places):
    """A round that leaves some of the three tables as they were."""

    def answer(initial, transition, emission, x):
        old, new = (initial, transition, emission), one_round(initial, transition, emission, x)
        return tuple(old[place] if place in places else new[place] for place in range(3))

    return answer


def of_probabilities(alpha, beta):
    both = np.exp(alpha + beta)
    return (both / both.sum(axis=1, keepdims=True)).sum(axis=0)


RIGHT = {
    "expected_starts": expected_starts,
    "expected_moves": expected_moves,
    "expected_emissions": expected_emissions,
    "new_rows": new_rows,
    "one_round": one_round,
    "expected_visits": lambda alpha, beta: posterior(alpha, beta).sum(axis=0),
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def plain_start(alpha, beta):
    return np.exp(alpha[0]) * np.exp(beta[0]) / np.exp(alpha[-1]).sum()


def plain_emissions(alpha, beta, x, symbols):
    both = np.exp(alpha) * np.exp(beta) / np.exp(alpha[-1]).sum()
    return both.T @ np.eye(symbols)[x]


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("expected_starts", plain_start, "too small to be written"),
        ("expected_starts", lambda a, b: np.exp(a[0] + b[0]), "in logarithms, subtract it"),
        ("expected_starts", lambda a, b: softmax(a[0]), "Only alpha"),
        ("expected_starts", lambda a, b: softmax(b[0]), "Only beta"),
        ("expected_starts", lambda a, b: posterior(a, b)[-1], "That is the last step"),
        ("expected_starts", posterior, "That is every step"),
        ("expected_starts", lambda a, b: np.exp((a + b)[0] - sum(a[-1])), "sum of probabilities"),
        ("expected_starts", lambda a, b: np.log(posterior(a, b)[0]), "logarithms still"),
        ("expected_moves", plain_moves, "too small to be written"),
        (
            "expected_moves",
            lambda *given: expected_moves(*given) * likelihood(given[0]),
            "in logarithms, subtract it",
        ),
        ("expected_moves", without_emissions, "The emission is missing"),
        ("expected_moves", shifted, "from step t to step t + 1"),
        ("expected_moves", lambda *given: by_loop(*given, symbol=0), "x[t] is in alpha[t] already"),
        ("expected_moves", lambda *given: by_loop(*given, later=0), "beta[t] tells of the move"),
        ("expected_moves", lambda *given: by_loop(*given, turned=True), "alpha[t][:, None]"),
        ("expected_moves", with_alpha_only, "Only alpha"),
        ("expected_moves", without_transitions, "The transition is missing"),
        ("expected_moves", strangers, "as if they knew nothing of each other"),
        ("expected_moves", lambda *given: expected_moves(*given).T, "Transposed"),
        ("expected_moves", lambda *given: divided(expected_moves(*given)), "sum to T - 1"),
        ("expected_moves", lambda *given: moves_by_step(*given)[-1], "the last move alone"),
        ("expected_moves", lambda alpha, beta, a, b, x: np.exp(a), "the table that the model had"),
        ("expected_emissions", plain_emissions, "too small to be written"),
        ("expected_emissions", once_each, "was counted once"),
        (
            "expected_emissions",
            lambda a, b, x, n: np.eye(a.shape[1])[posterior(a, b).argmax(axis=1)].T @ np.eye(n)[x],
            "keep the doubt",
        ),
        (
            "expected_emissions",
            lambda a, b, x, n: expected_emissions(a, b, x, x.max() + 1),
            "those that never came included",
        ),
        ("expected_emissions", lambda *given: expected_emissions(*given).T, "Transposed"),
        (
            "expected_emissions",
            lambda a, b, x, n: expected_emissions(a, 0 * b, x, n),
            "Only alpha",
        ),
        ("expected_emissions", lambda *given: divided(expected_emissions(*given)), "sum to T."),
        (
            "expected_emissions",
            lambda *given: expected_emissions(*given) * likelihood(given[0]),
            "in logarithms, subtract it",
        ),
        ("new_rows", lambda counts, before: counts / counts.sum(), "a sum of its own"),
        ("new_rows", lambda counts, before: counts / counts.sum(axis=0), "down the columns"),
        ("new_rows", plainly_divided, "0 divided by 0"),
        (
            "new_rows",
            lambda counts, before: new_rows(counts, 0 * before),
            "A row of zeros is no distribution",
        ),
        (
            "new_rows",
            lambda counts, before: new_rows(counts, 0 * before + 1 / before.shape[1]),
            "which need not be even",
        ),
        ("new_rows", lambda counts, before: before, "Those are the old rows"),
        ("one_round", counts_of, "Those are the counts"),
        ("one_round", without_logarithms, "it takes log_of(transition)"),
        ("one_round", on_the_best_path, "on the best path alone"),
        ("one_round", keeping(0), "The start is the old one"),
        ("one_round", keeping(1), "The transitions are the old ones"),
        ("one_round", keeping(2), "The emissions are the old ones"),
        ("one_round", keeping(1, 2), "Only the start is new"),
        ("one_round", lambda *given: one_round(*one_round(*given), given[3]), "two rounds"),
        ("expected_visits", of_probabilities, "too small to be written"),
        ("expected_visits", posterior, "sum over all steps"),
        ("expected_visits", lambda a, b: posterior(a, b).sum(axis=1), "Summed over the states"),
        ("expected_visits", lambda a, b: np.exp(a + b).sum(axis=0), "must sum to T"),
        ("expected_visits", lambda a, b: softmax(a, axis=1).sum(axis=0), "Only alpha"),
        ("expected_visits", lambda a, b: posterior(a, b).mean(axis=0), "not mean"),
        ("expected_visits", lambda a, b: (a + b).sum(axis=0), "are logarithms"),
        ("expected_visits", lambda a, b: posterior(a, b).round().sum(axis=0), "keep the doubt"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
