"""The diagram of notebook 17: sizes that fit each other, two ways from x to y, what is lit."""

import pytest

from lmteach.plots.diagrams.low_rank import LIGHTS, low_rank_adapter

PALE = "#8a8a8a"


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def dark(axes):
    return {text.get_text() for text in axes.texts if text.get_text() and text.get_color() != PALE}


@pytest.mark.parametrize(("inputs", "outputs", "rank"), [(576, 576, 8), (576, 192, 1), (4, 6, 4)])
def test_the_sizes_fit_each_other(inputs, outputs, rank):
    assert texts(low_rank_adapter(inputs, outputs, rank)) == [
        f"x  {inputs}",
        f"W  {outputs} × {inputs}, frozen",
        f"A  {rank} × {inputs}",
        f"{rank} numbers",
        f"B  {outputs} × {rank}",
        "α / r",
        "+",
        f"y  {outputs}",
    ]


def test_the_narrow_place_is_between_a_and_b_and_the_detour_ends_at_the_sum():
    axes = low_rank_adapter()
    across = {text.get_text(): text.get_position() for text in axes.texts if text.get_text()}
    way = ["x  576", "A  8 × 576", "8 numbers", "B  576 × 8", "α / r", "y  576"]
    assert [across[name][0] for name in way] == sorted(across[name][0] for name in way)
    assert across["α / r"][0] == across["+"][0]
    arrows = [text for text in axes.texts if not text.get_text()]
    assert len(arrows) == 8


@pytest.mark.parametrize(
    ("lit", "bright", "dim"),
    [
        ("map", {"W  576 × 576, frozen"}, {"A  8 × 576", "α / r"}),
        ("adapter", {"A  8 × 576", "8 numbers", "B  576 × 8", "α / r"}, {"W  576 × 576, frozen"}),
        ("A", {"A  8 × 576"}, {"B  576 × 8"}),
        ("scale", {"α / r"}, {"A  8 × 576", "+"}),
    ],
)
def test_what_is_lit_stands_out(lit, bright, dim):
    shown = dark(low_rank_adapter(lit=[lit]))
    assert bright <= shown
    assert not dim & shown


@pytest.mark.parametrize("lit", LIGHTS)
def test_every_light_falls_on_something(lit):
    assert any(patch.get_linewidth() == 2.6 for patch in low_rank_adapter(lit=[lit]).patches)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="rank is 9, expected at most 8, the smaller side"):
        low_rank_adapter(64, 8, rank=9)
    with pytest.raises(ValueError, match="rank is 0"):
        low_rank_adapter(rank=0)
    with pytest.raises(ValueError, match="lit is 'W', expected one of 'map'"):
        low_rank_adapter(lit=["W"])
