"""Encoder–decoder: step by step as in a batch, blind to padding and to the future, and checked."""

import pytest
import torch
from torch import nn

from lmteach.decoding.beam import beam_search
from lmteach.models.seq2seq.model import EncoderDecoder
from lmteach.text.tokenizers.vocabulary import END, START

BOTH = pytest.mark.parametrize("attention", [True, False], ids=["attention", "summary"])
SOURCE = torch.tensor([[3, 4, 5, 6], [7, 3, 0, 0], [8, 0, 0, 0]])
LENGTHS = torch.tensor([4, 2, 1])
TARGET = torch.tensor([[1, 5, 6], [1, 3, 4], [1, 4, 0]])


def made(attention: bool, dropout: float = 0.0) -> EncoderDecoder:
    torch.manual_seed(0)
    return EncoderDecoder(9, 7, 6, attention, embedding_dim=5, dropout=dropout).double()


def decode_with_torch(model: EncoderDecoder, source: list[int], target: list[int]) -> torch.Tensor:
    """The same network for one sequence without padding, made of torch.nn's own parts."""
    decoder = model.decoder
    cell = nn.LSTMCell(5 + 6, 6).double()
    cell.load_state_dict(decoder.cell.state_dict())
    ids = torch.tensor([source])
    keys, summary = model.encoder(ids, torch.tensor([len(source)]))
    hidden, memory = torch.tanh(decoder.bridge(summary)), torch.zeros(1, 6).double()
    logits = []
    for token in target:
        context = summary
        if decoder.attention is not None:
            own = decoder.attention
            both = torch.tanh(own.query(hidden)[:, None] + own.key(keys))
            weights = (both @ own.score.weight[0]).softmax(-1)
            context = torch.einsum("bs,bsd->bd", weights, keys)
        x = torch.cat([decoder.embedding(torch.tensor([token])), context], dim=-1)
        hidden, memory = cell(x, (hidden, memory))
        logits.append(decoder.output(torch.cat([hidden, context], dim=-1)))
    return torch.cat(logits)


@BOTH
def test_a_padded_batch_equals_each_sequence_alone_in_torch(attention: bool) -> None:
    model = made(attention)
    logits = model(SOURCE, LENGTHS, TARGET)
    for row, length in enumerate(LENGTHS.tolist()):
        expected = decode_with_torch(model, SOURCE[row, :length].tolist(), TARGET[row].tolist())
        torch.testing.assert_close(logits[row], expected, rtol=0, atol=1e-12)


@BOTH
def test_the_padding_can_hold_anything(attention: bool) -> None:
    model, spoiled = made(attention), SOURCE.where(SOURCE > 0, 8)
    torch.testing.assert_close(
        model(SOURCE, LENGTHS, TARGET), model(spoiled, LENGTHS, TARGET), rtol=0, atol=0
    )


@BOTH
def test_later_symbols_change_nothing_before_them(attention: bool) -> None:
    model, other = made(attention), TARGET.clone()
    other[:, 2] = 6
    before, after = model(SOURCE, LENGTHS, TARGET), model(SOURCE, LENGTHS, other)
    torch.testing.assert_close(before[:, :2], after[:, :2], rtol=0, atol=0)
    assert bool((before[1:, 2] != after[1:, 2]).any())


@BOTH
def test_steps_give_the_probabilities_of_the_whole(attention: bool) -> None:
    model = made(attention)
    whole = model(SOURCE, LENGTHS, TARGET).log_softmax(dim=-1)
    state = model.encode(SOURCE, LENGTHS)
    for t, tokens in enumerate(TARGET.unbind(dim=1)):
        scores, state = model.step(tokens, state)
        torch.testing.assert_close(scores, whole[:, t], rtol=0, atol=0)


@BOTH
@pytest.mark.parametrize("width", [1, 3])
def test_search_in_a_batch_finds_what_it_finds_one_by_one(attention: bool, width: int) -> None:
    model = made(attention)
    start = torch.full_like(LENGTHS, START)
    with torch.no_grad():
        state = model.encode(SOURCE, LENGTHS)
        alone = [
            model.encode(SOURCE[row : row + 1, :length], LENGTHS[row : row + 1])
            for row, length in enumerate(LENGTHS.tolist())
        ]
    together = beam_search(model.step, state, start, END, width, 5)
    for own, found in zip(alone, together, strict=True):
        [expected] = beam_search(model.step, own, start[:1], END, width, 5)
        assert [h.tokens for h in found] == [h.tokens for h in expected]
        totals = [h.log_probability for h in expected]
        assert [h.log_probability for h in found] == pytest.approx(totals, abs=1e-12)


