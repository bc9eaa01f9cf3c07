"""One layer of the encoder and one of the decoder: against PyTorch's, by hand, and what holds."""

import dataclasses
import functools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmteach.models.transformer.attention import MultiHeadAttention, causal_mask, padding_mask
from lmteach.models.transformer.layers import DecoderLayer, EncoderLayer, TransformerConfig

CONFIG = TransformerConfig(dim=6, heads=2, feed_forward_dim=10, layers=1, dropout=0.0)
LENGTHS = st.lists(st.integers(1, 5), min_size=1, max_size=3)
KINDS = pytest.mark.parametrize("pre_norm", [False, True])


@functools.cache
def pair(config, ours, theirs):
    """A layer of each kind with the same numbers, none of them where they start."""
    torch.manual_seed(0)
    layer = ours(config).double()
    twin = theirs(
        config.dim,
        config.heads,
        config.feed_forward_dim,
        config.dropout,
        config.activation,
        config.norm_eps,
        batch_first=True,
        norm_first=config.pre_norm,
    ).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter, std=0.5)
    twin.load_state_dict(layer.state_dict())
    layer.load_state_dict(twin.state_dict())
    return layer, twin


def drawn(*shape, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)


def assert_near(ours, theirs, tolerance=1e-8):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


def assert_same(ours, theirs, layer, twin, *inputs):
    """Values, and gradients of inputs and of each parameter by its name."""
    assert_near(ours, theirs)
    weights = torch.linspace(-1, 2, ours.numel(), dtype=ours.dtype).view_as(ours)
    results = []
    for output, module in ((ours, layer), (theirs, twin)):
        parameters = [parameter for _, parameter in sorted(module.named_parameters())]
        results.append(torch.autograd.grad((output * weights).sum(), [*inputs, *parameters]))
    for one, other in zip(*results, strict=True):
        assert_near(one, other)


@KINDS
@pytest.mark.parametrize("activation", ["relu", "gelu"])
@settings(max_examples=10)
@given(LENGTHS, st.integers(0, 3))
def test_encoder_layer_equals_pytorch(pre_norm, activation, lengths, seed):
    config = dataclasses.replace(CONFIG, pre_norm=pre_norm, activation=activation, norm_eps=1e-3)
    layer, twin = pair(config, EncoderLayer, nn.TransformerEncoderLayer)
    real, past = padding_mask(torch.tensor(lengths), max(lengths)), causal_mask(max(lengths))
    x = drawn(len(lengths), max(lengths), 6, seed=seed)
    for mask, named in (
        (None, {}),
        (past, {"src_mask": ~past}),
        (real[:, None], {"src_key_padding_mask": ~real}),
        (past & real[:, None], {"src_mask": ~past, "src_key_padding_mask": ~real}),
    ):
        assert_same(layer(x, mask), twin(x, **named), layer, twin, x)


@KINDS
@settings(max_examples=10)
@given(LENGTHS, st.integers(1, 4), st.integers(0, 3))
def test_decoder_layer_equals_pytorch(pre_norm, lengths, time, seed):
    config = dataclasses.replace(CONFIG, pre_norm=pre_norm)
    layer, twin = pair(config, DecoderLayer, nn.TransformerDecoderLayer)
    real, past = padding_mask(torch.tensor(lengths), max(lengths)), causal_mask(time)
    memory = drawn(len(lengths), max(lengths), 6, seed=seed)
    x = drawn(len(lengths), time, 6, seed=seed + 9)
    for ours, named in (
        ((None, None), {}),
        ((past, None), {"tgt_mask": ~past}),
        ((past, real[:, None]), {"tgt_mask": ~past, "memory_key_padding_mask": ~real}),
    ):
        assert_same(layer(x, memory, *ours), twin(x, memory, **named), layer, twin, x, memory)


@KINDS
def test_by_hand(pre_norm):
    """With all maps at zero only residuals, norms and the last bias are left."""
    config = TransformerConfig(dim=2, heads=1, feed_forward_dim=3, dropout=0.0, pre_norm=pre_norm)
    layer = EncoderLayer(config)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            if "norm" not in name:
                parameter.zero_()
        layer.linear2.bias.copy_(torch.tensor([0.0, 4.0]))
    x = torch.tensor([[[3.0, 1.0]]])
    # pre: (3, 1) + 0 + (0, 4); post: norm of (3, 1) is (1, -1), plus (0, 4) is (1, 3)
    expected = [3.0, 5.0] if pre_norm else [-1.0, 1.0]
    assert layer(x)[0, 0].tolist() == pytest.approx(expected, abs=1e-4)


