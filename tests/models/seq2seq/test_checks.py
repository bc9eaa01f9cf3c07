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
        ({"source": SOURCE + 1}, "source contains ids from 1 to 9, expected 0 to 8: encode with"),
        ({"source": SOURCE - 1}, "source contains ids from -1 to 7, expected 0 to 8"),
        ({"source": SOURCE[0]}, r"source has shape \(3,\) and type torch.int64, expected ids"),
        ({"source": SOURCE[:, :0]}, r"source has shape \(2, 0\) .* at least one of each"),
        ({"source": SOURCE.double()}, r"type torch.float64, expected ids"),
        ({"lengths": LENGTHS[:1]}, "there are 1 lengths for 2 sequences"),
        ({"lengths": LENGTHS + 1}, "lengths"),
        ({"target": TARGET + 1}, "target contains ids from 1 to 7, expected 0 to 6"),
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
