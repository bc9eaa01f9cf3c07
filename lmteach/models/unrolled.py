"""A recurrent layer over all steps, written out: plain, GRU and LSTM. Taught in notebooks 06, 07.

What the input contributes doesn't wait for the state, so it is multiplied for all steps at once,
before the loop; inside, one product a step is left. Each function takes ``x`` (B, T, inputs), the
state (a tuple of tensors (B, D)) and the layer's four parameters, and returns the outputs
(B, T, D) and the last state.
"""

import torch
from jaxtyping import Float
from torch import Tensor

One = tuple[Float[Tensor, "batch dim"]]
Two = tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch dim"]]


def unroll_rnn(
    x: Float[Tensor, "batch time inputs"],
    state: One,
    weight_ih: Float[Tensor, "dim inputs"],
    weight_hh: Float[Tensor, "dim dim"],
    bias_ih: Float[Tensor, " dim"],
    bias_hh: Float[Tensor, " dim"],
) -> tuple[Float[Tensor, "batch time dim"], One]:
    """Run the plain cell over all steps; see ``RNNCell`` for the equation.

    >>> weights = torch.full((1, 1), 0.5), torch.full((1, 1), 0.5), *torch.zeros(2, 1)
    >>> outputs, _ = unroll_rnn(torch.ones(1, 3, 1), (torch.zeros(1, 1),), *weights)
    >>> outputs.squeeze()  # tanh(0.5), tanh(0.5 + half of that), …
    tensor([0.4621, 0.6237, 0.6706])
    """
    (h,) = state
    sums = x @ weight_ih.T + (bias_ih + bias_hh)
    outputs = []
    for step in sums.unbind(dim=1):
        h = torch.tanh(torch.addmm(step, h, weight_hh.T))
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h,)


def unroll_gru(
    x: Float[Tensor, "batch time inputs"],
    state: One,
    weight_ih: Float[Tensor, "3*dim inputs"],
    weight_hh: Float[Tensor, "3*dim dim"],
    bias_ih: Float[Tensor, " 3*dim"],
    bias_hh: Float[Tensor, " 3*dim"],
) -> tuple[Float[Tensor, "batch time dim"], One]:
    """Run the GRU over all steps; see ``GRUCell`` for the equations.

    The bias of the state stays in the loop: for the candidate it stands behind the reset gate.

    >>> keep = torch.tensor([0.0, 100.0, 0.0])  # the update gate wide open: keep everything
    >>> weights = torch.zeros(3, 1), torch.zeros(3, 1), keep, torch.zeros(3)
    >>> unroll_gru(torch.ones(1, 3, 1), (torch.ones(1, 1),), *weights)[0].squeeze()
    tensor([1., 1., 1.])
    """
    (h,) = state
    dim = h.shape[-1]
    sums = x @ weight_ih.T + bias_ih
    outputs = []
    for gates, new in zip(*(part.unbind(1) for part in sums.split(2 * dim, -1)), strict=True):
        remembered, candidate = torch.addmm(bias_hh, h, weight_hh.T).split(2 * dim, dim=-1)
        reset, update = torch.sigmoid(gates + remembered).chunk(2, dim=-1)
        candidate = torch.tanh(torch.addcmul(new, reset, candidate))
        h = torch.lerp(candidate, h, update)
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h,)


def unroll_lstm(
    x: Float[Tensor, "batch time inputs"],
    state: Two,
    weight_ih: Float[Tensor, "4*dim inputs"],
    weight_hh: Float[Tensor, "4*dim dim"],
    bias_ih: Float[Tensor, " 4*dim"],
    bias_hh: Float[Tensor, " 4*dim"],
) -> tuple[Float[Tensor, "batch time dim"], Two]:
    """Run the LSTM over all steps; see ``LSTMCell`` for the equations.

    ``lmteach.models.unrolled_lstm`` gives the same numbers sooner.

    >>> keep = torch.tensor([0.0, 100.0, 0.0, 0.0])  # the forget gate at 1: keep everything
    >>> weights = torch.zeros(4, 1), torch.zeros(4, 1), keep, torch.zeros(4)
    >>> state = torch.zeros(1, 1), torch.ones(1, 1)
    >>> _, (h, c) = unroll_lstm(torch.ones(1, 9, 1), state, *weights)
    >>> float(c)
    1.0
    """
    h, c = state
    sums = x @ weight_ih.T + (bias_ih + bias_hh)
    outputs = []
    for step in sums.unbind(dim=1):
        i, f, g, o = torch.addmm(step, h, weight_hh.T).chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h, c)
