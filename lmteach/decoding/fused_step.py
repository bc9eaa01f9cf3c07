"""One more token in one go: what a GPT does for a single place. Notebook 14.

``GPT.forward`` is made for any number of places: masks, dropout, checks, a module for every part.
For one token all that takes longer than the arithmetic, which alone is left here. How much is
gained stands in ``benchmarks/RESULTS.md``, beside Hugging Face's ``generate``. Where a part is not
what this was written for, or somebody listens to it, ``can_be_fused`` says no.
"""

from functools import lru_cache
from typing import cast

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import checked_by
from lmteach.decoding.cache import KeyValueCache
from lmteach.models.checks import check_context, check_ids
from lmteach.models.gpt.model import GPT
from lmteach.models.gpt.ngram_embedding import NGramEmbedding
from lmteach.models.llama.model import Llama
from lmteach.models.transformer.attention import MultiHeadAttention
from lmteach.models.transformer.layers import EncoderLayer
from lmteach.models.transformer.norms import LayerNorm, RMSNorm, rms_norm
from lmteach.models.transformer.positions import LearnedPositions, Rotary, rotate
from lmteach.typed import typed

Head = Float[Tensor, "batch heads 1 head_dim"]
KeyHead = Float[Tensor, "batch key_heads 1 head_dim"]
Turn = tuple[Float[Tensor, " pairs"], Float[Tensor, " pairs"]]
KNOWN = {
    *(
        GPT,
        Llama,
        EncoderLayer,
        MultiHeadAttention,
        LayerNorm,
        RMSNorm,
        LearnedPositions,
        NGramEmbedding,
    ),
    *(nn.Linear, nn.Embedding, nn.Dropout, nn.Dropout1d, nn.ModuleList),
}


@typed
def can_be_fused(model: nn.Module) -> bool:
    """Return whether ``fused_step`` computes what the model would.

    It does if every part is of a class that it knows, not of one derived from it, has the
    ``forward`` of its class, and nobody has hooked in.

    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> can_be_fused(model)
    True
    >>> _ = model.h[0].register_forward_hook(print)
    >>> can_be_fused(model)
    False
    """
    return not nn.modules.module._has_any_global_hook() and _is_known(model)


def _is_known(part: nn.Module) -> bool:
    """Whether a part and all parts of it are as their classes have them; asked for every token."""
    inside = part.__dict__
    if type(part) not in KNOWN or "forward" in inside:
        return False
    if inside["_forward_pre_hooks"] or inside["_forward_hooks"]:
        return False
    if inside["_backward_pre_hooks"] or inside["_backward_hooks"]:
        return False
    return all(_is_known(child) for child in inside["_modules"].values() if child is not None)


def _check_one(model: GPT, token: Tensor, cache: KeyValueCache) -> None:
    check_ids("token", token, model.config.vocab_size, (None,), "(B,)")
    check_context(1, model.config.context, cache.length)


@typed
@checked_by(_check_one)
def fused_step(
    model: GPT, token: Int[Tensor, " batch"], cache: KeyValueCache
) -> Float[Tensor, "batch vocab"]:
    """Return the logits (B, V) of what follows ``token`` (B,), after what the cache holds.

    They are those of ``model.eval()(token[:, None], cache)``. The cache is extended. No mask is
    needed: all that is there came before.

    >>> import torch
    >>> from lmteach.models.gpt.config import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> cache = KeyValueCache()
    >>> _ = model(torch.tensor([[1, 4]]), cache)
    >>> fused_step(model, torch.tensor([3]), cache).shape, cache.length
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
        turn = _turn(model, place, x)
    for layer, block in enumerate(model.blocks):
        attention = block.self_attn
        query, key, value = _heads(attention, _norm(block.norm1, x), turn)
        key, value = cache.extend(layer, key, value)
        mixed = functional.scaled_dot_product_attention(  # (B, H, 1, K)
            query, key, value, enable_gqa=attention.key_heads < attention.heads
        )
        x = x + _linear(attention.out_proj, mixed.reshape(x.shape))
        hidden = block.activation(_linear(block.linear1, _norm(block.norm2, x)))
        x = x + _linear(block.linear2, hidden)
    output = model.wte if model.lm_head is None else model.lm_head
    return functional.linear(_norm(model.ln_f, x), output.weight)


def _turn(model: GPT, place: int, x: Tensor) -> Turn:
    """Cosine and sine of the angles by which rotary positions turn each pair at one place."""
    config, positions = model.config, cast(Rotary, model.blocks[0].self_attn.positions)
    cos, sin = _turns(config.context, config.head_dim, positions, x.dtype, x.device)
    return cos[place], sin[place]


@lru_cache(maxsize=4)
def _turns(
    context: int, head_dim: int, positions: Rotary, dtype: torch.dtype, device: torch.device
) -> tuple[Float[Tensor, "time pairs"], Float[Tensor, "time pairs"]]:
    """The same at every place: a table is found sooner than an angle."""
    angles = torch.arange(context)[:, None] * positions.turns(head_dim)
    return angles.cos().to(device, dtype), angles.sin().to(device, dtype)


def _linear(part: nn.Linear, x: Tensor) -> Tensor:
    return functional.linear(x, part.weight, part.bias)


def _norm(part: LayerNorm | RMSNorm, x: Tensor) -> Tensor:
    if isinstance(part, LayerNorm):
        return functional.layer_norm(x, x.shape[-1:], part.weight, part.bias, part.eps)
    return functional.rms_norm(x, x.shape[-1:], part.weight, part.eps)


def _heads(
    attention: MultiHeadAttention, x: Tensor, turn: Turn | None
) -> tuple[Head, KeyHead, KeyHead]:
    heads, key_heads = attention.heads, attention.key_heads
    mapped = functional.linear(x, attention.in_proj_weight, attention.in_proj_bias)
    mapped = mapped.view(len(x), heads + 2 * key_heads, 1, attention.dim // heads)
    both, value = mapped[:, : heads + key_heads], mapped[:, heads + key_heads :]
    if attention.query_key_norm:
        both = rms_norm(both)
    if turn is not None:
        both = rotate(both, *turn)
    return both[:, :heads], both[:, heads:], value
