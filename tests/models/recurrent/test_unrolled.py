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
