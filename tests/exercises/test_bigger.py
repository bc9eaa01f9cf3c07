"""Exercises of notebook 22: right answers pass, likely wrong ones are told what is wrong."""

import math

import numpy as np
import pytest
import torch

from lmteach.exercises import bigger as check
from tests.exercises.saying import assert_right_and_blank, assert_told


def row(gradients, count):
    return np.array([*(float(x) for g in gradients for x in np.asarray(g).flat), float(count)])


def turned(held, turn, lead, join, step=1):
    """One turn, by what everybody receives: from process k - step, piece k - step + lead - turn."""
    size = len(held)
    after = np.array(held, dtype=float)
    for k in range(size):
        sender = (k - step) % size
        piece = (sender + lead - turn) % size
        after[k][piece] = join(held[k][piece], held[sender][piece])
    return after


def sums(held, turn):
    return turned(held, turn, 0, np.add)


def copies(held, turn):
    return turned(held, turn, 1, lambda own, other: other)


def in_a_ring(vectors):
    size, length = vectors.shape
    parts = np.array_split(np.arange(length + -length % size), size)
    padded = np.concatenate([vectors, np.zeros((size, size))], axis=1)
    held = np.stack([[own[part] for part in parts] for own in padded])
    for one_round in (sums, copies):
        for turn in range(size - 1):
            held = one_round(held, turn)
    return np.stack([own.ravel()[:length] for own in held])


def together(gradients, counts):
    rows = in_a_ring(np.stack([row(own, n) for own, n in zip(gradients, counts, strict=True)]))
    sizes = np.cumsum([one.size for one in gradients[0]])
    pieces = np.split(rows[-1] / rows[-1][-1], sizes)
    return [piece.reshape(one.shape) for piece, one in zip(pieces[:-1], gradients[0], strict=True)]


def chips(n, d, operations, memory, share, days_given):
    seconds = days_given * 24 * 60 * 60
    k = 1
    while 6 * n * d > k * operations * share * seconds or 16 * n > k * memory:
        k += 1
    return k


def size(loss, floor, scale, exponent):
    if loss <= floor:
        return float("inf")
    return np.exp(np.log(scale / (loss - floor)) / exponent)


