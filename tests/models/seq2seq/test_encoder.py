"""The encoder against torch.nn.LSTM with the same weights, from both sides, with padding."""

import pytest
import torch
from torch import nn

from lmteach.models.seq2seq.encoder import Encoder, reverse_within


def theirs(encoder: Encoder) -> nn.LSTM:
    size = encoder.rightward.hidden_size
    lstm = nn.LSTM(
        encoder.embedding.embedding_dim, size, batch_first=True, bidirectional=True
    ).double()
    weights = dict(encoder.rightward.state_dict())
    weights |= {f"{name}_reverse": w for name, w in encoder.leftward.state_dict().items()}
    lstm.load_state_dict(weights)
    return lstm


def test_it_equals_torch_with_the_same_weights_and_packed_sequences() -> None:
    torch.manual_seed(0)
    encoder = Encoder(vocab_size=9, dim=6, embedding_dim=5).double()
    source, lengths = torch.randint(3, 9, (4, 5)), torch.tensor([5, 1, 3, 4])
    keys, summary = encoder(source, lengths)
    packed = nn.utils.rnn.pack_padded_sequence(
        encoder.embedding(source), lengths, batch_first=True, enforce_sorted=False
    )
    outputs, (last, _) = theirs(encoder)(packed)
    expected, _ = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)
    real = torch.arange(5) < lengths[:, None]
    torch.testing.assert_close(keys[real], expected[real], rtol=0, atol=1e-12)
    torch.testing.assert_close(summary, torch.cat([*last], dim=-1), rtol=0, atol=1e-12)


def test_what_stands_in_the_padding_changes_nothing_before_it() -> None:
    torch.manual_seed(0)
    encoder, lengths = Encoder(vocab_size=9, dim=6), torch.tensor([2, 4])
    source = torch.tensor([[3, 4, 0, 0], [5, 6, 7, 8]])
    spoiled = torch.tensor([[3, 4, 8, 7], [5, 6, 7, 8]])
    (keys, summary), (others, same) = encoder(source, lengths), encoder(spoiled, lengths)
    torch.testing.assert_close(summary, same, rtol=0, atol=0)
    torch.testing.assert_close(keys[0, :2], others[0, :2], rtol=0, atol=0)


def test_reversing_by_hand_and_twice() -> None:
    x = torch.arange(8.0).reshape(2, 4, 1)
    lengths = torch.tensor([3, 4])
    turned = reverse_within(x, lengths)
    assert turned[..., 0].tolist() == [[2, 1, 0, 3], [7, 6, 5, 4]]
    assert torch.equal(reverse_within(turned, lengths), x)


@pytest.mark.parametrize("end", [0, 3])
def test_each_place_knows_both_ends_of_the_word(end: int) -> None:
    torch.manual_seed(0)
    encoder, lengths = Encoder(vocab_size=9, dim=6), torch.tensor([4])
    source = torch.tensor([[3, 4, 5, 6]])
    other = source.clone()
    other[0, end] = 8
    moved = (encoder(source, lengths)[0] - encoder(other, lengths)[0]).abs().amax(dim=-1)
    assert bool((moved > 1e-6).all())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"vocab_size": 0}, "vocab_size is 0"),
        ({"dim": 5}, "dim is 5, expected an even number"),
        ({"embedding_dim": -1}, "embedding_dim is -1"),
        ({"dropout": 1.0}, "dropout is 1.0"),
    ],
)
def test_no_encoder_is_made_of_impossible_sizes(change, words):
    with pytest.raises(ValueError, match=words):
        Encoder(**{"vocab_size": 9, "dim": 6, **change})


def test_a_length_beyond_the_places_is_refused():
    with pytest.raises(ValueError, match="lengths go from 4 to 4, expected 1 to 3"):
        reverse_within(torch.zeros(1, 3, 2), torch.tensor([4]))
