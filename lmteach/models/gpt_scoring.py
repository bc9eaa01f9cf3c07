"""How well a GPT predicts a text that is longer than its context. Taught in notebook 13."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from lmteach.checks import check_tokens, checked_by
from lmteach.models.gpt import GPT

BATCH = 32  # windows that are scored side by side


def _check_stride(model: GPT, stride: int | None) -> None:
    if stride is not None and not 1 <= stride <= model.config.context:
        raise ValueError(
            f"stride is {stride}, expected 1 to {model.config.context}, the context: with longer "
            "strides some tokens would never be scored."
        )


@checked_by(_check_stride)
@torch.no_grad()
def log_probabilities(
    model: GPT, ids: Sequence[int] | Int[Tensor, " time"], stride: int | None = None
) -> Float[Tensor, " time"]:
    """Return log p of each of ``ids`` (T,), in nats, given those before it.

    A window as long as the context is moved on by ``stride``, half a context if it is not given,
    and each token is scored once: but for those at the very start, with at least context − stride
    tokens before it. The first token has nothing before it, and gets 1 / V. Shorter strides take
    longer, and score better. Dropout is off meanwhile.

    Raises ``ValueError`` for ids outside the vocabulary or none, and a stride out of range.

    >>> from lmteach.models.gpt import GPTConfig
    >>> model = GPT(GPTConfig(vocab_size=5, context=4, dim=8, heads=2, layers=1))
    >>> log_probabilities(model, [1, 4, 2, 0, 0, 3]).shape
    torch.Size([6])
    """
    config, training = model.config, model.training
    given = ids.cpu().numpy() if isinstance(ids, Tensor) else ids
    row = torch.from_numpy(check_tokens(given, config.vocab_size)).to(model.wte.weight.device)
    stride = stride or max(1, config.context // 2)
    more = -(-max(0, len(row) - 1 - config.context) // stride)  # windows after the first
    wanted = config.context + 1 + more * stride
    windows = functional.pad(row, (0, wanted - len(row))).unfold(0, config.context + 1, stride)
    model.eval()
    found = []
    for batch in windows.split(BATCH):
        logits = model(batch[:, :-1]).transpose(1, 2)
        found.append(-functional.cross_entropy(logits, batch[:, 1:], reduction="none"))
    model.train(training)
    scores = torch.cat(found)  # (windows, context)
    first = scores.new_full((1,), 1 / config.vocab_size).log()
    news = scores[1:, config.context - stride :].flatten()
    return torch.cat([first, scores[0], news])[: len(row)]
