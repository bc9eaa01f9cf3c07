"""Exercises of notebook 08: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
from scipy.special import softmax

from lmteach.evaluation.error_rates import word_error_rate
from lmteach.exercises import sequence_to_sequence as check
from lmteach.models.seq2seq.additive_attention import AdditiveAttention
from tests.exercises.saying import assert_right_and_blank, assert_told


def attend(scores, mask):
    return np.array(
        [
            np.exp(row - row[own].max()) * own / np.exp(row[own] - row[own].max()).sum()
            for row, own in zip(scores, mask, strict=True)
        ]
    )


def score_keys(query, keys, W, U, v):
    asked = np.dot(W, query)
    return [sum(v * np.tanh(asked + np.dot(U, key))) for key in keys]


def mix(weights, keys):
    return [row @ own for row, own in zip(weights, keys, strict=True)]


def attention_step(queries, keys, mask, W, U, b, v):
    layer = AdditiveAttention(len(v)).double()
    numbers = {"query.weight": W, "key.weight": U, "key.bias": b, "score.weight": v[None]}
    layer.load_state_dict({name: torch.tensor(value) for name, value in numbers.items()})
    return layer(*(torch.tensor(given.copy()) for given in (queries, keys, mask)))


def mix_of_projected(queries, keys, mask, W, U, b, v):
    _, weights = attention_step(queries, keys, mask, W, U, b, v)
    return mix(weights.detach().numpy(), keys @ U.T + b), weights


def best_per_symbol(hypotheses):
    means = [total / (1 + len(tokens)) for tokens, total in hypotheses]
    return hypotheses[int(np.argmax(means))][0]


def likeliest(hypotheses):
    return sorted(hypotheses, key=lambda found: -found[1])[0][0]


RIGHT = {
    "score_keys": score_keys,
    "mix": mix,
    "attention_step": attention_step,
    "share_of_wrong_words": word_error_rate,
    "attend": attend,
    "best_per_symbol": best_per_symbol,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("score_keys", lambda q, k, W, U, v: k @ q, "dot product of query and key"),
        ("score_keys", lambda q, k, W, U, v: (W @ q + k @ U.T) @ v, "The tanh is missing"),
        ("score_keys", lambda q, k, W, U, v: score_keys(q, k, W, U.T, v), "from the other side"),
        ("score_keys", lambda q, k, W, U, v: score_keys(q, k, U, W, v), "yours are swapped"),
        ("score_keys", lambda q, k, W, U, v: score_keys(q, k, W.T, U, v), "W q is W @ query"),
        ("score_keys", lambda q, k, W, U, v: np.tanh((W @ q + k @ U.T) @ v), "comes too late"),
        ("score_keys", lambda *a: softmax(score_keys(*a)), "Those are weights already"),
        ("mix", lambda w, k: np.mean(k, axis=1), "the plain mean"),
        ("mix", lambda w, k: w[..., None] * k, "Weighted, and not added up"),
        ("mix", lambda w, k: np.divide(mix(w, k), k.shape[1]), "don't divide once more"),
        ("mix", lambda w, k: np.einsum("bs,bsd->bs", w, k), "over the width of the keys"),
        ("mix", lambda w, k: np.einsum("bs,bsd->sd", w, k), "Summed over the batch"),
        ("mix", lambda w, k: w @ k, "met every word"),
        ("attention_step", lambda *a: attention_step(*a)[::-1], "The contexts first"),
        (
            "attention_step",
            lambda q, k, m, W, U, b, v: attention_step(q, k, m | True, W, U, b, v),
            "hand the mask on",
        ),
        (
            "attention_step",
            lambda q, k, m, W, U, b, v: attention_step(q, k, m, W, U, 0 * b, v),
            "bias b is missing",
        ),
        ("attention_step", mix_of_projected, "Mix the keys themselves"),
        (
            "attention_step",
            lambda q, k, m, W, U, b, v: attention_step(q, k, m, U, W, b, v),
            "yours are swapped",
        ),
        ("share_of_wrong_words", lambda s, r: 1 - word_error_rate(s, r), "share of *right* words"),
        (
            "share_of_wrong_words",
            lambda s, r: np.mean([a != b[0] for a, b in zip(s, r, strict=True)]),
            "any of them is right",
        ),
        ("share_of_wrong_words", lambda s, r: len(s) * word_error_rate(s, r), "number of words"),
        ("attend", lambda s, m: softmax(s, axis=1), "use mask"),
        ("attend", lambda s, m: np.where(m, softmax(s, axis=1), 0), "doesn't sum to 1"),
        ("attend", lambda s, m: softmax(np.where(m, s, 0), axis=1), "exp(0) is 1"),
        (
            "attend",
            lambda s, m: (
                np.exp(np.where(m, s, -np.inf)) / np.exp(np.where(m, s, -np.inf)).sum(1)[:, None]
            ),
            "maximum off first",
        ),
        (
            "attend",
            lambda s, m: softmax(np.where(m, s, -100.0), axis=1),
            "only that of −∞ never is",
        ),
        ("attend", lambda s, m: softmax(np.where(m, s, -300.0), axis=1), "expected"),
        ("attend", lambda s, m: softmax(np.where(m, -np.inf, s), axis=1), "turned around"),
        ("attend", lambda s, m: softmax(np.where(m, s, -np.inf), axis=0), "Summed over the batch"),
        ("attend", lambda s, m: softmax(np.where(m, s, -np.inf)), "over all words at once"),
        ("best_per_symbol", likeliest, "divide by the number of symbols"),
        (
            "best_per_symbol",
            lambda h: min(h, key=lambda f: f[1] / (len(f[0]) + 1))[0],
            "take the max",
        ),
        (
            "best_per_symbol",
            lambda h: max(h, key=lambda f: np.exp(f[1]) / (len(f[0]) + 1))[0],
            "Divide the *logarithm*",
        ),
        (
            "best_per_symbol",
            lambda h: max(h, key=lambda f: f[1] / len(f[0]) if f[0] else f[1])[0],
            "The end mark was written",
        ),
        ("best_per_symbol", lambda h: max(h, key=lambda f: f[1] / len(f[0]))[0], "The end mark"),
        (
            "best_per_symbol",
            lambda h: max(h, key=lambda f: f[1] / (len(f[0]) + 1)),
            "return its tokens alone",
        ),
        (
            "best_per_symbol",
            lambda h: max(h, key=lambda f: f[1] / (len(f[0]) + 2))[0],
            "no start was written",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
