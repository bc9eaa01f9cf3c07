"""A recurrent layer over all steps, written out: plain, GRU and LSTM. Taught in notebooks 06, 07.

What the input contributes doesn't wait for the state, so it is multiplied for all steps at once,
before the loop; inside, one product a step is left. Each function takes ``x`` (B, T, inputs), the
state (a tuple of tensors (B, D)) and the layer's four parameters, and returns the outputs
(B, T, D) and the last state.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable

from lmteach.typed import typed

One = tuple[Float[Tensor, "batch dim"]]
Two = tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch dim"]]


@typed
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


@typed
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
    seen_gates, seen_candidate = sums.split(2 * dim, dim=-1)
    for gates, new in zip(seen_gates.unbind(dim=1), seen_candidate.unbind(dim=1), strict=True):
        remembered, candidate = torch.addmm(bias_hh, h, weight_hh.T).split(2 * dim, dim=-1)
        reset, update = torch.sigmoid(gates + remembered).chunk(2, dim=-1)
        candidate = torch.tanh(torch.addcmul(new, reset, candidate))
        h = torch.lerp(candidate, h, update)
        outputs.append(h)
    return torch.stack(outputs, dim=1), (h,)


@typed
def unroll_lstm(
    x: Float[Tensor, "batch time inputs"],
    state: Two,
    weight_ih: Float[Tensor, "4*dim inputs"],
    weight_hh: Float[Tensor, "4*dim dim"],
    bias_ih: Float[Tensor, " 4*dim"],
    bias_hh: Float[Tensor, " 4*dim"],
) -> tuple[Float[Tensor, "batch time dim"], Two]:
    """Run the LSTM over all steps; see ``LSTMCell`` for the equations.

    ``unroll_lstm_fast`` gives the same numbers sooner.

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


@typed
def unroll_lstm_fast(
    x: Float[Tensor, "batch time inputs"],
    state: Two,
    weight_ih: Float[Tensor, "4*dim inputs"],
    weight_hh: Float[Tensor, "4*dim dim"],
    bias_ih: Float[Tensor, " 4*dim"],
    bias_hh: Float[Tensor, " 4*dim"],
) -> tuple[Float[Tensor, "batch time dim"], Two]:
    """Run the LSTM over all steps, with the results and gradients of ``unroll_lstm``.

    Gradients of gradients are not to be had: ``unroll_lstm`` has them.

    >>> weights = torch.zeros(4, 1), torch.zeros(4, 1), torch.ones(4), torch.zeros(4)
    >>> state = torch.zeros(1, 1), torch.ones(1, 1)
    >>> unroll_lstm_fast(torch.ones(1, 3, 1), state, *weights)[0].squeeze()
    tensor([0.6277, 0.6615, 0.6793])
    """
    batch, time, width = x.shape
    by_step = x.transpose(0, 1).reshape(time * batch, width)
    sums = torch.addmm(bias_ih + bias_hh, by_step, weight_ih.T).view(time, batch, -1)
    same = (part.to(weight_hh.dtype) for part in (sums, *state))  # under autocast, too
    outputs, c = _Steps.apply(*same, weight_hh)  # type: ignore[no-untyped-call]
    return outputs.transpose(0, 1), (outputs[-1], c)


class _Steps(torch.autograd.Function):
    """From the sums of the input (T, B, 4D) to the outputs (T, B, D), and the way back."""

    @staticmethod
    def forward(ctx: Any, sums: Tensor, h: Tensor, c: Tensor, weight: Tensor) -> Any:
        from_state, gates = weight.T.contiguous(), sums.clone()
        i, f, g, o = (gate.unbind() for gate in gates.chunk(4, dim=-1))
        i_and_f = gates[..., : 2 * h.shape[-1]].unbind()
        outputs = torch.cat([h[None], h.new_empty(len(sums), *h.shape)])
        memory = torch.cat([c[None], c.new_empty(len(sums), *c.shape)])
        squashed = torch.empty_like(outputs[1:])  # tanh c
        hs, cs = outputs.unbind(), memory.unbind()
        for t, (step, tanh) in enumerate(zip(gates.unbind(), squashed.unbind(), strict=True)):
            step.addmm_(hs[t], from_state)
            i_and_f[t].sigmoid_()
            g[t].tanh_()
            o[t].sigmoid_()
            torch.mul(f[t], cs[t], out=cs[t + 1]).addcmul_(i[t], g[t])
            torch.tanh(cs[t + 1], out=tanh)
            torch.mul(o[t], tanh, out=hs[t + 1])
        ctx.save_for_backward(gates, outputs, memory, squashed, weight)
        return outputs[1:], memory[-1].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *given: Tensor) -> Any:
        d_outputs, d_last = given
        gates, outputs, memory, squashed, weight = ctx.saved_tensors
        time, batch, rows = gates.shape
        dim = rows // 4
        i, f, g, o = gates.chunk(4, dim=-1)
        # How each sum moves the memory, or (for the output gate) the output: for all steps at once.
        slopes = torch.addcmul(gates, gates, gates, value=-1)  # σ' = σ - σ²
        on_i, on_f, on_g, on_o = slopes.chunk(4, dim=-1)
        on_i *= g
        on_f *= memory[:-1]
        on_o *= squashed
        torch.addcmul(i, i * g, g, value=-1, out=on_g)  # i (1 - tanh²)
        through = torch.addcmul(o, o * squashed, squashed, value=-1).unbind()  # o (1 - tanh² c)
        # Through time: what must wait for the step after. The slopes become gradients in place.
        d_h, d_c = d_outputs[-1].clone(), d_last.clone()
        on_memory = slopes.view(time, batch, 4, dim)[:, :, :3].unbind()
        above, forget, on_output = d_outputs.unbind(), f.unbind(), on_o.unbind()
        for t in range(time - 1, -1, -1):
            d_c.addcmul_(d_h, through[t])
            on_memory[t].mul_(d_c[:, None])
            on_output[t].mul_(d_h)
            d_c *= forget[t]
            if t:
                torch.addmm(above[t - 1], slopes[t], weight, out=d_h)
        d_weight = slopes.view(-1, rows).T @ outputs[:-1].view(-1, dim)
        return slopes, slopes[0] @ weight, d_c, d_weight
