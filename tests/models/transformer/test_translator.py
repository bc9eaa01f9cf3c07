"""The translator: made of torch.nn's parts, step by step as at once, and through both masks."""

import math
import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.decoding.beam import beam_search
from lmteach.models.transformer.attention_maps import watch_attention
from lmteach.models.transformer.layers import TransformerConfig
from lmteach.models.transformer.translator import Translator
from lmteach.text.tokenizers.vocabulary import END, START

CONFIG = TransformerConfig(dim=6, heads=2, feed_forward_dim=8, layers=2, dropout=0.0)
SOURCE = torch.tensor([[3, 4, 5, 6], [7, 3, 0, 0], [8, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 1])
TARGET = torch.tensor([[1, 5, 6], [1, 3, 4], [1, 4, 0]])
TIED = pytest.mark.parametrize("tied", [True, False], ids=["tied", "not tied"])


def made(tied: bool = True, **changes: object) -> Translator:
    torch.manual_seed(0)
    config = TransformerConfig(**{**CONFIG.__dict__, **changes})
    return Translator(9, 7, config, tied).double()


def positions_by_hand(time: int) -> torch.Tensor:
    rows = [
        [f(p / 10000 ** (2 * j / 6)) for j in range(3) for f in (math.sin, math.cos)]
        for p in range(time)
    ]
    return torch.tensor(rows, dtype=torch.float64)


def translate_with_torch(model: Translator, source: list[int], target: list[int]) -> torch.Tensor:
    """The same network for one sequence without padding, made of torch.nn's own parts."""
    pre = model.config.pre_norm
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="enable_nested_tensor is True")
        twin = nn.Transformer(6, 2, 2, 2, 8, dropout=0.0, batch_first=True, norm_first=pre)
    twin = twin.double()
    twin.load_state_dict(model.transformer.state_dict())
    sides = []
    for embedding, ids in ((model.source_embedding, source), (model.target_embedding, target)):
        x = embedding.weight[ids] * math.sqrt(6) + positions_by_hand(len(ids))
        sides.append(x[None])
    future = torch.ones(len(target), len(target), dtype=torch.bool).triu(1)
    out = twin(*sides, tgt_mask=future)[0]
    bias = 0 if model.output.bias is None else model.output.bias
    return torch.einsum("td,vd->tv", out, model.output.weight) + bias


@TIED
@pytest.mark.parametrize("pre_norm", [True, False])
def test_a_padded_batch_equals_each_sequence_alone_in_torch(tied: bool, pre_norm: bool) -> None:
    model = made(tied, pre_norm=pre_norm)
    logits = model(SOURCE, LENGTHS, TARGET)
    for row, length in enumerate(LENGTHS.tolist()):
        expected = translate_with_torch(model, SOURCE[row, :length].tolist(), TARGET[row].tolist())
        # the package computes positions in single precision, as they are added in training
        torch.testing.assert_close(logits[row], expected, rtol=0, atol=1e-6)


def test_tied_is_one_matrix_and_fewer_numbers() -> None:
    tied, free = made(), made(tied=False)
    assert tied.output.weight is tied.target_embedding.weight
    assert tied.output.bias is None
    count = [sum(p.numel() for p in model.parameters()) for model in (tied, free)]
    assert count[1] - count[0] == 7 * 6 + 7


def test_what_enters_has_variance_one_and_positions() -> None:
    torch.manual_seed(0)
    wide = Translator(5000, 7, TransformerConfig(dim=64, heads=2, feed_forward_dim=8, layers=1))
    wide.eval()
    entered = wide.embed(wide.source_embedding, torch.arange(5000)[:, None])
    at_zero = torch.tensor([0.0, 1.0]).repeat(32)  # sines and cosines of nothing
    assert abs((entered - at_zero).var().item() - 1) < 0.02


def test_the_padding_can_hold_anything() -> None:
    model, spoiled = made(), SOURCE.where(SOURCE > 0, 8)
    torch.testing.assert_close(
        model(SOURCE, LENGTHS, TARGET), model(spoiled, LENGTHS, TARGET), rtol=0, atol=0
    )


def test_later_symbols_change_nothing_before_them() -> None:
    model, other = made(), TARGET.clone()
    other[:, 2] = 6
    before, after = model(SOURCE, LENGTHS, TARGET), model(SOURCE, LENGTHS, other)
    torch.testing.assert_close(before[:, :2], after[:, :2], rtol=0, atol=0)
    assert bool((before[1:, 2] != after[1:, 2]).any())


