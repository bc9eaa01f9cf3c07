"""The spectral radius, turned by keyboard in a real JupyterLab, and its arithmetic."""

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.spectral_radius.widget import SpectralRadius
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """from lmteach.widgets.spectral_radius.widget import SpectralRadius
SpectralRadius()"""


@pytest.fixture
def widget(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "radius.ipynb", "Spectral radius", MAKE)


def points(page: Page, line: str = "own") -> str:
    return page.locator(f".radius polyline.{line}").get_attribute("points") or ""


def test_the_slider_by_keyboard(widget: Page) -> None:
    verdict = widget.locator(".verdict")
    expect(verdict).to_contain_text("The gradient vanishes: after 100 steps back, 8.5 · 10⁻⁶")
    slider = widget.get_by_role("slider", name="Spectral radius")
    slider.focus()
    before = points(widget)
    for _ in range(10):
        widget.keyboard.press("ArrowRight")
    expect(widget.locator(".number")).to_have_text("1.00")
    expect(verdict).to_contain_text("holds: after 100 steps back, 0.32 of it is there")
    assert points(widget) != before
    expect(slider).to_have_attribute("aria-valuetext", "1.00")
    widget.keyboard.press("End")
    expect(verdict).to_contain_text("explodes: after 100 steps back, 1.3 · 10¹⁷")
    expect(verdict).to_contain_text("× 1.500 a step")
    expect(widget.locator(".radius svg")).to_have_attribute("aria-label", label(1.5))
    widget.keyboard.press("Home")
    expect(verdict).to_contain_text("× 0.500 a step")


def label(radius: float) -> str:
    """What a screen reader is told of the chart, without tanh, for an exploding radius."""
    growth = SpectralRadius().growth(radius)
    power = int(np.floor(np.log10(growth[100])))
    raised = "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(power))
    return (
        "Growth of a gradient against the lag: it explodes; after 100 steps back, "
        f"{growth[100] / 10**power:.1f} · 10{raised} of it is there: about × {radius:.3f} a step."
    )


def test_presets_and_tanh_by_keyboard(widget: Page) -> None:
    verdict = widget.locator(".verdict")
    for name, words in (("Explode", "explodes"), ("Hold", "holds"), ("Vanish", "vanishes")):
        widget.get_by_role("button", name=name).press("Enter")
        expect(verdict.locator("b")).to_have_text(words)
    widget.get_by_role("button", name="Explode").press("Enter")
    tanh = widget.get_by_role("button", name="tanh")
    expect(tanh).to_have_attribute("aria-pressed", "false")
    own, other = points(widget), points(widget, "other")
    tanh.press("Enter")
    expect(tanh).to_have_attribute("aria-pressed", "true")
    expect(verdict.locator("b")).to_have_text("vanishes")
    assert (points(widget), points(widget, "other")) == (other, own)


def test_a_step_of_the_slider_is_drawn_in_under_50_ms(widget: Page) -> None:
    spent = milliseconds_a_step(widget, ".radius", "enter('input[type=range]', 0.5 + 0.04 * step)")
    assert spent < 50


@pytest.mark.parametrize("squash", [False, True])
def test_growth_is_that_of_python(module_page: Page, squash: bool) -> None:
    widget, radii = SpectralRadius(seed=2), [0.5, 0.9, 1.0, 1.1, 1.5]
    found = module_page.evaluate(
        """async ([text, matrix, inputs, size, radii, squash]) => {
          const { growthByLag } = await load(text);
          return radii.map((radius) => growthByLag(matrix, inputs, size, radius, squash));
        }""",
        [
            SpectralRadius._esm,
            widget.matrix.ravel().tolist(),
            widget.inputs.ravel().tolist(),
            16,
            radii,
            squash,
        ],
    )
    for radius, norms in zip(radii, found, strict=True):
        assert np.allclose(norms, widget.growth(radius, squash), rtol=1e-9, atol=0)


def test_words_for_numbers_and_factors(module_page: Page) -> None:
    numbers, factors = module_page.evaluate(
        """async (text) => {
          const { written, verdict } = await load(text);
          return [[0.5, 12.3, 99, 999, 0.0004, 3.2e-15, 1e20].map(written),
            [0.9, 0.996, 1, 1.004, 1.01].map(verdict)];
        }""",
        SpectralRadius._esm,
    )
    assert numbers == ["0.50", "12", "99", "1.0 · 10³", "4.0 · 10⁻⁴", "3.2 · 10⁻¹⁵", "1.0 · 10²⁰"]
    assert factors == ["vanishes", "holds", "holds", "holds", "explodes"]
