"""The box of canaries in a real JupyterLab: typed, trained, asked, by keyboard; and its words."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.text.corpora.canaries import Canary
from lmteach.widgets.canary_box.widget import Asked, CanaryBox
from tests.browser.lab import Lab

MAKE = """from lmteach.text.corpora.canaries import Canary
from lmteach.widgets.canary_box.widget import Asked, CanaryBox

def ask(canary):
    known = canary.repetitions > 10
    rank = 1 if known or canary.secret == "1" else 1234
    return Asked(canary.secret if known else "<b>", rank, 10_000)

CanaryBox(ask, [Canary("Aldren", "4829", 64)])"""


@pytest.fixture
def box(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "canary.ipynb", "Plant a sentence", MAKE)


def test_a_sentence_is_planted_and_asked_back_by_keyboard(box: Page) -> None:
    said, rows = box.locator(".canary-box .said"), box.locator(".canary-box tbody tr")
    expect(said).to_contain_text("planted 64 times: the model says 4829; rank 1 of 10,000.")
    name = box.get_by_role("textbox", name="name", exact=True)
    name.fill("Bosko")
    name.press("Tab")
    box.keyboard.press("Control+a")
    box.keyboard.type("0007")
    once = box.get_by_role("group", name="times").get_by_role("button", name="1", exact=True)
    once.press("Enter")
    expect(once).to_have_attribute("aria-pressed", "true")
    box.get_by_role("button", name="Plant, train, ask").press("Enter")
    expect(rows).to_have_count(2)
    expect(said).to_have_text(
        "The code of Bosko is 0007, planted once: the model says <b>; rank 1,234 of 10,000."
    )
    expect(box.locator(".canary-box b")).to_have_count(0)  # a tag is text like any other
    expect(box.locator(".canary-box td.found")).to_have_text("4829")
    assert box.locator(".jp-Notebook .jp-CodeCell").count() == 1


def test_what_is_ranked_first_and_not_said_is_not_marked(box: Page) -> None:
    """The likeliest digit of all, where the model would rather write a letter."""
    secret = box.get_by_role("textbox", name="secret", exact=True)
    secret.fill("1")
    box.get_by_role("group", name="times").get_by_role("button", name="4", exact=True).click()
    secret.press("Enter")
    expect(box.locator(".canary-box tbody tr")).to_have_count(2)
    expect(box.locator(".canary-box td.found")).to_have_count(1)


def test_what_is_no_secret_gets_a_sentence(box: Page) -> None:
    secret, said = (
        box.get_by_role("textbox", name="secret", exact=True),
        box.locator(".canary-box .said"),
    )
    secret.fill("12a")
    secret.press("Enter")
    expect(said).to_contain_text("secret is '12a', expected digits")
    expect(box.locator(".canary-box tbody tr")).to_have_count(1)


def test_the_words_are_those_of_python(module_page: Page) -> None:
    canary = Canary("Zelman", "0042", 1)
    box = CanaryBox(lambda _: Asked("1111", 5678, 10_000), [canary])
    found = module_page.evaluate(
        "async ([text, row]) => (await load(text)).inWords(row)", [CanaryBox._esm, box.rows[0]]
    )
    assert found == box.said
