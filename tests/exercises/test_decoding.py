"""Exercises of notebook 14: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch

from lmteach.decoding.filters import keep_top_p
from lmteach.exercises import decoding as check
from lmteach.models.transformer.attention import scaled_dot_product_attention
from tests.exercises.saying import assert_right_and_blank, assert_told


def nucleus_size(probabilities, p):
    kept = keep_top_p(torch.tensor(probabilities).log(), p)
    return int((kept > -torch.inf).sum())


def by_hand(probabilities, p):
    held = count = 0
    for probability in sorted(probabilities.tolist(), reverse=True):
        if held + 1e-12 >= p:
            break
        held, count = held + probability, count + 1
    return count


def keep_min_p(probabilities, ratio):
    kept = probabilities * (probabilities / probabilities.max() >= ratio)
    return kept / kept.sum()


def attend_one(query, key, value, keys, values):
    parts = np.vstack([keys, key]), np.vstack([values, value])
    rows = torch.tensor(query[None]), *map(torch.tensor, parts)
    return scaled_dot_product_attention(*rows)[0][0].numpy()


RIGHT = [
    ("nucleus_size", nucleus_size),
    ("keep_min_p", keep_min_p),
    ("attend_one", attend_one),
]


@pytest.mark.parametrize(("name", "right"), [*RIGHT, ("nucleus_size", by_hand)])
def test_right_and_blank(name, right):
    assert_right_and_blank(check, name, right)


def test_every_exercise_is_tested():
    assert [name for name, _ in RIGHT] == list(check.EXERCISES)


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum()


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        (
            "nucleus_size",
            lambda probabilities, p: sum(np.sort(probabilities)[::-1].cumsum() < p),
            "The token that crosses p stays",
        ),
        (
            "nucleus_size",
            lambda probabilities, p: sum(np.cumsum(sorted(probabilities)[::-1]) <= p),
            "The token that crosses p stays",
        ),
        (
            "nucleus_size",
            lambda probabilities, p: 1 + sum(np.cumsum(probabilities) < p),
            "Sort first",
        ),
        (
            "nucleus_size",
            lambda probabilities, p: 1 + sum(np.cumsum(sorted(probabilities)) < p),
            "began with the least likely",
        ),
        ("nucleus_size", lambda probabilities, p: sum(probabilities >= p), "not a threshold"),
        (
            "nucleus_size",
            lambda probabilities, p: int(np.ceil(p * len(probabilities))),
            "not of the vocabulary",
        ),
        (
            "nucleus_size",
            lambda probabilities, p: len(probabilities),
            "expected 1",
        ),
        (
            "keep_min_p",
            lambda probabilities, ratio: np.where(probabilities < ratio, 0, probabilities),
            "not ratio itself",
        ),
        (
            "keep_min_p",
            lambda probabilities, ratio: np.where(
                probabilities < ratio * probabilities.max(), 0, probabilities
            ),
            "sum to 1",
        ),
        (
            "keep_min_p",
            lambda probabilities, ratio: softmax(
                np.where(probabilities < ratio * max(probabilities), 0, probabilities)
            ),
            "without exp",
        ),
        (
            "keep_min_p",
            lambda probabilities, ratio: np.array(
                sorted(keep_min_p(probabilities, ratio), reverse=True)
            ),
            "keeps its place",
        ),
        (
            "attend_one",
            lambda q, k, v, keys, values: softmax(keys @ q / 2) @ values,
            "looks at itself, too",
        ),
        ("attend_one", lambda q, k, v, keys, values: v.copy(), "looks back, too"),
        (
            "attend_one",
            lambda q, k, v, keys, values: (
                softmax(np.vstack([keys, k]) @ q) @ np.vstack([values, v])
            ),
            "Divide the scores by √K",
        ),
        (
            "attend_one",
            lambda q, k, v, keys, values: (np.vstack([keys, k]) @ q / 2) @ np.vstack([values, v]),
            "the softmax is missing",
        ),
        (
            "attend_one",
            lambda q, k, v, keys, values: (
                softmax(np.vstack([k, keys]) @ q / 2) @ np.vstack([values, v])
            ),
            "put both at the end",
        ),
        (
            "attend_one",
            lambda q, k, v, keys, values: (
                softmax(np.vstack([keys, q]) @ k / 2) @ np.vstack([values, v])
            ),
            "Query and key are swapped",
        ),
    ],
)
def test_likely_slips_are_named(name, wrong, hint):
    assert_told(check, name, wrong, hint)


def test_a_token_at_the_threshold_stays():
    def strictly(probabilities, ratio):
        kept = np.where(probabilities > ratio * max(probabilities) + 1e-12, probabilities, 0)
        return kept / max(kept.sum(), 1e-12)

    assert_told(check, "keep_min_p", strictly, "exactly at the threshold stays")
