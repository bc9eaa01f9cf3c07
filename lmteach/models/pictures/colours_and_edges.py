"""What can be seen of a picture without learning: its colours and its edges. Notebook 23."""

import numpy as np
from jaxtyping import Float, UInt8

from lmteach.checks import check_shape, check_sizes, checked_by
from lmteach.typed import typed

SHADES, DIRECTIONS = 4, 8


def _check_pictures(pictures: np.ndarray, cell: int) -> None:
    check_sizes(cell=cell)
    check_shape("pictures", pictures.shape, (None, None, None, 3), "(B, height, width, 3)")
    high, wide = pictures.shape[1:3]
    if high % cell or wide % cell:
        raise ValueError(
            f"pictures are {high} high and {wide} wide, which cells of {cell} don't fill: take a "
            f"size that {cell} divides."
        )


@typed
@checked_by(_check_pictures)
def colours_and_edges(
    pictures: UInt8[np.ndarray, "batch height width 3"], cell: int = 8
) -> Float[np.ndarray, "batch inputs"]:
    """Return one row for each picture (B, H, W, 3): three kinds of numbers side by side.

    The mean colour of each cell; how much there is of each of 64 colours (four shades of red, green
    and blue), as a root; and for each cell how strong the edges are in eight directions, divided by
    their length. Source of the last: N. Dalal and B. Triggs, "Histograms of Oriented Gradients for
    Human Detection" (2005), §4, without overlapping blocks.

    Raises ``ValueError`` for pictures that cells don't fill.

    >>> colours_and_edges(np.zeros((2, 16, 16, 3), dtype=np.uint8)).shape
    (2, 108)
    """
    batch, high, wide, _ = pictures.shape
    light = pictures / 255
    grid = (batch, high // cell, cell, wide // cell, cell)
    means = light.reshape(*grid, 3).mean(axis=(2, 4))

    shades = np.minimum(pictures // (256 // SHADES), SHADES - 1).astype(int)
    colour = (shades[..., 0] * SHADES + shades[..., 1]) * SHADES + shades[..., 2]
    counts = np.stack([np.bincount(one.ravel(), minlength=SHADES**3) for one in colour])

    down, across = np.gradient(light.mean(axis=-1), axis=(1, 2))
    turn = np.arctan2(down, across) % np.pi / np.pi * DIRECTIONS
    direction = np.minimum(turn.astype(int), DIRECTIONS - 1)
    strength = np.hypot(down, across)
    edges = np.stack(
        [(strength * (direction == d)).reshape(grid).sum(axis=(2, 4)) for d in range(DIRECTIONS)],
        axis=-1,
    )
    edges /= np.sqrt((edges**2).sum(axis=-1, keepdims=True) + 0.5)
    parts = (means, np.sqrt(counts / (high * wide)), edges)
    return np.concatenate([part.reshape(batch, -1) for part in parts], axis=1)
