"""A language model with a state: it reads a text token by token and predicts the next.

Taught in notebooks 06 and 07.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_choice, check_number, check_sizes, checked_by
from lmteach.models.checks import check_ids, check_logits, token_row
from lmteach.models.recurrent.layers import GRU, LSTM, RNN
from lmteach.typed import typed

CELLS = {"rnn": RNN, "gru": GRU, "lstm": LSTM}
CHUNK = 128  # tokens that are scored at once, so that a long text needs little memory

State = Float[Tensor, "layers batch dim"] | tuple[Tensor, Tensor]
Tokens = Sequence[int] | Int[Tensor, " time"]


def _check_model(vocab_size: int, dim: int, cell: str, layers: int) -> None:
    check_sizes(vocab_size=vocab_size, dim=dim, layers=layers)
    check_choice("cell", cell, CELLS)


def _check_ids(self: "RecurrentLM", ids: Tensor) -> None:
    check_ids("ids", ids, self.vocab_size)


class RecurrentLM(nn.Module):
    """Embedding, recurrent layers, and an output layer that scores every token of the vocabulary.

    ``cell`` is "rnn", "gru" or "lstm"; the embedding is as wide as the state, ``dim``. The forget
    gates of an LSTM start with a bias of 1 (see ``LSTM.remember``). ``forward(ids (B, T), state)``
    returns the logits (B, T, V) of what comes after each token, and the state to go on with;
    without ``state`` it starts from zeros.

    Raises ``ValueError`` for sizes below 1, another cell, or ids outside the vocabulary.

    >>> model = RecurrentLM(vocab_size=5, dim=8, cell="gru", layers=2)
    >>> logits, state = model(torch.tensor([[1, 4, 2]]))
    >>> logits.shape, state.shape
    (torch.Size([1, 3, 5]), torch.Size([2, 1, 8]))
    """

    @checked_by(_check_model)
    @typed
    def __init__(
        self,
        vocab_size: int,
        dim: int,
        cell: str = "lstm",
        layers: int = 1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.vocab_size, self.dim, self.cell, self.layers = vocab_size, dim, cell, layers
        device = None if generator is None else generator.device
        self.embedding = nn.Embedding(vocab_size, dim, device=device)
        self.recurrent = CELLS[cell](dim, dim, layers, generator)
        self.output = nn.Linear(dim, vocab_size, device=device)
        nn.init.normal_(self.embedding.weight, generator=generator)
        for parameter in self.output.parameters():
            nn.init.uniform_(parameter, -(dim**-0.5), dim**-0.5, generator=generator)
        if isinstance(self.recurrent, LSTM):
            self.recurrent.remember(1.0)

    @checked_by(_check_ids)
    def forward(
        self, ids: Int[Tensor, "batch time"], state: State | None = None
    ) -> tuple[Float[Tensor, "batch time vocab"], State]:
        """Return the logits (B, T, V) of the token after each place, and the last state."""
        outputs, state = self.recurrent(self.embedding(ids), state)
        return self.output(outputs), state

    @torch.no_grad()
    @typed
    def log_probabilities(
        self, ids: Tokens, streams: int = 1, warm_up: int = 256
    ) -> Float[Tensor, " time"]:
        """Return log p of each of ``ids`` (T,) given all those before it, in nats.

        The first is predicted from the state that has read nothing. With ``streams`` above 1 the
        text is cut into as many stretches, scored side by side, which is much faster; each
        stretch but the first starts from the state after its last ``warm_up`` tokens of context,
        so that it forgets only what lies further back.

        Raises ``ValueError`` for ids outside the vocabulary, or fewer of them than ``streams``.

        >>> model = RecurrentLM(vocab_size=4, dim=2)
        >>> for parameter in model.output.parameters():
        ...     _ = nn.init.zeros_(parameter)  # a model that knows nothing
        >>> model.log_probabilities([3, 1, 2]).exp()
        tensor([0.2500, 0.2500, 0.2500])
        """
        check_sizes(streams=streams, warm_up=warm_up)
        row = self._row(ids, at_least=streams)
        length = -(-len(row) // streams)
        padded = torch.cat([row, row.new_zeros(streams * length - len(row))])
        stretches = padded.view(streams, length)
        state = self._warmed(stretches[:-1, -warm_up:])
        found = [self._score(self._first_logits(state)[:, None], stretches[:, :1])]
        for start in range(0, length - 1, CHUNK):
            part = stretches[:, start : start + CHUNK + 1]
            logits, state = self(part[:, :-1], state)
            found.append(self._score(logits, part[:, 1:]))
        return torch.cat(found, dim=1).flatten()[: len(row)]

    @torch.no_grad()
    @typed
    def sample(
        self,
        length: int,
        generator: torch.Generator,
        context: Tokens = (),
        temperature: float = 1.0,
    ) -> Int[Tensor, " time"]:
        """Draw ``length`` tokens (T,), one after the other, each given all those before it.

        ``context`` is read first and not returned. The logits are divided by ``temperature``:
        below 1 the model is bolder, above 1 more surprising.

        Raises ``ValueError`` for a length below 1, a temperature that is not above 0, ids outside
        the vocabulary, or logits that are not numbers.

        >>> model = RecurrentLM(vocab_size=5, dim=8)
        >>> model.sample(3, torch.Generator().manual_seed(0), context=[1, 2]).shape
        torch.Size([3])
        """
        check_sizes(length=length)
        check_number("temperature", temperature, above=0)
        read = self._row(context, at_least=0)
        state = self._warmed(read[:0, None]) if len(read) == 0 else self(read[None])[1]
        drawn = []
        for step in range(1, length + 1):
            logits = self._first_logits(state)[0]
            check_logits(logits, step)
            chances = torch.softmax(logits / temperature, dim=-1)
            token = torch.multinomial(chances.to(generator.device), 1, generator=generator)
            drawn.append(token.to(read.device))
            _, state = self(drawn[-1][None], state)
        return torch.cat(drawn)

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.numel() for parameter in self.parameters())

    def _row(self, ids: Tokens, at_least: int) -> Int[Tensor, " time"]:
        return token_row(ids, self.vocab_size, self.embedding.weight.device, at_least)

    def _warmed(self, contexts: Int[Tensor, "_ time"]) -> State:
        """The states that a batch starts from: one that has read nothing, and one per context."""
        nothing = self.embedding.weight.new_zeros(self.layers, 1, self.dim)
        if len(contexts) == 0:
            return (nothing, nothing) if self.cell == "lstm" else nothing
        _, state = self(contexts)
        if isinstance(state, tuple):
            h, c = (torch.cat([nothing, part], dim=1) for part in state)
            return h, c
        return torch.cat([nothing, state], dim=1)

    def _first_logits(self, state: State) -> Float[Tensor, "batch vocab"]:
        """What a state predicts: the output layer looks at h of the last layer."""
        h = state[0] if isinstance(state, tuple) else state
        logits: Tensor = self.output(h[-1])
        return logits

    @staticmethod
    def _score(
        logits: Float[Tensor, "batch time vocab"], targets: Int[Tensor, "batch time"]
    ) -> Float[Tensor, "batch time"]:
        log_p = torch.log_softmax(logits, dim=-1)
        return log_p.gather(-1, targets[..., None]).squeeze(-1)
