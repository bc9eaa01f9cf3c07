"""The sliders of the n-gram panel, moved by keyboard in a real JupyterLab."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.ngram_panel.widget import NGramPanel
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """from lmteach.widgets.ngram_panel.widget import NGramPanel
held_out, train = [[4.5, 4.5], [3.6, 3.7], [3.4, 3.2]], [[4.0, 4.1], [3.1, 3.2], [2.9, 2.7]]
samples = [[[f"<{n} {d} {k}>" for k in "xy"] for d in "ab"] for n in "123"]
NGramPanel(held_out, train, samples, orders=[1, 2, 3], discounts=[0.25, 0.75])"""


@pytest.fixture
def panel(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "panel.ipynb", "n-gram panel", MAKE)


def test_sliders_change_the_bits_and_the_sample(panel: Page) -> None:
    says, text = panel.locator(".says"), panel.locator(".written")
    expect(says).to_contain_text("Order 3, discount 0.75: 3.200 bits per character on held-out")
    expect(text).to_have_text("<3 b x>")
    panel.get_by_role("slider", name="Order").focus()
    panel.keyboard.press("ArrowLeft")
    expect(says).to_contain_text("Order 2, discount 0.75: 3.700 bits")
    expect(says).to_contain_text("3.200 on training text")
    expect(text).to_have_text("<2 b x>")
    panel.get_by_role("slider", name="Discount").focus()
    panel.keyboard.press("ArrowLeft")
    expect(says).to_contain_text("Order 2, discount 0.25: 3.600 bits")
    panel.get_by_role("button", name="Another sample").press("Enter")
    expect(text).to_have_text("<2 a y>")
    panel.get_by_role("slider", name="Order").press("Home")
    expect(text).to_have_text("<1 a x>")


def test_a_step_is_drawn_in_under_50_ms(panel: Page) -> None:
    assert milliseconds_a_step(panel, ".lmteach", "enter('input[type=range]', step % 3)") < 50


def test_the_path_goes_through_every_order(module_page: Page) -> None:
    path = module_page.evaluate(
        "async (text) => (await load(text)).pathOf([0, 4, 2], 4)", NGramPanel._esm
    )
    heights = [float(point.split()[1]) for point in path[1:].replace("L", "M").split("M")]
    assert path.count("L") == 2
    assert heights[0] - heights[2] == pytest.approx(heights[2] - heights[1])  # 2 is halfway
