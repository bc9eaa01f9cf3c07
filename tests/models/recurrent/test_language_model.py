"""The language model: probabilities, carried state, streams, samples."""

import math
from itertools import product

import pytest
import torch

from lmteach.models.recurrent.language_model import CELLS, RecurrentLM
from lmteach.models.recurrent.layers import GRU, LSTM, RNN

each_cell = pytest.mark.parametrize("cell", CELLS)
EXACT = {"rtol": 1e-9, "atol": 1e-11}


def made(cell="lstm", layers=2, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return RecurrentLM(5, 8, cell, layers, generator).double()


def text(length, seed=1):
    return torch.randint(5, (length,), generator=torch.Generator().manual_seed(seed))


@each_cell
def test_scores_are_those_of_the_whole_read_at_once(cell):
    model, ids = made(cell), text(300)  # longer than a chunk
    logits, _ = model(ids[None, :-1])
    expected = torch.log_softmax(logits[0], -1).gather(-1, ids[1:, None]).squeeze(-1)
    found = model.log_probabilities(ids)
    torch.testing.assert_close(found[1:], expected, **EXACT)
    bias = torch.log_softmax(model.output.bias, -1)
    torch.testing.assert_close(found[0], bias[ids[0]].detach(), **EXACT)


@each_cell
def test_the_probabilities_of_all_texts_sum_to_one(cell):
    model = made(cell)
    total = sum(model.log_probabilities(ids).sum().exp() for ids in product(range(5), repeat=2))
    assert float(total) == pytest.approx(1.0, abs=1e-12)


@each_cell
def test_two_streams_with_enough_context_are_exact(cell):
    model, ids = made(cell), text(301)
    exact = model.log_probabilities(ids)
    torch.testing.assert_close(
        model.log_probabilities(ids, streams=2, warm_up=10_000), exact, **EXACT
    )


@each_cell
@pytest.mark.parametrize("warm_up", [1, 4])
def test_a_stream_knows_its_last_tokens_of_context_and_no_others(cell, warm_up):
    """As where the text begins with them."""
    model, ids = made(cell), text(40)
    found = model.log_probabilities(ids, streams=2, warm_up=warm_up)
    expected = model.log_probabilities(ids[20 - warm_up :])[warm_up:]
    torch.testing.assert_close(found[20:], expected, **EXACT)
    assert (found[20] - model.log_probabilities(ids)[20]).abs() > 1e-7


@each_cell
@pytest.mark.parametrize("streams", [3, 7, 30])
def test_streams_come_back_in_order_and_nearly_the_same(cell, streams):
    model, ids = made(cell), text(500)
    exact = model.log_probabilities(ids)
    found = model.log_probabilities(ids, streams=streams, warm_up=100)
    assert found.shape == (500,)
    assert (found - exact).abs().max() < 0.02
    first = math.ceil(500 / streams)
    torch.testing.assert_close(found[:first], exact[:first], **EXACT)


def test_as_many_streams_as_tokens_or_one_token():
    model = made()
    assert model.log_probabilities([3, 1, 4], streams=3).shape == (3,)
    assert model.log_probabilities([3]).shape == (1,)
    assert model.log_probabilities(text(5), streams=4).shape == (5,)


@each_cell
def test_a_state_handed_on_goes_on(cell):
    model, ids = made(cell), text(20)[None]
    whole, _ = model(ids)
    _, state = model(ids[:, :7])
    rest, _ = model(ids[:, 7:], state)
    torch.testing.assert_close(rest, whole[:, 7:], **EXACT)


@each_cell
@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_samples_are_drawn_from_the_logits_over_the_temperature(cell, temperature):
    model = made(cell)
    drawn = model.sample(12, torch.Generator().manual_seed(3), [2, 3], temperature)
    ids, generator = [2, 3], torch.Generator().manual_seed(3)
    for _ in range(12):
        logits = model(torch.tensor([ids]))[0][0, -1]
        chances = torch.softmax(logits / temperature, -1)
        ids.append(int(torch.multinomial(chances, 1, generator=generator)))
    assert drawn.tolist() == ids[2:]


@each_cell
def test_a_cold_sample_is_the_likeliest_token_each_time(cell):
    model = made(cell)
    drawn = model.sample(6, torch.Generator().manual_seed(0), context=[1], temperature=1e-6)
    ids = [1]
    for _ in range(6):
        ids.append(int(model(torch.tensor([ids]))[0][0, -1].argmax()))
    assert drawn.tolist() == ids[1:]


def test_the_same_generator_gives_the_same_model_and_sample():
    one, other = made(), made()
    assert all(map(torch.equal, one.state_dict().values(), other.state_dict().values()))
    first, second = (m.sample(20, torch.Generator().manual_seed(4)) for m in (one, other))
    assert torch.equal(first, second)


def test_parts_and_sizes():
    assert {cell: type(made(cell).recurrent) for cell in CELLS} == {
        "rnn": RNN,
        "gru": GRU,
        "lstm": LSTM,
    }
    rows = {"rnn": 1, "gru": 3, "lstm": 4}
    for cell, count in rows.items():
        inner = count * 8 * (8 + 8 + 2) * 2
        assert made(cell).parameter_count == 5 * 8 + inner + 8 * 5 + 5
    layer = made("lstm").recurrent
    assert (layer.bias_ih_l1 + layer.bias_hh_l1)[8:16].tolist() == [1.0] * 8


def test_a_few_steps_learn_to_alternate():
    generator = torch.Generator().manual_seed(0)
    ids = torch.tensor([[0, 1] * 10])
    for cell in CELLS:
        model = RecurrentLM(2, 8, cell, generator=generator)
        optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        for _ in range(60):
            logits, _ = model(ids[:, :-1])
            loss = torch.nn.functional.cross_entropy(logits[0], ids[0, 1:])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        assert loss.item() < 0.05


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (torch.tensor([[1, 5]]), r"ids contains the id 5, but .* \(ids 0 to 4\)"),
        (torch.tensor([[1, -1]]), "ids contains the id -1"),
        (torch.tensor([1, 2]), r"ids has shape \(2,\).*ids\[None\]"),
        (torch.zeros(1, 0).long(), r"ids has shape \(1, 0\)"),
        (torch.zeros(1, 2), "type torch.float32"),
        ([[1, 2]], "ids is of type list, expected a tensor of whole numbers"),
    ],
)
def test_wrong_ids_are_refused(ids, message):
    with pytest.raises(ValueError, match=message):
        made()(ids)


@pytest.mark.usefixtures("without_shape_checks")
def test_other_wrong_arguments_are_refused():
    model, generator = made(), torch.Generator()
    with pytest.raises(ValueError, match="cell is 'rns', expected one of 'rnn', 'gru', 'lstm'"):
        RecurrentLM(5, 8, "rns")
    with pytest.raises(ValueError, match="dim is 0"):
        RecurrentLM(5, 0)
    with pytest.raises(ValueError, match="tokens has 0 ids, expected at least 1"):
        model.log_probabilities([])
    with pytest.raises(ValueError, match="tokens has 2 ids, expected at least 3"):
        model.log_probabilities([1, 2], streams=3)
    with pytest.raises(ValueError, match="contains the id 9"):
        model.log_probabilities([1, 9])
    with pytest.raises(ValueError, match="length is 0"):
        model.sample(0, generator)
    with pytest.raises(ValueError, match="temperature is 0"):
        model.sample(1, generator, temperature=0)
