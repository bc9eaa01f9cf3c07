"""One step of a recurrent network: plain, GRU and LSTM. Taught in notebooks 06 and 07.

The numbers are kept as in ``torch.nn``, under its names, so that a ``state_dict`` loads both ways:
the rows of ``weight_ih`` and ``weight_hh`` are the gates, one block of ``hidden_size`` rows each.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_tensor
from lmteach.typed import typed

Given = tuple[Float[Tensor, "batch dim"], Float[Tensor, "batch dim"]]


@typed
def uniform(*shape: int, bound: float, generator: torch.Generator | None = None) -> nn.Parameter:
    """Return a parameter drawn evenly between ``-bound`` and ``bound``.

    It lies on the device of ``generator``; without one, PyTorch's own randomness is used.
    Raises ``ValueError`` for a bound that is not above 0, or a length below 1.

    >>> drawn = uniform(1000, bound=0.5, generator=torch.Generator().manual_seed(0))
    >>> round(drawn.min().item(), 2), round(drawn.max().item(), 2)
    (-0.5, 0.5)
    """
    check_number("bound", bound, above=0)
    check_sizes(**{f"length {place} of the shape": length for place, length in enumerate(shape)})
    device = None if generator is None else generator.device
    numbers = torch.empty(shape, device=device)
    return nn.Parameter(numbers.uniform_(-bound, bound, generator=generator))


def check_pair(state: object, shape: Sequence[int], letters: str) -> None:
    """Say what is wrong with the two tensors of one shape that an LSTM hands on.

    >>> check_pair(torch.zeros(2, 3), (2, 3), "(B, D)")
    Traceback (most recent call last):
    ValueError: state is a Tensor, expected two tensors (h, c): an LSTM hands on its output and \