RIGHT = {
    "packed": row,
    "round_of_sums": sums,
    "round_of_copies": copies,
    "ring_sum": in_a_ring,
    "exchanged": together,
    "chips_needed": chips,
    "size_for_loss": size,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def in_place(held, turn):
    for k in range(len(held)):
        held[(k + 1) % len(held), (k - turn) % len(held)] += held[k, (k - turn) % len(held)]
    return held


def test_who_works_in_place_is_right_and_is_told():
    assert repr(check.round_of_sums(in_place)).startswith("round_of_sums: right, but you changed")


def test_tensors_that_want_gradients_are_taken_as_numbers():
    right = lambda vectors: torch.tensor(in_a_ring(vectors), requires_grad=True)  # noqa: E731
    assert repr(check.ring_sum(right)) == "ring_sum: right"


def test_unequal_processes_have_the_gradient_of_the_whole_batch():
    """The reference, too, against one model that reads all rows at once."""
    draw = np.random.default_rng(0)
    x, y, w, b = draw.normal(size=(9, 4)), draw.normal(size=9), draw.normal(size=4), 0.5
    errors = lambda rows: x[rows] @ w + b - y[rows]  # noqa: E731
    owned = [slice(0, 5), slice(5, 8), slice(8, 9)]
    summed = [[2 * errors(own) @ x[own], np.array(2 * errors(own).sum())] for own in owned]
    everything = slice(None)
    for answer in (together, check._exchanged):
        of_w, of_b = answer(summed, [5, 3, 1])
        np.testing.assert_allclose(of_w, 2 * errors(everything) @ x / 9, rtol=1e-12)
        np.testing.assert_allclose(of_b, 2 * errors(everything).mean(), rtol=1e-12)


def of_one_piece(held, turn):
    after = [[piece for piece in own] for own in held]
    for k in range(len(held)):
        after[k][turn] = held[k][turn] + held[k - 1][turn]
    return np.array(after)


def means(gradients, counts):
    own = [[one / n for one in mine] for mine, n in zip(gradients, counts, strict=True)]
    return together(own, [1] * len(own))


def lap(vectors, turns, rounds=(sums, copies)):
    size, length = vectors.shape
    held = np.zeros((size, size * math.ceil(length / size)))
    held[:, :length] = vectors
    held = held.reshape(size, size, -1)
    for one_round in rounds:
        for turn in range(turns(size)):
            held = one_round(held, turn)
    return held.reshape(size, -1)[:, :length]


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("packed", lambda g, n: row(g, n)[:-1], "The count is missing"),
        ("packed", lambda g, n: np.array([n, *row(g, n)[:-1]]), "at the end"),
        ("packed", lambda g, n: np.array([*row(g, n)[:-1] / n, n]), "the sums travel"),
        ("packed", lambda g, n: row([one.T for one in g], n), "row after row"),
        ("packed", lambda g, n: row([*reversed(g)], n), "in the order of the list"),
        ("packed", lambda g, n: g[0].ravel(), "the first of them alone"),
        ("round_of_sums", lambda held, turn: held, "Nothing has moved"),
        ("round_of_sums", lambda held, turn: held + held[[2, 0, 1][: len(held)]], "sends one"),
        ("round_of_sums", lambda held, turn: sums(held, 0), "another piece"),
        ("round_of_sums", lambda held, turn: sums(held, -turn), "k + turn"),
        ("round_of_sums", lambda h, turn: turned(h, turn, 0, np.add, -1), "Sent backwards"),
        ("round_of_sums", lambda h, turn: turned(h, turn, 0, lambda a, b: b), "here it adds"),
        ("round_of_sums", lambda h, turn: np.stack([sum(h)] * len(h)), "make one turn"),
        ("round_of_sums", lambda h, turn: turned(h, turn, 1, np.add), "k is who sends"),
        ("round_of_sums", of_one_piece, "the same piece"),
        ("round_of_copies", lambda held, turn: held, "Nothing has moved"),
        (
            "round_of_copies",
            lambda h, turn: turned(h, turn, 0, lambda a, b: b, -1),
            "from the one after it",
        ),
        ("round_of_copies", lambda h, turn: turned(h, turn, 1, np.add), "Added"),
        ("round_of_copies", lambda h, turn: turned(h, turn, 0, lambda a, b: b), "the first lap"),
        ("round_of_copies", lambda held, turn: copies(held, -turn), "k + 1 + turn"),
        ("round_of_copies", lambda held, turn: copies(held, 0), "another piece"),
        (
            "round_of_copies",
            lambda h, turn: turned(h, turn, 1, lambda a, b: b, -1),
            "Sent backwards",
        ),
        ("ring_sum", lambda vectors: vectors.sum(axis=0), "a row for each process"),
        ("ring_sum", lambda v: lap(v, lambda k: k - 1, [sums]), "The second lap"),
        ("ring_sum", lambda v: lap(v, lambda k: k - 2), "A turn too few"),
        ("ring_sum", lambda v: lap(v, lambda k: k), "A turn too many"),
        ("ring_sum", lambda v: in_a_ring(v) / len(v), "That is the mean"),
        (
            "ring_sum",
            lambda v: np.pad(in_a_ring(v), ((0, 0), (0, -v.shape[1] % len(v)))),
            "cut them off",
        ),
        ("exchanged", lambda g, n: g[0], "Those are its own"),
        ("exchanged", lambda g, n: [one * sum(n) for one in together(g, n)], "Divide by the rows"),
        (
            "exchanged",
            lambda g, n: [one * sum(n) / len(n) for one in together(g, n)],
            "number of processes",
        ),
        ("exchanged", means, "A mean of means"),
        ("exchanged", lambda g, n: [*together(g, n), np.array(1.0)], "divided by itself"),
        ("exchanged", lambda g, n: [*together(g, n), np.array(sum(n))], "it is the count."),
        ("exchanged", lambda g, n: [one * len(n) for one in together(g, n)], "mean of the counts"),
        (
            "exchanged",
            lambda g, n: [one * sum(n) / n[0] for one in together(g, n)],
            "its own rows",
        ),
        ("exchanged", lambda g, n: row(together(g, n), 0)[:-1], "cut the row up"),
        ("exchanged", lambda g, n: [one.ravel() for one in together(g, n)], "shape that it had"),
        ("exchanged", lambda g, n: [together(g, n) for _ in n], "the list of one"),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, d, o, 1e15, s, t), "room, too"),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, 0, o, m, s, t), "done in time"),
        ("chips_needed", lambda n, d, o, m, s, t: 6 * n * d / o / s / t / 86400, "round up"),
        ("chips_needed", lambda *given: chips(*given) + (given[0] == 10e9), "one too many"),
        (
            "chips_needed",
            lambda n, d, o, m, s, t: math.ceil(max(6 * n * d / (o * s * t), 16 * n / m)),
            "a day has 86,400",
        ),
        ("chips_needed", lambda *given: max(1, chips(*given) - 1), "Rounded down"),
        (
            "chips_needed",
            lambda n, d, o, m, s, t: chips(n, d, o, 1e15, s, t) + chips(n, 0, o, m, s, t),
            "the larger number",
        ),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, d, o, m, 1, t), "where is the share"),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, d, o / s**2, m, s, t), "divide by it"),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, d, o, m, s, t / 24), "a day has 24"),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, d / 3, o, m, s, t), "the way back"),
        ("chips_needed", lambda n, d, o, m, s, t: chips(n, d, o, 8 * m, s, t), "16 (equation"),
        ("size_for_loss", lambda loss, e, a, k: (a / loss) ** (1 / k), "Take the floor off"),
        ("size_for_loss", lambda loss, e, a, k: (a / (loss - e)) ** k, "To undo a power"),
        ("size_for_loss", lambda loss, e, a, k: ((loss - e) / a) ** (1 / k), "Upside down"),
        ("size_for_loss", lambda loss, e, a, k: a / (loss - e), "The exponent is missing"),
        ("size_for_loss", lambda loss, e, a, k: e + a / loss**k, "the law itself"),
        (
            "size_for_loss",
            lambda loss, e, a, k: (a / abs(loss - e)) ** (1 / k) if loss != e else 0.0,
            "no size will do",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
