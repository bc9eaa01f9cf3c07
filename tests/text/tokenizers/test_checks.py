"""What tokenizers ask of texts and ids: each slip is named, and what fits comes back as a list."""

import numpy as np
import pytest
import torch

from lmteach.text.tokenizers.checks import check_text, checked_ids


@pytest.mark.parametrize("ids", [[0, 4], (0, 4), np.array([0, 4]), torch.tensor([0, 4])])
def test_ids_of_every_kind_become_a_list(ids):
    assert checked_ids(ids, vocab_size=5) == [0, 4]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ("01", "ids is '01'; expected a sequence"),
        (3, "ids is 3; expected a sequence"),
        ([0, 1.0], "id 1.0 at position 1 is no integer"),
        ([True], "id True at position 0 is no integer"),
        ([[0], [1]], r"one sequence at a time: ids\[0\]"),
        ([0, 5], "id 5 at position 1 is not in the vocabulary; expected 0 to 4"),
        ([-1], "id -1 at position 0 is not in the vocabulary"),
    ],
)
def test_ids_that_are_none_are_refused(ids, message):
    with pytest.raises(ValueError, match=message):
        checked_ids(ids, vocab_size=5)


def test_texts():
    check_text("")
    with pytest.raises(ValueError, match="text is empty"):
        check_text("", empty_allowed=False)
    with pytest.raises(TypeError, match=r"text is a bytes; expected a str \(decode it first"):
        check_text(b"a")