def test_alignments_sum_to_one_and_never_land_on_padding() -> None:
    weights = made(True).alignment(SOURCE, LENGTHS, TARGET)
    assert weights.shape == (3, 3, 4)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(3, 3).double(), rtol=0, atol=1e-12)
    padding = (SOURCE == 0)[:, None].expand_as(weights)
    assert bool((weights[padding] == 0).all())
    assert bool((weights[~padding] > 0).all())
    assert bool((made(False).alignment(SOURCE, LENGTHS, TARGET) == 0).all())


@BOTH
def test_every_weight_gets_a_gradient(attention: bool) -> None:
    model = made(attention)
    model(SOURCE, LENGTHS, TARGET).log_softmax(-1)[..., 3].sum().backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


def test_dropout_is_for_training_only() -> None:
    model = made(True, dropout=0.5)
    assert not torch.equal(model(SOURCE, LENGTHS, TARGET), model(SOURCE, LENGTHS, TARGET))
    model.eval()
    assert torch.equal(model(SOURCE, LENGTHS, TARGET), model(SOURCE, LENGTHS, TARGET))


@BOTH
def test_dropout_stands_on_both_embeddings_on_the_places_and_before_the_output(
    attention: bool,
) -> None:
    """At a rate near 1 nothing of them is left; the summary and the state go on as they are."""
    model = made(attention, dropout=1 - 1e-12)
    state = model.encode(SOURCE, LENGTHS)
    assert not state.memory.keys.any()
    read_nothing = made(attention)
    with torch.no_grad():
        read_nothing.encoder.embedding.weight.zero_()
    summary = read_nothing.encode(SOURCE, LENGTHS).memory.summary
    assert bool((summary != 0).all())
    torch.testing.assert_close(state.memory.summary, summary, rtol=0, atol=1e-12)
    logits, after = model.decoder(TARGET[:, 0], state)
    context = torch.zeros_like(summary) if attention else summary
    nothing = torch.zeros(3, 5).double()
    before = state.hidden, state.cell
    hidden, _ = model.decoder.cell(torch.cat([nothing, context], dim=-1), before)
    expected = model.decoder.output(torch.cat([torch.zeros_like(hidden), context], dim=-1))
    torch.testing.assert_close(after.hidden, hidden, rtol=0, atol=1e-12)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-12)


def test_a_batch_of_two_is_learned_by_heart() -> None:
    torch.manual_seed(0)
    model = EncoderDecoder(9, 7, 16, attention=True)
    source, lengths = SOURCE[:2], LENGTHS[:2]
    target = torch.tensor([[START, 3, 4, END], [START, 5, END, 0]])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(60):
        logits = model(source, lengths, target[:, :-1]).flatten(0, 1)
        loss = nn.functional.cross_entropy(logits, target[:, 1:].flatten(), ignore_index=0)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        state = model.encode(source, lengths)
    found = beam_search(model.step, state, target[:, 0], END, 2, 5)
    assert [hypotheses[0].tokens for hypotheses in found] == [(3, 4), (5,)]


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": SOURCE + 1}, r"source contains the id 9, but .* \(ids 0 to 8\)"),
        ({"source": SOURCE - 1}, "source contains the id -1"),
        ({"source": SOURCE[:, :0]}, "at least one of each"),
        ({"source": SOURCE[0]}, r"source has shape \(4,\)"),
        ({"lengths": LENGTHS + 1}, "lengths go from 2 to 5, expected 1 to 4"),
        ({"lengths": LENGTHS - 1}, "empty sequence"),
        ({"lengths": LENGTHS[:2]}, "2 lengths for 3 sequences"),
        ({"target": TARGET + 1}, r"target contains the id 7, but .* \(ids 0 to 6\)"),
        ({"target": TARGET[:2]}, "2 targets for 3 sources"),
    ],
)
def test_bad_batches(change: dict[str, torch.Tensor], message: str) -> None:
    given = {"source": SOURCE, "lengths": LENGTHS, "target": TARGET} | change
    for ask in (made(True), made(True).alignment):
        with pytest.raises(ValueError, match=message):
            ask(**given)


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((9, 7, 5), "dim is 5, expected an even number"),
        ((0, 7, 6), "source_vocab is 0, expected a whole number of at least 1"),
        ((9, 0, 6), "target_vocab is 0"),
        ((9, 7, 0), "dim is 0"),
    ],
)
def test_bad_sizes(sizes: tuple[int, int, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EncoderDecoder(*sizes, attention=True)
