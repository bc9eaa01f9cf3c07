"""What attention refuses, and in which words."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.transformer.attention import (
    MultiHeadAttention,
    NothingToAttendTo,
    _broadcasts,
    _warn_of_empty_rows,
    check_attention,
    check_heads,
    check_mask,
    fused_attention,
    scaled_dot_product_attention,
)

YES = torch.ones((), dtype=torch.bool)
SHAPE = st.lists(st.integers(1, 3), max_size=4).map(tuple)

WRONG = [
    ((2, 3, 4), (2, 0, 4), (2, 0, 4), None, r"source is empty: key has shape \(2, 0, 4\)"),
    ((2, 3, 4), (2, 5, 3), (2, 5, 4), None, r"expected \(…, T, K\), \(…, S, K\)"),
    ((2, 3, 4), (2, 5, 4), (2, 6, 4), None, r"value \(2, 6, 4\)"),
    ((2, 3, 4), (1, 5, 4), (1, 5, 4), None, r"key \(1, 5, 4\)"),
    ((2, 3, 4), (2, 5, 4), (2, 5, 4), YES.expand(5, 3), r"mask has shape \(5, 3\), expected one"),
    ((2, 3, 4), (2, 5, 4), (2, 5, 4), YES.expand(2, 5), r"give mask\[:, None\]"),
    ((2, 3, 4), (2, 5, 4), (2, 5, 4), YES.expand(1, 2, 3, 5), r"broadcasts to \(…, T, S\) ="),
    ((2, 3, 4), (2, 5, 4), (2, 5, 4), torch.ones(3, 5), "mask is of type torch.float32"),
    ((2, 3, 4), (2, 5, 4), (2, 5, 4), [[True]], "mask is of type list"),
    ((4,), (5, 4), (5, 4), None, r"query has shape \(4,\)"),
]


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("attend", [scaled_dot_product_attention, fused_attention])
@pytest.mark.parametrize(("query", "key", "value", "mask", "message"), WRONG)
def test_what_does_not_fit(attend, query, key, value, mask, message):
    with pytest.raises(ValueError, match=message):
        attend(torch.zeros(query), torch.zeros(key), torch.zeros(value), mask)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("query", "key", "value", "mask", "message"),
    [
        ((2, 3, 4), (2, 0, 4), (2, 0, 4), None, "source is empty"),
        ((2, 3, 6), (2, 5, 4), (2, 5, 4), None, r"query .* expected \(B, T, D\) = \(any, any, 4\)"),
        ((2, 3, 4), (1, 5, 4), (1, 5, 4), None, r"key .* expected \(B, S, D\) = \(2, any, 4\)"),
        ((2, 3, 4), (2, 5, 4), (2, 6, 4), None, r"value .* expected \(B, S, D\) = \(2, 5, 4\)"),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), YES.expand(2, 5), r"give mask\[:, None\]"),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), YES.expand(2, 2, 3, 5), r"to \(B, T, S\) = \(2, 3, 5\)"),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), torch.ones(3, 5), "mask is of type torch.float32"),
        ((2, 3, 4), (2, 5, 4), (2, 5, 4), [[True]], "mask is of type list"),
    ],
)
def test_what_does_not_fit_many_heads(query, key, value, mask, message):
    attention = MultiHeadAttention(dim=4, heads=2)
    with pytest.raises(ValueError, match=message):
        attention(torch.zeros(query), torch.zeros(key), torch.zeros(value), mask)


def test_a_bias_that_does_not_fit():
    x = torch.zeros(2, 3, 4)
    with pytest.raises(ValueError, match=r"bias has shape \(4, 4\), expected one that broadcasts"):
        check_attention(x, x, x, bias=torch.zeros(4, 4))


def test_whole_numbers_are_no_vectors():
    with pytest.raises(ValueError, match=r"type torch\.int64, expected floating point"):
        check_attention(torch.zeros(2, 3), torch.zeros(2, 3).long(), torch.zeros(2, 3))


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("dim", "heads", "message"),
    [
        (10, 4, "take dim=8 or dim=12"),
        (3, 4, "take dim=4"),
        (8, 0, "heads is 0"),
        (0, 1, "dim is 0"),
        (8, 2.0, "heads is 2.0"),
    ],
)
def test_heads_that_do_not_divide(dim, heads, message):
    with pytest.raises(ValueError, match=message):
        check_heads(dim, heads)
    with pytest.raises(ValueError, match=message):
        MultiHeadAttention(dim, heads)


@given(st.integers(1, 30), st.integers(1, 9))
def test_heads_divide_or_not(dim, heads):
    if dim % heads:
        with pytest.raises(ValueError, match="expected heads to divide dim"):
            check_heads(dim, heads)
    else:
        assert check_heads(dim, heads) is None


@given(SHAPE, SHAPE)
def test_broadcasting_is_pytorchs(shape, wanted):
    try:
        expected = torch.broadcast_shapes(shape, wanted) == wanted
    except RuntimeError:
        expected = False
    assert _broadcasts(shape, wanted) == expected
    if expected:
        check_mask(YES.expand(shape), wanted, "(…)")


def test_each_empty_row_is_counted():
    mask = torch.tensor([[True, False], [False, False], [False, False]])
    with pytest.warns(NothingToAttendTo, match="leaves 2 of 3 rows"):
        _warn_of_empty_rows(mask)
