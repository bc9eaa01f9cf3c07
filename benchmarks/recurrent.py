"""The hand-built LSTM beside torch.nn.LSTM, which computes in oneDNN; forward and backward."""

import torch
from torch import Tensor, nn

from benchmarks.measuring import Row, seconds
from lmteach.models.recurrent.layers import GRU, LSTM, Layers
from lmteach.models.recurrent.unrolled import unroll_lstm

BATCH, TIME, DIM = 64, 24, 128  # the sizes of notebook 07
MOST_TIMES = 1.5  # how many times as long as torch.nn.LSTM ours may take
ROUNDS = 100


class PlainLSTM(LSTM):
    """The LSTM with the loop that is taught, and autograd's way back."""

    unroll = staticmethod(unroll_lstm)


def pair(ours: type[Layers], theirs: type[nn.RNNBase]) -> tuple[Layers, nn.RNNBase]:
    """A layer of each with the same numbers."""
    layer = ours(DIM, DIM)
    twin = theirs(DIM, DIM, batch_first=True)
    twin.load_state_dict(layer.state_dict())
    return layer, twin


def there_and_back(layer: nn.Module, x: Tensor) -> None:
    """The outputs, and the gradients of the inputs and of all weights."""
    outputs, _ = layer(x)
    torch.autograd.grad(outputs.sum(), [x, *layer.parameters()])


def measure() -> list[Row]:
    """LSTM and GRU at the notebook's sizes, and the plain loop beside the fast one."""
    torch.manual_seed(0)
    x = torch.randn(BATCH, TIME, DIM, requires_grad=True)
    sizes = f"{BATCH} sequences of {TIME} steps, width {DIM}, forward and backward"
    rows = []
    for name, ours, theirs, words in [
        ("LSTM", LSTM, nn.LSTM, f"; limit: {MOST_TIMES} times as long"),
        ("LSTM, the plain loop", PlainLSTM, nn.LSTM, ""),
        ("GRU", GRU, nn.GRU, ""),
    ]:
        layer, twin = pair(ours, theirs)
        fast, slow = seconds(
            lambda layer=layer: there_and_back(layer, x),
            lambda twin=twin: there_and_back(twin, x),
            rounds=ROUNDS,
        )
        rows.append(
            Row(
                f"{name}, {sizes}{words}",
                f"{fast * 1000:.1f} ms",
                f"{slow * 1000:.1f} ms (torch.nn)",
                slow / fast,
            )
        )
    return rows
