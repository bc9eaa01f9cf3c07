"""Recurrent layers: a cell run over a sequence, several on top of each other.

Taught in notebooks 06 and 07.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, check_whole, checked_by
from lmteach.models.checks import check_tensor
from lmteach.models.recurrent.cells import check_pair, uniform
from lmteach.models.recurrent.unrolled import unroll_gru, unroll_lstm_fast, unroll_rnn
from lmteach.typed import typed

Each = Float[Tensor, "layers batch dim"]
Pair = tuple[Each, Each]


class Layers(nn.Module):
    """What the layers share: numbers under ``torch.nn``'s names, and the way through them.

    Layer k has ``weight_ih_lk``, ``weight_hh_lk``, ``bias_ih_lk`` and ``bias_hh_lk``, drawn evenly
    between ± 1 / √D in this order, as ``torch.nn`` does. The first reads ``x``, each other the
    outputs of the one below.

    >>> [name for name, _ in RNN(3, 2).named_parameters()]
    ['weight_ih_l0', 'weight_hh_l0', 'bias_ih_l0', 'bias_hh_l0']
    """

    blocks = 1
    parts = 1  # tensors in a state
    unroll: Callable[..., Any]

    @typed
    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        generator: torch.Generator | None = None,
    ) -> None:
        check_sizes(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers)
        super().__init__()
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        draw = partial(uniform, bound=hidden_size**-0.5, generator=generator)
        rows = self.blocks * hidden_size
        for layer in range(num_layers):
            width = hidden_size if layer else input_size
            self.register_parameter(f"weight_ih_l{layer}", draw(rows, width))
            self.register_parameter(f"weight_hh_l{layer}", draw(rows, hidden_size))
            self.register_parameter(f"bias_ih_l{layer}", draw(rows))
            self.register_parameter(f"bias_hh_l{layer}", draw(rows))

    @typed
    def numbers(self, layer: int) -> tuple[nn.Parameter, ...]:
        """Return the two weights and the two biases of a layer.

        Raises ``ValueError`` for a layer that is not there.
        """
        check_whole("layer", layer, at_least=0)
        if layer >= self.num_layers:
            raise ValueError(f"layer is {layer}, expected at most {self.num_layers - 1}.")
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        return tuple(self.get_parameter(f"{name}_l{layer}") for name in names)

    @typed
    def through(
        self, x: Float[Tensor, "batch time inputs"], state: tuple[Each, ...] | None
    ) -> tuple[Float[Tensor, "batch time dim"], list[Each]]:
        """Run all layers; return the outputs of the last, and each part of the state, stacked.

        Raises ``ValueError`` for an ``x`` of another width, or without a step.
        """
        check_tensor("x", x, (None, None, self.input_size), "(B, T, inputs)")
        if state is None:
            nothing = x.new_zeros(self.num_layers, len(x), self.hidden_size)
            state = (nothing,) * self.parts
        last = []
        for layer in range(self.num_layers):
            own = tuple(part[layer] for part in state)
            x, after = type(self).unroll(x, own, *self.numbers(layer))
            last.append(after)
        return x, [torch.stack(part) for part in zip(*last, strict=True)]


def _check_one(self: Any, x: Tensor, state: Each | None) -> None:
    check_tensor("x", x, (None, None, self.input_size), "(B, T, inputs)")
    if state is not None:
        shape = (self.num_layers, len(x), self.hidden_size)
        check_tensor("state", state, shape, "(layers, B, D)")


def _check_two(self: Any, x: Tensor, state: Pair | None) -> None:
    check_tensor("x", x, (None, None, self.input_size), "(B, T, inputs)")
    if state is not None:
        check_pair(state, (self.num_layers, len(x), self.hidden_size), "(layers, B, D)")


class RNN(Layers):
    """The plain recurrent layer; ``torch.nn.RNN`` with ``batch_first=True``.

    ``forward(x (B, T, inputs), state (layers, B, D))`` returns the outputs (B, T, D) of the last
    layer and the state after the last step; without ``state`` it starts from zeros.
    Raises ``ValueError`` for sizes below 1 or shapes that don't fit.

    >>> outputs, state = RNN(3, 4, num_layers=2)(torch.randn(5, 7, 3))
    >>> outputs.shape, state.shape, bool((outputs[:, -1] == state[-1]).all())
    (torch.Size([5, 7, 4]), torch.Size([2, 5, 4]), True)
    """

    unroll = staticmethod(unroll_rnn)

    @checked_by(_check_one)
    def forward(
        self, x: Float[Tensor, "batch time inputs"], state: Each | None = None
    ) -> tuple[Float[Tensor, "batch time dim"], Each]:
        """Return the outputs (B, T, D) and the last state (layers, B, D)."""
        outputs, (h,) = self.through(x, None if state is None else (state,))
        return outputs, h


class GRU(RNN):
    """The gated recurrent layer; ``torch.nn.GRU`` with ``batch_first=True``. Used as ``RNN`` is.

    >>> outputs, state = GRU(3, 4)(torch.randn(5, 7, 3))
    >>> outputs.shape, state.shape
    (torch.Size([5, 7, 4]), torch.Size([1, 5, 4]))
    """

    blocks = 3
    unroll = staticmethod(unroll_gru)


class LSTM(Layers):
    """Long short-term memory; ``torch.nn.LSTM`` with ``batch_first=True``.

    ``forward(x (B, T, inputs), (h, c))``, with h and c (layers, B, D), returns the outputs
    (B, T, D) of the last layer, and h and c after the last step; without a state both start from
    zeros.
    Raises ``ValueError`` for sizes below 1, shapes that don't fit or a state that is no pair.

    >>> outputs, (h, c) = LSTM(3, 4, num_layers=2)(torch.randn(5, 7, 3))
    >>> outputs.shape, h.shape, c.shape
    (torch.Size([5, 7, 4]), torch.Size([2, 5, 4]), torch.Size([2, 5, 4]))
    """

    blocks = 4
    parts = 2
    unroll = staticmethod(unroll_lstm_fast)

    @checked_by(_check_two)
    def forward(
        self, x: Float[Tensor, "batch time inputs"], state: Pair | None = None
    ) -> tuple[Float[Tensor, "batch time dim"], Pair]:
        """Return the outputs (B, T, D) and the last state, h and c (layers, B, D) each."""
        outputs, (h, c) = self.through(x, state)
        return outputs, (h, c)

    @typed
    def remember(self, bias: float = 1.0) -> "LSTM":
        """Set the bias of all forget gates, so that the memory is kept at first; return the layer.

        At 1.0 a gate starts near σ(1) = 0.73, at 0.0 near a half: of what is half forgotten at
        each step, nothing is left after ten. Source: F. Gers et al. (2000), §5; R. Jozefowicz et
        al., "An Empirical Exploration of Recurrent Network Architectures" (2015).

        >>> layer = LSTM(3, 4).remember(2.0)
        >>> (layer.bias_ih_l0 + layer.bias_hh_l0)[4:8].tolist()
        [2.0, 2.0, 2.0, 2.0]
        """
        check_number("bias", bias)
        own = slice(self.hidden_size, 2 * self.hidden_size)
        with torch.no_grad():
            for layer in range(self.num_layers):
                _, _, bias_ih, bias_hh = self.numbers(layer)
                bias_ih[own] = bias
                bias_hh[own] = 0.0
        return self
