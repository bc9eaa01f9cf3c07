"""Exercises of notebook 20: right answers pass, likely wrong ones are told what is wrong."""

import pytest
import torch

from lmteach.exercises import looking_inside as check
from lmteach.inspection.induction import induction_score
from tests.exercises.saying import assert_right_and_blank, assert_told


def came_before(ids):
    found = torch.zeros(len(ids), len(ids), dtype=torch.bool)
    for place in range(len(ids)):
        for earlier in range(place):
            found[place, earlier] = ids[place] == ids[earlier]
    return found


def places_after(before):
    found = torch.zeros_like(before)
    for place, earlier in before.nonzero().tolist():
        if earlier + 1 < place:
            found[place, earlier + 1] = True
    return found


def without_head(found, head, mean):
    kept = (torch.arange(found.shape[1]) != head)[:, None, None]
    return torch.where(kept, found, mean[:, None])


def rejoined(x, head, mean):
    heads = x.unflatten(-1, mean.shape).transpose(1, 2)
    return without_head(heads, head, mean).transpose(1, 2).flatten(-2)


RIGHT = {
    "came_before": came_before,
    "places_after": places_after,
    "score": lambda weights, ids: induction_score(weights[None, None], ids[None]).item(),
    "without_head": without_head,
    "rejoined": rejoined,
    "selectivity": lambda real, control: sum(real) / len(real) - sum(control) / len(control),
}


@pytest.mark.parametrize("name", check.EXERCISES)
def test_right_and_blank(name):
    assert_right_and_blank(check, name, RIGHT[name])


def at(places):
    """The mean written at other places of each vector."""

    def put(x, head, mean):
        new = x.clone()
        new[..., places(head)] = mean[head]
        return new

    return put


def heads_of(x, head, mean):
    return without_head(x.unflatten(-1, mean.shape).transpose(1, 2), head, mean)


def place_of(x, head, mean):
    new = x.unflatten(-1, mean.shape).clone()
    new[:, head] = mean[head]
    return new.flatten(-2)


def its_own_mean(found, head, mean):
    return without_head(found, head, found.mean(dim=(0, 2)))


def third_axis(found, head, mean):
    new = found.clone()
    new[:, :, head] = mean[head]
    return new


def by_rows_that_came_before(weights, ids):
    rows = came_before(ids).any(-1)
    return after_of(weights, ids).sum(-1)[rows].mean().item()


def down_the_columns(weights, ids):
    marked = places_after(came_before(ids)).any(0)
    return after_of(weights, ids).sum(0)[marked].mean().item()


def after_of(weights, ids):
    return weights * places_after(came_before(ids))


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("came_before", lambda ids: ids[:, None] == ids[None], "Earlier places only"),
        ("came_before", lambda ids: came_before(ids) | torch.eye(len(ids)).bool(), "diagonal"),
        ("came_before", lambda ids: came_before(ids).T, "later places"),
        ("came_before", lambda ids: (ids[:, None] != ids).tril(-1), "tokens differ"),
        ("places_after", lambda before: before.clone(), "the same tokens"),
        ("places_after", lambda b: torch.cat([b[:, -1:] & False, b[:, :-1]], 1), "follows itself"),
        ("places_after", lambda b: torch.cat([b[:, 1:], b[:, :1] & False], 1), "not to the left"),
        ("places_after", lambda b: torch.cat([b[:1] & False, b[:-1]]), "The rows moved"),
        ("score", lambda w, ids: after_of(w, ids).sum(-1).mean().item(), "all places"),
        ("score", lambda w, ids: after_of(w, ids).sum().item(), "the sum"),
        ("score", lambda w, ids: w[places_after(came_before(ids))].mean().item(), "over pairs"),
        (
            "score",
            lambda w, ids: (
                (w * came_before(ids)).sum().item() / came_before(ids).any(-1).sum().item()
            ),
            "the same tokens",
        ),
        ("score", by_rows_that_came_before, "after step 2"),
        ("score", down_the_columns, "down the columns"),
        ("without_head", its_own_mean, "over this text"),
        ("without_head", third_axis, "third axis"),
        ("rejoined", place_of, "axes are (B, T, H, K)"),
        ("rejoined", heads_of, "These are heads"),
        ("rejoined", lambda x, h, m: heads_of(x, h, m).flatten(-2), "transpose again"),
        ("rejoined", lambda x, h, m: heads_of(x, h, m).reshape(x.shape), "lie elsewhere"),
        ("without_head", lambda f, head, mean: f.clone(), "Nothing was replaced"),
        ("without_head", lambda f, h, m: without_head(f, h, 0 * m), "zero ablation"),
        ("without_head", lambda f, h, m: m[:, None].expand_as(f), "All heads are gone"),
        ("rejoined", lambda x, head, mean: x, "Nothing was replaced"),
        ("rejoined", lambda x, head, mean: rejoined(x, head, 0 * mean), "zero ablation"),
        ("rejoined", at(lambda head: slice(head, None, 3)), "one after the other"),
        ("rejoined", at(lambda head: [head, head + 1]), "not at head"),
        ("selectivity", lambda real, control: max(real) - min(control), "The best seed"),
        ("selectivity", lambda real, control: sum(real) / len(real), "not subtracted"),
        ("selectivity", lambda a, b: sum(b) / len(b) - sum(a) / len(a), "other way round"),
        ("selectivity", lambda real, control: sum(real) / sum(control), "not a ratio"),
    ],
)
def test_likely_mistakes_are_named(name, wrong, hint):
    assert_told(check, name, wrong, hint)
