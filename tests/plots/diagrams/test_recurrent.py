"""The network unrolled: a cell for each step, the state handed on, and the way back."""

import matplotlib.pyplot as plt
import pytest

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.recurrent import unrolled


def words(**given: object) -> list[str]:
    axes = unrolled("cat", "at⏎", **given)  # type: ignore[arg-type]
    plt.close("all")
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_every_step_has_its_input_state_and_loss() -> None:
    found = words()
    for part in ("h₀", "h₁", "h₂", "h₃", "c", "a", "t", "−log p(⏎)", "W_ih", "W_ho"):
        assert part in found
    assert found.count("W_hh") == 3
    assert found.count("logits") == 3


def test_the_way_back_has_an_arrow_for_each_step_but_the_first() -> None:
    arrows = [
        sum(1 for text in unrolled("cat", "at⏎", back=back).texts if hasattr(text, "arrow_patch"))
        for back in (False, True)
    ]
    plt.close("all")
    assert arrows[1] - arrows[0] == 2


def test_one_hand_over_can_be_lit() -> None:
    axes = unrolled("cat", "at⏎", lit=["carry2", "h1", "h2"])
    plt.close("all")
    colours = {text.get_text(): text.get_color() for text in axes.texts if text.get_text()}
    assert (colours["h₁"], colours["h₂"]) == (INK, INK)
    assert colours["h₃"] != INK


@pytest.mark.parametrize(
    ("inputs", "targets", "lit", "message"),
    [
        ("", "", [], "0 inputs and 0 targets"),
        ("ab", "b", [], "2 inputs and 1 targets, expected as many"),
        ("ab", "bc", ["h3"], "no part is called 'h3'"),
    ],
)
def test_what_can_not_be_drawn(inputs: str, targets: str, lit: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        unrolled(inputs, targets, lit=lit)
    plt.close("all")
