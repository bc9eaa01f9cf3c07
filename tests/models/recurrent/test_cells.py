"""One step of each cell, beside torch.nn's with the same numbers, and by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmteach.checks import check_sizes
from lmteach.models.checks import check_tensor
from lmteach.models.recurrent.cells import GRUCell, LSTMCell, RNNCell, check_pair, uniform
from tests.models.recurrent.twins import assert_same, draw_state, parts, same_numbers

CELLS = [(RNNCell, nn.RNNCell), (GRUCell, nn.GRUCell), (LSTMCell, nn.LSTMCell)]
each_cell = pytest.mark.parametrize(("ours", "theirs"), CELLS, ids=lambda cell: cell.__name__)
both_ways = pytest.mark.parametrize("into_ours", [True, False], ids=["theirs to ours", "back"])
PARTS = {RNNCell: 1, GRUCell: 1, LSTMCell: 2}  # tensors in a state
EXACT = {"rtol": 1e-10, "atol": 1e-12}


def twins(ours, theirs, into_ours, sizes=(3, 5)):
    """A cell of ours and one of theirs with the same numbers."""
    torch.manual_seed(0)
    return same_numbers(ours(*sizes), theirs(*sizes), into_ours)


@each_cell
@both_ways
@pytest.mark.parametrize("with_state", [True, False])
def test_values_and_gradients_equal_torchs(ours, theirs, into_ours, with_state):
    pair = twins(ours, theirs, into_ours)
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    state = draw_state(PARTS[ours], 4, 5) if with_state else None
    results = [parts(cell(x, state)) for cell in pair]
    assert_same(pair, results, [x, *(parts(state) if with_state else [])], EXACT)


@each_cell
def test_the_same_seed_gives_the_numbers_of_torch(ours, theirs):
    our = ours(3, 5, torch.Generator().manual_seed(7))
    torch.manual_seed(7)
    expected = theirs(3, 5).state_dict()
    assert our.state_dict().keys() == expected.keys()
    assert all(torch.equal(our.state_dict()[name], expected[name]) for name in expected)


def numbers(cell, **values):
    """Set a cell of width 1 to given numbers; what is not named is 0."""
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            new = torch.tensor(values.get(name, [0.0] * parameter.numel()))
            parameter.copy_(new.view(parameter.shape))
    return cell


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


def test_plain_cell_by_hand():
    cell = numbers(RNNCell(1, 1), weight_ih=[2.0], weight_hh=[0.5], bias_ih=[0.1], bias_hh=[0.2])
    found = cell(torch.tensor([[1.0]]), torch.tensor([[-1.0]])).item()
    assert found == pytest.approx(math.tanh(2.0 + 0.1 - 0.5 + 0.2), abs=1e-6)


def test_gru_by_hand():
    cell = numbers(
        GRUCell(1, 1), weight_ih=[1.0, 2.0, 3.0], weight_hh=[0.5, -0.5, 4.0], bias_hh=[0, 0, 0.3]
    )
    reset, update = sigmoid(0.1 + 0.2), sigmoid(0.2 - 0.2)
    candidate = math.tanh(0.3 + reset * (1.6 + 0.3))
    found = cell(torch.tensor([[0.1]]), torch.tensor([[0.4]])).item()
    assert found == pytest.approx(update * 0.4 + (1 - update) * candidate, abs=1e-6)


def test_lstm_by_hand():
    cell = numbers(
        LSTMCell(1, 1), weight_ih=[1.0, 2.0, 3.0, 4.0], weight_hh=[0.5] * 4, bias_ih=[0, 1.0, 0, 0]
    )
    i, f, o = sigmoid(0.1 + 0.2), sigmoid(0.2 + 0.2 + 1), sigmoid(0.4 + 0.2)
    memory = f * -2.0 + i * math.tanh(0.3 + 0.2)
    h, c = cell(torch.tensor([[0.1]]), (torch.tensor([[0.4]]), torch.tensor([[-2.0]])))
    assert c.item() == pytest.approx(memory, abs=1e-6)
    assert h.item() == pytest.approx(o * math.tanh(memory), abs=1e-6)


@given(st.integers(0, 2**31 - 1), st.floats(0.1, 30.0))
def test_states_stay_between_minus_one_and_one(seed, size):
    generator = torch.Generator().manual_seed(seed)
    x = size * torch.randn(3, 2, generator=generator)
    h = 2 * torch.rand(3, 4, generator=generator) - 1
    for cell in (RNNCell(2, 4, generator), GRUCell(2, 4, generator)):
        assert cell(x, h).abs().max() <= 1
    output, memory = LSTMCell(2, 4, generator)(x, (h, 5 * h))
    assert output.abs().max() <= 1
    assert memory.abs().max() <= 5 + 1


@each_cell
def test_rows_of_a_batch_do_not_meet(ours, theirs):
    cell = ours(3, 5).double()
    x, state = torch.randn(4, 3, dtype=torch.float64), draw_state(PARTS[ours], 4, 5)
    whole = parts(cell(x, state))
    row = [part[2:3] for part in parts(state)]
    alone = parts(cell(x[2:3], tuple(row) if len(row) == 2 else row[0]))
    for found, expected in zip(alone, whole, strict=True):
        torch.testing.assert_close(found, expected[2:3], **EXACT)


def test_numbers_are_drawn_within_the_bound_and_from_the_generator():
    drawn = uniform(10_000, bound=0.25, generator=torch.Generator().manual_seed(3))
    again = uniform(10_000, bound=0.25, generator=torch.Generator().manual_seed(3))
    assert torch.equal(drawn, again)
    assert drawn.abs().max() <= 0.25
    assert drawn.std().item() == pytest.approx(0.25 / math.sqrt(3), rel=0.02)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("x", "state", "message"),
    [
        (torch.zeros(2, 4), None, r"x has shape \(2, 4\), expected \(B, inputs\) = \(any, 3\)"),
        (torch.zeros(3), None, r"x has shape \(3,\)"),
        (torch.zeros(0, 3), None, r"x has shape \(0, 3\)"),
        (torch.zeros(2, 3).long(), None, "x is of type torch.int64"),
        ([[1.0, 2.0, 3.0]], None, "x is of type list"),
        (torch.zeros(2, 3), torch.zeros(1, 5), r"h has shape \(1, 5\), expected .* \(2, 5\)"),
    ],
)
@pytest.mark.parametrize("cell", [RNNCell, GRUCell])
def test_wrong_shapes_are_refused(cell, x, state, message):
    with pytest.raises(ValueError, match=message):
        cell(3, 5)(x, state)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("state", "message"),
    [
        (torch.zeros(2, 5), r"state is a Tensor, expected two tensors \(h, c\)"),
        ((torch.zeros(2, 5),), "state is a tuple, expected two tensors"),
        ((torch.zeros(2, 5), torch.zeros(2, 4)), r"c has shape \(2, 4\)"),
    ],
)
def test_wrong_states_of_an_lstm_are_refused(state, message):
    with pytest.raises(ValueError, match=message):
        LSTMCell(3, 5)(torch.zeros(2, 3), state)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("size", [0, -1, 2.0, True])
def test_wrong_sizes_are_refused(size):
    with pytest.raises(ValueError, match=r"hidden_size is .*, expected a whole number"):
        LSTMCell(3, size)
    with pytest.raises(ValueError, match="width is"):
        check_sizes(width=size)


def test_tensors_that_fit_are_accepted():
    assert check_tensor("x", torch.zeros(2, 3), (None, 3), "(B, 3)") is None
    assert check_pair((torch.zeros(2, 3), torch.zeros(2, 3)), (2, 3), "(B, D)") is None
