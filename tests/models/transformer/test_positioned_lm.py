"""The model with a choice of positions: against PyTorch's layers, by hand, and what it promises."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from lmteach.models.transformer.attention import (
    MultiHeadAttention,
    causal_mask,
    scaled_dot_product_attention,
)
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.positioned_lm import POSITIONS, PositionedLM
from lmteach.models.transformer.positions import LearnedPositions, Rotary, rotary

CONFIG = TransformerConfig(
    dim=8, heads=2, feed_forward_dim=16, layers=2, dropout=0.0, pre_norm=True
)
EACH = pytest.mark.parametrize("positions", POSITIONS)


def model_of(positions, longest=12, config=CONFIG):
    torch.manual_seed(0)
    given = {"longest": longest} if positions == "learned" else {}
    return PositionedLM(7, config, positions, **given).double().eval()


def drawn_ids(batch, time, seed=0):
    return torch.randint(7, (batch, time), generator=torch.Generator().manual_seed(seed))


def by_torch(model, ids):
    """The same model in other words: torch.nn's layers, and positions from their definitions."""
    time, dim, heads = ids.shape[1], model.config.dim, model.config.heads
    x = functional.embedding(ids, model.embedding.weight)
    mask = torch.full((time, time), -torch.inf, dtype=torch.float64).triu(1)
    if model.positions == "sinusoidal":
        for p in range(time):
            for j in range(dim // 2):
                angle = p / 10000 ** (2 * j / dim)
                x[:, p, 2 * j] += math.sin(angle)
                x[:, p, 2 * j + 1] += math.cos(angle)
    elif model.positions == "learned":
        x = x + functional.embedding(torch.arange(time), model.learned.weight)
    elif model.positions == "alibi":
        distance = torch.arange(time)[:, None] - torch.arange(time)
        slopes = torch.tensor([2.0 ** (-8 * h / heads) for h in range(1, heads + 1)])
        mask = (mask - slopes.double()[:, None, None] * distance).repeat(len(ids), 1, 1)
    for layer in model.encoder.layers:
        twin = nn.TransformerEncoderLayer(
            dim, heads, model.config.feed_forward_dim, 0.0, batch_first=True, norm_first=True
        ).double()
        twin.load_state_dict(layer.state_dict())
        x = twin(x, src_mask=mask)
    return model.output(functional.layer_norm(x, (dim,), *model.encoder.norm.parameters()))


@pytest.mark.parametrize("positions", [kind for kind in POSITIONS if kind != "rotary"])
@settings(max_examples=10)
@given(st.integers(1, 3), st.integers(1, 12), st.integers(0, 99))
def test_model_equals_one_of_torch(positions, batch, time, seed):
    model, ids = model_of(positions), drawn_ids(batch, time, seed)
    tolerance = 1e-5 if positions == "sinusoidal" else 1e-10  # the table is in float32
    torch.testing.assert_close(model(ids), by_torch(model, ids), rtol=0, atol=tolerance)


@settings(max_examples=10)
@given(st.integers(1, 9), st.integers(0, 99))
def test_rotary_attention_turns_as_complex_numbers_do(time, seed):
    """q · k of turned pairs is the real part of q k* exp(i (m − n) ω), pair by pair."""
    torch.manual_seed(seed)
    attention = MultiHeadAttention(dim=8, heads=2, positions=Rotary()).double()
    x = torch.randn(2, time, 8, dtype=torch.float64)
    mapped = functional.linear(x, attention.in_proj_weight, attention.in_proj_bias)
    q, k, v = mapped.unflatten(-1, (3, 2, 4)).permute(2, 0, 3, 1, 4)
    q, k = (torch.complex(part[..., :2], part[..., 2:]) for part in (q, k))
    distance = torch.arange(time)[:, None] - torch.arange(time)
    turns = torch.tensor([1.0, 0.01], dtype=torch.float64)
    turned = torch.exp(1j * distance[..., None] * turns)  # (T, T, K / 2)
    scores = torch.einsum("bhmp,bhnp,mnp->bhmn", q, k.conj(), turned).real / math.sqrt(4)
    expected = scores.masked_fill(~causal_mask(time), -torch.inf).softmax(-1)
    output, weights = attention(x, x, x, causal_mask(time))
    torch.testing.assert_close(weights, expected, rtol=0, atol=1e-12)
    joined = (expected @ v).transpose(1, 2).flatten(2)
    torch.testing.assert_close(output, attention.out_proj(joined), rtol=0, atol=1e-12)


def test_rotary_attention_with_another_source():
    """Queries and keys are counted from 0 each, and values stay as they are."""
    torch.manual_seed(0)
    turning = MultiHeadAttention(8, 2, positions=Rotary()).double()
    x, other = (torch.randn(1, time, 8, dtype=torch.float64) for time in (3, 5))
    q, k, v = turning.project(x, other, other)
    q, k = rotary(q, torch.arange(3)), rotary(k, torch.arange(5))
    output, weights = scaled_dot_product_attention(q, k, v)
    found = turning(x, other, other)
    assert torch.equal(found[1], weights)
    assert torch.equal(found[0], turning.out_proj(output.transpose(1, 2).flatten(2)))


def test_the_layers_of_a_rotary_model_turn_and_others_do_not():
    for positions in POSITIONS:
        for layer in model_of(positions).encoder.layers:
            assert isinstance(layer.self_attn.positions, Rotary) == (positions == "rotary")


@EACH
def test_the_future_changes_nothing_before_it(positions):
    model, ids = model_of(positions), drawn_ids(2, 10)
    changed = ids.clone()
    changed[:, 6:] = (changed[:, 6:] + 1) % 7
    before, after = model(ids), model(changed)
    assert torch.equal(before[:, :6], after[:, :6])
    assert bool((before[:, 6:] != after[:, 6:]).any(-1).all())


@EACH
def test_only_none_is_blind_to_the_order_of_the_past(positions):
    """One layer deep: with two, even a causal mask alone leaves a trace of the order."""
    config = TransformerConfig(
        dim=8, heads=2, feed_forward_dim=16, layers=1, dropout=0.0, pre_norm=True
    )
    model = model_of(positions, config=config)
    ids = torch.tensor([[0, 1, 2, 3, 4]])
    shuffled = torch.tensor([[3, 0, 2, 1, 4]])
    gap = (model(ids)[:, -1] - model(shuffled)[:, -1]).abs().max().item()
    if positions == "none":
        assert gap < 1e-12
    else:
        assert gap > 1e-5


@pytest.mark.parametrize("positions", ["none", "rotary", "alibi"])
def test_a_shift_of_the_window_changes_nothing_where_distance_counts(positions):
    """Two windows of one letter, one longer: what a place sees differs by copies of it alone."""
    model = model_of(positions)
    same = torch.full((1, 12), 3)
    logits = model(same)[0]
    if positions == "none":
        torch.testing.assert_close(logits, logits[:1].expand_as(logits), rtol=0, atol=1e-12)
    wide = model(torch.cat([same, same], dim=1))[0, :12]
    torch.testing.assert_close(wide, logits, rtol=0, atol=1e-12)


def test_by_hand_with_nothing_but_the_table():
    """No layer does anything: what is left is the norm of embedding plus position, mapped out."""
    model = model_of("learned", longest=2)
    with torch.no_grad():
        for name, parameter in model.encoder.layers.named_parameters():
            if "norm" not in name:
                parameter.zero_()
        model.embedding.weight.zero_()
        model.learned.weight.copy_(torch.eye(8)[:2] * 3)
        model.output.weight.copy_(torch.eye(8)[:7])
        model.output.bias.zero_()
    mean, std = 3 / 8, math.sqrt(9 / 8 - 9 / 64 + CONFIG.norm_eps)
    logits = model(torch.tensor([[5, 6]]))[0]
    assert logits[0, 0].item() == pytest.approx((3 - mean) / std, abs=1e-9)
    assert logits[1, 1].item() == pytest.approx((3 - mean) / std, abs=1e-9)
    assert logits[0, 1].item() == pytest.approx(-mean / std, abs=1e-9)


def test_a_learned_table_ends_where_it_ends():
    model = model_of("learned", longest=4)
    with pytest.raises(ValueError, match="contains 4, but the table was learned for 0 to 3"):
        model(drawn_ids(1, 5))
    longer = LearnedPositions(6, 8).double()
    longer.weight.data[:4] = model.learned.weight.data
    before = model(drawn_ids(1, 4))
    model.learned = longer
    assert torch.equal(model(drawn_ids(1, 4)), before)
    assert model(drawn_ids(1, 6)).shape == (1, 6, 7)


@pytest.mark.parametrize("positions", [kind for kind in POSITIONS if kind != "learned"])
def test_all_others_go_on(positions):
    assert bool(model_of(positions)(drawn_ids(1, 200)).isfinite().all())


@EACH
def test_it_can_be_trained(positions):
    model, ids = model_of(positions).float(), drawn_ids(4, 10)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    losses = []
    for _ in range(60):
        loss = functional.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    assert all(parameter.grad is not None for parameter in model.parameters())


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PositionedLM(7, CONFIG, "relative"), "positions is 'relative', expected one of"),
        (lambda: PositionedLM(0, CONFIG, "none"), "vocab_size is 0"),
        (lambda: PositionedLM(7, CONFIG, "learned"), "longest is None, expected longest"),
        (lambda: PositionedLM(7, CONFIG, "rotary", longest=4), "with learned positions and with"),
        (lambda: PositionedLM(7, CONFIG, "learned", longest=0), "longest is 0"),
        (
            lambda: PositionedLM(7, TransformerConfig(dim=6, heads=2), "rotary"),
            "a head is 3 wide .* expected an even width",
        ),
        (
            lambda: PositionedLM(7, TransformerConfig(dim=5, heads=1), "sinusoidal")(
                torch.zeros(1, 2).long()
            ),
            "dim is 5, expected an even whole number",
        ),
        (
            lambda: model_of("none")(torch.tensor([[7]])),
            r"the id 7, but .* \(ids 0 to 6\)",
        ),
        (lambda: model_of("none")(torch.tensor([[-1]])), "ids contains the id -1, but"),
        (lambda: model_of("none")(torch.zeros(1, 2)), "type torch.float32, expected a tensor"),
        (lambda: model_of("none")(torch.zeros(3).long()), r"ids has shape \(3,\)"),
        (lambda: model_of("none")(torch.zeros(1, 0).long()), r"ids has shape \(1, 0\)"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def bits_of_the_letter_before(model, ids):
    logits = model(ids)[:, 1:].transpose(1, 2)
    return functional.cross_entropy(logits, ids[:, :-1], reduction="none") / math.log(2)


def trained_short(positions, seed):
    """Bits up to the eighth place, and from the seventeenth on, of a model trained on eight."""
    torch.manual_seed(seed)
    config = TransformerConfig(
        dim=16, heads=2, feed_forward_dim=32, layers=1, dropout=0.0, pre_norm=True
    )
    model = PositionedLM(4, config, positions, 8 if positions == "learned" else None)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
    for _ in range(150):
        ids = torch.randint(4, (32, 8), generator=generator)
        loss = bits_of_the_letter_before(model, ids).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if positions == "learned":
        longer = LearnedPositions(32, 16, generator)
        longer.weight.data[:8] = model.learned.weight.data
        model.learned = longer
    with torch.no_grad():
        found = bits_of_the_letter_before(model, torch.randint(4, (500, 32), generator=generator))
    return found[:, :7].mean().item(), found[:, 15:].mean().item()


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("positions", "trained", "beyond"),
    [
        ("none", (0.5, 2.0), (1.5, math.inf)),  # a blind guess has 2 bits
        ("sinusoidal", (0.0, 0.05), (2.5, math.inf)),
        ("learned", (0.0, 0.05), (2.5, math.inf)),
        ("rotary", (0.0, 0.05), (0.0, 0.8)),
        ("alibi", (0.5, 2.0), (1.5, 2.5)),
    ],
)
def test_trained_short_and_tested_long(positions, trained, beyond, seed):
    """The letter before: sums of places break, turns go on, and a slope can't say "one"."""
    seen, far = trained_short(positions, seed)
    assert trained[0] <= seen <= trained[1]
    assert beyond[0] <= far <= beyond[1]


def test_embeddings_start_small_enough_for_positions_to_be_heard():
    torch.manual_seed(0)
    model = PositionedLM(2000, CONFIG, "learned", longest=9)
    assert model.embedding.weight.std().item() == pytest.approx(0.3, rel=0.02)
    assert abs(model.embedding.weight.mean().item()) < 0.01
