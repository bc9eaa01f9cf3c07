"""Additive attention against the formula place by place, by hand, and what it must never do."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.seq2seq.additive_attention import AdditiveAttention
from lmteach.models.transformer.attention import padding_mask

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=4)


def made(dim=4, seed=0):
    torch.manual_seed(seed)
    return AdditiveAttention(dim).double()


def inputs(lengths, dim=4, seed=1):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths), dim)
    keys = torch.randn(shape, generator=generator, dtype=torch.float64)
    query = torch.randn(len(lengths), dim, generator=generator, dtype=torch.float64)
    return query, keys, padding_mask(torch.tensor(lengths), max(lengths))


def by_loops(attention, query, keys):
    """One query (D,) over keys (S, D), with Python's own numbers."""
    w, u, b, v = (
        p.tolist()
        for p in (
            attention.query.weight,
            attention.key.weight,
            attention.key.bias,
            attention.score.weight[0],
        )
    )
    scores = []
    for key in keys.tolist():
        inner = [
            math.tanh(
                sum(x * y for x, y in zip(w[i], query.tolist(), strict=True))
                + sum(x * y for x, y in zip(u[i], key, strict=True))
                + b[i]
            )
            for i in range(len(w))
        ]
        scores.append(sum(x * y for x, y in zip(v, inner, strict=True)))
    whole = sum(map(math.exp, scores))
    weights = [math.exp(score) / whole for score in scores]
    context = [
        sum(a * x for a, x in zip(weights, column, strict=True))
        for column in zip(*keys.tolist(), strict=True)
    ]
    return context, weights


@given(LENGTHS, st.integers(0, 5))
def test_it_equals_the_formula_place_by_place(lengths, seed):
    attention = made(seed=seed)
    query, keys, mask = inputs(lengths, seed=seed)
    context, weights = attention(query, keys, mask)
    for row, length in enumerate(lengths):
        by_hand, shares = by_loops(attention, query[row], keys[row, :length])
        assert context[row].tolist() == pytest.approx(by_hand, abs=1e-12)
        assert weights[row, :length].tolist() == pytest.approx(shares, abs=1e-12)


@given(LENGTHS)
def test_weights_sum_to_one_and_padding_gets_exactly_nothing(lengths):
    query, keys, mask = inputs(lengths)
    _, weights = made()(query, keys, mask)
    assert weights.sum(dim=1).tolist() == pytest.approx([1.0] * len(lengths), abs=1e-12)
    assert bool((weights[~mask] == 0).all())
    assert bool((weights[mask] > 0).all())


@given(LENGTHS)
def test_what_stands_in_the_padding_changes_nothing(lengths):
    query, keys, mask = inputs(lengths)
    spoiled = torch.where(mask[..., None], keys, 1e6)
    for ours, theirs in zip(made()(query, keys, mask), made()(query, spoiled, mask), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


def test_no_gradient_reaches_the_padding():
    query, keys, mask = inputs([2, 4])
    keys.requires_grad_()
    made()(query, keys, mask)[0].sum().backward()
    assert bool((keys.grad[~mask] == 0).all())
    assert bool((keys.grad[mask] != 0).any())


def test_by_hand():
    attention = AdditiveAttention(1)
    with torch.no_grad():
        for parameter, value in (
            (attention.query.weight, 1.0),
            (attention.key.weight, 1.0),
            (attention.key.bias, 0.0),
            (attention.score.weight, math.log(3) / math.tanh(1)),
        ):
            parameter.fill_(value)
    context, weights = attention(torch.tensor([[0.0]]), torch.tensor([[[0.0], [1.0]]]))
    assert weights[0].tolist() == pytest.approx([1 / 4, 3 / 4])  # scores 0 and ln 3
    assert context.item() == pytest.approx(3 / 4)


def test_keys_in_another_order_get_the_same_weights_in_that_order():
    query, keys, _ = inputs([5])
    order = torch.tensor([3, 1, 4, 0, 2])
    context, weights = made()(query, keys)
    turned, moved = made()(query, keys[:, order])
    torch.testing.assert_close(moved, weights[:, order], rtol=1e-12, atol=0)
    torch.testing.assert_close(turned, context, rtol=1e-12, atol=1e-14)


def test_keys_projected_beforehand_give_the_same():
    query, keys, mask = inputs([2, 3])
    attention = made()
    for ours, theirs in zip(
        attention(query, keys, mask),
        attention(query, keys, mask, attention.key(keys)),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("query", "keys", "mask", "message"),
    [
        (
            (2, 4),
            (2, 3, 5),
            None,
            r"keys has shape \(2, 3, 5\), .* = \(2, any, 4\)",
        ),
        ((2, 4), (1, 3, 4), None, r"keys has shape \(1, 3, 4\), expected .* \(2, any, 4\)"),
        ((2, 4), (2, 3, 4), torch.ones(2, 4).bool(), r"mask has shape \(2, 4\), .* \(2, 3\)"),
        ((1, 4), (1, 3, 4), torch.zeros(1, 3).bool(), "no key that it may attend to"),
        ((1, 4), (1, 0, 4), None, r"keys has shape \(1, 0, 4\), .* at least one"),
    ],
)
def test_bad_arguments(query, keys, mask, message):
    with pytest.raises(ValueError, match=message):
        AdditiveAttention(4)(torch.zeros(query), torch.zeros(keys), mask)
