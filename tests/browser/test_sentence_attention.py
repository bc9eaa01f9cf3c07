"""A sentence typed in a real JupyterLab, read by Python, and its heads drawn."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import Lab

MAKE = """import numpy as np
from lmteach.widgets.sentence_attention.widget import SentenceAttention

def look(sentence):
    words = sentence.split()
    at_first = np.zeros((2, 3, len(words), len(words)))
    at_first[..., 0] = 1
    at_first[1] = np.eye(len(words))
    return words, at_first

SentenceAttention(look, "so it is", layer=1)"""


@pytest.fixture
def view(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "sentence_attention.ipynb", "Attention view", MAKE)


def test_a_sentence_is_typed_and_looked_at(view: Page) -> None:
    line, names = view.get_by_label("Type a sentence"), view.locator(".heat text.query")
    expect(names).to_have_text(["so", "it", "is"])
    line.fill("now <b>this one")
    line.press("Enter")
    expect(names).to_have_text(["now", "<b>this", "one"])
    expect(view.get_by_role("combobox", name="Layer")).to_have_value("1")
    line.fill("and four words here")
    view.get_by_role("button", name="Look").press("Enter")
    expect(names).to_have_text(["and", "four", "words", "here"])
    expect(view.get_by_role("radio")).to_have_count(6)
    view.get_by_role("combobox", name="Layer").select_option("layer 0")
    view.get_by_role("combobox", name="Token that looks").select_option("2 · words")
    expect(view.locator(".said")).to_contain_text("words (2) looks most at and (0) 100 %")
    assert view.get_by_role("region", name="Attention view").count() == 1


def test_what_cant_be_shown_gets_a_sentence_and_the_last_view_stays(view: Page) -> None:
    line, says = view.get_by_label("Type a sentence"), view.locator(".sentence p")
    line.fill("")
    line.press("Enter")
    expect(says).to_have_text("There is nothing to look at: type a sentence.")
    expect(view.locator(".heat text.query")).to_have_text(["so", "it", "is"])
    line.fill("yes")
    line.press("Enter")
    expect(view.locator(".heat text.query")).to_have_text(["yes"])
    expect(says).to_have_text("")


def test_letters_reach_the_line_and_not_the_notebook(view: Page) -> None:
    line = view.get_by_label("Type a sentence")
    line.focus()
    view.keyboard.press("End")
    view.keyboard.type("aabb")  # a and b are JupyterLab's keys for new cells
    expect(line).to_have_value("so it isaabb")
    assert view.locator(".jp-Notebook .jp-CodeCell").count() == 1
