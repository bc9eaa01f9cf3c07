"""The film of Baum–Welch, played and scrubbed by keyboard in a real JupyterLab."""

import re

import numpy as np
import pytest
from matplotlib import colormaps
from playwright.sync_api import Browser, Page, expect

from lmteach.widgets.emission_player.widget import EmissionPlayer
from tests.browser.lab import Lab, milliseconds_a_step

MAKE = """import numpy as np
from lmteach.widgets.emission_player.widget import EmissionPlayer
tables = np.random.default_rng(0).dirichlet(np.ones(5), size=(9, 2))
player = EmissionPlayer(tables, -2.0 ** -np.arange(9), symbols="ab <c", states=["V", "<i>C"])
player"""
TABLES = np.random.default_rng(0).dirichlet(np.ones(5), size=(9, 2))
SYMBOLS = ["a", "b", "␣", "<", "c"]


def show(lab: Lab, page: Page) -> Page:
    return lab.show_widget(page, "player.ipynb", "Emission player", MAKE)


@pytest.fixture
def player(lab: Lab, page: Page) -> Page:
    return show(lab, page)


def fills(page: Page) -> list[str]:
    squares = page.locator(".map rect:has(title)")
    return squares.evaluate_all("all => all.map(square => square.getAttribute('fill'))")


def chips(page: Page, side: int) -> list[str]:
    return page.locator(f".side{side} .chip").all_text_contents()


def test_scrubbing_by_keyboard_changes_map_curve_and_words(player: Page) -> None:
    stage = player.locator(".stage")
    before, colours = stage.screenshot(), fills(player)
    assert len(colours) == 10
    slider = player.get_by_label("Iteration", exact=True)
    slider.focus()
    player.keyboard.press("ArrowRight")
    player.keyboard.press("ArrowRight")
    expect(player.locator(".place")).to_have_text("Iteration 2 of 8")
    assert stage.screenshot() != before
    assert fills(player) != colours
    expect(player.locator(".curve .value")).to_have_text("−0.2500")
    rows = player.locator(".tops p")
    for state in (0, 1):
        order = np.argsort(-TABLES[2, state])
        expect(rows.nth(state).locator("b")).to_have_text([SYMBOLS[i] for i in order])
    player.keyboard.press("End")
    expect(player.locator(".place")).to_have_text("Iteration 8 of 8")
    expect(player.get_by_label("Log-likelihood")).to_be_visible()


def test_symbols_stand_with_the_state_that_prefers_them(player: Page) -> None:
    slider = player.get_by_label("Iteration", exact=True)
    for iteration in range(9):
        expect(player.locator(".place")).to_have_text(f"Iteration {iteration} of 8")
        shares = TABLES[iteration, 0] / TABLES[iteration].sum(axis=0)
        order = np.argsort(-shares)
        assert chips(player, 0) == [SYMBOLS[i] for i in order if shares[i] >= 0.5]
        assert chips(player, 1) == [SYMBOLS[i] for i in order[::-1] if shares[i] < 0.5]
        sure = player.locator(".chip.sure").all_text_contents()
        assert set(sure) == {SYMBOLS[i] for i in order if not 0.25 <= shares[i] <= 0.75}
        slider.press("ArrowRight")


def test_playing_and_pausing_by_keyboard(player: Page) -> None:
    play = player.get_by_role("button", name="Play")
    play.press("Enter")
    pause = player.get_by_role("button", name="Pause")
    expect(player.locator(".place")).to_have_attribute("aria-live", "off")
    expect(player.locator(".place")).to_have_text(re.compile("Iteration [2-7] of 8"))  # on its way
    pause.press("Enter")
    stopped = player.locator(".place").text_content()
    player.wait_for_timeout(1200)  # two steps of a film that would go on
    assert player.locator(".place").text_content() == stopped
    expect(player.locator(".place")).to_have_attribute("aria-live", "polite")
    player.get_by_role("button", name="Play").press("Enter")
    again = player.get_by_role("button", name="Play again")
    again.wait_for()
    expect(player.locator(".place")).to_have_text("Iteration 8 of 8")
    again.press("Enter")
    expect(player.locator(".place")).to_have_text("Iteration 0 of 8")


def test_less_motion_for_those_who_asked(lab: Lab, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce", locale="en-US")
    page = show(lab, context.new_page())
    page.get_by_role("button", name="Play").press("Enter")
    page.wait_for_timeout(750)  # the film itself has a picture every 500 ms
    expect(page.locator(".place")).to_have_text("Iteration 0 of 8", timeout=1)
    expect(page.locator(".place")).to_have_text("Iteration 1 of 8")
    context.close()


def test_a_picture_is_drawn_in_under_50_ms(lab: Lab, page: Page) -> None:
    lab.show_widget(
        page,
        "film.ipynb",
        "Emission player",
        """import numpy as np
from lmteach.widgets.emission_player.widget import EmissionPlayer
tables = np.random.default_rng(0).dirichlet(np.ones(27), size=(100, 8))
EmissionPlayer(tables, np.arange(100.0), symbols=" abcdefghijklmnopqrstuvwxyz")""",
    )
    assert milliseconds_a_step(page, ".emissions", "enter('input[type=range]', 4 * step + 1)") < 50


def test_colours_are_those_of_matplotlib(module_page: Page) -> None:
    film = EmissionPlayer(TABLES, np.zeros(9), symbols="abcde")
    shares = np.linspace(0, 1, 101)
    found = module_page.evaluate(
        """async ([text, bytes, shares]) => {
          const { colour } = await load(text);
          const view = new DataView(new Uint8Array(bytes).buffer);
          return shares.map((share) => colour(view, share).match(/\\d+/g).map(Number));
        }""",
        [EmissionPlayer._esm, list(film._colours), shares.tolist()],
    )
    assert found == colormaps["cividis"](shares, bytes=True)[:, :3].tolist()


def test_tables_and_orders_are_those_of_python(module_page: Page) -> None:
    film = EmissionPlayer(TABLES, np.zeros(9), symbols="abcde")
    tables, orders, sides = module_page.evaluate(
        """async ([text, bytes]) => {
          const { readTables, favourites, preferences } = await load(text);
          const tables = readTables(new DataView(new Uint8Array(bytes).buffer), 9, 2, 5);
          return [tables, tables.map((table) => table.map((row) => favourites(row, 3))),
            tables.map(preferences)];
        }""",
        [EmissionPlayer._esm, list(film._emissions)],
    )
    assert tables == TABLES.tolist()
    for iteration in range(9):
        expected = list(film.favourites(iteration, count=3).values())
        assert [["abcde"[i] for i in row] for row in orders[iteration]] == expected
        shares = TABLES[iteration, 0] / TABLES[iteration].sum(axis=0)
        assert [j for j, _ in sides[iteration]] == np.argsort(-shares).tolist()
        found = [share for _, share in sides[iteration]]
        assert np.allclose(found, np.sort(shares)[::-1], rtol=0, atol=1e-15)
