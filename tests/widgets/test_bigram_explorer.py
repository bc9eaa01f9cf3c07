"""The explorer's table, its bars and the name it would grow."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.widgets.bigram_explorer.widget import (
    LONGEST,
    BigramExplorer,
    grow,
    step_probabilities,
)

TABLE = np.array([[0.0, 0.75, 0.25], [0.5, 0.25, 0.25], [1.0, 0.0, 0.0]])


def test_followers_sorted_by_hand() -> None:
    explorer = BigramExplorer(TABLE, "\nab")
    assert explorer.followers("\n") == [("a", 0.75), ("b", 0.25), ("⏎", 0.0)]
    assert explorer.followers("a") == [("⏎", 0.5), ("a", 0.25), ("b", 0.25)]


def test_many_symbols_are_summed_after_fifteen() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(97), size=97)
    shown = BigramExplorer(rows, ["\n", *map(chr, range(32, 128))]).followers("e")
    assert len(shown) == 16
    assert shown[-1][0] == "rest"
    assert sum(chance for _, chance in shown) == pytest.approx(1, abs=1e-12)


def test_the_browser_gets_the_rows_as_they_are() -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(3), size=3)
    explorer = BigramExplorer(rows, "\nab")
    assert np.array_equal(np.frombuffer(explorer._table, "<f8").reshape(3, 3), rows)
    assert explorer.path == [explorer.start] == [0]


def test_picture_shows_the_followers_and_the_running_bits() -> None:
    explorer = BigramExplorer(TABLE, "\nab", seed=0)
    figure = explorer.picture()
    above, below = figure.axes
    path = explorer.example()
    after = explorer.symbols[path[1]]
    heights = [bar.get_height() for bar in above.patches]
    assert heights == [chance for _, chance in explorer.followers(after)]
    odds = [TABLE[a, b] for a, b in pairwise(path)]
    totals = [bar.get_height() for bar in below.patches]
    assert np.allclose(totals, np.cumsum(-np.log2(odds)), rtol=0, atol=1e-12)
    assert [text.get_text() for text in below.texts] == [f"{100 * p:.0f} %" for p in odds]
    plt.close(figure)


def test_picture_and_words_when_no_name_ever_ends() -> None:
    explorer = BigramExplorer([[0.5, 0.5], [0.5, 0.5]], "ab", start="a", end=None)
    assert len(explorer.example()) == 17
    plt.close(explorer.picture())
    assert "Together they cost 16.0 bits" in explorer.alt


@pytest.mark.parametrize(
    ("table", "symbols", "message"),
    [
        (TABLE[:2], "\nab", r"shape \(2, 3\) and there are 3 symbols"),
        (TABLE, "\na", "there are 2 symbols"),
        (TABLE, ["\n", "a", "a"], "contains 'a' twice"),
        (TABLE / 2, "\nab", r"row of '\\n' sums to 0.5"),
        (TABLE.T, "\nab", "sums to 1.5"),
        (TABLE - [[0, 0, 0], [0, 0.5, -0.5], [0, 0, 0]], "\nab", "row of 'a' contains -0.25"),
        (np.where(TABLE == 0.75, np.nan, TABLE), "\nab", "contains nan"),
        (TABLE, "xab", r"start is '\\n', which is not one of the 3 symbols"),
        (np.zeros((0, 0)), "", "there are 0 symbols"),
    ],
)
def test_bad_tables(table: np.ndarray, symbols: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BigramExplorer(table, symbols)


def test_unknown_symbols() -> None:
    with pytest.raises(ValueError, match="end is '!'"):
        BigramExplorer(TABLE, "\nab", end="!")
    with pytest.raises(ValueError, match="symbol is 'z'"):
        BigramExplorer(TABLE, "\nab").followers("z")


@pytest.mark.parametrize("seed", range(20))
def test_names_end_where_they_should(seed: int) -> None:
    rows = np.random.default_rng(0).dirichlet(np.ones(4), size=4)
    path = grow(rows, start=0, end=0, seed=seed)
    assert path[0] == path[-1] == 0
    assert 0 not in path[1:-1]
    assert step_probabilities(rows, path) == [rows[a, b] for a, b in pairwise(path)]


def test_a_name_without_an_end_is_cut() -> None:
    assert len(grow(np.eye(2), start=1, end=0)) == LONGEST + 1
