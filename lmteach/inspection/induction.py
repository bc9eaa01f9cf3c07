"""Heads that copy: they look for what came after the same token before. Taught in notebook 20."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmteach.checks import check_sizes, check_whole, checked_by
from lmteach.models.checks import check_ids, check_kind, check_tensor
from lmteach.typed import typed


def _check_repeated(vocab_size: int, batch: int, time: int, shortest: int, longest: int) -> None:
    check_sizes(vocab_size=vocab_size, batch=batch, time=time)
    check_whole("shortest", shortest, at_least=2)
    check_whole("longest", longest, at_least=shortest)
    if longest > vocab_size:
        raise ValueError(
            f"longest is {longest} and vocab_size {vocab_size}, expected at most as many: no token "
            "comes twice within a period."
        )


@typed
@checked_by(_check_repeated)
def repeated_tokens(
    vocab_size: int,
    batch: int,
    time: int,
    shortest: int,
    longest: int,
    generator: torch.Generator,
) -> Int[Tensor, "batch time"]:
    """Return rows (B, T) of random tokens, each of which begins again after a period of its own.

    The period is drawn from ``shortest`` to ``longest``, so that no distance is the right one
    everywhere; within it each token comes once at most.

    Raises ``ValueError`` for sizes below 1, a shortest period below 2, or a longest one above
    the vocabulary.

    >>> repeated_tokens(9, 2, 8, shortest=3, longest=4, generator=torch.Generator().manual_seed(0))
    tensor([[0, 6, 4, 0, 6, 4, 0, 6],
            [8, 3, 1, 6, 8, 3, 1, 6]])
    """
    rows = []
    for _ in range(batch):
        drawn = torch.randint(shortest, longest + 1, (1,), generator=generator)
        block = torch.randperm(vocab_size, generator=generator)[: int(drawn)]
        rows.append(block.repeat(-(-time // len(block)))[:time])
    return torch.stack(rows)


def _check_score(weights: Tensor, ids: Tensor) -> None:
    check_ids("ids", ids)
    batch, time = ids.shape
    check_tensor("weights", weights, (batch, None, time, time), "(B, H, T, T)")


@typed
@checked_by(_check_score)
def induction_score(
    weights: Float[Tensor, "batch heads time time"], ids: Int[Tensor, "batch time"]
) -> Float[Tensor, " heads"]:
    """Return how much each head (H,) looks at what came after the same token before, 0 to 1.

    Of every place whose token stood earlier in the row, the weights of the places *after* those,
    added up; the mean over all such places. Where a token directly follows itself, that would be
    the place itself, and does not count. Source: C. Olsson et al., "In-context Learning and
    Induction Heads" (2022), their prefix matching score.

    Raises ``ValueError`` for shapes that don't fit, and where no token comes again.

    >>> ids = torch.tensor([[5, 7, 5, 7]])
    >>> weights = torch.zeros(1, 1, 4, 4)
    >>> weights[0, 0, 2, 1] = 0.8  # at the second 5, 0.8 on the 7 after the first
    >>> weights[0, 0, 3, 2] = 0.6  # at the second 7, 0.6 on the 5 after the first
    >>> induction_score(weights, ids)
    tensor([0.7000])
    """
    same = ids[:, :, None] == ids[:, None, :]  # (B, T, S)
    after = torch.zeros_like(same)
    after[:, :, 1:] = same[:, :, :-1]  # one to the right: what came after that token
    after = after.tril(-1)  # and before this place
    again = after.any(dim=-1)  # (B, T)
    if not again.any():
        raise ValueError("no token of ids comes again, expected some that do: repeat the row.")
    found = (weights * after[:, None]).sum(dim=-1)  # (B, H, T)
    return found.transpose(1, 2)[again].mean(dim=0)


def _check_weights(weights: Tensor) -> None:
    check_kind("weights", weights)
    check_tensor("weights", weights, (None, None, None, weights.shape[-1]), "(B, H, T, T)")
    if weights.shape[-1] != weights.shape[-2] or weights.shape[-1] < 2 or weights.numel() == 0:
        raise ValueError(
            f"weights has shape {tuple(weights.shape)}, expected (B, H, T, T) with two places at "
            "least: the first has none before it."
        )


@typed
@checked_by(_check_weights)
def previous_token_score(
    weights: Float[Tensor, "batch heads time time"],
) -> Float[Tensor, " heads"]:
    """Return how much each head (H,) looks at the token directly before, 0 to 1.

    Raises ``ValueError`` for another shape, or fewer than two places.

    >>> weights = torch.tensor([[1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.2, 0.5, 0.3]])
    >>> previous_token_score(weights[None, None])
    tensor([0.7000])
    """
    return weights.diagonal(offset=-1, dim1=-2, dim2=-1).mean(dim=(0, 2))
