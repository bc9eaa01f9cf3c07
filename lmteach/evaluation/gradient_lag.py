"""How far back a gradient reaches: its size against the time lag. Taught in notebook 06.

What the end of a sequence can teach about its beginning is the gradient that arrives there. This
measures it, for any layer that reads a sequence.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_shape, checked_by
from lmteach.typed import typed


def _check(inputs: object) -> None:
    if not isinstance(inputs, Tensor):
        return  # its type is asked next
    if inputs.ndim != 3 or not inputs.is_floating_point():
        raise ValueError(
            f"inputs has shape {tuple(inputs.shape)} and type {inputs.dtype}, expected vectors "
            "(B, T, D), such as model.embedding(ids): there is no gradient with regard to ids."
        )
    check_shape("inputs", inputs.shape, (None, None, None), "(B, T, D)")


def _check_loss(loss: object) -> None:
    if not isinstance(loss, Tensor) or loss.numel() != 1:
        came = f"shape {tuple(loss.shape)}" if isinstance(loss, Tensor) else repr(loss)
        raise ValueError(
            f"loss_of_last returned {came}, expected a tensor with one number: the sum of the "
            "losses over the batch."
        )


@checked_by(_check)
@typed
def gradient_by_lag(
    layer: nn.Module,
    inputs: Float[Tensor, "batch time dim"],
    loss_of_last: Callable[[Tensor], Tensor],
) -> Float[np.ndarray, " time"]:
    """Return how large the gradient of the last output is at each input: entry k is lag k.

    ``layer(inputs)`` is a tuple of which the first entry holds the outputs (B, T, …), as from
    ``torch.nn.RNN`` with ``batch_first=True``; ``loss_of_last`` takes those of the last place
    (B, …) and returns the sum of the B losses. Entry k is the norm of the gradient of a sequence's
    loss with regard to its input k steps before the last, averaged over the batch.

    Raises ``ValueError`` if ``inputs`` is not (B, T, D), and if no gradient reaches it at all.
    Source: Bengio, Simard and Frasconi (1994), section 4, where this is what vanishes.

    >>> layer = nn.RNN(1, 1, nonlinearity="relu", bias=False, batch_first=True)
    >>> for weight in layer.parameters():
    ...     nn.init.constant_(weight, 0.5).sum().item()
    0.5
    0.5
    >>> gradient_by_lag(layer, torch.ones(2, 4, 1), lambda last: last.sum())
    array([0.5   , 0.25  , 0.125 , 0.0625])
    """
    places = inputs.detach().clone().requires_grad_()
    outputs: Any = layer(places)
    loss = loss_of_last(outputs[0][:, -1])
    _check_loss(loss)
    (gradient,) = torch.autograd.grad(loss, places, allow_unused=True)
    if gradient is None:
        raise ValueError("the loss does not depend on the inputs, expected one made of the output.")
    norms = gradient.double().norm(dim=-1)  # (B, T); squares of small numbers need the room
    return norms.mean(dim=0).flip(0).cpu().numpy()
