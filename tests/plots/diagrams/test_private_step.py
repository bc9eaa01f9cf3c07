"""The diagram of a private step: one row an example, noise on the sum alone, what is lit."""

import pytest

from lmteach.plots.diagrams.private_step import LIGHTS, private_step

PALE = "#8a8a8a"


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


@pytest.mark.parametrize("examples", [1, 2, 3, 4])
def test_each_example_has_a_gradient_and_a_length_of_its_own(examples):
    shown = texts(private_step(examples))
    assert shown.count("length ≤ C") == examples
    assert [one for one in shown if one.startswith("gradient")] == [
        f"gradient {row}" for row in range(1, examples + 1)
    ]
    assert shown.count("noise σC") == shown.count("÷ lot L") == 1


def test_the_way_goes_from_left_to_right_and_noise_comes_after_the_sum():
    axes = private_step(3)
    across = {text.get_text(): text.get_position()[0] for text in axes.texts if text.get_text()}
    way = ["example 2", "gradient 2", "length ≤ C", "noise σC", "÷ lot L", "weights move"]
    assert [across[name] for name in way] == sorted(across[name] for name in way)
    assert len([text for text in axes.texts if not text.get_text()]) == 3 * 3 + 4


@pytest.mark.parametrize("lit", LIGHTS)
def test_every_light_falls_on_something(lit):
    assert any(patch.get_linewidth() == 2.6 for patch in private_step(lit=[lit]).patches)


def test_what_is_lit_stands_out():
    axes = private_step(2, lit=["clip"])
    dark = {text.get_text() for text in axes.texts if text.get_text() and text.get_color() != PALE}
    assert dark == {"length ≤ C"}


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="examples is 5, expected at most 4"):
        private_step(5)
    with pytest.raises(ValueError, match="lit is 'x1', expected one of 'examples'"):
        private_step(lit=["x1"])
