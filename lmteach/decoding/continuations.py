"""The likeliest continuations of a text: beam search with a GPT. Notebook 14."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from lmteach.checks import checked_by
from lmteach.decoding.beam import Hypothesis, beam_search
from lmteach.decoding.cache import KeyValueCache
from lmteach.decoding.sampling import check_continued, in_evaluation, next_logits
from lmteach.models.gpt import GPT

# What a cache holds: tensors whose first axis is rows.
Held = tuple[Tensor | None, list[Tensor], list[Tensor]]


@torch.no_grad()
@checked_by(check_continued)
def beam_continuations(
    model: GPT,
    ids: Int[Tensor, "batch time"],
    new_tokens: int,
    width: int,
    end: int | None = None,
) -> list[list[Hypothesis]]:
    """Return, for each beginning (B, T), up to ``width`` continuations, the likeliest first.

    Each is ``new_tokens`` long, or shorter where it wrote ``end``; see ``beam_search``. The cache
    is what is known about a beginning, and is copied with it when the search follows it twice.

    Raises ``ValueError`` for ids that don't fit into the context, or as ``beam_search`` does.

    >>> from lmteach.models.gpt import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=8, dim=8, heads=2, layers=1))
    >>> [found] = beam_continuations(model, torch.tensor([[1, 4]]), new_tokens=3, width=2)
    >>> [len(continuation.tokens) for continuation in found]
    [3, 3]
    """

    def step(
        tokens: Int[Tensor, " batch"], held: Held
    ) -> tuple[Float[Tensor, "batch vocab"], Held]:
        cache = KeyValueCache(*held)
        scores = model(tokens[:, None], cache)[:, -1].log_softmax(dim=-1)
        if end is None:  # a place for an end that never comes
            scores = functional.pad(scores, (0, 1), value=-torch.inf)
        return scores, (cache.ids, cache.keys, cache.values)

    cache = KeyValueCache()
    if ids.shape[1] > 1:
        next_logits(model, ids[:, :-1], cache)
    with in_evaluation(model):
        never = model.config.vocab_size
        return beam_search(
            step,
            (cache.ids, cache.keys, cache.values),
            ids[:, -1],
            never if end is None else end,
            width,
            new_tokens,
        )
