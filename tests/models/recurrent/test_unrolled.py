"""The loops over all steps beside the cells, and the fast LSTM beside the plain one."""

import pytest
import torch

from lmteach.models.recurrent.cells import GRUCell, LSTMCell, RNNCell
from lmteach.models.recurrent.unrolled import unroll_gru, unroll_lstm, unroll_lstm_fast, unroll_rnn

LOOPS = [
    (unroll_rnn, RNNCell),
    (unroll_gru, GRUCell),
    (unroll_lstm, LSTMCell),
    (unroll_lstm_fast, LSTMCell),
]
EXACT = {"rtol": 1e-10, "atol": 1e-12}


def drawn(cell_class, time=6):
    torch.manual_seed(1)
    cell = cell_class(3, 4).double()
    x = torch.randn(2, time, 3, dtype=torch.float64, requires_grad=True)
    count = 2 if cell_class is LSTMCell else 1
    state = tuple(torch.randn(2, 4, dtype=torch.float64, requires_grad=True) for _ in range(count))
    return cell, x, state


@pytest.mark.parametrize(("loop", "cell_class"), LOOPS, ids=lambda part: part.__name__)
def test_equals_the_cell_step_by_step(loop, cell_class):
    cell, x, state = drawn(cell_class)
    outputs, last = loop(x, state, *cell.parameters())
    given = state if len(state) == 2 else state[0]
    for t in range(6):
        given = cell(x[:, t], given)
        h = given[0] if isinstance(given, tuple) else given
        torch.testing.assert_close(outputs[:, t], h, **EXACT)
    expected = given if isinstance(given, tuple) else (given,)
    for found, wanted in zip(last, expected, strict=True):
        torch.testing.assert_close(found, wanted, **EXACT)


@pytest.mark.parametrize("time", [1, 2, 9])
@pytest.mark.parametrize("through", ["outputs", "h", "c", "all"])
def test_the_fast_lstm_is_the_plain_one_forward_and_backward(time, through):
    cell, x, state = drawn(LSTMCell, time)
    everything = [x, *state, *cell.parameters()]
    gradients = []
    for loop in (unroll_lstm, unroll_lstm_fast):
        outputs, (h, c) = loop(x, state, *cell.parameters())
        sums = {"outputs": outputs.sin().sum(), "h": h.cos().sum(), "c": (c**2).sum()}
        loss = sum(sums.values()) if through == "all" else sums[through]
        gradients.append((loss, *torch.autograd.grad(loss, everything)))
    for found, expected in zip(*gradients, strict=True):
        torch.testing.assert_close(found, expected, **EXACT)


def test_the_fast_lstms_gradient_equals_finite_differences():
    cell, x, state = drawn(LSTMCell, 3)
    assert torch.autograd.gradcheck(
        lambda *given: unroll_lstm_fast(given[0], given[1:3], *given[3:])[0],
        (x, *state, *cell.parameters()),
    )


def test_the_fast_lstm_leaves_what_it_was_given_as_it_was():
    cell, x, state = drawn(LSTMCell)
    everything = [x, *state, *cell.parameters()]
    before = [tensor.detach().clone() for tensor in everything]
    outputs, _ = unroll_lstm_fast(x, state, *cell.parameters())
    kept = outputs.detach().clone()
    outputs.sum().backward(retain_graph=True)
    first = x.grad.clone()
    x.grad = None
    outputs.sum().backward()  # a second time: the saved numbers must not have been spoiled
    assert torch.equal(x.grad, first)
    assert torch.equal(outputs, kept)
    assert all(torch.equal(one, other) for one, other in zip(everything, before, strict=True))


def test_gradients_of_gradients_are_refused_by_the_fast_and_given_by_the_plain():
    cell, x, state = drawn(LSTMCell)
    for loop in (unroll_lstm, unroll_lstm_fast):
        outputs, _ = loop(x, state, *cell.parameters())
        (slope,) = torch.autograd.grad(outputs.square().sum(), x, create_graph=True)
        if loop is unroll_lstm:
            assert torch.autograd.grad(slope.sum(), x)[0].abs().max() > 0
        else:
            with pytest.raises(RuntimeError, match="once_differentiable"):
                slope.sum().backward()


def test_single_precision_is_close_to_double():
    cell, x, state = drawn(LSTMCell, 50)
    double, _ = unroll_lstm_fast(x, state, *cell.parameters())
    numbers = [parameter.float() for parameter in cell.parameters()]
    single, _ = unroll_lstm_fast(x.float(), tuple(part.float() for part in state), *numbers)
    torch.testing.assert_close(single.double(), double, rtol=0, atol=2e-6)


def test_by_hand():
    weights = torch.zeros(4, 1), torch.zeros(4, 1), torch.zeros(4), torch.zeros(4)
    state = torch.zeros(1, 1), torch.ones(1, 1)
    _, (h, c) = unroll_lstm_fast(torch.zeros(1, 2, 1), state, *weights)  # all gates at a half
    assert c.item() == 0.25
    assert h.item() == pytest.approx(0.5 * torch.tensor(0.25).tanh().item(), abs=1e-7)


def test_under_autocast_it_computes_in_the_precision_of_its_weights():
    layer_numbers = [p.float() for p in drawn(LSTMCell)[0].parameters()]
    x, state = torch.randn(2, 5, 3), (torch.zeros(2, 4), torch.zeros(2, 4))
    plain, _ = unroll_lstm_fast(x, state, *layer_numbers)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed, _ = unroll_lstm_fast(x, state, *layer_numbers)
    assert mixed.dtype == torch.float32
    torch.testing.assert_close(mixed, plain, rtol=0, atol=0.02)
