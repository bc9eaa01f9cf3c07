"""Norms: each vector by itself gets one length, with or without its mean. Notebooks 11 and 13."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_kind
from lmteach.typed import typed


def _check_eps(eps: float) -> None:
    check_number("eps", eps, at_least=0, at_most=1, mend="1e-5 is usual.")


@typed
@checked_by(_check_eps)
def layer_norm(
    x: Float[Tensor, "*batch dim"],
    weight: Float[Tensor, " dim"],
    bias: Float[Tensor, " dim"],
    eps: float = 1e-5,
) -> Float[Tensor, "*batch dim"]:
    """Shift and scale each vector to mean 0 and variance 1, then by learned numbers.

    (x - mean) / √(variance + eps) · weight + bias, with mean and variance over the last axis, the
    variance divided by D and not by D - 1. Source: J. Ba, J. Kiros and G. Hinton, "Layer
    Normalization" (2016), eqs. 3–4; our ``weight`` and ``bias`` are the gain g and the bias b.

    >>> one, zero = torch.ones(2), torch.zeros(2)
    >>> layer_norm(torch.tensor([[3.0, 5.0], [-10.0, 10.0]]), one, zero, eps=0.0)
    tensor([[-1.,  1.],
            [-1.,  1.]])
    """
    centred = x - x.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return centred / torch.sqrt(variance + eps) * weight + bias


def _check_width(self: Any, x: Tensor) -> None:
    check_kind("x", x)
    if x.ndim < 1 or x.shape[-1] != self.dim or not x.is_floating_point():
        raise ValueError(
            f"x has shape {tuple(x.shape)} and type {x.dtype}, expected floating point numbers "
            f"(…, {self.dim}): the norm is taken along the last axis."
        )


class LayerNorm(nn.Module):
    """``layer_norm`` with numbers of its own, under the names of ``torch.nn.LayerNorm``.

    It calls PyTorch's version, which does in one pass what ``layer_norm`` does in eight.

    Raises ``ValueError`` for a width below 1, or vectors of another width.

    >>> x = torch.tensor([[1.0, 2.0, 6.0]])
    >>> norm = LayerNorm(3)
    >>> torch.allclose(norm(x), layer_norm(x, norm.weight, norm.bias), atol=1e-6)
    True
    """

    @typed
    def __init__(self, dim: int, eps: float = 1e-5) -> None:
        check_sizes(dim=dim)
        _check_eps(eps)
        super().__init__()
        self.dim, self.eps = dim, eps
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    @checked_by(_check_width)
    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Return vectors of the same shape."""
        return functional.layer_norm(x, (self.dim,), self.weight, self.bias, self.eps)


@typed
@checked_by(_check_eps)
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

    @typed
    def __init__(self, dim: int, eps: float = 1e-5) -> None:
        check_sizes(dim=dim)
        _check_eps(eps)
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """Return vectors of the same shape."""
        return rms_norm(x, self.eps) * self.weight
