"""The slider of the spectral radius: the arithmetic, what the browser gets, the picture."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from torch import nn

from lmteach.widgets.spectral_radius.widget import SpectralRadius, growth_by_lag


@pytest.mark.parametrize("squash", [False, True])
def test_growth_is_that_of_autograd(squash: bool) -> None:
    generator = np.random.default_rng(3)
    matrix, inputs = generator.standard_normal((5, 5)), generator.standard_normal((7, 5))
    weight = torch.tensor(0.4 * matrix)
    states = [torch.zeros(5, dtype=torch.float64, requires_grad=True)]
    for x in torch.tensor(inputs):
        z = weight @ states[-1] + x
        states.append(torch.tanh(z) if squash else z)
    rows = [torch.autograd.grad(states[-1][i], states, retain_graph=True) for i in range(5)]
    expected = [torch.stack(column).norm().item() / 5**0.5 for column in zip(*rows, strict=True)]
    found = growth_by_lag(matrix, inputs, 0.4, squash)
    assert found == pytest.approx(expected[::-1], rel=1e-12)


def test_a_rotation_by_hand() -> None:
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    for radius in (0.5, 1.0, 2.0):
        growth = growth_by_lag(turn, np.zeros((3, 2)), radius, squash=False)
        assert growth == pytest.approx([1, radius, radius**2, radius**3])


def test_without_tanh_it_goes_by_the_radius_in_the_end() -> None:
    widget = SpectralRadius(seed=4)
    assert np.abs(np.linalg.eigvals(widget.matrix)).max() == pytest.approx(1)
    for radius in (0.5, 0.9, 1.0, 1.1, 1.5):
        growth = widget.growth(radius)
        assert growth[0] == pytest.approx(1)
        assert (growth[100] / growth[50]) ** (1 / 50) == pytest.approx(radius, rel=1e-3)
        assert widget.growth(radius, squash=True)[100] < growth[100]


def test_the_browser_gets_matrix_and_inputs_as_they_are() -> None:
    widget = SpectralRadius([[0.0, -3.0], [3.0, 0.0]], seed=1)
    assert np.frombuffer(widget._matrix, "<f8").tolist() == pytest.approx([0, -1, 1, 0])
    assert np.array_equal(np.frombuffer(widget._inputs, "<f8").reshape(100, 2), widget.inputs)
    assert (widget.size, widget.lags, widget.radius, widget.squash) == (2, 100, 0.9, False)
    again = SpectralRadius([[0.0, -3.0], [3.0, 0.0]], seed=1)
    assert np.array_equal(again.inputs, widget.inputs)


def test_weights_of_a_layer_can_be_given() -> None:
    weight = nn.RNN(8, 8).weight_hh_l0.detach()
    widget = SpectralRadius(weight)
    ratio = widget.matrix / weight.double().numpy()
    assert ratio == pytest.approx(np.full((8, 8), ratio[0, 0]))


def test_picture_and_words_show_the_same() -> None:
    widget = SpectralRadius()
    figure = widget.picture()
    for axes, squash in zip(figure.axes, (False, True), strict=True):
        for line, radius in zip(axes.lines, (0.9, 1.0, 1.1), strict=True):
            assert line.get_label() == f"radius {radius}"
            assert line.get_ydata() == pytest.approx(widget.growth(radius, squash)[1:])
            assert f"{widget.growth(radius, squash)[100]:.1e} at {radius}" in widget.alt
    plt.close(figure)
    data, _ = widget._repr_mimebundle_()
    assert f'alt="{html.escape(widget.alt)}"' in data["text/html"]


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        (np.ones((2, 3)), r"shape \(2, 3\), expected a square one"),
        (np.zeros((0, 0)), r"shape \(0, 0\)"),
        (np.ones(4), r"shape \(4,\)"),
        (np.eye(65), "has 65 states, expected at most 64"),
        ([[np.nan]], "finite numbers"),
        ([[0.0, 1.0], [0.0, 0.0]], "spectral radius 0"),
        ([[0.0]], "spectral radius 0"),
    ],
)
def test_bad_matrices(matrix: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SpectralRadius(matrix)  # type: ignore[arg-type]


@pytest.mark.parametrize("radius", [0.4, 1.6, float("nan")])
def test_a_radius_off_the_slider(radius: float) -> None:
    with pytest.raises(ValueError, match=r"expected 0\.5 to 1\.5"):
        SpectralRadius().radius = radius
