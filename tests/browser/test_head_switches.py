"""Heads switched off and on in a real JupyterLab, by mouse and keyboard, and the words."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.head_switches.widget import HeadSwitches
from tests.browser.lab import Lab, expect_in_python

MAKE = """from lmteach.widgets.head_switches.widget import HeadSwitches
def says(off):
    if off == [0, 1]:
        raise ValueError("One of them must stay on.")
    return 0.5 + len(off), [(" fox", 0.5), ("$", 0.125)]
switches = HeadSwitches(["16.0", "18.6"], says)
switches"""


@pytest.fixture
def widget(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "head_switches.ipynb", "Heads off and on", MAKE)


def test_switches_by_mouse_and_keyboard(widget: Page) -> None:
    says = widget.locator(".head-switches .says")
    expect(says).to_have_text("Off: none. Loss 0.50 (all on: 0.50). Next: space fox 50 %, $ 13 %.")
    first = widget.get_by_role("switch", name="16.0")
    expect(first).to_have_attribute("aria-checked", "true")
    first.click()
    expect(first).to_have_attribute("aria-checked", "false")
    expect(says).to_contain_text("Off: 16.0. Loss 1.50")
    expect_in_python(widget, "switches.off", [0])
    widget.get_by_role("switch", name="18.6").press("Enter")
    expect(says).to_have_text("One of them must stay on.")
    widget.get_by_role("button", name="all on").press("Enter")
    expect(says).to_contain_text("Off: none. Loss 0.50")
    expect(widget.locator(".head-switches .quiet")).to_have_text("")


def test_the_words_are_those_of_python(module_page: Page) -> None:
    switches = HeadSwitches(["a", "b"], lambda off: (1.25 + len(off), [(" x", 0.375), ("\n", 0.1)]))
    switches.off = [1]
    found = module_page.evaluate(
        """async ([text, heads, answer]) => {
          const { inWords } = await load(text);
          return inWords(heads, answer);
        }""",
        [HeadSwitches._esm, switches.heads, switches.answer],
    )
    assert found == switches.said
