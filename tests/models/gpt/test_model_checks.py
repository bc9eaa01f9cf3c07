"""What a GPT says to ids that it can't read."""

import pytest
import torch

from lmteach.decoding.cache import KeyValueCache
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT

MODEL = GPT(GPTConfig(vocab_size=5, context=3, dim=4, heads=1, layers=1))


def holding(count):
    """A cache that holds some tokens."""
    cache = KeyValueCache()
    if count:
        MODEL(torch.zeros(1, count).long(), cache)
    return cache


@pytest.mark.parametrize("ids", [[[0, 4]], [[0], [1]], [[1, 2, 3]]])
def test_ids_that_fit(ids):
    logits = MODEL(torch.tensor(ids))
    assert logits.shape == (len(ids), len(ids[0]), 5)
    assert torch.equal(MODEL(torch.tensor(ids), KeyValueCache()), logits)


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("ids", "held", "message"),
    [
        ([1, 2], 0, "ids is of type list, expected a tensor of whole numbers"),
        (torch.tensor([1, 2]), 0, r"ids has shape \(2,\), .* ids\[None\]"),
        (torch.zeros(1, 2), 0, "type torch.float32, expected a tensor of whole numbers"),
        (torch.zeros(1, 0).long(), 0, r"shape \(1, 0\), .* at least one of each"),
        (torch.zeros(0, 1).long(), 0, r"shape \(0, 1\)"),
        (torch.tensor([[0, 5]]), 0, r"ids contains the id 5, but .* \(ids 0 to 4\)"),
        (torch.tensor([[-1, 5]]), 0, r"ids contains the id -1, but .* \(ids 0 to 4\)"),
        (torch.tensor([[0, 1, 2, 3]]), 0, "there are 4 tokens, but the model looks at 3 at most"),
        (torch.tensor([[0, 1]]), 2, "there are 2 tokens after 2 in the cache, but"),
    ],
)
def test_ids_that_do_not(ids, held, message):
    with pytest.raises(ValueError, match=message):
        MODEL(ids, holding(held))
