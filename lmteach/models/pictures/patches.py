"""A picture as a row of patches, as a text is a row of tokens. Taught in notebook 23."""

from jaxtyping import Float
from torch import Tensor

from lmteach.checks import check_sizes, checked_by
from lmteach.models.checks import check_tensor
from lmteach.typed import typed


def check_patches(pictures: Tensor, patch: int) -> None:
    """Say what is wrong with pictures that are to be cut into patches, if anything.

    >>> import torch
    >>> check_patches(torch.zeros(1, 3, 10, 12), patch=4)
    Traceback (most recent call last):
    ValueError: pictures are 10 high and 12 wide, which patches of 4 don't fill: take a size that \
4 divides.
    """
    check_sizes(patch=patch)
    check_tensor("pictures", pictures, (None, None, None, None), "(B, C, height, width)")
    high, wide = pictures.shape[2:]
    if high % patch or wide % patch:
        raise ValueError(
            f"pictures are {high} high and {wide} wide, which patches of {patch} don't fill: take "
            f"a size that {patch} divides."
        )


@checked_by(check_patches)
@typed
def cut_patches(
    pictures: Float[Tensor, "batch channels height width"], patch: int
) -> Float[Tensor, "batch time inputs"]:
    """Return the patches (B, T, C · patch²) of pictures (B, C, H, W), row by row from the top left.

    A patch is flattened channel by channel. Source: A. Dosovitskiy et al., "An Image is Worth
    16x16 Words" (2021), §3.1.

    Raises ``ValueError`` for pictures that patches don't fill.

    >>> import torch
    >>> cut_patches(torch.arange(16.0).view(1, 1, 4, 4), patch=2)[0]
    tensor([[ 0.,  1.,  4.,  5.],
            [ 2.,  3.,  6.,  7.],
            [ 8.,  9., 12., 13.],
            [10., 11., 14., 15.]])
    """
    batch, channels, high, wide = pictures.shape
    grid = pictures.view(batch, channels, high // patch, patch, wide // patch, patch)
    return grid.permute(0, 2, 4, 1, 3, 5).reshape(batch, -1, channels * patch * patch)
