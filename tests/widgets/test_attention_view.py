"""The view of attention: what the browser gets, what Python can read, the picture."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from lmteach.widgets.attention_view.widget import AttentionView
from lmteach.widgets.shared.attention import attention_weights

TOKENS = ["the", "<b>", "$x$", " "]
SCORES = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
CAUSAL = np.tri(4, dtype=bool)


def view(**options: object) -> AttentionView:
    return AttentionView(SCORES, TOKENS, mask=CAUSAL, **options)


def test_the_browser_gets_the_scores_once_and_as_they_are() -> None:
    made = view()
    sent = np.frombuffer(made._scores, "<f4").reshape(2, 3, 4, 4)
    np.testing.assert_allclose(sent, SCORES, rtol=1e-6)
    kinds = np.frombuffer(made._kinds, np.uint8).reshape(4, 4)
    assert ((kinds == 0) == CAUSAL).all()
    assert (made.layers, made.heads, made.layer, made.head, made.token) == (2, 3, 0, 0, -1)
    assert len(made._colours) == 3 * 256


def test_weights_follow_the_choice() -> None:
    made = view(layer=1, head=2, temperature=0.5)
    np.testing.assert_allclose(made.weights, attention_weights(SCORES[1, 2], CAUSAL, 0.5))
    made.masked = False
    np.testing.assert_allclose(
        made.weights, torch.tensor(SCORES[1, 2] / 0.5).softmax(-1), rtol=0, atol=1e-12
    )


def test_weights_of_a_model_come_back() -> None:
    weights = torch.tensor(SCORES).softmax(-1)
    made = AttentionView.of_weights([weights[0], weights[1]], TOKENS, layer=1, head=1)
    np.testing.assert_allclose(made.weights, weights[1, 1], rtol=0, atol=1e-12)
    made.temperature = 2.0
    expected = torch.tensor(SCORES[1, 1] / 2).softmax(-1)
    np.testing.assert_allclose(made.weights, expected, rtol=0, atol=1e-12)


def test_a_weight_of_zero_stays_zero_at_any_temperature() -> None:
    made = AttentionView.of_weights([[1.0, 0.0], [0.5, 0.5]], "ab", temperature=10.0)
    assert made.weights.tolist() == [[1, 0], [0.5, 0.5]]


def test_the_picture_shows_the_chosen_head_and_all_of_them() -> None:
    made = view(layer=1, head=0)
    figure = made.picture()
    chosen, grid = figure.axes[0], figure.axes[1]
    shown = np.ma.filled(chosen.images[0].get_array(), np.nan)
    np.testing.assert_allclose(shown, np.where(CAUSAL, made.weights, np.nan))
    ahead, padding, _ = chosen.lines  # what the mask hides is marked, and not coloured
    marked = set(zip(ahead.get_ydata(), ahead.get_xdata(), strict=True))
    assert marked == set(map(tuple, np.argwhere(~CAUSAL)))
    assert len(padding.get_xdata()) == 0
    assert [tick.get_text() for tick in chosen.get_xticklabels()] == ["the", "<b>", "$x$", "␣"]
    assert grid.images[0].get_array().shape == (2 * 4 + 1, 3 * 4 + 2)
    figure.canvas.draw()  # a "$" in a token is no formula
    plt.close(figure)
    plt.close(AttentionView(np.zeros((2, 3)), "ab", "abc").picture())


def test_words_say_who_looks_where() -> None:
    made = AttentionView(np.log([[3.0, 1.0], [1.0, 1.0]]), ["a", " "], mask=np.tri(2, dtype=bool))
    assert "a at a (100%), space at a (50%)" in made.alt
    assert "self-attention, layer 0 of 1, head 0 of 1" in made.alt
    assert "The mask hides what lies ahead." in made.alt
    made.masked = False
    assert "hides" not in made.alt
    nothing = AttentionView(np.zeros((1, 2)), ["q"], ["k", "l"], mask=[False, False])
    assert "cross-attention" in nothing.alt
    assert "padding" in nothing.alt
    assert "q at nothing" in nothing.alt
    data, _ = view()._repr_mimebundle_()
    assert f'alt="{html.escape(view().alt)}"' in data["text/html"]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("layer", 2, "layer is 2, expected 0 to 1"),
        ("head", -1, "head is -1, expected 0 to 2"),
        ("token", 4, "token is 4, expected -1 to 3"),
        ("temperature", 0.0, r"temperature is 0.0, expected 0\.1 to 10"),
        ("temperature", float("nan"), "temperature is nan"),
    ],
)
def test_choices_that_are_not_there(name: str, value: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        setattr(view(), name, value)


@pytest.mark.parametrize("weights", [[[1.5, -0.5]], [[float("nan"), 1.0]]])
def test_bad_weights(weights: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="outside 0 to 1"):
        AttentionView.of_weights(weights, ["q"], ["k", "l"])


@pytest.mark.parametrize(
    ("keys", "turned"),
    [
        (["a", "cat", "sleeps"], True),
        (["one", "two", "three"], False),
        (list("abcdefgh"), False),
        (["the"] * 8, True),
    ],
)
def test_only_names_that_would_run_into_each_other_are_turned(keys, turned):
    figure = AttentionView(np.zeros((1, len(keys))), ["q"], keys).picture()
    rotations = {tick.get_rotation() for tick in figure.axes[0].get_xticklabels()}
    assert rotations == {90.0 if turned else 0.0}
    plt.close(figure)
