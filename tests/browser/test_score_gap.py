"""Two systems moved apart by keyboard in a real JupyterLab, and the arithmetic."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.score_gap.widget import ITEMS
from tests.browser.lab import Lab

MAKE = """import numpy as np
from lmteach.widgets.score_gap.widget import ScoreGap
ScoreGap(np.array([0.5, 0.7, 0.9]), np.array([0.4, 0.7, 0.7]))"""  # spread 10, or 26.5


@pytest.fixture
def widget(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "gap.ipynb", "Two systems apart", MAKE)


def real(page: Page) -> int:
    return page.locator(".gap line.real").count()


def test_slider_and_button_by_keyboard(widget: Page) -> None:
    verdict = widget.locator(".gap .verdict")
    expect(verdict).to_have_text("A gain of 1.00 points is real from 385 items on.")
    assert real(widget) == sum(items >= 385 for items in ITEMS)
    widget.get_by_role("button", name="same items for both").press("Enter")
    expect(verdict).to_have_text("A gain of 1.00 points is real from 2,690 items on.")
    assert real(widget) == sum(items >= 2690 for items in ITEMS)
    slider = widget.get_by_role("slider", name="gain, points")
    slider.focus()
    widget.keyboard.press("Home")
    expect(verdict).to_have_text("No gain is real with any number of items.")
    assert real(widget) == 0
    widget.keyboard.press("End")
    expect(verdict).to_have_text("A gain of 10.00 points is real from 27 items on.")
