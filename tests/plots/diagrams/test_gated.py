"""The cells with a memory line: what must stand on them, what is lit, what is refused."""

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Ellipse

from lmteach.plots.diagrams.drawing import INK
from lmteach.plots.diagrams.gated import gru_cell, lstm_cell


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def signs(axes):
    return sum(isinstance(patch, Ellipse) for patch in axes.patches)


def dark(axes):
    """The texts that are not pale."""
    return {text.get_text() for text in axes.texts if to_hex(text.get_color()) == INK} - {""}


def test_an_lstm_has_a_memory_an_output_three_gates_and_a_candidate():
    axes = lstm_cell()
    assert {"cₜ₋₁", "cₜ", "hₜ₋₁", "hₜ", "xₜ"} <= set(texts(axes))
    gates = [text for text in texts(axes) if "σ" in text]
    assert [gate.split("\n")[0] for gate in gates] == ["forget", "input", "output"]
    assert "candidate\ng = tanh(…)" in texts(axes)
    assert (texts(axes).count("×"), texts(axes).count("+"), signs(axes)) == (3, 1, 4)


def test_a_gru_has_one_state_two_gates_and_writes_what_it_does_not_keep():
    axes = gru_cell()
    assert texts(axes).count("hₜ") == 1
    assert not any(text.startswith("c") and "ₜ" in text for text in texts(axes))
    gates = [text.split("\n")[0] for text in texts(axes) if "σ" in text]
    assert gates == ["reset", "update"]
    assert {"z", "1 − z", "Uₙ hₜ₋₁", "Wₙ xₜ"} <= set(texts(axes))
    assert (texts(axes).count("×"), texts(axes).count("+"), signs(axes)) == (3, 1, 4)


@pytest.mark.parametrize(
    ("draw", "lit", "stands_out"),
    [
        (lstm_cell, ["forget", "keep"], {"forget\nf = σ(…)", "×"}),
        (lstm_cell, ["c", "squash"], {"cₜ", "tanh"}),
        (gru_cell, ["update"], {"update\nz = σ(…)"}),
        (gru_cell, ["reset", "look back"], {"reset\nr = σ(…)", "×"}),
    ],
)
def test_what_is_lit_stands_out_and_the_rest_is_pale(draw, lit, stands_out):
    assert dark(draw(lit=lit)) == stands_out
    assert dark(draw()) == set(texts(draw()))


@pytest.mark.parametrize("draw", [lstm_cell, gru_cell])
def test_an_unknown_name_is_refused(draw):
    with pytest.raises(ValueError, match=r"no part is called 'valve', expected '[ch] before'"):
        draw(lit=["valve"])
