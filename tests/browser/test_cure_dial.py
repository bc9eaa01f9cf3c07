"""The dial of cures, turned by keyboard in a real JupyterLab, and its words."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.cure_dial.widget import CureDial
from tests.browser.lab import Lab

MAKE = """from lmteach.widgets.cure_dial.widget import CureDial
CureDial({
    "decay": {"0": ([0.3, 0.0], [0.6, 1.2]), "3": ([0.5, 0.3], [0.7, 0.65])},
    "more": {"500": ([0.3, 0.0], [0.6, 1.2])},
})"""


@pytest.fixture
def widget(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "cures.ipynb", "Cures of overfitting", MAKE)


def test_cure_and_strength_by_keyboard(widget: Page) -> None:
    said = widget.locator(".cures .said")
    expect(said).to_have_text(
        "decay 0: after 2 passes train 0.00, valid 1.20; lowest on valid 0.60, after 1."
    )
    slider = widget.get_by_role("slider", name="strength")
    slider.focus()
    before = widget.locator(".cures polyline.held").get_attribute("points")
    widget.keyboard.press("ArrowRight")
    expect(said).to_contain_text("decay 3: after 2 passes train 0.30, valid 0.65")
    expect(slider).to_have_attribute("aria-valuetext", "3")
    assert widget.locator(".cures polyline.held").get_attribute("points") != before
    assert widget.locator(".cures polyline.first").get_attribute("points") == before
    more = widget.get_by_role("button", name="more")
    more.press("Enter")
    expect(more).to_have_attribute("aria-pressed", "true")
    expect(said).to_contain_text("more 500: ")
    expect(slider).to_have_attribute("aria-valuetext", "500")


def test_the_words_are_those_of_python(module_page: Page) -> None:
    dial = CureDial({"decay": {"0.3": ([0.3, 0.125, 0.0], [0.6, 0.555, 1.2])}})
    found = module_page.evaluate(
        """async ([text, runs, names]) => {
          const { inWords } = await load(text);
          return inWords(runs[0].cure, runs[0].strengths[0], names);
        }""",
        [CureDial._esm, dial._runs, dial.names],
    )
    assert found == dial.said
