"""What a GPT says to ids that it can't read."""

from types import SimpleNamespace

import pytest
import torch

from lmteach.models.gpt.model import check_ids

MODEL = SimpleNamespace(config=SimpleNamespace(vocab_size=5, context=3))


@pytest.mark.parametrize("ids", [[[0, 4]], [[0], [1]], [[1, 2, 3]]])
def test_ids_that_fit(ids):
    assert check_ids(MODEL, torch.tensor(ids)) is None
    assert check_ids(MODEL, torch.tensor(ids), SimpleNamespace(length=0)) is None


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "held", "message"),
    [
        ([1, 2], 0, "ids is a list, expected a tensor of whole numbers"),
        (torch.tensor([1, 2]), 0, r"ids has shape \(2,\) .* ids\[None\]"),
        (torch.zeros(1, 2), 0, "type torch.float32, expected a tensor of whole numbers"),
        (torch.zeros(1, 0).long(), 0, r"shape \(1, 0\) .* T of at least 1"),
        (torch.zeros(0, 1).long(), 0, r"shape \(0, 1\)"),
        (torch.tensor([[0, 5]]), 0, "ids holds 5, expected ids from 0 to 4"),
        (torch.tensor([[-1, 5]]), 0, "ids holds -1, expected ids from 0 to 4"),
        (torch.tensor([[0, 1, 2, 3]]), 0, "there are 4 tokens, but the model looks at 3 at most"),
        (torch.tensor([[0, 1]]), 2, "there are 2 tokens after 2 in the cache, but"),
    ],
)
def test_ids_that_do_not(ids, held, message):
    with pytest.raises(ValueError, match=message):
        check_ids(MODEL, ids, SimpleNamespace(length=held))
