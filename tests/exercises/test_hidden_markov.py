"""Exercises of notebook 03: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest

from lmteach.exercises import hidden_markov as check
from lmteach.models.hmm.model import HMM
from tests.exercises.saying import assert_right_and_blank, assert_told


def start_scores(pi, b, x):
    return [pi[j] + b[j, x] for j in range(len(pi))]


def one_step(best, a, b, x):
    states = range(len(best))
    pointers = [max(states, key=lambda i: best[i] + a[i, j]) for j in states]
    return [best[i] + a[i, j] + b[j, x] for j, i in enumerate(pointers)], pointers


def steps_of(best, a):
    """The scores, without the emission, and the pointers of one step."""
    ways = best[:, None] + a
    return ways.max(axis=0), ways.argmax(axis=0)


def trace_back(last, pointers):
    state, path = int(np.argmax(last)), []
    for row in [*pointers][::-1]:
        path.insert(0, state)
        state = int(row[state])
    return [state, *path]


def the_wrong_way_round(last, pointers):
    return trace_back(last, pointers[::-1])


def decode(initial, transition, emission, observations):
    """Every state keeps its whole path, scaled instead of in logarithms."""
    scores, paths = initial * emission[:, observations[0]], [[j] for j in range(len(initial))]
    for x in observations[1:]:
        pointers = (scores[:, None] * transition).argmax(axis=0)
        scores = (scores[:, None] * transition).max(axis=0) * emission[:, x]
        scores = scores / scores.max()
        paths = [[*paths[i], j] for j, i in enumerate(pointers)]
    return paths[int(scores.argmax())]


def without_scaling(initial, transition, emission, observations):
    scores, paths = initial * emission[:, observations[0]], [[j] for j in range(len(initial))]
    for x in observations[1:]:
        pointers = (scores[:, None] * transition).argmax(axis=0)
        scores = (scores[:, None] * transition).max(axis=0) * emission[:, x]
        paths = [[*paths[i], j] for j, i in enumerate(pointers)]
    return paths[int(scores.argmax())]


def likeliest_states(initial, transition, emission, observations):
    return HMM(initial, transition, emission).posterior(observations).argmax(axis=1)


def no_start(initial, transition, emission, observations):
    return decode(np.full(len(initial), 1.0), transition, emission, observations)


def state_now(log_alpha):
    lifted = np.exp(log_alpha - log_alpha.max(axis=1, keepdims=True))
    return lifted / lifted.sum(axis=1, keepdims=True)


def plain_division(log_alpha):
    alpha = np.exp(log_alpha)
    with np.errstate(invalid="ignore"):
        return alpha / alpha.sum(axis=1, keepdims=True)


def from_the_greatest_of_all(log_alpha):
    lifted = np.exp(log_alpha - log_alpha.max())
    return lifted / lifted.sum(axis=1, keepdims=True)


def by_column(log_alpha):
    return np.exp(log_alpha) / np.exp(log_alpha).sum(axis=0)


def by_likelihood(log_alpha):
    return np.exp(log_alpha) / np.exp(log_alpha[-1]).sum()


def logs_divided(log_alpha):
    return log_alpha / log_alpha.sum(axis=1, keepdims=True)


def next_symbol(now, transition, emission):
    states = range(len(now))
    return [
        sum(now[i] * transition[i, j] * row[j] for i in states for j in states)
        for row in emission.T
    ]


RIGHT = {
    "start_scores": start_scores,
    "one_step": one_step,
    "trace_back": trace_back,
    "decode": decode,
    "state_now": state_now,
    "next_symbol": next_symbol,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("start_scores", lambda pi, b, x: pi, "emits a symbol, too"),
        ("start_scores", lambda pi, b, x: b[:, x], "The start is missing"),
        ("start_scores", lambda pi, b, x: pi * b[:, x], "they are added"),
        ("start_scores", lambda pi, b, x: np.exp(pi) * np.exp(b[:, x]), "Stay in logarithms"),
        ("start_scores", lambda pi, b, x: max(start_scores(pi, b, x)), "a score of its own"),
        ("start_scores", lambda pi, b, x: np.full(len(pi), np.nan), "logarithms already"),
        ("one_step", lambda best, a, b, x: steps_of(best, a), "lack the emission"),
        ("one_step", lambda best, a, b, x: one_step(0 * best, a, b, x), "so far are missing"),
        (
            "one_step",
            lambda best, a, b, x: (
                np.log(np.exp(best - best.max()) @ np.exp(a)) + best.max() + b[:, x],
                steps_of(best, a)[1],
            ),
            "which is forward",
        ),
        (
            "one_step",
            lambda best, a, b, x: (
                (best[:, None] + a).max(axis=1) + b[:, x],
                (best[:, None] + a).argmax(axis=1),
            ),
            "along rows",
        ),
        ("one_step", lambda best, a, b, x: one_step(best, a.T, b, x), "Transposed"),
        (
            "one_step",
            lambda best, a, b, x: (one_step(best, a, b, x)[0], a.argmax(axis=0)),
            "forgot the scores",
        ),
        (
            "one_step",
            lambda best, a, b, x: (
                best.max() + a[best.argmax()] + b[:, x],
                [best.argmax()] * len(best),
            ),
            "Not all ways start from the leader",
        ),
        (
            "one_step",
            lambda best, a, b, x: ((best + a).max(axis=0) + b[:, x], (best + a).argmax(axis=0)),
            "best[:, None] + log_transition",
        ),
        (
            "one_step",
            lambda best, a, b, x: steps_of(best + b[:, x], a),
            "by the state that a way leads to",
        ),
        (
            "one_step",
            lambda best, a, b, x: (one_step(best, a, b, x)[0], [best.argmax()] * len(best)),
            "-7.4808], [1, 1, 1]), expected ([-8.3863, -10.6889, -7.4808], [0, 0, 1]). The scores",
        ),
        ("one_step", lambda *given: one_step(*given)[::-1], "in the other order"),
        ("one_step", lambda *given: one_step(*given)[0], "give the pointers, too"),
        ("trace_back", lambda *given: trace_back(*given)[::-1], "turn it round"),
        ("trace_back", the_wrong_way_round, "The walk starts at the end"),
        ("trace_back", lambda *given: the_wrong_way_round(*given)[::-1], "starts at the end"),
        ("trace_back", lambda last, rows: trace_back(-last, rows), "in the worst state"),
        ("trace_back", lambda *given: trace_back(*given)[1:], "The first state is missing"),
        ("trace_back", lambda *given: trace_back(*given)[:-1], "The last state is missing"),
        (
            "trace_back",
            lambda last, rows: np.full(len(rows) + 1, last.argmax()),
            "Follow the pointers",
        ),
        (
            "trace_back",
            lambda last, rows: [*(row[last.argmax()] for row in rows), last.argmax()],
            "for the state that you are in",
        ),
        (
            "decode",
            lambda pi, a, b, seen: decode(pi, a, b, [seen[0], *seen]),
            "The first symbol was counted twice",
        ),
        ("decode", lambda *given: decode(*map(np.exp, given[:3]), given[3]), "take log_of"),
        ("decode", likeliest_states, "likeliest state at each step"),
        ("decode", without_scaling, "the products underflow"),
        ("decode", lambda *given: decode(*given)[::-1], "turn it round"),
        ("decode", no_start, "The start is missing"),
        (
            "state_now",
            lambda a: np.exp(a - np.logaddexp(a[:, :1], a[:, 1:2])),
            "more than two states",
        ),
        ("state_now", from_the_greatest_of_all, "Each row needs its own"),
        ("state_now", lambda log_alpha: np.log(state_now(log_alpha)), "logarithms still"),
        ("state_now", np.exp, "Each row must sum to 1"),
        ("state_now", by_column, "Your columns sum to 1"),
        ("state_now", by_likelihood, "each row has a sum of its own"),
        ("state_now", logs_divided, "e to their power before you divide"),
        ("state_now", plain_division, "0 divided by 0"),
        ("state_now", lambda log_alpha: state_now(log_alpha)[-1], "asked is every step"),
        ("next_symbol", lambda now, a, b: now @ b, "the state moves on first"),
        ("next_symbol", lambda now, a, b: a @ now @ b, "Transposed"),
        ("next_symbol", lambda now, a, b: b[(now @ a).argmax()], "all of them count"),
        ("next_symbol", lambda now, a, b: (now @ a @ b).argmax(), "the probability of each"),
        ("next_symbol", lambda now, a, b: now @ a, "That is the next state"),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
