"""The whole Transformer: against PyTorch's, through both masks, and what no mask may let pass."""

import dataclasses
import functools
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmteach.models.transformer.attention import causal_mask, padding_mask
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.model import Decoder, Encoder, Transformer

CONFIG = TransformerConfig(dim=6, heads=2, feed_forward_dim=8, layers=2, dropout=0.0)
LENGTHS = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4)), min_size=1, max_size=3)
KINDS = pytest.mark.parametrize("pre_norm", [False, True])


@functools.cache
def pair(pre_norm=False):
    """A Transformer of each kind with the same numbers, none of them where they start."""
    torch.manual_seed(0)
    config = dataclasses.replace(CONFIG, pre_norm=pre_norm)
    model = Transformer(config).double()
    sizes = (config.dim, config.heads, config.layers, config.layers, config.feed_forward_dim)
    with warnings.catch_warnings():  # PyTorch tells where its shortcut for inference is not taken
        warnings.filterwarnings("ignore", message="enable_nested_tensor is True")
        twin = nn.Transformer(*sizes, dropout=0.0, batch_first=True, norm_first=pre_norm).double()
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.5)
    twin.load_state_dict(model.state_dict())
    model.load_state_dict(twin.state_dict())
    return model, twin


def batch(lengths, seed=1):
    """Sources and targets of some lengths, padded, and where they are real."""
    generator = torch.Generator().manual_seed(seed)
    made = []
    for side in zip(*lengths, strict=True):
        x = torch.randn(len(side), max(side), 6, generator=generator, dtype=torch.float64)
        made += [x.requires_grad_(), padding_mask(torch.tensor(side), max(side))]
    source, source_mask, target, target_mask = made
    return source, target, source_mask, target_mask


def assert_near(ours, theirs, tolerance=1e-8):
    torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance)


@KINDS
@settings(max_examples=10)
@given(LENGTHS, st.booleans(), st.integers(0, 3))
def test_it_equals_pytorch_masks_values_and_gradients(pre_norm, lengths, causal, seed):
    model, twin = pair(pre_norm)
    source, target, source_mask, target_mask = batch(lengths, seed)
    output = model(source, target, source_mask, target_mask, causal)
    expected = twin(
        source,
        target,
        tgt_mask=~causal_mask(target.shape[1]) if causal else None,
        src_key_padding_mask=~source_mask,
        tgt_key_padding_mask=~target_mask,
        memory_key_padding_mask=~source_mask,
    )
    assert_near(output, expected)
    results = []
    for out, module in ((output, model), (expected, twin)):
        weights = torch.linspace(-1, 2, out.numel(), dtype=out.dtype).view_as(out)
        parameters = [parameter for _, parameter in sorted(module.named_parameters())]
        results.append(torch.autograd.grad((out * weights).sum(), [source, target, *parameters]))
    for one, other in zip(*results, strict=True):
        assert_near(one, other)


def test_without_any_mask_it_equals_pytorch():
    model, twin = pair()
    source, target, _, _ = batch([(4, 3), (4, 3)])
    assert_near(model(source, target, causal=False), twin(source, target))


@KINDS
def test_encoder_and_decoder_alone_equal_pytorch(pre_norm):
    model, twin = pair(pre_norm)
    source, target, _, _ = batch([(4, 3), (4, 3)])
    memory = model.encode(source)
    assert_near(memory, twin.encoder(source))
    past = causal_mask(3)
    assert_near(model.decode(target, memory), twin.decoder(target, memory, tgt_mask=~past))
    assert isinstance(model.encoder, Encoder)
    assert isinstance(model.decoder, Decoder)


@KINDS
@settings(max_examples=10)
@given(LENGTHS, st.data())
def test_no_leak_from_the_future(pre_norm, lengths, data):
    model, _ = pair(pre_norm)
    source, target, source_mask, target_mask = batch(lengths)
    now = data.draw(st.integers(0, target.shape[1] - 1))
    later = (torch.arange(target.shape[1]) > now)[:, None]
    spoiled = torch.where(later, target.detach() * -30 + 2, target)
    output = model(source, target, source_mask, target_mask)
    after = model(source, spoiled, source_mask, target_mask)
    assert_near(after[:, : now + 1], output[:, : now + 1], tolerance=0)
    (reached,) = torch.autograd.grad(output[:, now].square().sum(), target)
    assert bool((reached[:, now + 1 :] == 0).all())


