"""Dot-product attention and its masks: against PyTorch, by hand, and what they must never do."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from lmteach.models.transformer.attention import (
    NothingToAttendTo,
    causal_mask,
    fused_attention,
    padding_mask,
    scaled_dot_product_attention,
)

LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=4)
SHAPES = st.tuples(*[st.integers(1, 5)] * 6)  # batch, heads, time, source, head_dim, value's width


def drawn(shape, seed=0):
    """Queries, keys, values (requiring gradients) and a mask in which no row is empty."""
    batch, heads, time, source, head_dim, width = shape
    generator = torch.Generator().manual_seed(seed)
    query, key, value = (
        torch.randn(sizes, generator=generator, dtype=torch.float64, requires_grad=True)
        for sizes in (
            (batch, heads, time, head_dim),
            (batch, heads, source, head_dim),
            (batch, heads, source, width),
        )
    )
    mask = torch.rand(batch, 1, time, source, generator=generator) < 0.5
    mask[..., 0] |= ~mask.any(dim=-1)
    return query, key, value, mask


def assert_near(ours, theirs, tolerance=1e-10):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


def gradients(output, *inputs):
    """The gradients of a sum in which every number has a weight of its own."""
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).view_as(output)
    return torch.autograd.grad((output * weights).sum(), inputs)


@pytest.mark.parametrize("masked", ["no mask", "mask", "bias", "mask and bias"])
@given(SHAPES, st.integers(0, 5))
def test_it_equals_pytorch_in_values_and_gradients(masked, shape, seed):
    query, key, value, mask = drawn(shape, seed)
    bias = torch.linspace(-3, 3, mask[0].numel(), dtype=torch.float64).view_as(mask[0])
    mask = mask if "mask" in masked and masked != "no mask" else None
    bias = bias if "bias" in masked else None
    added = mask
    if bias is not None:
        added = bias if mask is None else bias.masked_fill(~mask, -torch.inf)
    expected = functional.scaled_dot_product_attention(query, key, value, attn_mask=added)
    wanted = gradients(expected, query, key, value)
    written_out, _ = scaled_dot_product_attention(query, key, value, mask, bias)
    for output in (written_out, fused_attention(query, key, value, mask, bias)):
        assert_near(output, expected)
        for ours, theirs in zip(gradients(output, query, key, value), wanted, strict=True):
            assert_near(ours, theirs)


@given(SHAPES, st.integers(0, 5))
def test_the_weights_are_the_softmax_of_the_scores_place_by_place(shape, seed):
    query, key, value, mask = drawn(shape, seed)
    _, weights = scaled_dot_product_attention(query, key, value, mask)
    for index in torch.cartesian_prod(*(torch.arange(size) for size in shape[:3])).tolist():
        batch, head, place = index
        q, keys = query[batch, head, place].tolist(), key[batch, head].tolist()
        scores = [math.fsum(map(math.prod, zip(q, k, strict=True))) for k in keys]
        shares = [
            math.exp(score / math.sqrt(shape[4])) if open_ else 0.0
            for score, open_ in zip(scores, mask[batch, 0, place].tolist(), strict=True)
        ]
        expected = [share / math.fsum(shares) for share in shares]
        assert weights[batch, head, place].tolist() == pytest.approx(expected, abs=1e-12)


def test_by_hand():
    query = torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    key = torch.tensor([[math.log(3), 5, 5, 5], [0.0, 7, 7, 7]])  # scores 2 ln 3 / √4, and 0
    output, weights = scaled_dot_product_attention(query, key, torch.tensor([[4.0], [8.0]]))
    assert weights[0].tolist() == pytest.approx([3 / 4, 1 / 4])
    assert output.item() == pytest.approx(5.0)


@given(SHAPES, st.integers(0, 5))
def test_rows_sum_to_one_and_what_is_masked_gets_exactly_nothing(shape, seed):
    query, key, value, mask = drawn(shape, seed)
    _, weights = scaled_dot_product_attention(query, key, value, mask)
    assert_near(weights.sum(dim=-1), torch.ones(shape[:3], dtype=torch.float64))
    assert bool((weights[~mask.expand_as(weights)] == 0).all())
    assert bool((weights[mask.expand_as(weights)] > 0).all())


@pytest.mark.parametrize("attend", [scaled_dot_product_attention, fused_attention])
def test_a_row_without_any_key_gives_zeros_and_says_so(attend):
    query, key, value, mask = drawn((2, 2, 3, 4, 5, 6))
    mask[1, 0, 2] = False
    with pytest.warns(NothingToAttendTo, match="1 of 6 rows without any key: their weights are"):
        given_back = attend(query, key, value, mask)
    output = given_back[0] if isinstance(given_back, tuple) else given_back
    assert bool((output[1, :, 2] == 0).all())
    for gradient in gradients(output, query, key, value):
        assert bool(gradient.isfinite().all())
    if isinstance(given_back, tuple):
        assert bool((given_back[1][1, :, 2] == 0).all())
        assert bool((given_back[1].sum(dim=-1) > 0.999).sum() == 2 * 2 * 3 - 2)


@given(st.integers(2, 7), st.data())
def test_what_comes_later_changes_nothing_before(time, data):
    now = data.draw(st.integers(0, time - 2))
    query, key, value, _ = drawn((1, 2, time, time, 3, 3))
    output, weights = scaled_dot_product_attention(query, key, value, causal_mask(time))
    later = (torch.arange(time) > now)[:, None]
    spoiled = [torch.where(later, 1e3 * x.detach().flip(-1) + 7, x) for x in (query, key, value)]
    after, moved = scaled_dot_product_attention(*spoiled, causal_mask(time))
    assert_near(after[..., : now + 1, :], output[..., : now + 1, :], tolerance=0)
    assert_near(moved[..., : now + 1, :], weights[..., : now + 1, :], tolerance=0)
    assert bool((after[..., now + 1 :, :] != output[..., now + 1 :, :]).any())


@given(LENGTHS, st.integers(0, 5))
def test_what_stands_in_the_padding_changes_nothing(lengths, seed):
    time = max(lengths)
    query, key, value, _ = drawn((len(lengths), 2, 3, time, 4, 4), seed)
    real = padding_mask(torch.tensor(lengths), time)
    mask = real[:, None, None]
    output, weights = scaled_dot_product_attention(query, key, value, mask)
    spoiled = [torch.where(real[:, None, :, None], x, 1e6) for x in (key, value)]
    for ours, theirs in zip(
        scaled_dot_product_attention(query, *spoiled, mask), (output, weights), strict=True
    ):
        assert_near(ours, theirs, tolerance=0)
    for row, length in enumerate(lengths):  # and as if the padding were not there
        alone, _ = scaled_dot_product_attention(
            query[row], key[row, :, :length], value[row, :, :length]
        )
        assert_near(output[row], alone)


@given(st.integers(1, 6), st.randoms())
def test_it_does_not_know_the_order(time, random):
    query, key, value, _ = drawn((1, 2, time, time, 3, 3))
    order = torch.tensor(random.sample(range(time), time))
    output, weights = scaled_dot_product_attention(query, key, value)
    turned = [x[..., order, :] for x in (query, key, value)]
    shuffled, moved = scaled_dot_product_attention(*turned)
    assert_near(shuffled, output[..., order, :])
    assert_near(moved, weights[..., order, :][..., order])


@given(st.integers(1, 9))
def test_the_causal_mask_counts(time):
    mask = causal_mask(time)
    assert mask.tolist() == [[past <= now for past in range(time)] for now in range(time)]


@pytest.mark.parametrize("time", [0, -1, 2.0, True])
@pytest.mark.usefixtures("without_shape_checks")
def test_bad_times(time):
    with pytest.raises(ValueError, match=r"time is .*, expected a whole number of at least 1"):
        causal_mask(time)


@given(LENGTHS, st.integers(0, 3))
def test_the_mask_counts_the_lengths(lengths, more):
    mask = padding_mask(torch.tensor(lengths), max(lengths) + more)
    assert mask.tolist() == [
        [place < length for place in range(max(lengths) + more)] for length in lengths
    ]


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("lengths", "time", "message"),
    [
        (torch.tensor([2, 5]), 4, "lengths go from 2 to 5, expected 1 to 4"),
        (torch.tensor([0, 3]), 4, "An empty sequence has nothing to attend to"),
        (torch.tensor([]), 4, "expected a row of whole numbers"),
        (torch.tensor([[1]]), 4, r"lengths has shape \(1, 1\)"),
        (torch.tensor([1.5]), 4, "type torch.float32"),
    ],
)
def test_bad_lengths(lengths, time, message):
    with pytest.raises(ValueError, match=message):
        padding_mask(lengths, time)
