"""The encoder: its states are those of transformers, the first one by hand."""

import torch
from torch.nn import functional
from transformers import BertConfig as TheirConfig
from transformers import BertModel

from lmteach.models.bert.config import BertConfig
from lmteach.models.bert.encoder import BertEncoder
from lmteach.models.bert.files import rename

SIZES = BertConfig(vocab_size=11, context=12, dim=16, heads=2, layers=3, dropout=0.0)
IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 0, 0]])
REAL = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
SEGMENTS = torch.tensor([[0, 0, 1, 1, 1], [0, 1, 1, 0, 0]])


def lively(config: BertConfig) -> BertEncoder:
    """An encoder in which every number counts."""
    torch.manual_seed(0)
    encoder = BertEncoder(config).eval()
    for parameter in encoder.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return encoder


@torch.no_grad()
def test_all_states_are_those_of_transformers() -> None:
    torch.manual_seed(0)
    sizes = {"vocab_size": 11, "max_position_embeddings": 12, "hidden_size": 16}
    sizes |= {"num_attention_heads": 2, "num_hidden_layers": 3, "intermediate_size": 64}
    theirs = BertModel(TheirConfig(**sizes, initializer_range=0.5), add_pooling_layer=False).eval()
    ours = BertEncoder(SIZES).eval()
    ours.load_state_dict(rename(dict(theirs.state_dict()), layers=3))
    found = ours.hidden_states(IDS, REAL, SEGMENTS)
    expected = theirs(IDS, REAL.long(), SEGMENTS, output_hidden_states=True).hidden_states
    assert len(found) == len(expected) == 4
    for own, other in zip(found, expected, strict=True):
        torch.testing.assert_close(own[REAL], other[REAL], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_the_first_state_is_a_sum_and_a_norm() -> None:
    encoder = lively(SIZES)
    summed = encoder.words.weight[4] + encoder.positions.weight[2] + encoder.segments.weight[1]
    by_hand = functional.layer_norm(summed, (16,), encoder.norm.weight, encoder.norm.bias, 1e-12)
    first = encoder.hidden_states(IDS, None, SEGMENTS)[0]
    torch.testing.assert_close(first[0, 2], by_hand)


@torch.no_grad()
def test_without_segments_all_is_one_text() -> None:
    encoder = lively(SIZES)
    assert torch.equal(encoder(IDS), encoder(IDS, None, torch.zeros_like(IDS)))
    assert not torch.equal(encoder(IDS), encoder(IDS, None, SEGMENTS))
