"""Root mean square normalisation: the length of a vector is set, its mean stays. Notebook 13."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.models.recurrent_cells import check_sizes


def rms_norm(x: Float[Tensor, "*batch dim"], eps: float = 1e-5) -> Float[Tensor, "*batch dim"]:
    """Scale each vector so that the mean of its squares is 1: x / √(mean(x²) + eps).

    LayerNorm without the mean. Source: B. Zhang and R. Sennrich, "Root Mean Square Layer
    Normalization" (2019), eq. 4.

    >>> rms_norm(torch.tensor([[3.0, 4.0, 0.0, 0.0]]), eps=0.0)
    tensor([[1.2000, 1.6000, 0.0000, 0.0000]])
    """
    return x * torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + eps)


class RMSNorm(nn.Module):
    """``rms_norm`` with a learned gain, ``weight`` (D,), as ``torch.nn.RMSNorm`` has it.

    Raises ``ValueError`` for a width below 1.

    >>> RMSNorm(4)(torch.tensor([[30.0, 40.0, 0.0, 0.0]])).round(decimals=3)
    tensor([[1.2000, 1.6000, 0.0000, 0.0000]], grad_fn=<RoundBackward1>)
    """

    def __init__(self, dim: int, eps: float = 1e-5) -> None:
        check_sizes(dim=dim)
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Return vectors of the same shape."""
        return rms_norm(x, self.eps) * self.weight
