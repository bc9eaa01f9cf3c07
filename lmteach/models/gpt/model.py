"""GPT: a Transformer that reads from left to right, and says what comes next. Notebook 13.

Two forms stand behind one configuration, GPT-2's and today's; both are made of notebook 11's layer.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, cast, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_whole, checked_by
from lmteach.models.checks import check_context, check_ids, check_kind, token_row
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.files import read_gpt2, write_gpt2
from lmteach.models.gpt.ngram_embedding import make_ngrams
from lmteach.models.transformer.layers import EncoderLayer, make_norm
from lmteach.models.transformer.positions import LearnedPositions
from lmteach.models.transformer.windows import check_stride, score_by_windows
from lmteach.typed import typed


def _check_ids(self: "GPT", ids: Tensor, cache: "Cache | None" = None) -> None:
    check_ids("ids", ids, self.config.vocab_size)
    if cache is not None and not isinstance(cache, Cache):
        raise ValueError(f"cache is {cache!r:.60}, expected a KeyValueCache, or None.")
    check_context(ids.shape[1], self.config.context, 0 if cache is None else cache.length)


def _check_last(last: int | None) -> None:
    if last is not None:
        check_whole("last", last)


def _check_hidden(self: "GPT", hidden: Tensor) -> None:
    check_kind("hidden", hidden)
    if hidden.shape[-1:] != (self.config.dim,) or hidden.numel() == 0:
        raise ValueError(
            f"hidden has shape {tuple(hidden.shape)}, expected at least one vector, (…, D) = (…, "
            f"{self.config.dim})."
        )


def _check_stride(self: "GPT", stride: int | None) -> None:
    check_stride(stride, self.config.context)


INIT_STD = 0.02  # of all weights at the start, as in GPT-2
New = Float[Tensor, "batch heads time head_dim"]
Held = Float[Tensor, "batch heads source head_dim"]


@runtime_checkable
class Cache(Protocol):
    """What remembers the tokens read so far, and their keys and values, layer by layer.

    >>> isinstance("no cache", Cache)
    False
    """

    @property
    def length(self) -> int:
        """How many tokens are held."""

    def read(self, ids: Int[Tensor, "batch time"]) -> Int[Tensor, "batch source"]:
        """Keep new tokens; return all from the first one on."""

    def extend(self, layer: int, keys: New, values: New) -> tuple[Held, Held]:
        """Keep what is new in a layer; return its keys and values from the first token on."""


class LayerOfCache(NamedTuple):
    """What one layer's attention sees of a cache that held ``length`` tokens before this step.

    >>> class Forgetful:
    ...     def extend(self, layer, keys, values):
    ...         return keys, values
    >>> held = LayerOfCache(Forgetful(), layer=0, length=0)
    >>> held.extend(torch.ones(1, 1, 1, 2), torch.zeros(1, 1, 1, 2))[1]
    tensor([[[[0., 0.]]]])
    """

    cache: Cache
    layer: int
    length: int

    @typed
    def extend(self, keys: New, values: New) -> tuple[Held, Held]:
        """Keep what is new; return keys and values from the first token on."""
        return self.cache.extend(self.layer, keys, values)


class GPT(nn.Module):
    """Embedding, layers of causal attention and feed-forward, and the scores of every next token.

    ``forward(ids (B, T))`` returns logits (B, T, V): those at place t are about the token t + 1,
    given all up to t. Weights start normal with standard deviation 0.02, those that end in the
    residual path with 0.02 / √(2 · layers), biases at 0; they come from ``generator`` if there is
    one. Sources: A. Radford et al., "Improving Language Understanding by Generative Pre-Training"
    (2018), §3.1; A. Radford et al. (2019), §2.3; for the modern form see ``GPTConfig.modern``.

    Raises ``ValueError`` for ids outside the vocabulary, or more of them than the context.

    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=16, heads=2, layers=2))
    >>> model(torch.tensor([[1, 4, 2]])).shape
    torch.Size([1, 3, 5])
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save_pretrained(folder)
    ...     GPT.from_pretrained(folder).config == model.config
    True
    """

    @typed
    def __init__(self, config: GPTConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.dim)
        learned = config.positions == "learned"
        self.wpe = LearnedPositions(config.context, config.dim) if learned else None
        self.ngrams = make_ngrams(config)
        self.drop = nn.Dropout(config.dropout)
        self.h = nn.ModuleList(EncoderLayer(config.layer) for _ in range(config.layers))
        self.ln_f = make_norm(config.layer)
        self.lm_head = None if config.tied else nn.Linear(config.dim, config.vocab_size, bias=False)
        self._start(generator)

    @torch.no_grad()
    def _start(self, generator: torch.Generator | None) -> None:
        into_path = INIT_STD / (2 * self.config.layers) ** 0.5
        outside = [self.wte.weight] if self.wpe is None else [self.wte.weight, self.wpe.weight]
        drawn: list[tuple[Tensor, float]] = [(weight, INIT_STD) for weight in outside]
        for block in self.blocks:
            drawn.append((block.self_attn.in_proj_weight, INIT_STD))
            drawn.append((block.self_attn.out_proj.weight, into_path))
            drawn.append((block.linear1.weight, INIT_STD))
            drawn.append((block.linear2.weight, into_path))
        if self.lm_head is not None:
            drawn.append((self.lm_head.weight, INIT_STD))
        for weight, std in drawn:
            weight.normal_(std=std, generator=generator)
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()

    @checked_by(_check_ids)
    def hidden_states(
        self, ids: Int[Tensor, "batch time"], cache: Cache | None = None
    ) -> Float[Tensor, "batch time dim"]:
        """Return the vectors (B, T, D) that the output layer looks at.

        With a ``cache``, ``ids`` go on where it stops, and it is extended.
        """
        start = 0 if cache is None else cache.length
        seen = ids if cache is None else cache.read(ids)
        x = self.wte(ids)
        if self.ngrams is not None:
            x = x + self.ngrams(seen, last=ids.shape[1])
        if self.wpe is not None:
            x = x + self.wpe(torch.arange(start, start + ids.shape[1], device=ids.device))
        x = self.drop(x)
        for layer, block in enumerate(self.h):
            held = None if cache is None else LayerOfCache(cache, layer, start)
            x = block(x, cache=held, causal=True)
        return self.ln_f(x)

    @checked_by(_check_last)
    def forward(
        self,
        ids: Int[Tensor, "batch time"],
        cache: Cache | None = None,
        last: int | None = None,
    ) -> Float[Tensor, "batch _ vocab"]:
        """Return the logits (B, T, V) of the token after each place; the cache is extended.

        With ``last``, only those of so many places at the end are computed.
        """
        hidden = self.hidden_states(ids, cache)
        return self.scores(hidden if last is None else hidden[:, -last:])

    @checked_by(_check_hidden)
    @typed
    def scores(self, hidden: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch vocab"]:
        """Return the logits (…, V) that the output layer gives to vectors (…, D).

        Where few places count, ask for theirs alone: ``model.scores(hidden[few])``.

        >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=16, heads=2, layers=2))
        >>> model.scores(torch.zeros(3, 16)).shape
        torch.Size([3, 5])
        """
        output = self.wte if self.lm_head is None else self.lm_head
        return functional.linear(hidden, output.weight)

    @property
    def blocks(self) -> list[EncoderLayer]:
        """The layers."""
        return cast(list[EncoderLayer], list(self.h))

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.numel() for parameter in self.parameters())

    @classmethod
    @typed
    def from_pretrained(cls, folder_or_name: str | Path) -> "GPT":
        """Return a trained GPT-2, as ``read_gpt2`` finds it: a folder, or "gpt2"."""
        config, weights = read_gpt2(folder_or_name)
        with torch.device("meta"):  # shapes without numbers: they are in the file
            model = cls(config)
        model.load_state_dict(weights, assign=True)
        return model.eval()

    @typed
    def save_pretrained(self, folder: str | Path) -> None:
        """Write GPT-2's form for ``from_pretrained`` and Hugging Face, as ``write_gpt2`` does."""
        write_gpt2(folder, self.config, self.state_dict())

    @typed
    @checked_by(_check_stride)
    def log_probabilities(
        self, ids: Sequence[int] | Int[Tensor, " time"], stride: int | None = None
    ) -> Float[Tensor, " time"]:
        """Return log p of each of ``ids`` (T,), in nats, given those before it.

        A window as long as the context is moved on by ``stride``, half a context if it is not
        given, as ``score_by_windows`` says. The first token gets 1 / V.

        Raises ``ValueError`` for ids outside the vocabulary or none, and a stride out of range.

        >>> model = GPT(GPTConfig(vocab_size=5, context=4, dim=8, heads=2, layers=1))
        >>> model.log_probabilities([1, 4, 2, 0, 0, 3]).shape
        torch.Size([6])
        """
        row = token_row(ids, self.config.vocab_size, self.wte.weight.device)
        return score_by_windows(self, row, self.config.vocab_size, self.config.context, stride)
