"""Positions against independent implementations, by hand, and what each of them promises."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.models.transformer.positions import (
    LearnedPositions,
    Rotary,
    alibi_bias,
    alibi_slopes,
    frequencies,
    rotary,
    shift_rotation,
    sinusoidal,
    stretched,
)

EVEN = st.integers(1, 24).map(lambda half: 2 * half)
BASES = st.sampled_from([1.0, 2.0, 100.0, 10000.0, 500000.0])


def drawn(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64)


@given(st.integers(1, 60), EVEN, BASES)
def test_sinusoids_entry_by_entry(time, dim, base):
    found = sinusoidal(time, dim, base)
    assert found.shape == (time, dim)
    for p in (0, time // 2, time - 1):
        for i in range(dim):
            angle = p / base ** (2 * (i // 2) / dim)
            expected = math.cos(angle) if i % 2 else math.sin(angle)
            assert found[p, i].item() == pytest.approx(expected, abs=1e-6)


def test_sinusoids_are_those_of_distilbert():
    from transformers.models.distilbert.modeling_distilbert import create_sinusoidal_embeddings

    theirs = nn.Parameter(torch.empty(50, 32), requires_grad=False)
    create_sinusoidal_embeddings(n_pos=50, dim=32, out=theirs)
    torch.testing.assert_close(sinusoidal(50, 32), theirs.data, rtol=0, atol=1e-6)


def test_sinusoids_by_hand():
    assert sinusoidal(3, 2)[2].tolist() == pytest.approx([math.sin(2), math.cos(2)])
    assert sinusoidal(1, 6)[0].tolist() == [0, 1, 0, 1, 0, 1]
    assert frequencies(4, base=100.0).tolist() == pytest.approx([1.0, 0.1])


@given(EVEN, st.integers(-40, 40), BASES)
def test_a_shift_is_the_stated_rotation_wherever_one_stands(dim, steps, base):
    torch.set_default_dtype(torch.float64)
    try:
        table = sinusoidal(81, dim, base)
    finally:
        torch.set_default_dtype(torch.float32)
    rotation = shift_rotation(steps, dim, base)
    starts = torch.arange(40, 81 - max(steps, 0))
    moved = table[starts] @ rotation.T
    torch.testing.assert_close(moved, table[starts + steps], rtol=0, atol=1e-10)
    identity = torch.eye(dim, dtype=torch.float64)
    torch.testing.assert_close(rotation @ rotation.T, identity, rtol=0, atol=1e-12)


def test_without_cosines_no_matrix_does_the_shift():
    """What the cosines are for: the best linear map between sines alone leaves a residual."""
    angles = torch.arange(64, dtype=torch.float64)[:, None] * frequencies(16)
    sines = angles.sin()
    residuals = {}
    for name, table in (("both", torch.cat([sines, angles.cos()], 1)), ("sines", sines)):
        fitted = torch.linalg.lstsq(table[:-5], table[5:], driver="gelsd").solution
        residuals[name] = (table[:-5] @ fitted - table[5:]).abs().max().item()
    assert residuals["both"] < 1e-8
    assert residuals["sines"] > 0.01


@given(st.integers(1, 6), EVEN)
def test_products_of_sinusoids_depend_on_distance_only(steps, dim):
    table = sinusoidal(40, dim).double()
    products = (table[:-steps] * table[steps:]).sum(-1)
    expected = (steps * frequencies(dim)).cos().sum()
    assert products.tolist() == pytest.approx([expected.item()] * (40 - steps), abs=1e-5)


def test_learned_positions_are_rows_of_a_table():
    learned, embedding = LearnedPositions(6, 4), nn.Embedding(6, 4)
    embedding.load_state_dict(learned.state_dict())
    positions = torch.tensor([0, 5, 2, 2])
    assert torch.equal(learned(positions), embedding(positions))
    learned(positions).sum().backward()
    assert learned.weight.grad.sum(dim=1).tolist() == [4, 0, 8, 0, 0, 4]


def test_learned_positions_start_as_the_generator_says():
    first, again = (
        LearnedPositions(500, 8, generator=torch.Generator().manual_seed(3)) for _ in "ab"
    )
    assert torch.equal(first.weight, again.weight)
    assert first.weight.std().item() == pytest.approx(0.02, rel=0.05)


@pytest.mark.parametrize("base", [10000.0, 500000.0])
def test_rotary_is_that_of_llama(base):
    from transformers import LlamaConfig
    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb

    config = LlamaConfig(
        hidden_size=32,
        num_attention_heads=4,
        max_position_embeddings=64,
        rope_parameters={"rope_type": "default", "rope_theta": base},
    )
    query, key = drawn(2, 4, 40, 8, seed=1).float(), drawn(2, 4, 40, 8, seed=2).float()
    positions = torch.arange(7, 47)
    cos, sin = LlamaRotaryEmbedding(config)(query, positions[None])
    theirs = apply_rotary_pos_emb(query, key, cos, sin)
    for ours, other in zip(
        (rotary(query, positions, base), rotary(key, positions, base)), theirs, strict=True
    ):
        torch.testing.assert_close(ours, other, rtol=0, atol=2e-5)


@pytest.mark.parametrize(("base", "stretch"), [(500_000.0, 8.0), (500_000.0, 32.0), (1e4, 1.0)])
def test_stretched_turns_are_those_of_llama(base, stretch):
    from transformers import LlamaConfig
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    rope = {"rope_type": "llama3", "rope_theta": base, "factor": stretch, "low_freq_factor": 1.0}
    rope |= {"high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
    config = LlamaConfig(hidden_size=256, num_attention_heads=2, rope_parameters=rope)
    theirs, scale = ROPE_INIT_FUNCTIONS["llama3"](config, torch.device("cpu"))
    ours = Rotary(base, stretch).turns(128)
    assert scale == 1
    torch.testing.assert_close(ours.float(), theirs, rtol=1e-6, atol=0)
    x = drawn(3, 128)
    angles = torch.arange(9, 12)[:, None] * ours
    expected = torch.cat(
        [
            x[:, :64] * angles.cos() - x[:, 64:] * angles.sin(),
            x[:, :64] * angles.sin() + x[:, 64:] * angles.cos(),
        ],
        dim=1,
    )
    torch.testing.assert_close(Rotary(base, stretch).turn(x, start=9), expected, rtol=0, atol=1e-12)


def test_stretched_by_hand():
    """Turns in 8,192 positions: 8 are left, 2.5 is half the way, 1 and a half are slowed down."""
    in_context = torch.tensor([8.0, 2.5, 1.0, 0.5], dtype=torch.float64)
    kept = stretched(in_context * 2 * math.pi / 8192, stretch=4.0) * 8192 / (2 * math.pi)
    assert kept.tolist() == pytest.approx([8.0, 2.5 * (0.5 + 0.5 / 4), 0.25, 0.125], abs=1e-12)


@given(EVEN, BASES, st.floats(1, 100))
def test_stretching_slows_down_and_keeps_the_order(dim, base, stretch):
    plain, slower = frequencies(dim, base), Rotary(base, stretch).turns(dim)
    assert (slower <= plain).all()
    assert (slower >= plain / stretch * (1 - 1e-12)).all()
    assert (slower.diff() <= 1e-15).all()
    assert torch.equal(Rotary(base).turns(dim), plain)


def test_rotary_is_that_of_gpt_j_with_the_entries_in_its_order():
    """GPT-J turns neighbours, as the paper does; LLaMA and we turn halves."""
    from transformers.models.gptj.modeling_gptj import apply_rotary_pos_emb

    x, positions = drawn(1, 9, 3, 8), torch.arange(9)
    angles = positions[:, None] * frequencies(8)
    theirs = apply_rotary_pos_emb(x, angles.sin()[None], angles.cos()[None])  # (B, T, H, K)
    apart = torch.tensor([0, 2, 4, 6, 1, 3, 5, 7])
    ours = rotary(x.transpose(1, 2)[..., apart], positions).transpose(1, 2)
    torch.testing.assert_close(ours, theirs[..., apart], rtol=0, atol=1e-12)


@given(EVEN, st.integers(-500, 500), st.integers(0, 200), BASES)
def test_rotary_scores_depend_on_distance_only(dim, shift, distance, base):
    query, key = drawn(1, dim, seed=1), drawn(1, dim, seed=2)

    def score(at):
        turned = rotary(query, torch.tensor([at]), base)
        return (turned @ rotary(key, torch.tensor([at - distance]), base).T).item()

    assert score(shift) == pytest.approx(score(0), abs=1e-9)
    length = rotary(query, torch.tensor([shift]), base).norm().item()
    assert length == pytest.approx(query.norm().item(), abs=1e-12)


def test_rotary_by_hand():
    """A quarter turn takes (1, 0) to (0, 1); at position 0 nothing is turned."""
    x = torch.tensor([[1.0, 0.0], [1.0, 2.0]], dtype=torch.float64)
    turned = rotary(x, torch.tensor([math.pi / 2, 0.0], dtype=torch.float64))
    np.testing.assert_allclose(turned, [[0, 1], [1, 2]], atol=1e-15)


def test_rotary_keeps_gradients_and_types():
    x = drawn(2, 5, 4).requires_grad_()
    turned = rotary(x, torch.arange(5))
    turned.pow(2).sum().backward()
    torch.testing.assert_close(x.grad, 2 * x.detach(), rtol=0, atol=1e-12)  # lengths stay
    assert rotary(x.float(), torch.arange(5)).dtype == torch.float32


@pytest.mark.parametrize("heads", [1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20])
def test_alibi_is_that_of_mpt_and_bloom(heads):
    from transformers.models.bloom.modeling_bloom import build_alibi_tensor
    from transformers.models.mpt.modeling_mpt import build_mpt_alibi_tensor

    bias = alibi_bias(heads, 20)
    mpt = build_mpt_alibi_tensor(heads, 20)  # (H, 1, T): the bias of the last query
    torch.testing.assert_close(bias[:, -1:], mpt, rtol=1e-6, atol=0)
    bloom = build_alibi_tensor(torch.ones(1, 20), heads, torch.float32)
    scores, ahead = drawn(heads, 20, 20).float(), torch.ones(20, 20).triu(1).bool()
    ours, theirs = (
        (scores + added).masked_fill(ahead, -torch.inf).softmax(-1) for added in (bias, bloom)
    )
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_alibi_by_hand():
    assert alibi_slopes(8).tolist() == [2**-h for h in range(1, 9)]
    assert alibi_slopes(3).tolist() == pytest.approx([2**-4, 2**-8, 2**-2])
    assert (alibi_bias(2, 3)[0] * 16).tolist() == [[0, -1, -2], [-1, 0, -1], [-2, -1, 0]]


@given(st.integers(1, 20), st.integers(1, 20))
def test_alibi_depends_on_distance_only(heads, time):
    bias = alibi_bias(heads, time)
    assert bool((bias[:, 1:, 1:] == bias[:, :-1, :-1]).all())
    assert bool((bias <= 0).all())
    assert bool((bias == bias.transpose(1, 2)).all())


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sinusoidal(4, 5), "dim is 5, expected an even whole number"),
        (lambda: sinusoidal(4, 0), "dim is 0, expected a whole number of at least 1"),
        (lambda: sinusoidal(0, 4), "time is 0, expected a whole number of at least 1"),
        (lambda: sinusoidal(4, 4, base=0.5), "base is 0.5, expected a finite number of at le"),
        (lambda: frequencies(4, base=math.inf), "base is inf"),
        (lambda: shift_rotation(1, 3), "dim is 3"),
        (lambda: rotary(torch.zeros(2, 3), torch.arange(2)), "dim is 3, expected an even"),
        (lambda: rotary(torch.zeros(2, 4), torch.arange(3)), r"shape \(3,\), expected \(2,\)"),
        (lambda: rotary(torch.zeros(2, 4).long(), torch.arange(2)), "expected queries or keys"),
        (lambda: rotary(torch.zeros(4), torch.arange(4)), r"x has shape \(4,\)"),
        (lambda: alibi_bias(0, 4), "heads is 0"),
        (lambda: alibi_bias(4, 0), "time is 0"),
        (lambda: alibi_slopes(2.0), r"heads is 2\.0"),
        (lambda: LearnedPositions(0, 4), "longest is 0"),
        (lambda: LearnedPositions(4, 4)(torch.arange(5)), "contains 4, but .* learned for 0 to 3"),
        (lambda: LearnedPositions(4, 4)(torch.tensor([-1])), "contains -1"),
        (lambda: LearnedPositions(4, 4)(torch.ones(2)), "expected a row of whole numbers"),
        (lambda: LearnedPositions(4, 4)(torch.zeros(1, 2).long()), r"shape \(1, 2\)"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
