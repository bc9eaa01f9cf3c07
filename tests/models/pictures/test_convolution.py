"""Convolutions by hand: shapes, halving, and what does not depend on where it stands."""

import pytest
import torch
from torch.nn import functional
from torch.testing import assert_close

from lmteach.models.pictures.convolution import ConvolutionEncoder


def test_it_is_four_convolutions_with_their_norms() -> None:
    encoder = ConvolutionEncoder(dim=5, width=8).eval()
    pictures = torch.rand(2, 3, 16, 24)
    x = pictures
    for layer, stride in zip(range(0, 12, 3), (2, 2, 1, 2), strict=True):
        x = functional.conv2d(x, encoder.layers[layer].weight, stride=stride, padding=1)
        x = functional.gelu(functional.group_norm(x, 8, eps=1e-5))
    assert x.shape == (2, 32, 2, 3)
    found = encoder(pictures)
    assert_close(found[:, 1:], encoder.of_place(x.flatten(2).transpose(1, 2)))
    whole = torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], dim=1)
    assert_close(found[:, 0], encoder.of_whole(whole))


def test_a_turned_over_picture_keeps_its_whole_if_the_kernels_are_symmetric() -> None:
    encoder = ConvolutionEncoder(dim=5, width=8).eval()
    with torch.no_grad():
        for layer in range(0, 12, 3):
            weight = encoder.layers[layer].weight
            weight.copy_((weight + weight.flip(-1)) / 2)
    pictures = torch.rand(2, 3, 25, 25)  # odd all the way: 25, 13, 7, 7, 4 halve evenly around
    found, turned = encoder(pictures)[:, 0], encoder(pictures.flip(-1))[:, 0]
    assert_close(found, turned, atol=1e-4, rtol=0)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 8 by 8"):
        ConvolutionEncoder(dim=4, width=8)(torch.zeros(1, 3, 4, 8))
    with pytest.raises(ValueError, match="a multiple of 8"):
        ConvolutionEncoder(dim=4, width=12)
