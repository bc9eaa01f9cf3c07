"""How much a model has remembered of a secret: its rank among all that it could have been.

Source: N. Carlini et al., "The Secret Sharer: Evaluating and Testing Unintended Memorization in
Neural Networks" (2019), §4. Taught in notebook 21.
"""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_ids
from lmteach.typed import typed

NextLogits = Callable[[Tensor], Tensor]  # of ids (B, T): the logits (B, V) of what comes next
MOST = 10**6  # candidates


def _check_space(
    next_logits: NextLogits, prefix: Tensor, choices: Sequence[int], length: int
) -> None:
    check_ids("prefix", prefix, shape=(None,), letters="(T,)")
    check_sizes(length=length)
    if not choices or len(set(choices)) < len(choices) or min(choices) < 0:
        raise ValueError(
            f"choices is {list(choices)[:12]}, expected ids that differ, at least one."
        )
    if len(choices) ** length > MOST:
        raise ValueError(
            f"{len(choices)} choices at {length} places are {len(choices) ** length:,} candidates, "
            f"expected at most {MOST:,}: take a shorter secret."
        )
    with torch.no_grad():
        found = next_logits(prefix[None])
    if not isinstance(found, Tensor) or found.ndim != 2 or found.shape[1] <= max(choices):
        shape = f"of shape {tuple(found.shape)}" if isinstance(found, Tensor) else repr(found)
        raise ValueError(
            f"next_logits gives {shape[:60]}, expected logits (B, V) of what comes next, with all "
            f"choices among V."
        )


@torch.no_grad()
@typed
@checked_by(_check_space)
def candidate_log_probabilities(
    next_logits: NextLogits, prefix: Int[Tensor, " time"], choices: Sequence[int], length: int
) -> Float[Tensor, " batch"]:
    """Return log p, in nats, of every row of ``length`` ``choices`` after a prefix, in order.

    ``next_logits(ids (B, T))`` gives logits (B, V). The beginnings that candidates share are
    computed once: a tree, from its root. The last of the choices turns fastest, as in counting: for
    the digits, the candidate 0042 is number 42.

    Raises ``ValueError`` for more than a million candidates, or choices that don't differ.

    >>> knows_nothing = lambda ids: torch.zeros(len(ids), 12)
    >>> found = candidate_log_probabilities(knows_nothing, torch.tensor([11]), range(10), 2)
    >>> len(found), round(found[42].exp().item(), 6)
    (100, 0.006944)
    """
    rows, found = prefix[None], torch.zeros(1)
    some = torch.as_tensor(list(choices))
    for _ in range(length):
        log_p = next_logits(rows).log_softmax(dim=-1)[:, some]  # (B, choices)
        found = (found[:, None] + log_p).flatten()
        rows = torch.cat(
            [rows.repeat_interleave(len(some), dim=0), some.repeat(len(rows))[:, None]], dim=1
        )
    return found


def _check_place(scores: Tensor, place: int) -> None:
    if not 0 <= place < len(scores):
        raise ValueError(
            f"place is {place}, expected 0 to {len(scores) - 1}, as many as there are candidates."
        )
    check_number("the score of the candidate", float(scores[place]))


@typed
@checked_by(_check_place)
def rank_of(scores: Float[Tensor, " batch"], place: int) -> int:
    """Return the rank of a candidate by its score, 1 for the best; equal ones count before it.

    So a model that says the same of all has learned nothing of any.

    Raises ``ValueError`` for a place that is not there.

    >>> rank_of(torch.tensor([0.1, 0.7, 0.3]), 2)
    2
    """
    return int((scores >= scores[place]).sum())


@typed
@checked_by(_check_place)
def exposure(scores: Float[Tensor, " batch"], place: int) -> float:
    """Return log₂ of the number of candidates, less log₂ of the rank of one: bits.

    It is 0 for the last, and log₂ N for the first: as many guesses by halving as the model spares
    whoever looks for the secret. Of a secret that was never seen it is 1.44 on average. Carlini et
    al. (2019), definition 3.

    Raises ``ValueError`` for a place that is not there.

    >>> exposure(torch.tensor([0.1, 0.7, 0.3, 0.2]), 1)
    2.0
    """
    return math.log2(len(scores)) - math.log2(rank_of(scores, place))
