"""The question in a real JupyterLab, by keyboard; and what it says, without Python."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.widgets.question.widget import Question
from tests.browser.lab import Lab, expect_in_python

CHOICES = """from lmteach.widgets.question.widget import Question
asked = Question("Which letter follows a <q>?", {"u": "Nearly always.", "a": "As in iqbal: seldom.",
                 "none": "A name may end in q, and few do."}, right="u")
asked"""
NUMBER = """from lmteach.widgets.question.widget import Question
asked = Question("How many bits has a fair die?", number=2.585, tolerance=0.01, reply="log₂ 6.",
                 slips={6: "Those are the sides."})
asked"""


def says(page: Page, words: str) -> None:
    expect(page.locator(".question .says")).to_have_text(words)


def test_choices_by_keyboard(lab: Lab, page: Page) -> None:
    lab.show_widget(page, "choices.ipynb", "Question", CHOICES)
    expect(page.locator(".question .asked")).to_have_text("Which letter follows a <q>?")
    first = page.get_by_role("button", name="A u")
    first.focus()
    page.keyboard.press("b")
    says(page, "Not so. As in iqbal: seldom.")
    expect(page.get_by_role("button", name="B a")).to_have_attribute("aria-pressed", "true")
    expect_in_python(page, "asked.guess", "a")
    page.keyboard.press("d")  # there is no D, and no cell is deleted
    page.keyboard.press("d")
    says(page, "Not so. As in iqbal: seldom.")
    first.press("Enter")
    says(page, "Right. Nearly always.")
    expect(page.get_by_role("button", name="B a")).to_have_attribute("aria-pressed", "false")
    expect_in_python(page, "asked.guess", "u")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(1)


def test_hands_are_counted(lab: Lab, page: Page) -> None:
    lab.show_widget(page, "hands.ipynb", "Question", CHOICES)
    more = page.get_by_role("button", name="One hand more for a")
    expect(more).to_have_count(0)
    page.get_by_role("button", name="Count hands").press("Enter")
    for _ in range(3):
        more.press("Enter")
    page.get_by_role("button", name="One hand less for a").press("Enter")
    page.get_by_role("button", name="One hand less for u").press("Enter")  # stays at none
    expect(page.locator(".question .hands .value")).to_have_text(["0", "2", "0"])
    says(page, "")  # a vote is no guess


def test_a_number_by_keyboard(lab: Lab, page: Page) -> None:
    lab.show_widget(page, "number.ipynb", "Question", NUMBER)
    field = page.get_by_role("textbox", name="Your guess, a number")
    for typed, reply in (
        ("six", "Type a number, such as 0.5, 50 % or 1/2."),
        ("6", "Not so. Those are the sides."),
        ("2", "Too low. Guess again."),
        ("2,58", "Right. log₂ 6."),
    ):
        field.fill(typed)
        field.press("Enter")
        says(page, reply)
    expect_in_python(page, "asked.guess", 2.58)


def test_without_a_kernel(lab: Lab, page: Page) -> None:
    lab.show_widget(page, "gone.ipynb", "Question", CHOICES)
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.get_by_role("button", name="A u").press("Enter")
    expect(page.locator(".question .says")).to_have_text("Right. Nearly always.")


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1.5", 1.5),
        (" 1,5 ", 1.5),
        ("−2", -2),
        ("1/4", 0.25),
        ("50 %", 0.5),
        *((text, None) for text in ("", "1/", "1/2/3", "1/0", "e", "Infinity")),
    ],
)
def test_numbers_as_people_type_them(module_page: Page, typed: str, number: float | None) -> None:
    found = module_page.evaluate(
        "async ([text, typed]) => (await load(text)).readNumber(typed)", [Question._esm, typed]
    )
    assert found == number


def test_replies_are_those_of_python(module_page: Page) -> None:
    slips = {6: "Sides.", 1: "l", 0.9: "near it"}
    asked = Question("Bits?", number=2.5, tolerance=0.25, reply="Yes.", slips=slips)
    names = ("number", "tolerance", "slips", "replies", "reply")
    values = {name: getattr(asked, name) for name in names}
    guesses = [-1, 0.7, 0.76, 1.2, 1.3, 2.25, 2.5, 2.74, 2.76, 5.75, 6, 6.3, 1e9]
    found = module_page.evaluate(
        """async ([text, guesses, values]) => {
          const { replyToNumber } = await load(text);
          return guesses.map((guess) => replyToNumber(guess, values));
        }""",
        [Question._esm, guesses, values],
    )
    assert found == [asked.reply_to(guess) for guess in guesses]
    choosing = Question("Which?", {"a": "One.", "b": "Two."}, "b")
    found = module_page.evaluate(
        """async ([text, right, replies]) => {
          const { replyToChoice } = await load(text);
          return [0, 1].map((place) => replyToChoice(place, right, replies));
        }""",
        [Question._esm, choosing.right, choosing.replies],
    )
    assert found == [choosing.reply_to("a"), choosing.reply_to("b")]
