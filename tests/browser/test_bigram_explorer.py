"""Letters picked and names grown, by keyboard, in a real JupyterLab."""

from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.bigram_explorer.widget import grow
from tests.browser.lab import Lab, milliseconds_a_step

SYMBOLS = "\nabc<"
MAKE = """import numpy as np
from lmteach.widgets.bigram_explorer.widget import BigramExplorer
rows = np.random.default_rng(0).dirichlet(np.ones(5), size=5)
explorer = BigramExplorer(rows, symbols="\\nabc<", seed=3)
explorer"""
ROWS = np.random.default_rng(0).dirichlet(np.ones(5), size=5)


@pytest.fixture
def explorer(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "explorer.ipynb", "Bigram explorer", MAKE)


def bars(page: Page) -> list[str]:
    return page.locator(".bar").evaluate_all("all => all.map(bar => bar.ariaLabel.split(' ')[0])")


def test_picking_a_letter_by_keyboard_redraws_the_bars(explorer: Page) -> None:
    area = explorer.locator(".bars")
    before = area.screenshot()
    explorer.get_by_role("radio", name="end").focus()
    explorer.keyboard.press("ArrowRight")
    expect(explorer.get_by_role("radio", name="a", exact=True)).to_be_focused()
    expect(explorer.locator(".heading")).to_have_text("What follows a")
    assert area.screenshot() != before
    names = ["end", "a", "b", "c", "<"]
    assert bars(explorer) == [names[i] for i in np.argsort(-ROWS[1])]
    explorer.get_by_role("button", name="Sort by letter").press("Enter")
    assert bars(explorer) == names
    explorer.get_by_role("radio", name="a", exact=True).press("c")
    expect(explorer.locator(".heading")).to_have_text("What follows c")
    explorer.get_by_role("radio", name="<", exact=True).click()
    expect(explorer.locator(".heading")).to_have_text("What follows <")


def test_a_name_grows_as_in_python(explorer: Page) -> None:
    path = grow(ROWS, start=0, end=0, seed=3)
    add = explorer.locator("button.main")
    add.focus()
    for step in range(1, len(path)):
        expect(explorer.locator(".step")).to_have_count(step)
        explorer.keyboard.press("Enter" if step % 2 else "Space")
    letters = [{"\n": "⏎"}.get(SYMBOLS[i], SYMBOLS[i]) for i in path]
    expect(explorer.locator(".step .letter")).to_have_text(letters)
    odds = [ROWS[a, b] for a, b in pairwise(path)]
    bits = -np.log2(odds).sum()
    expect(explorer.locator(".sum")).to_contain_text(f"= {bits:.1f} bits")
    expect(explorer.locator(".names li")).to_have_text(["".join(letters[1:-1])])
    explorer.get_by_role("button", name="New name").press("Enter")
    explorer.get_by_role("button", name="Finish it").press("Enter")
    second = grow(ROWS, start=0, end=0, seed=3, draws=len(path) - 1)
    name = "".join(SYMBOLS[i] for i in second[1:-1]) or "(an empty name)"
    expect(explorer.locator(".names li").nth(1)).to_have_text(name)


def test_a_step_is_drawn_in_under_50_ms(explorer: Page) -> None:
    spent = milliseconds_a_step(explorer, ".lmteach", "root.querySelector('button.main').click()")
    assert spent < 50
