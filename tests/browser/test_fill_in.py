"""The blank in a real JupyterLab: typed, clicked, by keyboard, what can't be asked, dark."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.fill_in.widget import FillIn
from tests.browser.lab import Lab, expect_in_python, in_python

MAKE = """import numpy as np
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.widgets.fill_in.widget import FillIn
def left(ids, place):
    if ids[0] == 5:  # the letters are sorted
        raise ValueError("A sentence can't begin with c.")
    return np.array([0.01, 0.02, 0.07, 0.2, 0.4, 0.3])
def both(ids, place):
    return np.roll(left(ids, place), place)
panel = FillIn(left, both, CharTokenizer("abc $<"), "ab<", 1, examples=["a $", "ba"])
panel"""


@pytest.fixture
def panel(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "fill_in.ipynb", "Fill in the blank", MAKE)


def bars(page: Page, way: str) -> list[str]:
    lines = page.get_by_role("list", name=f"The likeliest for {way}").locator(".chance")
    return lines.evaluate_all("all => all.map(bar => bar.ariaLabel)")


def column(page: Page, way: str) -> str:
    return page.get_by_role("region", name=way, exact=True).locator(".place").inner_text()


def test_a_click_hides_a_token_and_both_sides_say_what_may_stand_there(panel: Page) -> None:
    tokens, says = panel.locator(".fill-in .token"), panel.locator(".fill-in .says")
    expect(tokens).to_have_text(["a", "____", "<"])
    expect(says).to_have_text("Hidden: b.")
    assert column(panel, "the left alone") == "The hidden token is the likeliest: 40 %."
    assert column(panel, "both sides").startswith("The hidden token: rank 3, 20 %.")
    assert bars(panel, "both sides")[:3] == ["c: 40 %", "space: 30 %", "b: 20 %"]
    tokens.nth(2).click()
    expect(says).to_have_text("Hidden: <.")
    expect(tokens).to_have_text(["a", "b", "____"])
    assert "rank 4, 7.0 %" in column(panel, "the left alone")
    assert len(bars(panel, "the left alone")) == 5
    expect_in_python(panel, "panel.place", 2)


def test_it_is_played_by_keyboard_and_the_notebook_gets_no_key(panel: Page) -> None:
    field = panel.get_by_role("textbox", name="Sentence")
    field.focus()
    panel.keyboard.press("End")
    panel.keyboard.type("bb")  # JupyterLab's key for a new cell
    panel.keyboard.press("Enter")
    says = panel.locator(".fill-in .says")
    expect(says).to_contain_text("Choose the token to hide")
    expect(panel.locator(".fill-in .token")).to_have_text(["a", "b", "<", "b", "b"])
    for _ in range(4):  # the button, two examples, the first token
        panel.keyboard.press("Tab")
    panel.keyboard.press("ArrowRight")
    panel.keyboard.press("End")
    panel.keyboard.press("ArrowLeft")
    panel.keyboard.press("Enter")
    expect(says).to_have_text("Hidden: b.")
    expect(panel.locator(".fill-in .token").nth(3)).to_be_focused()
    expect(panel.locator('.fill-in .token[tabindex="0"]')).to_have_count(1)
    expect_in_python(panel, "[panel.text, panel.place]", ["ab<bb", 3])
    panel.keyboard.press("Home")
    expect(panel.locator(".fill-in .token").first).to_be_focused()
    assert panel.locator(".jp-Notebook .jp-CodeCell").count() == 1


def test_examples_and_sentences_that_cannot_be_asked(panel: Page) -> None:
    field, says = panel.get_by_role("textbox", name="Sentence"), panel.locator(".fill-in .says")
    panel.get_by_role("button", name="a $").click()
    expect(field).to_have_value("a $")
    expect(panel.locator(".fill-in .token")).to_have_text(["a", "␣", "$"])
    field.fill("")
    field.press("Enter")
    expect(says).to_have_text("The sentence is empty: type at least one word.")
    expect(panel.locator(".fill-in .token")).to_have_count(0)
    field.fill("ca")
    panel.get_by_role("button", name="Read it").click()
    panel.locator(".fill-in .token").nth(1).click()
    expect(says).to_have_text("A sentence can't begin with c.")
    expect(panel.locator(".fill-in .chances")).to_have_count(0)
    expect(panel.locator(".fill-in .quiet").filter(has_text="asking")).to_have_count(0)


def test_an_answer_from_python_is_shown_and_can_be_read_in_the_dark(panel: Page) -> None:
    assert in_python(panel, "setattr(panel, 'place', 0)") is None
    expect(panel.locator(".fill-in .token").first).to_have_text("____")
    panel.evaluate(
        "window.jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })"
    )
    expect(panel.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    ink, ground = panel.locator(".fill-in .chance.lit .name").first.evaluate(
        """name => [getComputedStyle(name).color,
          getComputedStyle(name.closest("section.lmteach")).backgroundColor].map(
          colour => colour.match(/[0-9.]+/g).slice(0, 3).reduce((a, b) => a + +b, 0) / 765)"""
    )
    assert abs(ink - ground) > 0.6


def test_the_place_in_words_by_hand(module_page: Page) -> None:
    said = module_page.evaluate(
        """async (text) => { const { placeInWords } = await load(text);
          return [[1, 0.4], [2, 0.1], [5, 0.004], [null, 0.2]].map(([rank, chance]) =>
            placeInWords({ rank, chance, likeliest: [["a", 0.4]] })); }""",
        FillIn._esm,
    )
    assert said == [
        "The hidden token is the likeliest: 40 %.",
        "The hidden token: rank 2, 10 %. One token is 4.0 times as likely.",
        "The hidden token: rank 5, 0.4 %. 4 tokens are likelier, the first 100 times.",
        "All tokens are alike: 20 % each.",
    ]
