"""What networks ask of tensors: each slip is named, and what fits passes."""

import pytest
import torch

from lmteach.models.checks import check_context, check_ids, check_padding, check_tensor


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


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([[1, 2]], "^ids is of type list, expected a tensor of whole numbers"),
        (torch.zeros(1, 2), r"^ids is of type torch\.float32, expected a tensor of whole numbers"),
        (torch.ones(1, 2).bool(), r"^ids is of type torch\.bool"),
        (torch.ones(1, 2).char(), r"^ids is of type torch\.int8.* of type torch\.int64\.$"),
        (
            torch.tensor([1, 2]),
            r"^ids has shape \(2,\), expected .* batch of one: ids\[None\]\.$",
        ),
        (torch.zeros(1, 0).long(), r"^ids has shape \(1, 0\), .* at least one of each\.$"),
        (torch.zeros(1, 1, 1).long(), r"^ids has shape \(1, 1, 1\), expected .* = \(any, any\)\.$"),
        (torch.tensor([[4, 5]]), r"^ids contains the id 5, but .* \(ids 0 to 4\)\. Encode with"),
        (torch.tensor([[-1, 5]]), r"^ids contains the id -1"),
    ],
)
def test_ids_that_can_not_be_read_are_refused(ids, message):
    with pytest.raises(ValueError, match=message):
        check_ids("ids", ids, vocab_size=5)


def test_ids_of_another_shape():
    row = torch.tensor([3, 900])
    assert check_ids("text", row, shape=(None,), letters="(T,)") is None  # of any vocabulary
    assert check_ids("ids", torch.tensor([[0, 4]], dtype=torch.int32), vocab_size=5) is None
    with pytest.raises(ValueError, match=r"^text contains the id -900, expected ids from 0 up\.$"):
        check_ids("text", -row, shape=(None,), letters="(T,)")
    with pytest.raises(ValueError, match=r"expected \(B, W\) = \(any, 3\)\. Cut it\.$"):
        check_ids("ids", row[None], 999, (None, 3), "(B, W)", mend="Cut it.")


def test_more_tokens_than_the_context_are_refused():
    assert check_context(5, context=5) is None
    assert check_context(2, context=5, held=3) is None
    with pytest.raises(ValueError, match=r"^there are 6 tokens, but the model looks at 5 at most"):
        check_context(6, context=5)
    with pytest.raises(
        ValueError, match=r"^there are 3 tokens after 3 in the cache, but the model"
    ):
        check_context(3, context=5, held=3)


def test_masks_of_padding():
    assert check_padding("mask", torch.ones(2, 3).bool(), (2, 3)) is None
    with pytest.raises(ValueError, match=r"^mask is of type torch\.int64, expected bool"):
        check_padding("mask", torch.ones(2, 3).long(), (2, 3))
    with pytest.raises(ValueError, match=r"^mask has shape \(2, 4\), expected \(B, T\) = \(2, 3\)"):
        check_padding("mask", torch.ones(2, 4).bool(), (2, 3))
