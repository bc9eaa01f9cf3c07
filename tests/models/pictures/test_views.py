"""Views: nothing by nothing, mirrors by hand, and paper stays paper."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from lmteach.models.pictures.views import views

STILL = {"turn": 0.0, "zoom": 0.0, "shift": 0.0, "mirrored": 0.0, "tint": 0.0}
PICTURES = torch.rand(6, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_all_mirrored_is_flipped() -> None:
    assert_close(views(PICTURES, **STILL | {"mirrored": 1.0}), PICTURES.flip(-1), atol=1e-5, rtol=0)


def test_a_share_of_them_is_mirrored() -> None:
    many = PICTURES[:1].expand(2000, -1, -1, -1)
    found = views(many, torch.Generator().manual_seed(1), **STILL | {"mirrored": 0.3})
    flipped = (found - PICTURES[0].flip(-1)).abs().amax(dim=(1, 2, 3)) < 1e-4
    assert 0.26 < flipped.float().mean() < 0.34


def test_a_quarter_turn_by_hand() -> None:
    above = torch.ones(1, 1, 9, 9)
    above[..., 1, 4] = 0  # ink above the middle
    turned = views(above, torch.Generator().manual_seed(3), **STILL | {"turn": 90.0})
    assert (1 - turned).sum() == pytest.approx(1, abs=0.2)  # as much ink as before
    assert not torch.allclose(turned, above, atol=0.1)
    middle = torch.arange(9) - 4
    ink = 1 - turned[0, 0]
    reach = ((ink.sum(dim=0) @ middle.float()) ** 2 + (ink.sum(dim=1) @ middle.float()) ** 2) ** 0.5
    assert reach == pytest.approx(3, abs=0.5)  # as far from the middle as before


@given(st.integers(0, 1000))
def test_paper_stays_paper_and_colours_in_range(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    assert_close(
        views(torch.ones(2, 3, 8, 8), generator), torch.ones(2, 3, 8, 8), atol=1e-6, rtol=0
    )
    found = views(PICTURES, generator)
    assert 0 <= found.min() <= found.max() <= 1


def test_one_generator_gives_one_view() -> None:
    one, other = (views(PICTURES, torch.Generator().manual_seed(5)) for _ in range(2))
    assert_close(one, other, atol=0, rtol=0)
    assert not torch.allclose(one, views(PICTURES, torch.Generator().manual_seed(6)))


@pytest.mark.parametrize(
    ("name", "value"), [("turn", 200.0), ("zoom", 1.0), ("shift", -0.1), ("mirrored", 1.5)]
)
def test_what_is_out_of_range_is_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is"):
        views(PICTURES, **{name: value})
