"""The same picture, seen a little differently each time: more pictures for nothing. Notebook 23."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from lmteach.checks import check_number, checked_by
from lmteach.models.checks import check_tensor
from lmteach.typed import typed


def _check_views(
    pictures: Tensor, turn: float, zoom: float, shift: float, mirrored: float, tint: float
) -> None:
    check_tensor("pictures", pictures, (None, None, None, None), "(B, C, height, width)")
    check_number("turn", turn, at_least=0, at_most=180)
    for name, share in (("zoom", zoom), ("shift", shift), ("mirrored", mirrored), ("tint", tint)):
        check_number(name, share, at_least=0, below=1 if name == "zoom" else None, at_most=1)


@checked_by(_check_views)
@typed
def views(
    pictures: Float[Tensor, "batch channels height width"],
    generator: torch.Generator | None = None,
    *,
    turn: float = 10.0,
    zoom: float = 0.15,
    shift: float = 0.06,
    mirrored: float = 0.3,
    tint: float = 0.15,
) -> Float[Tensor, "batch channels height width"]:
    """Return each picture turned, zoomed, moved, mirrored and tinted by chance; paper is 1, white.

    ``turn`` is the most that it is turned, in degrees, ``zoom`` and ``shift`` the most that it is
    made larger or smaller and moved, as shares of its size; ``mirrored`` is the share of pictures
    that are, and ``tint`` the most by which the ink of a colour grows or fades. What comes in from
    outside is paper. Source: C. Shorten and T. Khoshgoftaar, "A survey on Image Data Augmentation
    for Deep Learning" (2019).

    Raises ``ValueError`` for shares out of range.

    >>> picture = torch.tensor([[0.0, 0.5], [1.0, 0.25]]).view(1, 1, 2, 2)
    >>> views(picture, turn=0.0, zoom=0.0, shift=0.0, mirrored=1.0, tint=0.0).view(2, 2)
    tensor([[0.5000, 0.0000],
            [0.2500, 1.0000]])
    """
    count = len(pictures)

    def drawn(most: float, *shape: int) -> Tensor:
        between = torch.rand(count, *shape, generator=generator, device="cpu")
        return (most * (2 * between - 1)).to(pictures.device)

    angle, size = drawn(math.radians(turn)), 1 + drawn(zoom)
    side = torch.where(drawn(1.0) < 2 * mirrored - 1, -1.0, 1.0)
    map_back = pictures.new_zeros(count, 2, 3)  # from a place in the view to one in the picture
    map_back[:, 0, 0], map_back[:, 0, 1] = size * angle.cos() * side, -size * angle.sin()
    map_back[:, 1, 0], map_back[:, 1, 1] = size * angle.sin() * side, size * angle.cos()
    map_back[:, :, 2] = 2 * drawn(shift, 2)
    grid = functional.affine_grid(map_back, list(pictures.shape), align_corners=False)
    ink = functional.grid_sample(1 - pictures, grid, align_corners=False)
    return (1 - ink * (1 + drawn(tint, pictures.shape[1], 1, 1))).clamp(0, 1)
