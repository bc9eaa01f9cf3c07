"""After a click on any part of a widget, JupyterLab gets none of the keys that follow."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import (
    test_attention_view,
    test_bigram_explorer,
    test_guessing_game,
    test_next_token_panel,
    test_ngram_panel,
    test_training_panel,
    test_trellis,
)
from tests.browser.lab import Lab, expect_in_python, in_python

GAME, LABEL = test_guessing_game.MAKE, "Shannon's guessing game"
TOKENS = test_next_token_panel.MAKE.format(3)
PARTS = {  # what is clicked in each widget: drawings, words, and the ground between them
    "Viterbi trellis": (test_trellis.MAKE, ("circle", "p.said", ".lattice", ".edit")),
    "Attention view": (test_attention_view.MAKE, ("rect.square", "p.said", "canvas")),
    "Bigram explorer": (test_bigram_explorer.MAKE, (".bar", ".sum", ".step")),
    "n-gram panel": (test_ngram_panel.MAKE, (".ngramchart", ".says", ".written")),
}
PRESSED = {  # what is pressed, the last of which can then be pressed no more
    "Bigram explorer": (test_bigram_explorer.MAKE, ("Finish it",)),
    "Next token panel": (
        test_next_token_panel.MAKE.format(3),
        ("Take the likeliest", "Take one back"),
    ),
    "Training panel": (test_training_panel.MAKE, ("Stop",)),
}


def expect_no_key_for_the_notebook(page: Page) -> None:
    """Type what would add two cells and delete one: b, a, dd."""
    page.keyboard.type("abdd")
    page.keyboard.press("y")
    page.wait_for_timeout(200)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(1)
    focused = "section => section.contains(document.activeElement)"
    assert page.locator("section.lmteach").evaluate(focused)


@pytest.mark.parametrize("part", [".sentence", ".chart", ".figures", ".message", ""])
def test_the_game_takes_letters_after_a_click_anywhere(lab: Lab, page: Page, part: str) -> None:
    lab.show_widget(page, "game_keys.ipynb", LABEL, GAME)
    game = page.get_by_role("region", name=LABEL, exact=True)
    (game.locator(part) if part else game).click(position={"x": 4, "y": 4})
    page.keyboard.type("a b d d")
    expect_in_python(page, "game.wrong", "a bd")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(1)


def test_the_game_takes_letters_after_its_buttons(lab: Lab, page: Page) -> None:
    """Also after one that can't be pressed now; the space presses the button that has the focus."""
    lab.show_widget(page, "game_keys.ipynb", LABEL, GAME)
    page.get_by_role("button", name="x", exact=True).click()
    page.keyboard.type("ca")
    expect_in_python(page, "game.guesses", [2, 1])
    page.keyboard.type("t sat")
    expect(page.get_by_role("status")).to_contain_text("finished")
    over = page.get_by_role("button", name="I give up this letter")
    expect(over).to_be_disabled()
    over.click(force=True)
    expect_no_key_for_the_notebook(page)
    page.get_by_role("button", name="New sentence").focus()
    page.keyboard.press("Space")
    expect_in_python(page, "[game.sentence, game.wrong]", [1, ""])


@pytest.mark.parametrize("label", PARTS)
def test_a_click_on_any_part_keeps_the_keys(lab: Lab, page: Page, label: str) -> None:
    make, parts = PARTS[label]
    lab.show_widget(page, "keys.ipynb", label, make)
    for part in parts:
        page.locator(f"section.lmteach {part}").first.click()
        expect_no_key_for_the_notebook(page)


@pytest.mark.parametrize("label", PRESSED)
def test_a_button_that_can_be_pressed_no_more_keeps_the_keys(
    lab: Lab, page: Page, label: str
) -> None:
    make, names = PRESSED[label]
    lab.show_widget(page, "keys.ipynb", label, make)
    for name in names:
        page.get_by_role("button", name=name, exact=True).click()
        assert in_python(page, "1") == 1  # it has heard of the click
    expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    expect_no_key_for_the_notebook(page)
