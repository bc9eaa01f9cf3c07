"""What the widgets compute in the browser is what the package computes in Python."""

import random

import numpy as np
import pytest
from playwright.sync_api import Page

from lmteach.evaluation.information import shannon_bounds
from lmteach.widgets.bigram_explorer.widget import BigramExplorer
from lmteach.widgets.guessing_game.recorded_game import SHANNON_1951
from lmteach.widgets.guessing_game.widget import GuessingGame
from lmteach.widgets.shared.random_numbers import draw, uniform


@pytest.mark.parametrize("games", [[SHANNON_1951.guesses], [(1,), (27,), (1, 2, 1, 2), (3, 3, 3)]])
def test_bounds_are_those_of_python(module_page: Page, games: list[tuple[int, ...]]) -> None:
    games = games + [tuple(random.Random(n).choices(range(1, 28), k=n)) for n in (2, 30, 300)]
    found = module_page.evaluate(
        """async ([text, games]) => {
          const { shannonBounds } = await load(text);
          return games.map(shannonBounds);
        }""",
        [GuessingGame._esm, [list(game) for game in games]],
    )
    assert np.allclose(found, [shannon_bounds(game) for game in games], rtol=0, atol=1e-12)


def test_random_numbers_are_those_of_python(module_page: Page) -> None:
    seeds, places = (0, 1, 42, 2**32 - 1, 2**40 + 7), (0, 1, 2, 99, 100_000)
    pairs = [[seed, place] for seed in seeds for place in places]
    found = module_page.evaluate(
        """async ([text, pairs]) => {
          const { uniform } = await load(text);
          return pairs.map(([seed, index]) => uniform(seed, index));
        }""",
        [BigramExplorer._esm, pairs],
    )
    assert found == [uniform(seed, index) for seed, index in pairs]


def test_draws_are_those_of_python(module_page: Page) -> None:
    rows = np.random.default_rng(0).dirichlet(np.full(27, 0.1), size=200).tolist()
    rows.append([0.0, 0.1, 0.0])  # a sum that falls short: the last possible symbol is taken
    chances = [uniform(7, index) for index in range(200)] + [0.9]
    found = module_page.evaluate(
        """async ([text, rows, chances]) => {
          const { drawFrom } = await load(text);
          return rows.map((row, place) => drawFrom(row, chances[place]));
        }""",
        [BigramExplorer._esm, rows, chances],
    )
    assert found == [draw(row, chance) for row, chance in zip(rows, chances, strict=True)]


def test_no_more_than_fifteen_bars_of_many_symbols(module_page: Page) -> None:
    row = np.random.default_rng(1).dirichlet(np.ones(97)).tolist()
    bars = module_page.evaluate(
        "async ([text, row]) => (await load(text)).barsOf(row, true)",
        [BigramExplorer._esm, row],
    )
    assert len(bars["shown"]) == 15
    assert bars["others"] == 97 - 15
    assert [index for index, _ in bars["shown"]] == sorted(np.argsort(row)[-15:].tolist())
    assert sum(chance for _, chance in bars["shown"]) + bars["sum"] == pytest.approx(1, abs=1e-12)
