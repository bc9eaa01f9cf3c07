"""What networks ask of tensors: each slip is named, and what fits passes."""

import pytest
import torch

from lmteach.models.checks import check_tensor


@pytest.mark.parametrize(
    ("value", "shape", "message"),
    [
        (torch.zeros(2, 3).long(), (None, 3), "x is of type torch.int64, expected a tensor of fl"),
        ([[0.0]], (None, 1), "x is of type list"),
        (torch.zeros(3), (None, 3), r"x has shape \(3,\), expected \(B, 3\) = \(any, 3\)"),
        (torch.zeros(2, 4), (None, 3), r"x has shape \(2, 4\)"),
        (torch.zeros(0, 3), (None, 3), r"x has shape \(0, 3\)"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(value, shape, message):
    with pytest.raises(ValueError, match=message):
        check_tensor("x", value, shape, "(B, 3)")


def test_a_tensor_that_fits_passes():
    check_tensor("x", torch.zeros(2, 3), (None, 3), "(B, 3)")
