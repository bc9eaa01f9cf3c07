"""The feed-forward language model: look up the last letters, think once, name the next.

Bengio, Ducharme, Vincent and Jauvin 2003, "A Neural Probabilistic Language Model". Taught in
notebook 05.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmteach.checks import check_sizes, check_tokens, check_whole, checked_by
from lmteach.models.checks import check_ids, check_logits, token_row
from lmteach.typed import typed


def _check_model(vocab_size: int, window: int, dim: int, hidden_dim: int) -> None:
    check_sizes(vocab_size=vocab_size, window=window, dim=dim, hidden_dim=hidden_dim)


def _check_windows(self: "FeedForwardLM", ids: Tensor) -> None:
    shape, mend = (None, self.window), f"Cut a text with context_windows(ids, {self.window})."
    check_ids("ids", ids, self.embedding.num_embeddings, shape, "(B, W)", mend)


def _check_text(ids: Tensor, window: int, padding: int) -> None:
    check_ids("ids", ids, shape=(None,), letters="(T,)")
    check_sizes(window=window)
    check_whole("padding", padding, at_least=0, mend="It is the id of a token.")


def _check_scoring(self: "FeedForwardLM", padding: int, batch: int) -> None:
    check_tokens([padding], self.embedding.num_embeddings, name="padding")
    check_sizes(batch=batch)


@checked_by(_check_text)
@typed
def context_windows(
    ids: Int[Tensor, " time"], window: int, padding: int = 0
) -> Int[Tensor, "time window"]:
    """Return, for every token of a text, the ``window`` tokens before it (T, W).

    Where the text has not begun yet stands ``padding``. No memory is copied: it is a view.

    Raises ``ValueError`` if ``ids`` is no row of whole numbers or ``window`` is below 1.

    >>> context_windows(torch.tensor([5, 6, 7]), window=2)
    tensor([[0, 0],
            [0, 5],
            [5, 6]])
    """
    return F.pad(ids, (window, 0), value=padding).unfold(0, window, 1)[:-1]


class FeedForwardLM(nn.Module):
    """Logits of the next token from the ``window`` tokens before it.

    Each token is looked up in one table, the same at every place of the window; the vectors are
    laid end to end, go through one hidden layer with tanh, and out to a logit for each token:

        x = (C(w_1), …, C(w_W)),   y = b + U tanh(d + H x)

    (Bengio et al. 2003, eq. 1 and figure 1, without the optional direct connections). C is
    ``embedding.weight`` (V, D), H and d are ``hidden``, U and b are ``output``.

    Raises ``ValueError`` for sizes below 1, windows of another length, or unknown ids.

    >>> model = FeedForwardLM(vocab_size=5, window=3, dim=2, hidden_dim=4)
    >>> model(torch.tensor([[0, 1, 2], [4, 4, 4]])).shape
    torch.Size([2, 5])
    """

    @checked_by(_check_model)
    @typed
    def __init__(
        self,
        vocab_size: int,
        window: int,
        dim: int,
        hidden_dim: int,
        generator: torch.Generator | None = None,
    ) -> None:
        """Make the table and the two layers, filled at random as ``torch.nn`` does."""
        super().__init__()
        self.window = window
        self.embedding = nn.Embedding(vocab_size, dim)
        self.hidden = nn.Linear(window * dim, hidden_dim)
        self.output = nn.Linear(hidden_dim, vocab_size)
        nn.init.normal_(self.embedding.weight, generator=generator)
        for layer in (self.hidden, self.output):
            for parameter in layer.parameters():
                bound = layer.in_features**-0.5
                nn.init.uniform_(parameter, -bound, bound, generator=generator)

    @checked_by(_check_windows)
    def forward(self, ids: Int[Tensor, "batch window"]) -> Float[Tensor, "batch vocab"]:
        """Return the logits (B, V) of the token after each window (B, W)."""
        vectors = self.embedding(ids).flatten(1)  # (B, W · D)
        hidden = torch.tanh(self.hidden(vectors))
        return self.output(hidden)

    @checked_by(_check_scoring)
    @torch.no_grad()
    @typed
    def log_probabilities(
        self, ids: Sequence[int] | Int[Tensor, " time"], padding: int = 0, batch: int = 4096
    ) -> Float[Tensor, " time"]:
        """Return log p of each of ``ids`` (T,), in nats, given those before it.

        The first tokens see ``padding`` where the text has not begun. ``batch`` windows are
        computed side by side; it changes the memory that is used, not the result.

        Raises ``ValueError`` for an empty text or unknown ids.

        >>> model = FeedForwardLM(vocab_size=4, window=2, dim=2, hidden_dim=3)
        >>> for layer in (model.output.weight, model.output.bias):
        ...     _ = nn.init.zeros_(layer)  # a model that knows nothing
        >>> model.log_probabilities([3, 1]).exp()
        tensor([0.2500, 0.2500])
        """
        row = token_row(ids, self.embedding.num_embeddings, self.embedding.weight.device)
        windows = context_windows(row, self.window, padding)
        pieces = zip(windows.split(batch), row.split(batch), strict=True)
        return torch.cat(
            [
                -F.cross_entropy(self(inputs), targets, reduction="none")
                for inputs, targets in pieces
            ]
        )


def _check_sampling(model: FeedForwardLM, length: int, context: Tensor, padding: int) -> None:
    check_whole("length", length, at_least=0)
    check_tokens(context, model.embedding.num_embeddings, at_least=0, name="context")
    check_tokens([padding], model.embedding.num_embeddings, name="padding")


@typed
@torch.no_grad()
@checked_by(_check_sampling)
def sample(
    model: FeedForwardLM,
    length: int,
    generator: torch.Generator,
    context: Int[Tensor, "..."],
    padding: int = 0,
) -> list[int]:
    """Draw ``length`` tokens, each from the model's distribution after those before it.

    ``context`` (any length) is what stands before; it is not returned. Raises ``ValueError`` for
    a negative length, unknown ids in the context, or logits that are not numbers.

    >>> model = FeedForwardLM(vocab_size=3, window=2, dim=2, hidden_dim=3)
    >>> _ = nn.init.constant_(model.output.bias, 0.0), nn.init.zeros_(model.output.weight)
    >>> with torch.no_grad():
    ...     model.output.bias[2] = 100.0  # it can say nothing but 2
    >>> sample(model, 4, torch.Generator().manual_seed(0), torch.tensor([0]))
    [2, 2, 2, 2]
    """
    drawn = F.pad(context, (model.window, 0), value=padding)
    for step in range(1, length + 1):
        logits = model(drawn[None, -model.window :])[0]
        check_logits(logits, step)
        token = torch.multinomial(logits.softmax(dim=-1), 1, generator=generator)
        drawn = torch.cat([drawn, token])
    return drawn[len(drawn) - length :].tolist()
