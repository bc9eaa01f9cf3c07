"""What is hidden: shares within binomial bounds, special tokens never, by hand."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from lmteach.models.bert.masking import (
    choose_places,
    hide,
    mask_tokens,
    masked_loss,
    spaced_places,
)

IDS = torch.randint(10, (200, 100), generator=torch.Generator().manual_seed(0))
SPECIAL = (8, 9)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def within(count: int, of: int, share: float) -> bool:
    """Whether a count is at most four standard deviations from what is expected."""
    return abs(count - share * of) <= 4 * math.sqrt(of * share * (1 - share))


@pytest.mark.parametrize(("share", "replaced", "random"), [(0.15, 0.8, 0.1), (0.4, 0.5, 0.5)])
def test_the_shares_are_those_asked_for(share: float, replaced: float, random: float) -> None:
    hidden, chosen = mask_tokens(IDS, SPECIAL, 11, 8, seeded(), share, replaced, random)
    plain = ~torch.isin(IDS, torch.tensor(SPECIAL))
    assert not bool((chosen & ~plain).any())
    assert within(int(chosen.sum()), int(plain.sum()), share)
    assert torch.equal(hidden[~chosen], IDS[~chosen])
    masked, count = hidden[chosen] == 11, int(chosen.sum())
    assert within(int(masked.sum()), count, replaced)
    changed = (hidden[chosen] != IDS[chosen]) & ~masked
    assert within(int(changed.sum()), count, random * 7 / 8)  # one in eight is drawn again
    assert int(hidden[~(hidden == 11) & chosen].max()) < 8


def test_at_least_one_place_is_chosen() -> None:
    for seed in range(20):
        chosen = choose_places(torch.tensor([[9, 1, 9]]), [9], 1e-6, seeded(seed))
        assert chosen.tolist() == [[False, True, False]]


@given(st.integers(1, 7), st.integers(0, 100))
def test_spaced_places_are_all_of_one_remainder(every: int, seed: int) -> None:
    chosen = spaced_places(IDS, SPECIAL, every, seeded(seed))
    plain = ~torch.isin(IDS, torch.tensor(SPECIAL))
    for row, free in zip(chosen, plain, strict=True):
        places = row.nonzero().flatten()
        [first] = {int(place) % every for place in places}
        assert torch.equal(places, torch.arange(first, 100, every)[free[first::every]])


def test_by_hand() -> None:
    logits = torch.zeros(1, 3, 4)
    logits[0, 1, 2] = math.log(3)  # half to token 2, a sixth to each other
    chosen = torch.tensor([[False, True, True]])
    loss = masked_loss(logits, torch.tensor([[0, 2, 1]]), chosen)
    assert loss.item() == pytest.approx((math.log(2) + math.log(4)) / 2, abs=1e-6)


def test_the_loss_is_that_of_torch_where_the_rest_is_ignored() -> None:
    logits = torch.randn(4, 9, 7, generator=seeded())
    targets = torch.randint(7, (4, 9), generator=seeded(1))
    chosen = torch.rand(4, 9, generator=seeded(2)) < 0.3
    labels = targets.masked_fill(~chosen, -100)
    expected = functional.cross_entropy(logits.transpose(1, 2), labels)
    torch.testing.assert_close(masked_loss(logits, targets, chosen), expected, rtol=0, atol=1e-6)


@pytest.mark.usefixtures("without_shape_checks")
def test_what_can_not_be_is_refused() -> None:
    ids = torch.tensor([[1, 2]])
    with pytest.raises(ValueError, match="at most 1 together"):
        hide(ids, ids > 0, 3, 3, seeded(), replaced=0.8, random=0.3)
    with pytest.raises(ValueError, match="nothing but special tokens"):
        choose_places(ids, [1, 2], 0.5, seeded())
    with pytest.raises(ValueError, match=r"share is 1\.5"):
        mask_tokens(ids, [], 3, 3, seeded(), share=1.5)
    with pytest.raises(ValueError, match="every is 0"):
        spaced_places(ids, [], 0, seeded())
    with pytest.raises(ValueError, match="chosen is False everywhere"):
        masked_loss(torch.zeros(1, 2, 4), ids, ids < 0)
