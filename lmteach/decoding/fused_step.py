"""One more token, and nothing else: what a GPT does for a single place. Notebook 14.

``GPT.forward`` is made for training: any number of places, a mask, dropout, checks, a module for
every part. For one token all that takes longer than the arithmetic, which alone is left here.
How much is gained stands in ``benchmarks/RESULTS.md``, beside Hugging Face's ``generate``.
"""

from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.decoding.cache import KeyValueCache
from lmteach.models.gpt.model import GPT, Block, FeedForward, SelfAttention
from lmteach.models.transformer.norms import LayerNorm, RMSNorm, rms_norm

Head = Float[Tensor, "batch heads 1 head_dim"]
Turn = tuple[Float[Tensor, "1 pairs"], Float[Tensor, "1 pairs"]]


def one_step(
    model: GPT, token: Int[Tensor, " batch"], cache: KeyValueCache
) -> Float[Tensor, "batch vocab"]:
    """Return the logits (B, V) of what follows ``token`` (B,), after what the cache holds.

    They are those of ``model.eval()(token[:, None], cache)``. The cache is extended. No mask is
    needed: all that is there came before.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> cache = KeyValueCache()
    >>> _ = model(torch.tensor([[1, 4]]), cache)
    >>> one_step(model, torch.tensor([3]), cache).shape, cache.length
    (torch.Size([1, 5]), 3)
    """
    place, turn = cache.length, None
    x = functional.embedding(token, model.wte.weight)  # (B, D)
    seen = cache.read(token[:, None])
    if model.ngrams is not None:
        x = x + model.ngrams(seen, last=1)[:, 0]
    if model.wpe is not None:
        x = x + model.wpe.weight[place]
    else:
        turn = model.cos[place], model.sin[place]
    for layer, block in enumerate(cast(list[Block], model.h)):
        query, key, value = _heads(block.attn, _norm(block.ln_1, x), turn)
        key, value = cache.extend(layer, key, value)
        mixed = functional.scaled_dot_product_attention(query, key, value)  # (B, H, 1, K)
        x = x + _linear(block.attn.c_proj, mixed.reshape(x.shape))
        x = x + _feed_forward(block.mlp, _norm(block.ln_2, x))
    output = model.wte if model.lm_head is None else model.lm_head
    return functional.linear(_norm(model.ln_f, x), output.weight)


def _linear(part: nn.Module, x: Tensor) -> Tensor:
    if type(part) is nn.Linear:
        return functional.linear(x, part.weight, part.bias)
    return part(x)  # someone has put another part in its place


def _norm(part: nn.Module, x: Tensor) -> Tensor:
    if type(part) is LayerNorm:
        return functional.layer_norm(x, x.shape[-1:], part.weight, part.bias, part.eps)
    if type(part) is RMSNorm:
        return rms_norm(x, part.eps) * part.weight
    return part(x)


def _heads(attention: SelfAttention, x: Tensor, turn: Turn | None) -> tuple[Head, Head, Head]:
    config = attention.config
    mapped = _linear(attention.c_attn, x).view(len(x), 3 * config.heads, 1, config.head_dim)
    if turn is None and not config.query_key_norm:
        query, key, value = mapped.chunk(3, dim=1)
        return query, key, value
    both, value = mapped[:, : 2 * config.heads], mapped[:, 2 * config.heads :]
    if config.query_key_norm:
        both = rms_norm(both, config.norm_eps)
    if turn is not None:
        (cos, sin), (first, second) = turn, both.chunk(2, dim=-1)
        both = torch.cat([first * cos - second * sin, first * sin + second * cos], dim=-1)
    query, key = both.chunk(2, dim=1)
    return query, key, value


def _feed_forward(part: nn.Module, x: Tensor) -> Tensor:
    if type(part) is not FeedForward:
        return part(x[:, None])[:, 0]
    x = _linear(part.c_fc, x)
    if part.activation == "gelu":
        x = functional.gelu(x, approximate="tanh")
    elif part.activation == "squared_relu":
        x = functional.relu(x).square()
    else:
        gate, value = x.chunk(2, dim=-1)
        x = functional.silu(gate) * value
    return _linear(part.c_proj, x)
