"""What large weights cost, to be added to a loss: L1 and L2. Taught in notebook 19."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from lmteach.typed import typed


def _listed(weights: Iterable[Tensor]) -> list[Tensor]:
    found = [] if isinstance(weights, Tensor | str) else list(weights)
    if not found or not all(isinstance(one, Tensor) for one in found):
        raise ValueError(
            f"weights is {weights!r:.60}, expected some tensors, as in model.parameters()."
        )
    return found


@typed
def l1_penalty(weights: Iterable[Tensor]) -> Float[Tensor, ""]:
    """Return the sum of the sizes of all weights, Σ |θ|.

    Its gradient is the sign of each weight: all are pulled to 0 equally hard, however small they
    are. Source: R. Tibshirani, "Regression Shrinkage and Selection via the Lasso" (1996), eq. 1.

    Raises ``ValueError`` if there is no weight, or something else among them.

    >>> l1_penalty([torch.tensor([3.0, -4.0]), torch.tensor(1.0)])
    tensor(8.)
    """
    return torch.stack([weight.abs().sum() for weight in _listed(weights)]).sum()


@typed
def l2_penalty(weights: Iterable[Tensor]) -> Float[Tensor, ""]:
    """Return half the sum of the squares of all weights, ½ Σ θ².

    Its gradient is the weight itself: large ones are pulled to 0 harder than small ones. Source:
    A. Krogh and J. Hertz, "A Simple Weight Decay Can Improve Generalization" (1991), eq. 1.

    Raises ``ValueError`` if there is no weight, or something else among them.

    >>> l2_penalty([torch.tensor([3.0, -4.0]), torch.tensor(1.0)])
    tensor(13.)
    """
    return torch.stack([weight.square().sum() for weight in _listed(weights)]).sum() / 2
