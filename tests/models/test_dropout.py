"""Dropout: torch's, given the mask; by hand; the mean over masks is what went in."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional
from torch.testing import assert_close

from lmteach.models.dropout import inverted_dropout, keep_mask


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
def test_it_is_torchs_given_the_mask(share: float) -> None:
    x = torch.randn(40, 7, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(5)
    theirs = functional.dropout(x, share)
    assert_close(inverted_dropout(x, theirs != 0, share), theirs)


def test_by_hand() -> None:
    x, kept = torch.tensor([[1.0, -2.0], [3.0, 4.0]]), torch.tensor([[True, False], [False, True]])
    assert inverted_dropout(x, kept, 0.75).tolist() == [[4.0, 0.0], [0.0, 16.0]]


@given(st.floats(0, 0.9), st.integers(0, 1000))
def test_the_share_is_dropped_and_the_mean_stays(share: float, seed: int) -> None:
    x = torch.ones(200, 200)
    kept = keep_mask(x, share, torch.Generator().manual_seed(seed))
    assert (~kept).float().mean().item() == pytest.approx(share, abs=0.015)
    assert inverted_dropout(x, kept, share).mean().item() == pytest.approx(1, abs=0.1)


def test_the_mask_comes_from_the_generator_alone() -> None:
    x, masks = torch.zeros(50), []
    for seed in (1, 1, 2):
        torch.manual_seed(seed + 10)
        masks.append(keep_mask(x, 0.5, torch.Generator().manual_seed(seed)))
    assert masks[0].equal(masks[1])
    assert not masks[0].equal(masks[2])


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_unfit_shares_are_refused(share: float) -> None:
    x = torch.ones(2)
    with pytest.raises(ValueError, match="share is"):
        inverted_dropout(x, x > 0, share)
    with pytest.raises(ValueError, match="share is"):
        keep_mask(x, share, torch.Generator())
