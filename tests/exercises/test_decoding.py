"""Exercises of notebook 14: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch

from lmteach.decoding.filters import keep_top_p
from lmteach.exercises import decoding as check
from lmteach.models.transformer.attention import scaled_dot_product_attention
from tests.exercises.saying import assert_right_and_blank, assert_told


def chances(logits, temperature):
    return torch.softmax(torch.tensor(logits) / temperature, dim=-1).numpy()


def nucleus(probabilities, share):
    return keep_top_p(torch.tensor(probabilities).log(), share).softmax(dim=-1).numpy()


def by_hand(probabilities, share):
    held, kept = 0.0, [0.0] * len(probabilities)
    for token in sorted(range(len(probabilities)), key=lambda token: -probabilities[token]):
        if held + 1e-12 >= share:
            break
        kept[token] = probabilities[token]
        held += probabilities[token]
    return np.array(kept) / held


def draw(probabilities, u):
    for token, probability in enumerate(probabilities):
        u -= probability
        if u < -1e-12:
            return token
    return len(probabilities) - 1


def next_token(logits, temperature, share, u):
    return draw(nucleus(chances(logits, temperature), share), u)


def attend_newest(query, keys, values):
    rows = torch.tensor(query[None]), torch.tensor(keys), torch.tensor(values)
    return scaled_dot_product_attention(*rows)[0][0].numpy()


def cached_step(x, W_q, W_k, W_v, keys, values):
    keys = np.concatenate([keys, (x @ W_k)[None]])
    values = np.concatenate([values, (x @ W_v)[None]])
    return attend_newest(x @ W_q, keys, values), keys, values


def keep_min_p(probabilities, ratio):
    kept = probabilities * (probabilities / probabilities.max() >= ratio)
    return kept / kept.sum()


def may_be_shown(text, stop):
    possible = [
        text + stop[length:] for length in range(1, len(stop)) if text[-length:] == stop[:length]
    ]
    return text[: min([len(whole) - len(stop) for whole in possible], default=len(text))]


RIGHT = [
    ("chances", chances),
    ("nucleus", nucleus),
    ("draw", draw),
    ("next_token", next_token),
    ("attend_newest", attend_newest),
    ("cached_step", cached_step),
    ("keep_min_p", keep_min_p),
    ("may_be_shown", may_be_shown),
]


@pytest.mark.parametrize(("name", "right"), [*RIGHT, ("nucleus", by_hand)])
def test_right_and_blank(name, right):
    assert_right_and_blank(check, name, right)


def test_every_exercise_is_tested():
    assert [name for name, _ in RIGHT] == list(check.EXERCISES)


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum()


def without_the_crossing(probabilities, share):
    order = sorted(range(len(probabilities)), key=lambda token: -probabilities[token])
    kept = np.zeros_like(probabilities)
    for count in range(1, len(order) + 1):
        if probabilities[order[:count]].sum() <= share - 1e-12:
            kept[order[:count]] = probabilities[order[:count]]
    return kept / kept.sum() if kept.any() else kept


def unsorted(probabilities, share):
    kept = probabilities * (np.cumsum(probabilities) - probabilities < share)
    return kept / kept.sum()


def least_first(probabilities, share):
    kept, held = np.zeros_like(probabilities), 0.0
    for token in np.argsort(probabilities):
        if held < share:
            kept[token] = probabilities[token]
        held += probabilities[token]
    return kept / kept.sum()


def only_those_that_stay(probabilities, share):
    kept = np.array(sorted(nucleus(probabilities, share), reverse=True))
    return kept[kept > 0]


def marks_in_order(probabilities, share):
    falling = np.array(sorted(probabilities, reverse=True))
    kept = probabilities * (falling.cumsum() - falling < share)
    return kept / kept.sum()


def to_the_letter(probabilities, share):
    order = np.argsort(-probabilities)
    kept = probabilities.copy()
    kept[order[np.argmax(probabilities[order].cumsum() >= share) + 1 :]] = 0
    return kept / kept.sum()


def shortest_first(text, stop):
    for length in range(1, len(stop)):
        if text.endswith(stop[:length]):
            return text[:-length]
    return text


def in_front(x, W_q, W_k, W_v, keys, values):
    keys = np.concatenate([(x @ W_k)[None], keys])
    values = np.concatenate([(x @ W_v)[None], values])
    return attend_newest(x @ W_q, keys, values), keys, values


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("chances", lambda logits, t: softmax(logits), "changes nothing"),
        ("chances", lambda logits, t: softmax(logits * t), "divide by the temperature"),
        ("chances", lambda logits, t: softmax(logits - max(logits)) / t, "Divide the *logits*"),
        ("chances", lambda logits, t: np.exp((logits - 0) / t), "don't sum to 1"),
        ("nucleus", lambda p, share: p * (p > share), "no threshold"),
        (
            "nucleus",
            lambda p, share: nucleus(p, share) * p[nucleus(p, share) > 0].sum(),
            "sum to 1",
        ),
        ("nucleus", lambda p, share: np.array(sorted(nucleus(p, share))[::-1]), "keeps its place"),
        ("nucleus", without_the_crossing, "crosses the share stays"),
        ("nucleus", only_those_that_stay, "keep their places, with 0"),
        ("nucleus", marks_in_order, "in the sorted order"),
        ("nucleus", to_the_letter, "By rounding"),
        ("nucleus", unsorted, "Sort first"),
        ("nucleus", least_first, "the least likely token"),
        ("draw", lambda p, u: int(np.argmax(p)), "nothing is drawn"),
        ("draw", lambda p, u: int(np.searchsorted(p.cumsum(), u)), "probability 0"),
        ("draw", lambda p, u: int(np.abs(p - u).argmin()), "end to end"),
        ("draw", lambda p, u: draw(p, u) - 1, "One too few"),
        ("draw", lambda p, u: int(len(p) * u), "the same stretch"),
        ("next_token", lambda lo, t, s, u: draw(chances(lo, t), u), "Nothing is cut"),
        ("next_token", lambda lo, t, s, u: draw(nucleus(chances(lo, 1), s), u), "changes nothing"),
        (
            "next_token",
            lambda lo, t, s, u: draw(softmax(np.log(nucleus(softmax(lo), s) + 1e-300) / t), u),
            "stands before the cut",
        ),
        ("attend_newest", lambda q, k, v: v[-1], "Only the last value"),
        ("attend_newest", lambda q, k, v: softmax(k @ q) @ v, "Divide the scores by √K"),
        ("attend_newest", lambda q, k, v: softmax(k @ q / 4) @ v, "the root of K"),
        ("attend_newest", lambda q, k, v: softmax(k @ q / len(k) ** 0.5) @ v, "Divided by √T"),
        ("attend_newest", lambda q, k, v: (k @ q / 2) @ v, "the softmax is missing"),
        ("attend_newest", lambda q, k, v: v.mean(0), "All weights alike"),
        ("attend_newest", lambda q, k, v: attend_newest(q, k[:-1], v[:-1]), "looks at itself"),
        (
            "cached_step",
            lambda x, a, b, c, k, v: (
                attend_newest(x @ a, k, v),
                *cached_step(x, a, b, c, k, v)[1:],
            ),
            "it sees itself",
        ),
        (
            "cached_step",
            lambda x, a, b, c, k, v: (cached_step(x, a, b, c, k, v)[0], k, v),
            "returned as it came",
        ),
        ("cached_step", lambda *given: cached_step(*given)[0], "return keys and values, too"),
        ("cached_step", in_front, "stands first"),
        (
            "cached_step",
            lambda x, a, b, c, k, v: cached_step(x, b, a, c, k, v),
            "Query and key are swapped",
        ),
        ("may_be_shown", lambda text, stop: text[:], "hold it back"),
        ("may_be_shown", shortest_first, "from the longest down"),
        ("may_be_shown", lambda text, stop: text[: 1 - len(stop)], "Always held back"),
        (
            "may_be_shown",
            lambda text, stop: text[:-1] if text[-1] == stop[0] else text,
            "not its first letter alone",
        ),
        ("may_be_shown", lambda text, stop: text.rstrip(stop), "in any order"),
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
    ],
)
def test_likely_slips_are_named(name, wrong, hint):
    assert_told(check, name, wrong, hint)


def test_a_token_at_the_threshold_stays():
    def strictly(probabilities, ratio):
        kept = np.where(probabilities > ratio * max(probabilities) + 1e-12, probabilities, 0)
        return kept / max(kept.sum(), 1e-12)

    assert_told(check, "keep_min_p", strictly, "exactly at the threshold stays")


def test_logits_that_overflow_are_told_how():
    with np.errstate(all="ignore"):
        said = repr(check.chances(lambda logits, t: softmax(logits / t)))
    assert "e to the 800" in said
    assert "largest logit away" in said
