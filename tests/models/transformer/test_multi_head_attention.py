"""Many heads: against PyTorch's module and against one head at a time, and what must hold."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmteach.models.transformer.attention import (
    MultiHeadAttention,
    NothingToAttendTo,
    causal_mask,
    padding_mask,
    scaled_dot_product_attention,
)

SIZES = st.tuples(*[st.integers(1, 4)] * 5)  # batch, time, source, heads, head_dim


def pair(dim, heads, seed=0):
    """Ours and PyTorch's with the same numbers, none of them 0."""
    torch.manual_seed(seed)
    ours = MultiHeadAttention(dim, heads).double()
    theirs = nn.MultiheadAttention(dim, heads, batch_first=True).double()
    for parameter in ours.parameters():
        nn.init.normal_(parameter)
    theirs.load_state_dict(ours.state_dict())
    return ours, theirs


def drawn(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def assert_near(ours, theirs, tolerance=1e-8):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


def gradients(output, inputs):
    weights = torch.linspace(-1, 2, output.numel(), dtype=output.dtype).view_as(output)
    return torch.autograd.grad((output * weights).sum(), inputs)


@pytest.mark.parametrize("kind", ["none", "each query", "each example", "padding"])
@settings(max_examples=20)
@given(SIZES, st.integers(0, 3))
def test_it_equals_pytorch_in_values_weights_and_gradients(kind, sizes, seed):
    batch, time, source, heads, head_dim = sizes
    ours, theirs = pair(heads * head_dim, heads, seed)
    query, key, value = (drawn(batch, n, ours.dim, seed=n + seed) for n in (time, source, source))
    mask = torch.rand(batch, time, source, generator=torch.Generator().manual_seed(seed)) < 0.5
    mask[..., 0] = True
    named = {}
    if kind == "none":
        mask = None
    elif kind == "each query":
        mask = mask[0]
        named = {"attn_mask": ~mask}
    elif kind == "each example":
        named = {"attn_mask": ~mask.repeat_interleave(heads, dim=0)}
    else:
        mask = mask[:, :1]
        named = {"key_padding_mask": ~mask[:, 0]}
    expected, shares = theirs(query, key, value, average_attn_weights=False, **named)
    wanted = gradients(expected, [query, key, value, *theirs.parameters()])
    for need_weights in (True, False):
        output, weights = ours(query, key, value, mask, need_weights=need_weights)
        assert_near(output, expected)
        if need_weights:
            assert_near(weights, shares)
        else:
            assert weights is None
        given_back = gradients(output, [query, key, value, *ours.parameters()])
        for one, other in zip(given_back, wanted, strict=True):
            assert_near(one, other)


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(1, 4))
def test_heads_are_attentions_side_by_side(heads, head_dim):
    dim = heads * head_dim
    ours, _ = pair(dim, heads)
    x = drawn(2, 5, dim)
    output, weights = ours(x, x, x, causal_mask(5))
    rows = (x @ ours.in_proj_weight.T + ours.in_proj_bias).split(dim, dim=-1)
    parts = []
    for head in range(heads):
        own = slice(head * head_dim, (head + 1) * head_dim)
        part, shares = scaled_dot_product_attention(*(r[..., own] for r in rows), causal_mask(5))
        assert_near(weights[:, head], shares)
        parts.append(part)
    assert_near(output, ours.out_proj(torch.cat(parts, dim=-1)))


def test_by_hand():
    attention = MultiHeadAttention(dim=2, heads=2)
    with torch.no_grad():
        attention.in_proj_weight.copy_(torch.eye(2).repeat(3, 1))
        attention.out_proj.weight.copy_(torch.eye(2))
    x = torch.tensor([[[0.0, 1.0], [0.0, 0.0]]])
    output, weights = attention(x, x, x)
    assert weights[0, 0].tolist() == [[0.5, 0.5], [0.5, 0.5]]  # the first head sees zeros only
    share = 1 / (1 + torch.e**-1)  # the second has scores 1 and 0 for the first query
    assert weights[0, 1, 0].tolist() == pytest.approx([share, 1 - share])
    assert output[0, 0].tolist() == pytest.approx([0.0, share])


def test_same_seed_same_numbers_as_pytorch():
    torch.manual_seed(3)
    ours = MultiHeadAttention(6, 2).state_dict()
    torch.manual_seed(3)
    theirs = nn.MultiheadAttention(6, 2).state_dict()
    assert list(ours) == list(theirs)
    for name in ours:
        assert_near(ours[name], theirs[name], tolerance=0)


@settings(max_examples=20)
@given(st.integers(2, 6), st.randoms())
def test_without_positions_it_does_not_know_the_order(time, random):
    ours, _ = pair(6, 2)
    x, order = drawn(2, time, 6), torch.tensor(random.sample(range(time), time))
    output, _ = ours(x, x, x)
    assert_near(ours(*[x[:, order]] * 3)[0], output[:, order])


@settings(max_examples=20)
@given(st.integers(2, 6), st.integers(0, 4))
def test_the_future_changes_nothing(time, now):
    now = min(now, time - 2)
    ours, _ = pair(6, 3)
    x = drawn(2, time, 6)
    spoiled = torch.where((torch.arange(time) > now)[:, None], x.detach() * -50 + 3, x)
    before, after = (ours(y, y, y, causal_mask(time))[0] for y in (x, spoiled))
    assert_near(after[:, : now + 1], before[:, : now + 1], tolerance=0)
    assert bool((after[:, now + 1 :] != before[:, now + 1 :]).any())


@settings(max_examples=20)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=3))
def test_padding_is_never_attended_to(lengths):
    ours, _ = pair(6, 3)
    real = padding_mask(torch.tensor(lengths), max(lengths))
    query, x = drawn(len(lengths), 4, 6), drawn(len(lengths), max(lengths), 6, seed=2)
    spoiled = torch.where(real[..., None], x, -1e5)
    output, weights = ours(query, x, x, real[:, None])
    assert_near(ours(query, spoiled, spoiled, real[:, None])[0], output, tolerance=0)
    padding = ~real[:, None, None].expand_as(weights)
    assert bool((weights[padding] == 0).all())
    assert_near(weights.sum(dim=-1), torch.ones_like(weights[..., 0]))
    assert bool((torch.autograd.grad(output.sum(), x)[0][~real] == 0).all())


@pytest.mark.parametrize("need_weights", [True, False])
def test_an_empty_row_leaves_the_bias_of_the_output_alone(need_weights):
    ours, _ = pair(4, 2)
    x, mask = drawn(1, 3, 4), causal_mask(3)
    mask[1] = False
    with pytest.warns(NothingToAttendTo):
        output, _ = ours(x, x, x, mask, need_weights=need_weights)
    assert_near(output[0, 1], ours.out_proj.bias, tolerance=1e-15)
    assert bool(torch.autograd.grad(output.sum(), x)[0].isfinite().all())


def test_a_bias_goes_to_each_head_by_itself():
    ours, _ = pair(4, 2)
    x, bias = drawn(1, 3, 4), torch.zeros(2, 3, 3, dtype=torch.float64)
    bias[1, :, 2] = 800.0
    for mask in (None, causal_mask(3)):
        plain, weights = ours(x, x, x, mask, bias)
        fused, _ = ours(x, x, x, mask, bias, need_weights=False)
        assert_near(fused, plain)
        assert_near(weights[:, 0], ours(x, x, x, mask)[1][:, 0], tolerance=0)
        assert weights[0, 1, 2].tolist() == [0.0, 0.0, 1.0]
        assert bool((weights[0, 1, 0, 2] == 0) == (mask is not None))
