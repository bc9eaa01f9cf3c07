"""The planner, moved by keyboard in a real JupyterLab, and its words beside Python's."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.run_planner.widget import RunPlanner
from tests.browser.lab import Lab

MAKE = "from lmteach.widgets.run_planner.widget import RunPlanner\nRunPlanner()"


@pytest.fixture
def widget(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "planner.ipynb", "Plan a run", MAKE)


def test_sliders_and_buttons_by_keyboard(widget: Page) -> None:
    said = widget.locator(".planner .said")
    expect(said).to_contain_text("100M parameters on 2.00B tokens")
    expect(said).to_contain_text("it fits")
    size = widget.get_by_role("slider", name="parameters")
    size.focus()
    widget.keyboard.press("End")
    expect(size).to_have_attribute("aria-valuetext", "3.16T")
    expect(said).to_contain_text("it does not fit")
    expect(widget.locator(".planner .bar.over")).to_have_count(2)
    chips = widget.get_by_role("slider", name="chips")
    chips.focus()
    widget.keyboard.press("End")
    expect(said).to_contain_text("on 16384 x H100 80 GB")
    expect(said).to_contain_text("it fits")
    a100 = widget.get_by_role("button", name="A100 80 GB")
    a100.press("Enter")
    expect(a100).to_have_attribute("aria-pressed", "true")
    expect(said).to_contain_text("16384 x A100 80 GB")
    widget.get_by_role("button", name="20 tokens a parameter").press("Enter")
    expect(said).to_contain_text("3.16T parameters on 63.2T tokens")


def test_the_words_are_those_of_python(module_page: Page) -> None:
    planner = RunPlanner()
    for size, text, doublings, share, price in (
        (6.0, 6.0, 0, 100, 0.0),
        (8.0, 9.3, 0, 40, 2.0),
        (9.9, 11.7, 7, 33, 2.7),
        (11.24, 11.48, 10, 40, 2.0),
        (12.5, 14.0, 14, 1, 20.0),
    ):
        planner.set_trait("size", size)
        planner.text, planner.doublings = text, doublings
        planner.share, planner.price = share, price
        values = {
            "size": size,
            "text": text,
            "doublings": doublings,
            "share": share,
            "price": price,
        }
        found = module_page.evaluate(
            """async ([text, values, chip, law]) => {
              const { inWords } = await load(text);
              return inWords(values, chip, law);
            }""",
            [RunPlanner._esm, values, planner._chips[1], planner._law],
        )
        assert found == planner.said
