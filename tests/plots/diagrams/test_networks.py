"""A table as a network of one layer: its numbers are there, and what is lit stands out."""

import numpy as np
import pytest

from lmteach.plots.diagrams.networks import MOST, one_layer

WEIGHTS = [[0.0, 1.0, 2.0], [0.5, -0.5, 0.25], [3.0, 0.0, -1.0]]


def texts(axes):
    return [text.get_text() for text in axes.texts if text.get_text()]


def paleness(axes, text):
    return {found.get_color() for found in axes.texts if found.get_text() == text}


def test_all_weights_and_the_probabilities_of_the_row_are_written():
    found = texts(one_layer("⏎an", WEIGHTS, hot="a"))
    chances = np.exp(WEIGHTS[1]) / np.exp(WEIGHTS[1]).sum()
    for number in [*np.ravel(WEIGHTS), *chances]:
        assert f"{number:.2f}".replace("-", "−") in found
    assert found.count("0.50") == 2  # in W, and again as a logit
    assert found.count("1") == 1  # the hot one
    assert "P( · | a)" in found
    assert not any("loss" in text for text in found)


def test_the_loss_is_that_of_the_target():
    found = texts(one_layer("⏎an", WEIGHTS, hot="a", target="n"))
    chance = np.exp(0.25) / np.exp(WEIGHTS[1]).sum()
    assert f"loss = −log {chance:.2f} = {-np.log(chance):.2f}" in found


def test_the_gradient_is_what_was_said_minus_what_happened():
    found = texts(one_layer("⏎an", WEIGHTS, hot="a", target="n", back=True))
    chances = np.exp(WEIGHTS[1]) / np.exp(WEIGHTS[1]).sum()
    assert f"{chances[2] - 1:.2f}".replace("-", "−") in found
    assert found.count(f"{chances[0]:.2f}") == 2
    assert {"happened", "gradient", "−", "="} <= set(found)


def test_huge_weights_are_no_trouble():
    assert "loss = −log 1.00 = 0.00" in texts(one_layer("ab", [[800, 0], [0, 0]], "a", target="a"))


def test_what_is_lit_stands_out():
    axes = one_layer("⏎an", WEIGHTS, hot="a", target="n", lit=["row", "loss"])
    [of_loss] = [text for text in texts(axes) if "loss" in text]
    assert paleness(axes, of_loss) == paleness(axes, "0.25") - paleness(axes, "softmax")
    assert paleness(axes, of_loss) != paleness(axes, "softmax")


@pytest.mark.parametrize(
    "lit", ["one-hot", "W", "row", "logits", "softmax", "probabilities", "loss", "gradient"]
)
def test_each_part_can_be_lit(lit):
    assert one_layer("ab", np.eye(2), hot="a", target="b", back=True, lit=[lit, "happened"])


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match="no part is called 'bias'"):
        one_layer("ab", np.eye(2), hot="a", lit=["bias"])
    with pytest.raises(ValueError, match="no part is called 'loss'"):
        one_layer("ab", np.eye(2), hot="a", lit=["loss"])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"symbols": "a", "weights": [[1]]}, "expected two to 6 different symbols"),
        ({"symbols": "aa"}, "expected two to 6 different symbols"),
        ({"symbols": "abcdefg", "weights": np.eye(MOST + 1)}, "expected two to 6"),
        ({"hot": "c"}, "hot is 'c'"),
        ({"weights": np.eye(3)}, "weights has shape"),
        ({"weights": [[0, np.nan], [0, 0]]}, "weights contains nan"),
        ({"target": "c"}, "target is 'c'"),
        ({"target": ""}, "target is ''"),
        ({"back": True}, "target is None and back is True"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, said):
    good = {"symbols": "ab", "weights": np.eye(2), "hot": "a"}
    with pytest.raises(ValueError, match=said):
        one_layer(**{**good, **given})
