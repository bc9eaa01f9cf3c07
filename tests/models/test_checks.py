"""What networks ask of tensors: each slip is named, and what fits passes."""

import pytest
import torch

from lmteach.models.checks import check_tensor, token_row


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
    assert check_tensor("x", torch.zeros(2, 3), (None, 3), "(B, 3)") is None


@pytest.mark.parametrize("ids", [[2, 0], torch.tensor([2, 0]), torch.tensor([2, 0]).int()])
def test_a_row_of_ids_from_a_list_or_a_tensor(ids):
    row = token_row(ids, vocab_size=3, device=torch.device("cpu"))
    assert row.dtype == torch.int64
    assert row.tolist() == [2, 0]


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (torch.tensor([3]), "contains the id 3, but the vocabulary has 3 entries"),
        (torch.tensor([[1]]), r"tokens has shape \(1, 1\)"),
        (torch.tensor([1.0]), "type float"),
        ([1], "tokens has 1 ids, expected at least 2"),
    ],
)
def test_what_is_no_row_of_ids_is_refused(ids, message):
    with pytest.raises(ValueError, match=message):
        token_row(ids, vocab_size=3, device=torch.device("cpu"), at_least=2 if ids == [1] else 1)
