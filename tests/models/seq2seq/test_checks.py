"""What is asked of sources and targets before a network reads them."""

from types import SimpleNamespace

import pytest
import torch

from lmteach.models.seq2seq.checks import check_both, check_source

MODEL = SimpleNamespace(source_vocab=9, target_vocab=7)
SOURCE = torch.tensor([[8, 0, 3], [1, 2, 0]])
TARGET = torch.tensor([[1, 6], [1, 0]])
LENGTHS = torch.tensor([3, 2])


def test_what_fits_is_accepted():
    assert check_source(MODEL, SOURCE, LENGTHS) is None
    assert check_both(MODEL, SOURCE, LENGTHS, TARGET) is None


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"source": SOURCE + 1}, r"source contains the id 9, .* \(ids 0 to 8\)\. Encode with"),
        ({"source": SOURCE - 1}, r"source contains the id -1, but .* \(ids 0 to 8\)"),
        ({"source": SOURCE[0]}, r"source has shape \(3,\), expected \(B, S\) = \(any, any\)"),
        ({"source": SOURCE[:, :0]}, r"source has shape \(2, 0\), .* at least one of each"),
        (
            {"source": SOURCE.double()},
            "source is of type torch.float64, expected",
        ),
        ({"lengths": LENGTHS[:1]}, "there are 1 lengths for 2 sequences"),
        ({"lengths": LENGTHS + 1}, "lengths"),
        ({"target": TARGET + 1}, r"target contains the id 7, but .* \(ids 0 to 6\)"),
        ({"target": TARGET[None]}, r"target has shape \(1, 2, 2\)"),
        ({"target": TARGET[[0, 1, 0]]}, "there are 3 targets for 2 sources, expected one for each"),
    ],
)
def test_what_does_not_fit_is_named(changed, message):
    given = {"source": SOURCE, "lengths": LENGTHS, "target": TARGET, **changed}
    with pytest.raises(ValueError, match=message):
        check_both(MODEL, **given)
    if "target" not in changed:
        with pytest.raises(ValueError, match=message):
            check_source(MODEL, given["source"], given["lengths"])
