"""Shannon's game, played by keyboard in a real JupyterLab."""

import json

import pytest
from playwright.sync_api import Page, expect

from lmteach.evaluation.information import shannon_bounds
from tests.browser.lab import Lab

MAKE = (
    "from lmteach.widgets.guessing_game import GuessingGame\n"
    "game = GuessingGame(['The cat sat', 'A <b>dog</b> ran'])\ngame"
)


@pytest.fixture
def game(lab: Lab, page: Page) -> Page:
    lab.write("game.ipynb", MAKE)
    lab.open(page, "game.ipynb")
    lab.run_all(page)
    page.get_by_label("Shannon's guessing game").wait_for()
    return page


def expect_guesses(page: Page, expected: list[int]) -> list[float] | None:
    """Wait until the kernel has heard of these guesses, and return the bounds it finds."""
    code = "import json; print(json.dumps([game.guesses, game.bounds() if game.guesses else None]))"
    guesses, bounds = None, None
    for _ in range(100):
        text = page.evaluate(
            """async (code) => {
              const session = window.jupyterapp.shell.currentWidget.sessionContext.session;
              const future = session.kernel.requestExecute({ code });
              let text = "";
              future.onIOPub = (message) => { text += message.content.text ?? ""; };
              await future.done;
              return text;
            }""",
            code,
        )
        guesses, bounds = json.loads(text)
        if guesses == expected:
            break
        page.wait_for_timeout(50)
    assert guesses == expected
    return bounds


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
    assert expect_guesses(game, [2, 1, 1, 1]) == [lower, upper]


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
    expect_guesses(game, [27])


def test_giving_up_counts_27_and_restart_clears(game: Page) -> None:
    game.get_by_role("button", name="I give up this letter").press("Enter")
    expect(game.get_by_role("status")).to_have_text("It was c.")
    expect_guesses(game, [27])
    game.get_by_role("button", name="Restart", exact=True).press("Enter")
    expect(game.locator(".bits")).to_have_text("–")
    expect_guesses(game, [])


def test_letters_by_button_and_the_next_sentence(game: Page) -> None:
    for letter in ("c", "a", "t", "space", "s", "a", "t"):
        game.get_by_role("button", name=letter, exact=True).press("Space")
    expect(game.get_by_role("status")).to_contain_text("The sentence is finished.")
    game.get_by_role("button", name="New sentence").press("Enter")
    expect(game.get_by_label("Type the next letter")).to_be_focused()
    expect(game.locator(".sentence")).to_have_text("a␣?")
    game.keyboard.type("b")
    expect_guesses(game, [1] * 7 + [1])


def test_a_guess_is_drawn_in_under_50_ms(game: Page) -> None:
    spent = game.evaluate(
        """async () => {
          const box = document.querySelector("input.guess");
          const times = [];
          for (const letter of "zyxwvudcat") {
            const begin = performance.now();
            box.value = letter;
            box.dispatchEvent(new Event("input"));
            await Promise.resolve();
            document.querySelector(".sentence").getBoundingClientRect(); // lay out now
            times.push(performance.now() - begin);
          }
          return times.sort((a, b) => a - b)[5];
        }"""
    )
    assert spent < 50