def test_without_the_causal_mask_the_future_is_seen():
    model, _ = pair()
    source, target, _, _ = batch([(3, 4)])
    spoiled = target.detach().clone()
    spoiled[:, -1] += 1
    output, after = (model(source, x, causal=False) for x in (target, spoiled))
    assert bool(((after - output)[:, 0].abs() > 1e-6).any())


@KINDS
@settings(max_examples=10)
@given(LENGTHS)
def test_no_leak_from_the_padding(pre_norm, lengths):
    model, _ = pair(pre_norm)
    source, target, source_mask, target_mask = batch(lengths)
    output = model(source, target, source_mask, target_mask)
    spoiled = model(
        torch.where(source_mask[..., None], source, 1e4),
        torch.where(target_mask[..., None], target, -1e4),
        source_mask,
        target_mask,
    )
    assert_near(spoiled[target_mask], output[target_mask], tolerance=0)
    for row, (source_length, target_length) in enumerate(lengths):  # and as if it were not there
        alone = model(source[[row], :source_length], target[[row], :target_length])
        assert_near(alone[0], output[row, :target_length])


@settings(max_examples=10)
@given(st.integers(2, 5), st.randoms())
def test_without_positions_the_order_of_the_source_does_not_matter(time, random):
    model, _ = pair()
    source, target, _, _ = batch([(time, 3)])
    order = torch.tensor(random.sample(range(time), time))
    assert_near(model(source[:, order], target), model(source, target))


def test_matrices_start_even_and_the_rest_as_pytorch_has_it():
    torch.manual_seed(0)
    config = TransformerConfig(dim=32, heads=4, feed_forward_dim=96, layers=1)
    model = Transformer(config)
    for name, parameter in model.named_parameters():
        if parameter.ndim > 1:
            bound = (6 / sum(parameter.shape)) ** 0.5
            assert bound * 0.98 < parameter.abs().max() <= bound, name
    attention = model.encoder.layers[0].self_attn
    assert bool((attention.in_proj_bias == 0).all())
    assert bool((model.encoder.norm.weight == 1).all())


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("source", "target", "masks", "message"),
    [
        ((2, 0, 6), (2, 3, 6), (), r"source has shape \(2, 0, 6\), .* at least one of each"),
        ((2, 4, 6), (2, 0, 6), (), r"target has shape \(2, 0, 6\), .* at least one of each"),
        ((2, 4, 5), (2, 3, 6), (), r"source has shape \(2, 4, 5\), expected \(B, places, D\)"),
        ((2, 4, 6), (2, 3, 5), (), r"target has shape \(2, 3, 5\)"),
        ((2, 4, 6), (1, 3, 6), (), "there are 1 targets for 2 sources"),
        ((2, 4, 6), (2, 3, 6), ((2, 3),), r"source_mask has shape \(2, 3\), .* = \(2, 4\)"),
        ((2, 4, 6), (2, 3, 6), ((2, 4), (2, 4)), r"target_mask has shape \(2, 4\)"),
    ],
)
def test_what_does_not_fit(source, target, masks, message):
    real = [torch.ones(shape, dtype=torch.bool) for shape in masks]
    with pytest.raises(ValueError, match=message):
        Transformer(CONFIG)(torch.zeros(source), torch.zeros(target), *real)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("source", "mask", "message"),
    [
        (torch.zeros(2, 4).long(), None, "source is of type torch.int64.* go through an embedding"),
        (
            torch.zeros(2, 4, 6),
            torch.ones(2, 4),
            "source_mask is of type torch.float32",
        ),
    ],
)
def test_wrong_kinds(source, mask, message):
    with pytest.raises(ValueError, match=message):
        Transformer(CONFIG).encode(source, mask)
