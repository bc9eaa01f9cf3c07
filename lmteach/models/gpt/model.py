"""GPT: a Transformer that reads from left to right, and says what comes next. Notebook 13.

Two forms stand behind one configuration, GPT-2's and today's. Names are those of GPT-2's weights.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import checked_by
from lmteach.models.checks import token_row
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.files import read_gpt2, write_gpt2
from lmteach.models.gpt.ngram_embedding import make_ngrams
from lmteach.models.transformer.attention import causal_mask
from lmteach.models.transformer.norms import LayerNorm, RMSNorm, rms_norm
from lmteach.models.transformer.positions import LearnedPositions, frequencies


def check_ids(self: Any, ids: Tensor, cache: Any = None) -> None:
    """Raise ``ValueError`` unless a model knows the ids (B, T), and its context holds them.

    ``self`` has a ``config``; a ``cache`` says in ``length`` how many tokens went before.

    >>> import torch
    >>> from types import SimpleNamespace
    >>> model = SimpleNamespace(config=SimpleNamespace(vocab_size=5, context=2))
    >>> check_ids(model, torch.tensor([[1, 2, 4]]))
    Traceback (most recent call last):
    ValueError: there are 3 tokens, but the model looks at 2 at most, its context: give it the \
last of them only.
    """
    if not isinstance(ids, Tensor) or ids.ndim != 2 or ids.is_floating_point() or 0 in ids.shape:
        came = (
            f"has shape {tuple(ids.shape)} and type {ids.dtype}"
            if isinstance(ids, Tensor)
            else f"is a {type(ids).__name__}"
        )
        raise ValueError(
            f"ids {came}, expected a tensor of whole numbers (B, T), with T of at least 1. One "
            "text alone is a batch of one: ids[None]."
        )
    low, high = (int(end) for end in ids.aminmax())
    if low < 0 or high >= self.config.vocab_size:
        raise ValueError(
            f"ids holds {low if low < 0 else high}, expected ids from 0 to "
            f"{self.config.vocab_size - 1}. Encode with the tokenizer that the model was made for."
        )
    held = 0 if cache is None else cache.length
    if held + ids.shape[1] > self.config.context:
        before = f" after {held} in the cache" if held else ""
        raise ValueError(
            f"there are {ids.shape[1]} tokens{before}, but the model looks at "
            f"{self.config.context} at most, its context: give it the last of them only."
        )


BATCH = 32  # windows that are scored side by side


def _check_stride(self: "GPT", stride: int | None) -> None:
    if stride is not None and not 1 <= stride <= self.config.context:
        raise ValueError(
            f"stride is {stride}, expected 1 to {self.config.context}, the context: with longer "
            "strides some tokens would never be scored."
        )


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


INIT_STD = 0.02  # of all weights at the start, as in GPT-2
Heads = Float[Tensor, "batch time heads head_dim"]
Angles = Float[Tensor, "time 1 pairs"]


def make_norm(config: GPTConfig) -> nn.Module:
    """Return the norm that stands before each part.

    >>> make_norm(GPTConfig(dim=8, heads=2, norm="rms")).weight.shape
    torch.Size([8])
    """
    kind = LayerNorm if config.norm == "layer" else RMSNorm
    return kind(config.dim, config.norm_eps)


def turned(x: Heads, cos: Angles, sin: Angles) -> Heads:
    """Return queries or keys turned as ``positions.rotary`` does, by angles that are at hand.

    >>> turned(torch.tensor([1.0, 0.0]).view(1, 1, 1, 2), torch.zeros(1, 1, 1), torch.ones(1, 1, 1))
    tensor([[[[0., 1.]]]])
    """
    first, second = x.chunk(2, dim=-1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)


class SelfAttention(nn.Module):
    """Each place looks at itself and at what came before: the attention of notebook 09.

    ``c_attn`` makes queries, keys and values at once, ``c_proj`` mixes the heads.

    >>> attention = SelfAttention(GPTConfig(dim=8, heads=2), layer=0)
    >>> attention(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        self.config, self.layer = config, layer
        self.c_attn = nn.Linear(config.dim, 3 * config.dim, config.bias)
        self.c_proj = nn.Linear(config.dim, config.dim, config.bias)

    def forward(
        self,
        x: Float[Tensor, "batch time dim"],
        turns: tuple[Angles, Angles] | None = None,
        cache: Cache | None = None,
    ) -> Float[Tensor, "batch time dim"]:
        """Return what each place has seen; ``turns`` are the rotary positions' cos and sin."""
        parts = self.c_attn(x).unflatten(-1, (3, -1, self.config.head_dim))  # (B, T, 3, H, K)
        q, k, v = parts.unbind(dim=2)
        if self.config.query_key_norm:
            q, k = rms_norm(q, self.config.norm_eps), rms_norm(k, self.config.norm_eps)
        if turns is not None:
            q, k = turned(q, *turns), turned(k, *turns)
        q, k, v = (part.transpose(1, 2) for part in (q, k, v))  # (B, H, T, K)
        if cache is not None:
            k, v = cache.extend(self.layer, k, v)  # (B, H, S, K)
        time, source, mask = q.shape[2], k.shape[2], None
        if 1 < time < source:  # else the kernel's own causal mask does, or none is needed
            mask = causal_mask(source)[-time:].to(x.device)
        dropout = self.config.dropout if self.training else 0.0
        mixed = functional.scaled_dot_product_attention(q, k, v, mask, dropout, time == source)
        return self.c_proj(mixed.transpose(1, 2).flatten(start_dim=-2))


class FeedForward(nn.Module):
    """Each place by itself: wider, an activation, and back.

    gelu(x), with the tanh of GPT-2; relu(x)²; or SwiGLU, silu(a) · b, of a map that is twice as
    wide (N. Shazeer, "GLU Variants Improve Transformer", 2020, eq. 6).

    >>> FeedForward(GPTConfig(dim=8, heads=2))(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.activation = config.activation
        parts = 2 if config.activation == "swiglu" else 1
        self.c_fc = nn.Linear(config.dim, parts * config.hidden, config.bias)
        self.c_proj = nn.Linear(config.hidden, config.dim, config.bias)

    def forward(self, x: Float[Tensor, "batch time dim"]) -> Float[Tensor, "batch time dim"]:
        """Return places of the same shape."""
        x = self.c_fc(x)
        if self.activation == "gelu":
            x = functional.gelu(x, approximate="tanh")
        elif self.activation == "squared_relu":
            x = functional.relu(x).square()
        else:
            gate, value = x.chunk(2, dim=-1)
            x = functional.silu(gate) * value
        return self.c_proj(x)


class Block(nn.Module):
    """One layer: look back, then think, each beside a residual path, with the norm before it.

    >>> Block(GPTConfig(dim=8, heads=2), layer=0)(torch.randn(1, 5, 8)).shape
    torch.Size([1, 5, 8])
    """

    def __init__(self, config: GPTConfig, layer: int) -> None:
        super().__init__()
        self.ln_1, self.attn = make_norm(config), SelfAttention(config, layer)
        self.ln_2, self.mlp = make_norm(config), FeedForward(config)
        self.dropout = nn.Dropout(config.dropout)

    def forward(
        self,
        x: Float[Tensor, "batch time dim"],
        turns: tuple[Angles, Angles] | None = None,
        cache: Cache | None = None,
    ) -> Float[Tensor, "batch time dim"]:
        """Return the places after this layer."""
        x = x + self.dropout(self.attn(self.ln_1(x), turns, cache))
        return x + self.dropout(self.mlp(self.ln_2(x)))


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
    """

    cos: Tensor
    sin: Tensor

    def __init__(self, config: GPTConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        self.wte = nn.Embedding(config.vocab_size, config.dim)
        learned = config.positions == "learned"
        self.wpe = LearnedPositions(config.context, config.dim) if learned else None
        self.ngrams = make_ngrams(config)
        self.drop = nn.Dropout(config.dropout)
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.ln_f = make_norm(config)
        self.lm_head = None if config.tied else nn.Linear(config.dim, config.vocab_size, bias=False)
        self._start(generator)
        if not learned:
            angles = torch.arange(config.context)[:, None] * frequencies(config.head_dim)
            self.register_buffer("cos", angles.cos().float()[:, None], persistent=False)
            self.register_buffer("sin", angles.sin().float()[:, None], persistent=False)

    @torch.no_grad()
    def _start(self, generator: torch.Generator | None) -> None:
        for name, parameter in self.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
            elif parameter.ndim == 2 and not name.startswith("ngrams"):  # norms' gains stay 1
                into_path = name.endswith("c_proj.weight")
                std = INIT_STD / (2 * self.config.layers) ** 0.5 if into_path else INIT_STD
                parameter.normal_(std=std, generator=generator)

    @checked_by(check_ids)
    def hidden_states(
        self, ids: Int[Tensor, "batch time"], cache: Cache | None = None
    ) -> Float[Tensor, "batch time dim"]:
        """Return the vectors (B, T, D) that the output layer looks at.

        With a ``cache``, ``ids`` go on where it stops, and it is extended.
        """
        start = 0 if cache is None else cache.length
        seen = ids if cache is None else cache.read(ids)
        end, x, turns = start + ids.shape[1], self.wte(ids), None
        if self.ngrams is not None:
            x = x + self.ngrams(seen, last=ids.shape[1])
        if self.wpe is not None:
            x = x + self.wpe(torch.arange(start, end, device=ids.device))
        else:
            turns = self.cos[start:end], self.sin[start:end]
        x = self.drop(x)
        for block in self.h:
            x = block(x, turns, cache)
        return self.ln_f(x)

    def forward(
        self, ids: Int[Tensor, "batch time"], cache: Cache | None = None
    ) -> Float[Tensor, "batch time vocab"]:
        """Return the logits (B, T, V) of the token after each place; the cache is extended."""
        output = self.wte if self.lm_head is None else self.lm_head
        return functional.linear(self.hidden_states(ids, cache), output.weight)

    @property
    def parameter_count(self) -> int:
        """How many numbers are trained."""
        return sum(parameter.numel() for parameter in self.parameters())

    @classmethod
    def from_pretrained(cls, folder_or_name: str | Path) -> "GPT":
        """Return a trained GPT-2, as ``gpt_files.read_gpt2`` finds it: a folder, or "gpt2"."""
        config, weights = read_gpt2(folder_or_name)
        with torch.device("meta"):  # shapes without numbers: they are in the file
            model = cls(config)
        model.load_state_dict(weights, assign=True)
        return model.eval()

    def save_pretrained(self, folder: str | Path) -> None:
        """Write GPT-2's form for ``from_pretrained`` and Hugging Face, as ``write_gpt2`` does."""
        write_gpt2(folder, self.config, self.state_dict())

    @checked_by(_check_stride)
    @torch.no_grad()
    def log_probabilities(
        self, ids: Sequence[int] | Int[Tensor, " time"], stride: int | None = None
    ) -> Float[Tensor, " time"]:
        """Return log p of each of ``ids`` (T,), in nats, given those before it.

        A window as long as the context is moved on by ``stride``, half a context if it is not
        given, and each token is scored once: but for those at the very start, with at least
        context − stride tokens before it. The first token has nothing before it, and gets 1 / V.
        Shorter strides take longer, and score better. Dropout is off meanwhile.

        Raises ``ValueError`` for ids outside the vocabulary or none, and a stride out of range.

        >>> model = GPT(GPTConfig(vocab_size=5, context=4, dim=8, heads=2, layers=1))
        >>> model.log_probabilities([1, 4, 2, 0, 0, 3]).shape
        torch.Size([6])
        """
        config, training = self.config, self.training
        row = token_row(ids, config.vocab_size, self.wte.weight.device)
        stride = stride or max(1, config.context // 2)
        more = -(-max(0, len(row) - 1 - config.context) // stride)  # windows after the first
        wanted = config.context + 1 + more * stride
        windows = functional.pad(row, (0, wanted - len(row))).unfold(0, config.context + 1, stride)
        self.eval()
        found = []
        for batch in windows.split(BATCH):
            logits = self(batch[:, :-1]).transpose(1, 2)
            found.append(-functional.cross_entropy(logits, batch[:, 1:], reduction="none"))
        self.train(training)
        scores = torch.cat(found)  # (windows, context)
        first = scores.new_full((1,), 1 / config.vocab_size).log()
        news = scores[1:, config.context - stride :].flatten()
        return torch.cat([first, scores[0], news])[: len(row)]
