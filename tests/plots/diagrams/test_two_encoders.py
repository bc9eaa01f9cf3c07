"""The diagram of notebook 23: every picture meets every name, and its own stands out."""

import pytest
from matplotlib.colors import to_hex

from lmteach.plots.diagrams.two_encoders import two_encoders
from lmteach.plots.style import ORANGE


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


@pytest.mark.parametrize("count", [2, 3, 5])
def test_every_picture_meets_every_name(count):
    found = texts(two_encoders(count))
    assert sum(text.startswith("s") for text in found) == count**2
    assert {f"u{small}" for small in "₁₂₃₄₅"[:count]} <= {*found}
    assert {f"v{small}" for small in "₁₂₃₄₅"[:count]} <= {*found}
    assert "s₁₂" in found


def test_its_own_stands_out():
    fills = [to_hex(patch.get_edgecolor()) for patch in two_encoders(3).patches]
    assert fills.count(to_hex(ORANGE)) == 3


def test_parts_can_be_lit():
    axes = two_encoders(2, lit=["cell00", "cell11"])
    assert sum(patch.get_linewidth() == 2.6 for patch in axes.patches) == 2


@pytest.mark.parametrize(
    ("pairs", "lit", "message"),
    [(1, (), "pairs is 1"), (6, (), "at most 5"), (2, ["cell02"], "no part is called 'cell02'")],
)
def test_what_cant_be_drawn_is_refused(pairs, lit, message):
    with pytest.raises(ValueError, match=message):
        two_encoders(pairs, lit)
