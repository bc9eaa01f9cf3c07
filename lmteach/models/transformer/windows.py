"""Scoring a text that is longer than what a model looks at. Taught in notebook 13."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.models.evaluating import in_evaluation
from lmteach.typed import typed

BATCH = 32  # windows that are scored side by side


def check_stride(stride: int | None, context: int) -> None:
    """Say what is wrong with how far a window is moved on, if anything.

    >>> check_stride(9, context=8)
    Traceback (most recent call last):
    ValueError: stride is 9, expected 1 to 8, the context: with longer strides some tokens would \
never be scored.
    """
    fits = stride is None or (isinstance(stride, int | np.integer) and 1 <= stride <= context)
    if not fits or isinstance(stride, bool):
        raise ValueError(
            f"stride is {stride!r}, expected 1 to {context}, the context: with longer strides some "
            "tokens would never be scored."
        )


def _check(row: Tensor, vocab_size: int, context: int, stride: int | None) -> None:
    check_sizes(vocab_size=vocab_size, context=context)
    check_stride(stride, context)
    check_ids("row", row, vocab_size, (None,), "(T,)")


@torch.no_grad()
@typed
@checked_by(_check)
def score_by_windows(
    model: nn.Module,
    row: Int[Tensor, " time"],
    vocab_size: int,
    context: int,
    stride: int | None = None,
) -> Float[Tensor, " time"]:
    """Return log p of each token of ``row`` (T,), in nats, given those before it.

    A window as long as the ``context`` is moved on by ``stride``, half a context if it is not
    given, and each token is scored once: but for those at the very start, with at least context −
    stride tokens before it. The first token has nothing before it, and gets 1 / V. Shorter strides
    take longer, and score better. Dropout is off meanwhile.

    >>> knows_nothing = nn.Embedding.from_pretrained(torch.zeros(4, 4))
    >>> score_by_windows(knows_nothing, torch.tensor([3, 1, 2]), 4, context=2).exp()
    tensor([0.2500, 0.2500, 0.2500])
    """
    stride = stride or max(1, context // 2)
    more = -(-max(0, len(row) - 1 - context) // stride)  # windows after the first
    wanted = context + 1 + more * stride
    windows = functional.pad(row, (0, wanted - len(row))).unfold(0, context + 1, stride)
    found = []
    for batch in windows.split(BATCH):
        with in_evaluation(model):
            logits = model(batch[:, :-1]).transpose(1, 2)
        found.append(-functional.cross_entropy(logits, batch[:, 1:], reduction="none"))
    scores = torch.cat(found)  # (windows, context)
    first = scores.new_full((1,), 1 / vocab_size).log()
    news = scores[1:, context - stride :].flatten()
    return torch.cat([first, scores[0], news])[: len(row)]
