"""The recurrent network, drawn: what is written, where the arrows lead, what stands out."""

import pytest
from matplotlib.colors import to_hex

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.recurrent import rnn_cell, unrolled


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def black_arrows(axes):
    """Where the arrows that are not pale begin and end, in tenths of a unit."""
    found = []
    for text in axes.texts:
        arrow = getattr(text, "arrow_patch", None)
        if arrow is not None and to_hex(arrow.get_edgecolor()) == INK:
            ends = (*text.xyann, *text.xy)
            found.append(tuple(round(place, 1) for place in ends))
    return found


def strong(axes):
    return sum(patch.get_linewidth() == 2.6 for patch in axes.patches)


def test_a_cell_has_two_products_a_sum_and_a_tanh():
    found = texts(rnn_cell())
    assert found[:7] == ["hₜ₋₁", "xₜ", "W_hh,  b_hh", "W_ih,  b_ih", "+", "tanh", "hₜ"]


def test_what_is_lit_in_the_cell_stands_out():
    assert strong(rnn_cell()) == 0
    assert strong(rnn_cell(lit=["W_hh", "tanh"])) == 2


def test_each_step_has_its_letter_and_its_loss():
    found = texts(unrolled("the", "he␣"))
    assert [text for text in found if text in "the"] == ["t", "h", "e"]
    assert "−log p(h)" in found
    assert found.count("W_hh") == 3
    assert found.count("logits") == 3
    assert not [text for text in found if text.startswith("δ")]


def test_the_way_forward_leads_up_and_to_the_right():
    arrows = black_arrows(unrolled("ab", "bc"))
    assert len(arrows) == 2 * 4
    assert all(right >= left and above >= below for left, below, right, above in arrows)


def test_the_way_back_leads_down_and_to_the_left_and_is_all_that_is_lit():
    axes = unrolled("abc", "bcd", back=True)
    arrows = black_arrows(axes)
    assert len(arrows) == 3 * 2 + 2
    assert all(end <= start and below <= above for start, above, end, below in arrows)
    assert [text for text in texts(axes) if text.startswith("δ")] == ["δ₁", "δ₂", "δ₃"]


def test_a_cut_takes_one_arrow_away():
    whole, cut = unrolled("abc", "bcd", back=True), unrolled("abc", "bcd", back=True, cut=2)
    gone = set(black_arrows(whole)) - set(black_arrows(cut))
    (arrow,) = gone
    assert arrow[0] > arrow[2]
    assert arrow[1] == arrow[3]
    assert "detach()" in texts(cut)


def test_a_single_path_can_be_lit():
    axes = unrolled("abc", "bcd", back=True, lit=["L3", "down3", "h3", "back3", "h2", "back2"])
    assert len(black_arrows(axes)) == 2 + 2
    assert strong(axes) == 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rnn_cell(lit=["gate"]), "no part is called 'gate'"),
        (lambda: unrolled("ab", "b"), "2 inputs and 1 targets"),
        (lambda: unrolled("", ""), "0 inputs and 0 targets"),
        (lambda: unrolled("ab", "bc", lit=["h3"]), "no part is called 'h3'"),
        (lambda: unrolled("ab", "bc", lit=["back2"]), "no part is called 'back2'"),
        (lambda: unrolled("ab", "bc", cut=1), "back=False"),
        (lambda: unrolled("ab", "bc", back=True, cut=2), "a step that is not the last"),
        (lambda: unrolled("ab", "bc", back=True, cut=0), "a whole number of at least 1"),
    ],
)
def test_what_cant_be_drawn_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