@given(st.permutations(range(4)).filter(lambda order: list(order) != [0, 1, 2, 3]))
def test_it_knows_the_order_of_what_it_reads(order: list[int]) -> None:
    model, source = made(), SOURCE[:1]
    before = model(source, LENGTHS[:1], TARGET[:1])
    after = model(source[:, order], LENGTHS[:1], TARGET[:1])
    assert bool(((before - after).abs() > 1e-6).any())


@TIED
def test_steps_give_the_probabilities_of_the_whole(tied: bool) -> None:
    model = made(tied)
    whole = model(SOURCE, LENGTHS, TARGET).log_softmax(dim=-1)
    state = model.encode(SOURCE, LENGTHS)
    for t, tokens in enumerate(TARGET.unbind(dim=1)):
        scores, state = model.step(tokens, state)
        torch.testing.assert_close(scores, whole[:, t], rtol=0, atol=1e-12)
    assert state.written.tolist() == TARGET.tolist()


@pytest.mark.parametrize("width", [1, 3])
def test_beam_search_finds_what_the_model_scores(width: int) -> None:
    model = made()
    state = model.encode(SOURCE, LENGTHS)
    found = beam_search(model.step, state, torch.full((3,), START), END, width, max_length=4)
    for row, hypotheses in enumerate(found):
        for one in hypotheses:
            written = [*one.tokens, END] if one.ended else [*one.tokens]
            target = torch.tensor([[START, *written]])
            scores = model(SOURCE[row : row + 1], LENGTHS[row : row + 1], target[:, :-1])
            chosen = scores.log_softmax(-1)[0, range(len(written)), written].sum().item()
            assert abs(chosen - one.log_probability) < 1e-5  # beam search adds in single precision


def test_alignment_is_the_last_decoder_layers_mean_over_heads() -> None:
    model = made()
    weights = model.alignment(SOURCE, LENGTHS, TARGET)
    with watch_attention(model) as maps:
        model(SOURCE, LENGTHS, TARGET)
    heads = maps["transformer.decoder.layers.1.multihead_attn"]
    torch.testing.assert_close(weights, (heads[:, 0] + heads[:, 1]) / 2, rtol=0, atol=1e-12)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 3).double(), rtol=0, atol=1e-12)
    assert not weights[1, :, 2:].any()
    assert not weights.requires_grad


def test_dropout_falls_on_embeddings_and_in_the_layers() -> None:
    model = made(dropout=0.5)
    entered = model.embed(model.source_embedding, SOURCE)
    assert bool((entered == 0).any())
    assert not model.eval().embed(model.source_embedding, SOURCE).eq(0).any()
    assert model.transformer.encoder.layers[0].dropout.p == 0.5


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("source", "lengths", "target", "message"),
    [
        (SOURCE + 5, LENGTHS, TARGET, r"source contains the id 13, .* \(ids 0 to 8\)"),
        (SOURCE, LENGTHS, TARGET + 2, r"target contains the id 8, .* \(ids 0 to 6\)"),
        (SOURCE, LENGTHS[:2], TARGET, "2 lengths for 3 sequences"),
        (SOURCE, LENGTHS, TARGET[:2], "2 targets for 3 sources"),
        (SOURCE, LENGTHS + 1, TARGET, "lengths go from 2 to 5, expected 1 to 4"),
        (SOURCE[:, :0], LENGTHS, TARGET, r"source has shape \(3, 0\)"),
        (SOURCE, LENGTHS, TARGET[:, :0], r"target has shape \(3, 0\)"),
        (SOURCE.float(), LENGTHS, TARGET, "source is of type torch.float32"),
    ],
)
def test_bad_input(
    source: torch.Tensor, lengths: torch.Tensor, target: torch.Tensor, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        made()(source, lengths, target)


def test_bad_sizes() -> None:
    with pytest.raises(ValueError, match="target_vocab is 0"):
        Translator(9, 0, CONFIG)
    with pytest.raises(ValueError, match="dim is 9, expected an even"):
        Translator(9, 7, TransformerConfig(dim=9, heads=3, feed_forward_dim=8, layers=1))
