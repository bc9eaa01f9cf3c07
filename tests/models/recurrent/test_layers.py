"""Whole layers beside torch.nn's with the same numbers: values, gradients, states, both ways."""

import pytest
import torch
from torch import nn

from lmteach.models.recurrent.cells import RNNCell, uniform
from lmteach.models.recurrent.layers import GRU, LSTM, RNN
from lmteach.models.recurrent.unrolled import unroll_lstm
from tests.models.recurrent.twins import assert_same, draw_state, parts, same_numbers

LAYERS = [(RNN, nn.RNN), (GRU, nn.GRU), (LSTM, nn.LSTM)]
each_layer = pytest.mark.parametrize(("ours", "theirs"), LAYERS, ids=lambda layer: layer.__name__)
EXACT = {"rtol": 1e-9, "atol": 1e-11}


def twins(ours, theirs, layers=1, into_ours=True):
    """A layer of ours and one of theirs with the same numbers."""
    torch.manual_seed(0)
    return same_numbers(ours(3, 4, layers), theirs(3, 4, layers, batch_first=True), into_ours)


@each_layer
@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("with_state", [True, False])
@pytest.mark.parametrize("time", [1, 6])
@pytest.mark.parametrize("into_ours", [True, False])
def test_values_and_gradients_equal_torchs(ours, theirs, layers, with_state, time, into_ours):
    pair = twins(ours, theirs, layers, into_ours)
    x = torch.randn(5, time, 3, dtype=torch.float64, requires_grad=True)
    state = draw_state(ours.parts, layers, 5, 4) if with_state else None
    results = []
    for layer in pair:
        outputs, last = layer(x, state)
        results.append([outputs, *parts(last)])
    assert_same(pair, results, [x, *(parts(state) if with_state else [])], EXACT)


@each_layer
def test_the_same_seed_gives_the_numbers_of_torch(ours, theirs):
    our = ours(3, 4, 2, torch.Generator().manual_seed(7))
    torch.manual_seed(7)
    expected = theirs(3, 4, 2).state_dict()
    assert our.state_dict().keys() == expected.keys()
    assert all(torch.equal(our.state_dict()[name], expected[name]) for name in expected)


@each_layer
def test_a_text_in_two_pieces_is_the_text(ours, theirs):
    layer, _ = twins(ours, theirs, layers=2)
    x = torch.randn(2, 9, 3, dtype=torch.float64)
    whole, last = layer(x)
    first, state = layer(x[:, :4])
    second, again = layer(x[:, 4:], state)
    torch.testing.assert_close(torch.cat([first, second], dim=1), whole, **EXACT)
    for found, expected in zip(parts(again), parts(last), strict=True):
        torch.testing.assert_close(found, expected, **EXACT)


@each_layer
def test_what_comes_later_changes_nothing_before(ours, theirs):
    layer, _ = twins(ours, theirs, layers=2)
    x = torch.randn(2, 9, 3, dtype=torch.float64)
    changed = x.clone()
    changed[:, 5:] += 1
    before, after = layer(x)[0], layer(changed)[0]
    assert torch.equal(before[:, :5], after[:, :5])
    assert not torch.isclose(before[:, 5:], after[:, 5:]).any()


@each_layer
def test_the_last_output_is_the_state(ours, theirs):
    layer, _ = twins(ours, theirs, layers=2)
    outputs, state = layer(torch.randn(2, 5, 3, dtype=torch.float64))
    assert torch.equal(outputs[:, -1], parts(state)[0][-1])


def test_remember_sets_the_bias_of_the_forget_gates_alone():
    before, after = LSTM(3, 4, 2), LSTM(3, 4, 2)
    after.load_state_dict(before.state_dict())
    assert after.remember(1.5) is after
    for layer in range(2):
        sums = [
            m.get_parameter(f"bias_ih_l{layer}") + m.get_parameter(f"bias_hh_l{layer}")
            for m in (before, after)
        ]
        assert sums[1][4:8].tolist() == [1.5] * 4
        assert torch.equal(sums[0][:4], sums[1][:4])
        assert torch.equal(sums[0][8:], sums[1][8:])


def test_by_default_the_memory_half_forgets_and_after_remember_it_lasts():
    x = torch.zeros(1, 20, 3)
    state = torch.zeros(1, 1, 4), torch.ones(1, 1, 4)
    layer = LSTM(3, 4, generator=torch.Generator().manual_seed(0))
    kept = {bias: layer.remember(bias)(x, state)[1][1].mean().item() for bias in (0.0, 6.0)}
    assert kept[6.0] - kept[0.0] > 0.7


@pytest.mark.usefixtures("without_shape_checks")
@each_layer
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(2, 5), r"x has shape \(2, 5\), expected \(B, T, inputs\) = \(any, any, 3\)"),
        (torch.zeros(2, 5, 4), r"x has shape \(2, 5, 4\)"),
        (torch.zeros(2, 0, 3), r"x has shape \(2, 0, 3\)"),
        (torch.zeros(2, 5, 3).long(), "x is of type torch.int64.*embedding"),
    ],
)
def test_wrong_inputs_are_refused(ours, theirs, x, message):
    with pytest.raises(ValueError, match=message):
        ours(3, 4)(x)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("layer", "state", "message"),
    [
        (RNN, torch.zeros(2, 2, 4), r"state has shape \(2, 2, 4\), expected \(layers, B, D\)"),
        (GRU, torch.zeros(1, 3, 4), r"state has shape \(1, 3, 4\)"),
        (GRU, (torch.zeros(1, 2, 4),) * 2, "state is of type tuple"),
        (LSTM, torch.zeros(1, 2, 4), r"state is a Tensor, expected two tensors \(h, c\)"),
        (LSTM, (torch.zeros(1, 2, 4), torch.zeros(1, 2, 3)), r"c has shape \(1, 2, 3\)"),
    ],
)
def test_wrong_states_are_refused(layer, state, message):
    with pytest.raises(ValueError, match=message):
        layer(3, 4)(torch.zeros(2, 5, 3), state)


@pytest.mark.usefixtures("without_shape_checks")
def test_wrong_sizes_are_refused():
    with pytest.raises(ValueError, match="num_layers is 0"):
        LSTM(3, 4, 0)


def test_numbers_of_a_layer_come_in_the_order_of_the_loops():
    layer = LSTM(3, 4, 2).double()
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    nothing = torch.zeros(2, 4, dtype=torch.float64)
    below, _ = unroll_lstm(x, (nothing, nothing), *layer.numbers(0))
    above, _ = unroll_lstm(below, (nothing, nothing), *layer.numbers(1))
    torch.testing.assert_close(layer(x)[0], above, **EXACT)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: LSTM(3, 4).numbers(1), "layer is 1, expected at most 0"),
        (lambda: LSTM(3, 4).numbers(-1), "layer is -1"),
        (lambda: LSTM(3, 4).through(torch.zeros(0, 5, 3), None), "at least one of each"),
        (lambda: LSTM(3, 4).remember(float("inf")), "bias is inf"),
        (lambda: uniform(3, bound=-1.0), "bound is -1.0, expected a finite number above 0"),
        (lambda: uniform(3, 0, bound=1.0), "length 1 of the shape is 0"),
        (lambda: RNNCell(3, 4).nothing(torch.zeros(2, 5)), "x has shape"),
    ],
)
def test_what_no_layer_has_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