@KINDS
@settings(max_examples=10)
@given(st.integers(2, 5), st.randoms())
def test_without_positions_a_layer_does_not_know_the_order(pre_norm, time, random):
    config = dataclasses.replace(CONFIG, pre_norm=pre_norm)
    layer, _ = pair(config, EncoderLayer, nn.TransformerEncoderLayer)
    x, order = drawn(2, time, 6), torch.tensor(random.sample(range(time), time))
    assert_near(layer(x[:, order]), layer(x)[:, order])


@KINDS
def test_dropout_stands_on_what_each_part_returns(pre_norm):
    """At a rate near 1 nothing of the parts is left, and without the norms the input is."""
    config = dataclasses.replace(CONFIG, pre_norm=pre_norm, dropout=1 - 1e-12)
    x, memory = drawn(2, 3, 6), drawn(2, 4, 6)
    for layer, rest in ((EncoderLayer(config), ()), (DecoderLayer(config), (memory,))):
        layer.double().requires_grad_(False)
        expected = x
        if not pre_norm:
            for name in sorted(name for name, _ in layer.named_children() if "norm" in name):
                expected = layer.get_submodule(name)(expected)
        assert_near(layer(x, *rest), expected, tolerance=1e-12)
        assert bool((layer.eval()(x, *rest) != expected).any())


def test_attention_dropout_falls_on_the_weights_alone():
    """At a rate near 1 nobody is looked at, and what attention returns is its last bias."""
    config = dataclasses.replace(CONFIG, attention_dropout=1 - 1e-12)
    x, decoder = drawn(2, 3, 6), DecoderLayer(config).double()
    for attention in (EncoderLayer(config).double().self_attn, *decoder.children()):
        if isinstance(attention, MultiHeadAttention):
            torch.nn.init.normal_(attention.out_proj.bias)
            bias = attention.out_proj.bias.expand_as(x)
            assert_near(attention(x, x, x, need_weights=False)[0], bias)
            assert bool((attention.eval()(x, x, x, need_weights=False)[0] != bias).any())
    assert bool((decoder.feed_forward(x) != 0).all())


@pytest.mark.parametrize("positions", ["rotary", "alibi"])
def test_between_two_texts_there_is_no_distance(positions):
    """In another order the source says the same; the own text does not."""
    config = dataclasses.replace(CONFIG, dim=8, positions=positions)
    layer = DecoderLayer(config).double().eval()
    x, memory = drawn(1, 3, 8), drawn(1, 4, 8)
    assert_near(layer(x, memory.roll(1, dims=1)), layer(x, memory))
    moved = layer(x.roll(1, dims=1), memory).roll(-1, dims=1)
    assert (moved - layer(x, memory)).abs().max() > 1e-3


def test_no_bias_and_fewer_key_heads_reach_every_map():
    config = dataclasses.replace(CONFIG, bias=False, key_heads=1)
    layer = DecoderLayer(config)
    biased = {name for name, _ in layer.named_parameters() if name.endswith("bias")}
    assert biased == {"norm1.bias", "norm2.bias", "norm3.bias"}
    for attention in (layer.self_attn, layer.multihead_attn):
        assert attention.in_proj_weight.shape == (6 + 3 + 3, 6)  # two heads of width 3, one key


def test_a_bias_reaches_the_attention():
    layer, _ = pair(CONFIG, EncoderLayer, nn.TransformerEncoderLayer)
    x = drawn(1, 4, 6)
    bias = torch.zeros(4, 4, dtype=torch.float64).masked_fill(~causal_mask(4), -torch.inf)
    assert_near(layer(x, bias=bias), layer(x, causal_mask(4)))


def test_the_base_model_is_that_of_2017():
    base = TransformerConfig()
    assert (base.dim, base.heads, base.feed_forward_dim, base.layers) == (512, 8, 2048, 6)
    assert (base.dropout, base.pre_norm, base.activation) == (0.1, False, "relu")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"dim": 10, "heads": 4}, "expected heads to divide dim: take dim=8 or dim=12"),
        ({"layers": 0}, "layers is 0"),
        ({"feed_forward_dim": 0}, "feed_forward_dim is 0"),
        ({"dropout": 1.0}, "dropout is 1.0, expected a finite number of at least 0 and below 1"),
        ({"dropout": -0.1}, "dropout is -0.1"),
    ],
)
def test_bad_sizes(wrong, message):
    with pytest.raises(ValueError, match=message):
        TransformerConfig(**wrong)


@pytest.mark.usefixtures("without_shape_checks")
def test_unknown_activation():
    with pytest.raises(ValueError, match="activation is 'tanh', expected one of 'relu', 'gelu'"):
        TransformerConfig(activation="tanh")
