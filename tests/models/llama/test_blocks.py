"""Blocks of 4 and 8 bits: by hand, and to the last bit as ggml's own package unpacks them."""

import gguf
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.llama.blocks import BLOCK, FORMATS, unpack


def scale(*numbers):
    """Numbers in half precision, as bytes."""
    return np.array(numbers, dtype="<f2").view(np.uint8)


NIBBLES = np.arange(16, dtype=np.uint8) | (15 - np.arange(16, dtype=np.uint8)) << 4
UP, DOWN = np.arange(16), 15 - np.arange(16)


@pytest.mark.parametrize(
    ("kind", "block", "expected"),
    [
        ("Q4_0", np.concatenate([scale(0.5), NIBBLES]), 0.5 * (np.concatenate([UP, DOWN]) - 8)),
        (
            "Q4_1",
            np.concatenate([scale(0.25, -3.0), NIBBLES]),
            0.25 * np.concatenate([UP, DOWN]) - 3,
        ),
        (
            "Q8_0",
            np.concatenate([scale(2.0), np.arange(-16, 16, dtype=np.int8).view(np.uint8)]),
            2.0 * np.arange(-16, 16),
        ),
        ("F16", scale(1.5, -2.0), [1.5, -2.0]),
        ("F32", np.array([1.5, -2.0], dtype="<f4").view(np.uint8), [1.5, -2.0]),
        ("BF16", np.array([0, 0x3F80, 0, 0xC000], "<u2").view(np.uint8), [0.0, 1.0, 0.0, -2.0]),
    ],
)
def test_a_row_by_hand(kind, block, expected):
    numbers = unpack(np.stack([block, block]), kind)
    assert numbers.dtype == np.float32
    np.testing.assert_array_equal(numbers, np.array([expected, expected], dtype=np.float32))


@pytest.mark.parametrize("kind", list(FORMATS))
@given(rows=st.integers(1, 3), blocks=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_all_kinds_as_the_reference_unpacks_them(kind, rows, blocks, seed):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(scale=rng.uniform(0.01, 10), size=(rows, blocks * BLOCK))
    stored = gguf.quantize(numbers.astype(np.float32), gguf.GGMLQuantizationType[kind])
    packed = stored.reshape(rows, -1).view(np.uint8)
    ours = unpack(packed, kind)
    theirs = gguf.dequantize(stored, gguf.GGMLQuantizationType[kind])
    np.testing.assert_array_equal(ours, theirs.reshape(rows, -1))
    steps = {"Q4_0": 1 / 8, "Q4_1": 1 / 15, "Q8_0": 1 / 127}.get(kind, 2**-7)
    assert np.abs(ours - numbers).max() <= 1.1 * steps * np.abs(numbers).max()


def test_any_bytes_of_four_bits_as_the_reference():
    data = np.random.default_rng(0).integers(0, 256, (50, 40), dtype=np.uint8)
    data[:, [1, 3, 21, 23]] &= 0x3B  # no infinite scale
    ours = unpack(data, "Q4_1")
    theirs = gguf.dequantize(data, gguf.GGMLQuantizationType.Q4_1)
    np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (np.zeros((2, 19), dtype=np.uint8), "Q4_0", "has 19 bytes, expected blocks of 18"),
        (np.zeros((2, 18), dtype=np.uint8), "Q6_K", "kind is 'Q6_K', expected one of 'F32'"),
    ],
)
def test_bad_arguments(data, kind, message):
    with pytest.raises(ValueError, match=message):
        unpack(data, kind)
