"""Patches are those that a convolution sees, and hold every point once."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from torch.testing import assert_close

from lmteach.models.pictures.patches import cut_patches


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 4))
def test_they_are_those_of_unfold(batch: int, high: int, wide: int, patch: int) -> None:
    pictures = torch.rand(batch, 3, high * patch, wide * patch)
    expected = functional.unfold(pictures, patch, stride=patch).transpose(1, 2)
    assert_close(cut_patches(pictures, patch), expected, atol=0, rtol=0)


def test_a_linear_map_of_patches_is_a_convolution() -> None:
    pictures, weight = torch.rand(2, 3, 8, 8), torch.rand(5, 3, 4, 4)
    convolved = functional.conv2d(pictures, weight, stride=4).flatten(2).transpose(1, 2)
    assert_close(cut_patches(pictures, 4) @ weight.flatten(1).T, convolved, atol=1e-5, rtol=0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="patches of 3 don't fill"):
        cut_patches(torch.zeros(1, 3, 8, 9), 3)
    with pytest.raises(ValueError, match="pictures has shape"):
        cut_patches(torch.zeros(3, 8, 8), 4)
