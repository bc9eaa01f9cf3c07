"""Shannon's game, played by keyboard in a real JupyterLab."""

import pytest
from playwright.sync_api import Page, expect

from lmteach.evaluation.information import shannon_bounds
from tests.browser.lab import Lab, expect_in_python, in_python, milliseconds_a_step

MAKE = (
    "from lmteach.widgets.guessing_game.widget import GuessingGame\n"
    "game = GuessingGame(['The cat sat', 'A <b>dog</b> ran'])\ngame"
)


@pytest.fixture
def game(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "game.ipynb", "Shannon's guessing game", MAKE)


def test_a_game_by_keyboard_alone(game: Page) -> None:
    box = game.get_by_label("Type the next letter")
    chart = game.locator("svg.chart")
    before = chart.screenshot()
    box.focus()
    game.keyboard.type("xxc")  # the second x is no guess
    expect(game.get_by_role("status")).to_have_text("Right, on guess 2: c.")
    game.keyboard.type("at ")
    expect(game.locator(".count")).to_have_text(["", "", "", "", "2", "1", "1", "1", ""])
    expect(game.locator(".sentence")).to_contain_text("␣")
    lower, upper = shannon_bounds([2, 1, 1, 1])
    expect(game.locator(".bits")).to_have_text(f"between {lower:.2f} and {upper:.2f}")
    assert chart.screenshot() != before
    expect_in_python(game, "game.guesses", [2, 1, 1, 1])
    assert in_python(game, "game.bounds()") == [lower, upper]


def test_shortcuts_of_the_notebook_stay_quiet(game: Page) -> None:
    game.get_by_label("Type the next letter").focus()
    game.keyboard.type("bdda")  # b adds a cell, dd deletes one, a adds one
    expect(game.locator(".jp-CodeCell")).to_have_count(1)


def test_wrong_letters_are_crossed_out_and_the_last_is_given(game: Page) -> None:
    game.get_by_label("Type the next letter").focus()
    game.keyboard.type("e")
    expect(game.get_by_role("button", name="e", exact=True)).to_have_class("mono tried")
    game.keyboard.type("abdfghijklmnopqrstuvwxyz ")
    expect(game.get_by_role("status")).to_have_text("Only c was left.")
    expect_in_python(game, "game.guesses", [27])


def test_giving_up_counts_27_and_restart_clears(game: Page) -> None:
    game.get_by_role("button", name="I give up this letter").press("Enter")
    expect(game.get_by_role("status")).to_have_text("It was c.")
    expect_in_python(game, "game.guesses", [27])
    game.get_by_role("button", name="Restart", exact=True).press("Enter")
    expect(game.locator(".bits")).to_have_text("–")
    expect_in_python(game, "game.guesses", [])


def test_letters_by_button_and_the_next_sentence(game: Page) -> None:
    for letter in ("c", "a", "t", "space", "s", "a", "t"):
        game.get_by_role("button", name=letter, exact=True).press("Space")
    expect(game.get_by_role("status")).to_contain_text("The sentence is finished.")
    game.get_by_role("button", name="New sentence").press("Enter")
    expect(game.get_by_label("Type the next letter")).to_be_focused()
    expect(game.locator(".sentence")).to_have_text("a␣?")
    game.keyboard.type("b")
    expect_in_python(game, "game.guesses", [1] * 7 + [1])


def test_a_guess_is_drawn_in_under_50_ms(game: Page) -> None:
    spent = milliseconds_a_step(game, ".lmteach", "enter('input.guess', 'zyxwvudcat'[step])", 10)
    assert spent < 50
