"""The gate scrubber in a real JupyterLab: sliders by keyboard, letters by click."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.gate_scrubber.widget import GateScrubber
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """from lmteach.widgets.gate_scrubber.widget import GateScrubber
memory = [[-1.0, 0.5], [0.0, 0.25], [1.0, -0.5], [0.3, 0.1]]
gates = {"forget": [[0.1, 0.2], [0.3, 0.4], [0.5, 0.6], [0.7, 0.8]]}
odds = [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.5, 0.3, 0.2]]
GateScrubber("a <b", memory, gates, odds, letters="a <", units=["7", "9"], place=1)"""


@pytest.fixture
def scrubber(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "scrubber.ipynb", "gate scrubber", MAKE)


def test_keys_move_through_text_and_units(scrubber: Page) -> None:
    says, gates = scrubber.locator(".says"), scrubber.get_by_label("Gates")
    expect(says).to_have_text("After space: memory 0.00. Likeliest next: space, 80 %.")
    expect(gates).to_contain_text("0.30")
    scrubber.get_by_role("slider", name="Place").focus()
    scrubber.keyboard.press("ArrowRight")
    expect(says).to_have_text("After <: memory 1.00. Likeliest next: <, 60 %.")
    expect(scrubber.locator(".letter.here")).to_have_text("<")
    scrubber.get_by_role("slider", name="Unit").press("ArrowRight")
    expect(says).to_contain_text("After <: memory -0.50.")
    expect(gates).to_contain_text("0.60")
    scrubber.get_by_role("slider", name="Place").press("Home")
    expect(says).to_contain_text("After a: memory 0.50. Likeliest next: a, 70 %.")


def test_a_letter_can_be_clicked(scrubber: Page) -> None:
    scrubber.locator(".letter").nth(3).click()
    expect(scrubber.locator(".says")).to_contain_text("After b: memory 0.30.")


def test_the_style_of_a_widget_that_comes_later_changes_nothing(lab: Lab, page: Page) -> None:
    other = "from lmteach.widgets.spectral_radius.widget import SpectralRadius\nSpectralRadius()"
    lab.show_widget(page, "two.ipynb", "Spectral radius", MAKE, other)
    expect(page.locator(".sides")).to_have_css("align-items", "flex-start")


def test_a_step_is_drawn_in_under_50_ms(scrubber: Page) -> None:
    assert milliseconds_a_step(scrubber, ".lmteach", "enter('input[type=range]', step % 4)") < 50


def test_colours_are_clear_at_zero_and_strong_at_the_ends(module_page: Page) -> None:
    tints = module_page.evaluate(
        "async (text) => [-1, 0, 0.5, 1].map((await load(text)).tint)",
        GateScrubber._esm,
    )
    assert ["85%" in tints[0], " 0%" in tints[1], "43%" in tints[2], "85%" in tints[3]] == [
        True
    ] * 4
    assert "var(--below)" in tints[0]
    assert "var(--above)" in tints[3]
