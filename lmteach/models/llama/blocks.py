"""Numbers kept in blocks of 4 or 8 bits, and how they are unpacked. Taught in notebook 16.

Thirty-two neighbours of a row share a scale, in half precision, and keep a whole number each: the
formats Q4_0, Q4_1 and Q8_0 of GGUF files. Half a byte holds one of sixteen numbers.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, UInt8

from lmteach.checks import check_choice, checked_by
from lmteach.typed import typed

BLOCK = 32  # numbers that share a scale


class Format(NamedTuple):
    """How many numbers a block holds, in how many bytes; a block of one is a plain number."""

    numbers: int
    bytes: int


FORMATS = {
    "F32": Format(1, 4),
    "F16": Format(1, 2),
    "BF16": Format(1, 2),
    "Q4_0": Format(BLOCK, 2 + 16),
    "Q4_1": Format(BLOCK, 2 + 2 + 16),
    "Q8_0": Format(BLOCK, 2 + 32),
}


def _check(data: np.ndarray, kind: str) -> None:
    check_choice("kind", kind, FORMATS)
    size = FORMATS[kind].bytes
    if data.shape[-1] % size:
        raise ValueError(
            f"a row of data has {data.shape[-1]} bytes, expected blocks of {size}, as {kind} has "
            "them: the row is cut, or of another kind."
        )


@typed
@checked_by(_check)
def unpack(data: UInt8[np.ndarray, "rows _"], kind: str) -> Float32[np.ndarray, "rows dim"]:
    """Return the numbers (N, D) that rows of bytes (N, bytes of a row) stand for.

    With d a block's scale and q its whole numbers: Q8_0 is d · q, with q from −128 to 127; Q4_0 is
    d · (q − 8) and Q4_1 is d · q + m, with q from 0 to 15 and m the block's least. The lower halves
    of a block's 16 bytes are its first 16 numbers, the upper halves its last. Source: ggml's
    ``block_q4_0``, ``block_q4_1`` and ``block_q8_0``.

    Raises ``ValueError`` for another kind, or rows that don't divide into blocks.

    >>> scale = np.array([0.5], dtype=np.float16).view(np.uint8)
    >>> block = np.concatenate([scale, np.full(16, 0x9A, dtype=np.uint8)])
    >>> numbers = unpack(block[None], "Q4_0")[0]  # 0xA is 10, 0x9 is 9
    >>> numbers[0].item(), numbers[-1].item()
    (1.0, 0.5)
    """
    rows = np.ascontiguousarray(data)
    if kind == "F32":
        return rows.view("<f4").copy()
    if kind == "F16":
        return rows.view("<f2").astype(np.float32)
    if kind == "BF16":  # the upper half of a number in single precision
        return (rows.view("<u2").astype(np.uint32) << 16).view(np.float32)
    blocks = rows.reshape(len(rows), -1, FORMATS[kind].bytes)  # (N, blocks, bytes)
    scale = _halves(blocks, 0)
    if kind == "Q8_0":
        numbers = scale * blocks[..., 2:].view(np.int8)
    elif kind == "Q4_0":
        numbers = scale * (_nibbles(blocks[..., 2:]) - np.float32(8))
    else:
        numbers = scale * _nibbles(blocks[..., 4:]) + _halves(blocks, 2)
    return np.asarray(numbers, dtype=np.float32).reshape(len(rows), -1)


def _halves(blocks: np.ndarray, start: int) -> np.ndarray:
    """The number (N, blocks, 1) in half precision that begins at a byte of each block."""
    pair = np.ascontiguousarray(blocks[..., start : start + 2])
    return pair.view("<f2").astype(np.float32)


def _nibbles(packed: np.ndarray) -> np.ndarray:
    """Two whole numbers from 0 to 15 from each byte: all lower halves, then all upper ones."""
    return np.concatenate([packed & 0x0F, packed >> 4], axis=-1).astype(np.float32)