its memory.
    """
    if not isinstance(state, tuple) or len(state) != 2:
        raise ValueError(
            f"state is a {type(state).__name__}, expected two tensors (h, c): an LSTM hands on "
            "its output and its memory."
        )
    for name, part in zip("hc", state, strict=True):
        check_tensor(name, part, shape, letters)


def _check_input(self: Any, x: Tensor) -> None:
    check_tensor("x", x, (None, self.input_size), "(B, inputs)")


class Cell(nn.Module):
    """What the cells share: their numbers, in as many blocks as the cell has gates.

    ``weight_ih`` (gates · D, inputs) meets the input, ``weight_hh`` (gates · D, D) the state, and
    each has its bias. All are drawn evenly between ± 1 / √D, in this order, as ``torch.nn`` does:
    with the same seed the numbers are the same.

    Raises ``ValueError`` for a size below 1.

    >>> {name: tuple(p.shape) for name, p in LSTMCell(3, 2).named_parameters()}
    {'weight_ih': (8, 3), 'weight_hh': (8, 2), 'bias_ih': (8,), 'bias_hh': (8,)}
    """

    blocks = 1

    @typed
    def __init__(
        self, input_size: int, hidden_size: int, generator: torch.Generator | None = None
    ) -> None:
        check_sizes(input_size=input_size, hidden_size=hidden_size)
        super().__init__()
        self.input_size, self.hidden_size = input_size, hidden_size
        rows = self.blocks * hidden_size
        draw = partial(uniform, bound=hidden_size**-0.5, generator=generator)
        self.weight_ih, self.weight_hh = draw(rows, input_size), draw(rows, hidden_size)
        self.bias_ih, self.bias_hh = draw(rows), draw(rows)

    @checked_by(_check_input)
    def nothing(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch dim"]:
        """Return the state (B, D) of a cell that has read nothing: zeros."""
        return x.new_zeros(len(x), self.hidden_size)


def _check_step(self: Any, x: Tensor, h: Tensor | None) -> None:
    _check_input(self, x)
    if h is not None:
        check_tensor("h", h, (len(x), self.hidden_size), "(B, D)")


def _check_lstm_step(self: Any, x: Tensor, state: Given | None) -> None:
    _check_input(self, x)
    if state is not None:
        check_pair(state, (len(x), self.hidden_size), "(B, D)")


class RNNCell(Cell):
    """The plain cell: the new state is tanh of a sum of what is seen and what was.

    ``forward(x (B, inputs), h (B, D))`` returns the new state (B, D); without ``h`` it starts
    from zeros. Source: J. Elman, "Finding Structure in Time" (1990).

    Raises ``ValueError`` for shapes that don't fit.

    >>> cell = RNNCell(1, 1)
    >>> for parameter, value in zip(cell.parameters(), (1.0, 0.5, 0.0, 0.0)):
    ...     _ = nn.init.constant_(parameter, value)
    >>> round(cell(torch.tensor([[1.0]]), torch.tensor([[-1.0]])).item(), 4)  # tanh(1 - 0.5)
    0.4621
    """

    @checked_by(_check_step)
    def forward(
        self, x: Float[Tensor, "batch inputs"], h: Float[Tensor, "batch dim"] | None = None
    ) -> Float[Tensor, "batch dim"]:
        """Return the state after reading ``x``."""
        h = self.nothing(x) if h is None else h
        seen = x @ self.weight_ih.T + self.bias_ih
        remembered = h @ self.weight_hh.T + self.bias_hh
        return torch.tanh(seen + remembered)


class GRUCell(Cell):
    """The gated recurrent unit: a gate blends the old state with a new candidate.

    ``forward(x (B, inputs), h (B, D))`` returns the new state (B, D); without ``h`` it starts
    from zeros. The blocks are reset, update and candidate. Source: K. Cho et al., "Learning
    Phrase Representations using RNN Encoder–Decoder" (2014), eqs. 5–8; as in ``torch.nn``, the
    reset gate meets the state after the candidate's matrix, and not before it, and the update
    gate says how much of the old is *kept*.

    Raises ``ValueError`` for shapes that don't fit.

    >>> cell = GRUCell(3, 2)
    >>> with torch.no_grad():
    ...     _ = cell.bias_ih[2:4].fill_(100)  # the update gate wide open: keep everything
    >>> h = torch.tensor([[0.3, -0.7]])
    >>> bool((cell(torch.randn(1, 3), h) == h).all())
    True
    """

    blocks = 3

    @checked_by(_check_step)
    def forward(
        self, x: Float[Tensor, "batch inputs"], h: Float[Tensor, "batch dim"] | None = None
    ) -> Float[Tensor, "batch dim"]:
        """Return the state after reading ``x``."""
        h = self.nothing(x) if h is None else h
        seen = (x @ self.weight_ih.T + self.bias_ih).chunk(3, dim=-1)
        remembered = (h @ self.weight_hh.T + self.bias_hh).chunk(3, dim=-1)
        reset = torch.sigmoid(seen[0] + remembered[0])
        update = torch.sigmoid(seen[1] + remembered[1])
        candidate = torch.tanh(seen[2] + reset * remembered[2])
        return update * h + (1 - update) * candidate


class LSTMCell(Cell):
    """Long short-term memory: a memory that is only ever scaled and added to, behind three gates.

    ``forward(x (B, inputs), (h (B, D), c (B, D)))`` returns the new pair: the output h and the
    memory c; without a state both start from zeros. The blocks are input gate, forget gate,
    candidate and output gate. Source: S. Hochreiter and J. Schmidhuber (1997); the forget gate is
    of F. Gers, J. Schmidhuber and F. Cummins, "Learning to Forget" (2000).

    Raises ``ValueError`` for shapes that don't fit, or a state that is no pair.

    >>> cell = LSTMCell(3, 2)
    >>> h, c = cell(torch.zeros(5, 3))
    >>> h.shape, c.shape
    (torch.Size([5, 2]), torch.Size([5, 2]))
    """

    blocks = 4

    @checked_by(_check_lstm_step)
    def forward(self, x: Float[Tensor, "batch inputs"], state: Given | None = None) -> Given:
        """Return output and memory after reading ``x``."""
        h, c = (self.nothing(x), self.nothing(x)) if state is None else state
        sums = x @ self.weight_ih.T + self.bias_ih + h @ self.weight_hh.T + self.bias_hh
        i, f, g, o = sums.chunk(4, dim=-1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c
