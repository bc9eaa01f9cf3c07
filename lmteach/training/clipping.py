"""Gradients that are too long, made shorter. Taught in notebook 06."""

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_number, checked_by
from lmteach.typed import typed


def _check_limit(limit: float) -> None:
    if limit != math.inf:
        check_number("limit", limit, above=0, mend="math.inf is for no clipping.")


@typed
@checked_by(_check_limit)
def clip_by_norm(parameters: Iterable[nn.Parameter], limit: float) -> Float[Tensor, ""]:
    """Shorten the gradients in place, all together, to the length ``limit``; return the old one.

    The length is that of one long vector in which all gradients stand one after the other. Where
    it is at most ``limit``, nothing changes; the direction never does. Parameters without a
    gradient are passed over. Source: Pascanu, Mikolov and Bengio (2013), algorithm 1.

    Raises ``ValueError`` for a limit that is not above 0, or if no parameter has a gradient.

    >>> weight = nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([3.0, 4.0])
    >>> clip_by_norm([weight], limit=1.0), weight.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not gradients:
        raise ValueError("no parameter has a gradient: call backward() on a loss first.")
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    if norm > limit:
        share = limit / norm
        for gradient in gradients:
            gradient *= share
    return norm
