"""Which tokens are hidden, what stands in their place, and the loss over them alone.

Taught in notebook 15. Source: J. Devlin et al., "BERT" (2019), §3.1, task 1, and appendix A.1.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from lmteach.checks import (
    check_number,
    check_sizes,
    check_tokens,
    check_whole,
    checked_by,
)
from lmteach.models.checks import check_ids, check_padding, check_tensor
from lmteach.typed import typed

Masked = tuple[Int[Tensor, "batch time"], Bool[Tensor, "batch time"]]


def _check_maskable(ids: Tensor, special: Sequence[int]) -> None:
    check_ids("ids", ids)
    never = check_tokens(special, at_least=0, name="special")
    if not bool((~torch.isin(ids, torch.from_numpy(never).to(ids.device))).any()):
        raise ValueError(
            "ids holds nothing but special tokens, expected at least one that may be masked."
        )


def _check_share(ids: Tensor, special: Sequence[int], share: float) -> None:
    check_number("share", share, above=0, at_most=1)
    _check_maskable(ids, special)


def _check_every(ids: Tensor, special: Sequence[int], every: int) -> None:
    check_sizes(every=every)
    _check_maskable(ids, special)


def _check_replaced(
    ids: Tensor, chosen: Tensor, mask_id: int, vocab_size: int, replaced: float, random: float
) -> None:
    check_ids("ids", ids)
    check_padding("chosen", chosen, ids.shape)
    check_whole("mask_id", mask_id, at_least=0)
    check_sizes(vocab_size=vocab_size)
    check_number("replaced", replaced, at_least=0, at_most=1)
    check_number("random", random, at_least=0, at_most=1)
    if replaced + random > 1 + 1e-9:
        raise ValueError(
            f"replaced is {replaced} and random {random}, expected at most 1 together: the rest "
            "stays as it is."
        )


def _check_loss(logits: Tensor, targets: Tensor, chosen: Tensor) -> None:
    check_tensor("logits", logits, (None, None, None), "(B, T, V)")
    check_ids("targets", targets, logits.shape[-1], logits.shape[:2])
    check_padding("chosen", chosen, targets.shape)
    if not bool(chosen.any()):
        raise ValueError("chosen is False everywhere, expected at least one place to judge.")


@typed
@checked_by(_check_share)
def choose_places(
    ids: Int[Tensor, "batch time"], special: Sequence[int], share: float, generator: torch.Generator
) -> Bool[Tensor, "batch time"]:
    """Return where ``ids`` are to be hidden: each place with the same chance, special ones never.

    If chance takes none, one place is taken, so that there is something to learn.

    Raises ``ValueError`` for a ``share`` outside 0 to 1, or nothing that may be masked.

    >>> ids = torch.tensor([[9, 1, 2, 3, 4, 9]])
    >>> choose_places(ids, [9], 0.5, torch.Generator().manual_seed(0))
    tensor([[False, False,  True,  True,  True, False]])
    """
    drawn = torch.rand(ids.shape, generator=generator, device=generator.device).to(ids.device)
    drawn[torch.isin(ids, torch.tensor(special, device=ids.device))] = 2.0  # never below a share
    chosen = drawn < share
    return chosen if bool(chosen.any()) else drawn == drawn.min()


@typed
@checked_by(_check_every)
def spaced_places(
    ids: Int[Tensor, "batch time"], special: Sequence[int], every: int, generator: torch.Generator
) -> Bool[Tensor, "batch time"]:
    """Return every third place, or whatever ``every`` says, from a random one on; special ones not.

    Of a token that is hidden so, the next ``every`` - 1 on either side can be seen. That departs
    from BERT's paper, where each place is drawn by itself: a small model that may learn for two
    minutes only learns more from it.

    Raises ``ValueError`` for an ``every`` below 1, or nothing that may be masked.

    >>> ids = torch.tensor([[9, 1, 2, 3, 4, 9]])
    >>> spaced_places(ids, [9], 3, torch.Generator().manual_seed(0))
    tensor([[False, False,  True, False, False, False]])
    """
    special_there = torch.isin(ids, torch.tensor(special, device=ids.device))
    first = torch.randint(every, (len(ids), 1), generator=generator, device=generator.device)
    places = torch.arange(ids.shape[1], device=ids.device)
    return ((places - first.to(ids.device)) % every == 0) & ~special_there


@typed
@checked_by(_check_replaced)
def hide(
    ids: Int[Tensor, "batch time"],
    chosen: Bool[Tensor, "batch time"],
    mask_id: int,
    vocab_size: int,
    generator: torch.Generator,
    replaced: float = 0.8,
    random: float = 0.1,
) -> Int[Tensor, "batch time"]:
    """Return ``ids`` with other tokens at the ``chosen`` places.

    A share ``replaced`` of them becomes the mask, a share ``random`` any of the ids below
    ``vocab_size``, the rest stays: the model can't tell which token is to be trusted.

    Raises ``ValueError`` for shares that are more than 1 together.

    >>> ids, chosen = torch.tensor([[1, 2, 3]]), torch.tensor([[True, False, True]])
    >>> hide(ids, chosen, 7, 5, torch.Generator().manual_seed(0), replaced=1.0, random=0.0)
    tensor([[7, 2, 7]])
    """
    device = generator.device
    dice = torch.rand(ids.shape, generator=generator, device=device).to(ids.device)
    others = torch.randint(vocab_size, ids.shape, generator=generator, device=device).to(ids)
    hidden = ids.masked_fill(chosen & (dice < replaced), mask_id)
    by_another = chosen & (dice >= replaced) & (dice < replaced + random)
    return hidden.where(~by_another, others)


def _check_mask(
    ids: Tensor,
    special: Sequence[int],
    mask_id: int,
    vocab_size: int,
    share: float,
    replaced: float,
    random: float,
) -> None:
    _check_share(ids, special, share)
    _check_replaced(ids, torch.ones_like(ids).bool(), mask_id, vocab_size, replaced, random)


@typed
@checked_by(_check_mask)
def mask_tokens(
    ids: Int[Tensor, "batch time"],
    special: Sequence[int],
    mask_id: int,
    vocab_size: int,
    generator: torch.Generator,
    share: float = 0.15,
    replaced: float = 0.8,
    random: float = 0.1,
) -> Masked:
    """Return ``ids`` (B, T) with some tokens hidden, and which places were chosen (B, T).

    Of all places but those of ``special`` ids, a ``share`` is chosen; of these, 80 % become
    ``mask_id``, 10 % a random id below ``vocab_size``, and 10 % stay as they are, if nothing else
    is asked. The targets are ``ids`` as they were, at the chosen places: ``masked_loss``.

    Raises ``ValueError`` for shares out of range, or nothing that may be masked.

    >>> ids = torch.tensor([[9, 1, 2, 3, 4, 9]])
    >>> hidden, chosen = mask_tokens(ids, [9], 8, 5, torch.Generator().manual_seed(3), share=0.5)
    >>> bool((hidden == ids)[~chosen].all())
    True
    """
    chosen = choose_places(ids, special, share, generator)
    return hide(ids, chosen, mask_id, vocab_size, generator, replaced, random), chosen


@typed
@checked_by(_check_loss)
def masked_loss(
    logits: Float[Tensor, "batch time vocab"],
    targets: Int[Tensor, "batch time"],
    chosen: Bool[Tensor, "batch time"],
) -> Float[Tensor, ""]:
    """Return the mean cross-entropy () of the targets at the chosen places, in nats.

    All other places count for nothing: neither in the sum nor in what it is divided by.

    Raises ``ValueError`` if no place is chosen.

    >>> logits, targets = torch.zeros(1, 2, 4), torch.tensor([[3, 0]])
    >>> masked_loss(logits, targets, torch.tensor([[True, False]]))  # ln 4
    tensor(1.3863)
    """
    return functional.cross_entropy(logits[chosen], targets[chosen])
