"""A small network of convolutions: what is near counts, wherever it stands. Notebook 23."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmteach.checks import check_number, check_sizes, checked_by
from lmteach.models.checks import check_tensor
from lmteach.typed import typed

GROUPS = 8


def _check_widths(dim: int, width: int, dropout: float) -> None:
    check_sizes(dim=dim, width=width)
    check_number("dropout", dropout, at_least=0, below=1)
    if width % GROUPS:
        raise ValueError(f"width is {width}, expected a multiple of {GROUPS}.")


def _check_pictures(pictures: Tensor) -> None:
    check_tensor("pictures", pictures, (None, 3, None, None), "(B, 3, height, width)")
    high, wide = pictures.shape[2:]
    if min(high, wide) < 8:
        raise ValueError(
            f"pictures are {high} high and {wide} wide, expected at least 8 by 8: they are halved "
            "three times."
        )


class ConvolutionEncoder(nn.Module):
    """Four convolutions, three of which halve the picture; then the best of each place, and a map.

    ``forward(pictures (B, 3, H, W))`` returns (B, 1 + T, D), as ``PictureEncoder`` does: a vector
    for the whole, then one for each of the (H / 8) · (W / 8) places that are left. The whole is
    made of the mean and of the largest value over all places. Source: Y. LeCun et al.,
    "Gradient-Based Learning Applied to Document Recognition" (1998), §II.A.

    Raises ``ValueError`` for pictures of less than 8 by 8.

    >>> ConvolutionEncoder(dim=16, width=8)(torch.zeros(5, 3, 48, 48)).shape
    torch.Size([5, 37, 16])
    """

    @typed
    @checked_by(_check_widths)
    def __init__(self, dim: int, width: int = 32, dropout: float = 0.0) -> None:
        super().__init__()
        sizes = [3, width, 2 * width, 2 * width, 4 * width]
        strides = [2, 2, 1, 2]
        layers: list[nn.Module] = []
        for inputs, outputs, stride in zip(sizes, sizes[1:], strides, strict=False):
            layers += [
                nn.Conv2d(inputs, outputs, kernel_size=3, stride=stride, padding=1, bias=False),
                nn.GroupNorm(GROUPS, outputs),
                nn.GELU(),
            ]
        self.layers = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.of_place = nn.Linear(4 * width, dim)
        self.of_whole = nn.Linear(8 * width, dim)

    @checked_by(_check_pictures)
    @typed
    def forward(
        self, pictures: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch time dim"]:
        """Return a vector for the whole, and one for each place."""
        places = self.layers(pictures).flatten(2).transpose(1, 2)  # (B, T, 4 · width)
        whole = torch.cat([places.mean(dim=1), places.amax(dim=1)], dim=-1)
        whole = self.of_whole(self.dropout(whole))
        return torch.cat([whole[:, None], self.of_place(places)], dim=1)
