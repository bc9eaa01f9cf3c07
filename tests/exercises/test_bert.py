"""Exercises of notebook 15: right answers pass, likely wrong ones are told what is wrong."""

import numpy as np
import pytest
import torch
from scipy.stats import entropy
from torch.nn import functional

from lmteach.exercises import bert as check
from lmteach.models.bert.masking import masked_loss
from tests.exercises.saying import assert_right_and_blank, assert_told


def hidden_text(ids, chosen, dice, others, mask_id):
    found = []
    for one, is_chosen, number, other in zip(ids, chosen, dice, others, strict=True):
        if not is_chosen or number >= 0.9:
            found.append(one)
        else:
            found.append(mask_id if number < 0.8 else other)
    return found


def loss_of_labels(logits, labels):
    """PyTorch's own, which leaves out -100, too."""
    return functional.cross_entropy(torch.tensor(logits), torch.tensor(labels)).item()


RIGHT = {
    "may_be_hidden": lambda ids, special: [one not in special for one in ids],
    "places_to_hide": lambda allowed, drawn, share: np.where(allowed, drawn, 2.0) < share,
    "hidden_text": hidden_text,
    "labels_of": lambda ids, chosen: ids * chosen - 100 * ~chosen,
    "loss_of_labels": loss_of_labels,
    "between_by_bayes": lambda before, after: before * after / np.dot(before, after),
    "better_than_guessing": lambda loss, shares: entropy(shares) - loss,
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def test_the_loss_is_that_of_the_package():
    logits, targets = torch.randn(1, 4, 6), torch.tensor([[3, 0, 5, 1]])
    chosen = torch.tensor([[True, False, False, True]])
    labels = targets.where(chosen, -100)[0].numpy()
    expected = masked_loss(logits, targets, chosen).item()
    assert loss_of_labels(logits[0].numpy(), labels) == pytest.approx(expected, rel=1e-6)


def losses(logits, labels):
    wanted = torch.tensor(np.where(labels < 0, 0, labels))
    return functional.cross_entropy(torch.tensor(logits), wanted, reduction="none").numpy()


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("may_be_hidden", lambda i, s: np.isin(i, s), "turn it round"),
        ("may_be_hidden", lambda i, s: i != s[0], "the first of the special"),
        ("may_be_hidden", lambda i, s: i != s[1] if len(s) > 1 else i > 0, "the last of the"),
        (
            "may_be_hidden",
            lambda i, s: (np.arange(len(i)) > 0) & (np.arange(len(i)) < len(i) - 1),
            "special ones may be anywhere",
        ),
        ("may_be_hidden", lambda i, s: i < np.min(s), "need not be the highest"),
        ("may_be_hidden", lambda i, s: i[[one not in s for one in i]], "tokens themselves"),
        ("may_be_hidden", lambda i, s: np.where(~np.isin(i, s))[0], "numbers of the places"),
        ("may_be_hidden", lambda i, s: [one not in i for one in s], "exchange the two"),
        ("places_to_hide", lambda a, d, s: d * a < s, "which is below the share"),
        ("places_to_hide", lambda a, d, s: d[a] < s, "As long as the text"),
        ("places_to_hide", lambda a, d, s: np.where(a & (d < s))[0], "numbers of the places"),
        ("places_to_hide", lambda a, d, s: d < s, "special token is chosen"),
        ("places_to_hide", lambda a, d, s: a & (d > s), "Above the share"),
        ("places_to_hide", lambda a, d, s: a & (d <= s), "not equal to it"),
        ("places_to_hide", lambda a, d, s: a | (d < s), "Both conditions"),
        ("places_to_hide", lambda a, d, s: a, "Only a share"),
        (
            "places_to_hide",
            lambda a, d, s: np.arange(len(a)) == np.where(a, d, 2.0).argmin(),
            "a fixed number",
        ),
        ("hidden_text", lambda i, c, d, o, m: np.where(c, m, i), "All chosen ones are masked"),
        ("hidden_text", lambda i, c, d, o, m: hidden_text(i, c | True, d, o, m), "Only at chosen"),
        (
            "hidden_text",
            lambda i, c, d, o, m: np.where(
                c & (d < 0.8), m, np.where((d >= 0.8) & (d < 0.9), o, i)
            ),
            "Other tokens, too",
        ),
        (
            "hidden_text",
            lambda i, c, d, o, m: np.where(c, np.where(d < 0.8, m, o), i),
            "From 0.9 on",
        ),
        ("hidden_text", lambda i, c, d, o, m: np.where(c & (d < 0.8), m, i), "Where is the other"),
        ("hidden_text", lambda i, c, d, o, m: hidden_text(i, ~c, d, o, m), "not what wasn't"),
        ("hidden_text", lambda i, c, d, o, m: np.where(c & (d >= 0.2), m, i), "not above it"),
        (
            "hidden_text",
            lambda i, c, d, o, m: hidden_text(i, c, d, [o[0]] * len(o), m),
            "at that place",
        ),
        (
            "hidden_text",
            lambda i, c, d, o, m: np.where(c & (d <= 0.8), m, hidden_text(i, c, d, o, m)),
            "At 0.8 itself",
        ),
        ("hidden_text", lambda i, c, d, o, m: np.where(c & (d < 0.9), o, i), "only from 0.8 on"),
        (
            "hidden_text",
            lambda i, c, d, o, m: np.where(c & (d >= 0.8) & (d < 0.9), o, i),
            "Where is the mask",
        ),
        (
            "hidden_text",
            lambda i, c, d, o, m: np.where(c & (d >= 0.9), o, np.where(c & (d < 0.8), m, i)),
            "from 0.9 on it stays",
        ),
        (
            "hidden_text",
            lambda i, c, d, o, m: hidden_text(i, c, d, np.roll(o, 1), m),
            "take them at the same places",
        ),
        (
            "hidden_text",
            lambda i, c, d, o, m: hidden_text(i, c, np.where(d == 0.9, 0.89, d), o, m),
            "At 0.9 itself",
        ),
        ("hidden_text", lambda i, c, d, o, m: np.where(c & (d < 0.9), m, i), "The mask only below"),
        (
            "hidden_text",
            lambda i, c, d, o, m: np.array(hidden_text(i, c, d, o, m))[c],
            "As long as the text",
        ),
        (
            "hidden_text",
            lambda i, c, d, o, m: c * (d < 0.9) * hidden_text(i, c, d, o, m),
            "begin with `ids`",
        ),
        ("labels_of", lambda i, c: i - 100 * ~c, "put −100 in their place"),
        ("labels_of", lambda i, c: np.where(c)[0], "numbers of the places"),
        ("labels_of", lambda i, c: i, "Every place is asked for"),
        ("labels_of", lambda i, c: np.where(c, -100, i), "turned it round"),
        ("labels_of", lambda i, c: i * c, "0 is an id"),
        ("labels_of", lambda i, c: i[c], "As long as the text"),
        ("labels_of", lambda i, c: np.where(c, i, -1), "not −1"),
        ("labels_of", lambda i, c: np.where(c, i, 100), "the minus is missing"),
        (
            "loss_of_labels",
            lambda lo, la: losses(lo, la)[la >= 0].sum() / len(la),
            "Divided by all places",
        ),
        ("loss_of_labels", lambda lo, la: losses(lo, la).mean(), "must go first"),
        (
            "loss_of_labels",
            lambda lo, la: losses(lo, la % lo.shape[1]).mean(),
            "must go first",
        ),
        (
            "loss_of_labels",
            lambda lo, la: np.log(np.exp(lo[la >= 0]).sum()) - lo[la >= 0, la[la >= 0]].mean(),
            "sum over axis 1",
        ),
        (
            "loss_of_labels",
            lambda lo, la: -np.log(np.exp(-losses(lo, la)[la >= 0]).mean()),
            "first, then the mean",
        ),
        ("loss_of_labels", lambda lo, la: losses(lo, la)[la >= 0].sum(), "Take the mean"),
        ("loss_of_labels", lambda lo, la: -loss_of_labels(lo, la), "minus sign"),
        ("loss_of_labels", lambda lo, la: loss_of_labels(lo, la) / np.log(2), "Take nats"),
        (
            "loss_of_labels",
            lambda lo, la: -np.mean([lo[t, one] for t, one in enumerate(la) if one >= 0]),
            "softmax is missing",
        ),
        (
            "loss_of_labels",
            lambda lo, la: (
                -np.log(np.exp(lo) / np.exp(lo).sum(axis=1, keepdims=True))[la >= 0][
                    :, la[la >= 0]
                ].mean()
            ),
            "every token at every place",
        ),
        ("loss_of_labels", lambda lo, la: losses(lo, la)[la > 0].mean(), "0 is an id"),
        (
            "loss_of_labels",
            lambda lo, la: np.mean(
                [np.exp(lo[t]).sum() - lo[t, la[t]] for t in np.where(la >= 0)[0]]
            ),
            "logarithm of the sum",
        ),
        ("loss_of_labels", lambda lo, la: losses(lo, la)[la >= 0], "take their mean"),
        ("loss_of_labels", lambda lo, la: np.exp(loss_of_labels(lo, la)), "perplexity"),
        (
            "loss_of_labels",
            lambda lo, la: np.exp(-losses(lo, la)[la >= 0]).mean(),
            "the mean probability",
        ),
        (
            "loss_of_labels",
            lambda lo, la: -np.exp(-losses(lo, la)[la >= 0]).mean(),
            "the mean probability",
        ),
        ("between_by_bayes", lambda b, a: b * a / max(b * a), "Divided by the largest"),
        ("between_by_bayes", lambda b, a: (b * a) ** 0.5 / sum((b * a) ** 0.5), "without a root"),
        ("between_by_bayes", lambda b, a: np.log(b * a), "Those are logarithms"),
        ("between_by_bayes", lambda b, a: b @ a, "one number"),
        ("between_by_bayes", lambda b, a: int(np.argmax(a * b)), "the likeliest token"),
        ("between_by_bayes", lambda b, a: b * a, "doesn't sum to 1"),
        ("between_by_bayes", lambda b, a: (b + a) / (b.sum() + a.sum()), "don't add"),
        ("between_by_bayes", lambda b, a: (b + a / a.sum()) / 2, "don't take the mean"),
        ("between_by_bayes", lambda b, a: a / a.sum(), "what the left says"),
        ("between_by_bayes", lambda b, a: b, "what follows the gap"),
        ("between_by_bayes", lambda b, a: b * (a / a.sum()), "it is the products"),
        (
            "between_by_bayes",
            lambda b, a: torch.softmax(torch.tensor(b * a), dim=0).numpy(),
            "without exp",
        ),
        ("better_than_guessing", lambda lo, s: (entropy(s) - lo) / entropy(s), "a share of the"),
        ("better_than_guessing", lambda lo, s: entropy(s) - lo if lo < 0.6 else 0, "not 0"),
        ("better_than_guessing", lambda lo, s: entropy(s, base=2) - lo / np.log(2), "Bits?"),
        (
            "better_than_guessing",
            lambda lo, s: np.mean([-np.log(p) for p in s if p]) - lo,
            "as often as the class comes",
        ),
        ("better_than_guessing", lambda lo, s: entropy(s) / len(s) - lo, "not their mean"),
        ("better_than_guessing", lambda lo, s: entropy(s) + lo, "not more"),
        ("better_than_guessing", lambda lo, s: lo - entropy(s), "other way round"),
        ("better_than_guessing", lambda lo, s: np.log(len(s)) - lo, "all classes for alike"),
        ("better_than_guessing", lambda lo, s: np.log(2) - lo, "all classes for alike"),
        ("better_than_guessing", lambda lo, s: entropy(s, base=2) - lo, "in bits"),
        ("better_than_guessing", lambda lo, s: -np.log(np.max(s)) - lo, "the others come"),
        ("better_than_guessing", lambda lo, s: entropy(s), "what the classifier pays"),
        ("better_than_guessing", lambda lo, s: -entropy(s) - lo, "a minus sign is missing"),
        (
            "better_than_guessing",
            lambda lo, s: sum(-p * np.log(p) if p else np.nan for p in s) - lo,
            "0 · ln 0",
        ),
    ],
)
def test_wrong_answers_are_told_the_likely_mistake(name, wrong, hint):
    assert_told(check, name, wrong, hint)
