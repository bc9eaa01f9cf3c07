"""The player of Baum–Welch: what the browser is given, the picture, and what is refused."""

import html
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.widgets.emission_player.widget import EmissionPlayer

TABLES = np.random.default_rng(0).dirichlet(np.ones(4), size=(5, 2))
CLIMB = [-3.0, -2.5, -2.25, -2.125, -2.0625]
GOOD: dict[str, Any] = {"emissions": TABLES, "log_likelihoods": CLIMB, "symbols": ' <$"'}


def test_the_browser_gets_the_tables_as_they_are() -> None:
    player = EmissionPlayer(**GOOD)
    assert np.array_equal(np.frombuffer(player._emissions, "<f8").reshape(5, 2, 4), TABLES)
    assert player.log_likelihoods == CLIMB
    assert player.states == ["state 0", "state 1"]
    assert player.iteration == 0


def test_favourites_by_hand() -> None:
    tables = [[[0.1, 0.6, 0.3], [0.4, 0.2, 0.4]]]
    player = EmissionPlayer(tables, [-1.0], "abc", states=["V", "C"])
    assert player.favourites(0) == {"V": ["b", "c", "a"], "C": ["a", "c", "b"]}
    assert player.favourites(-1, count=1) == {"V": ["b"], "C": ["a"]}


def test_picture_shows_first_middle_and_last_on_one_scale() -> None:
    figure = EmissionPlayer(**GOOD).picture()
    maps = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title(loc="left") for axes in maps] == [f"Iteration {i}" for i in (0, 2, 4)]
    for axes, place in zip(maps, (0, 2, 4), strict=True):
        assert axes.images[0].get_array().tolist() == TABLES[place].tolist()
        assert axes.images[0].get_clim() == (0, TABLES.max())
        assert [tick.get_text() for tick in axes.get_xticklabels()] == ["␣", "<", "$", '"']
    curve = next(axes for axes in figure.axes if axes.get_ylabel() == "log-likelihood")
    line, marks = curve.lines
    assert list(line.get_ydata()) == CLIMB
    assert list(marks.get_xdata()) == [0, 2, 4]
    plt.close(figure)


@pytest.mark.parametrize(("iterations", "maps"), [(1, 1), (2, 2)])
def test_picture_of_a_short_film(iterations: int, maps: int) -> None:
    player = EmissionPlayer(TABLES[:iterations], CLIMB[:iterations], "abcd")
    figure = player.picture()
    assert sum(bool(axes.images) for axes in figure.axes) == maps
    plt.close(figure)


def test_words_say_what_the_picture_shows() -> None:
    player = EmissionPlayer(**GOOD)
    top = {"state 0": player.favourites(-1)["state 0"][0]}
    name = {" ": "space"}.get(top["state 0"], top["state 0"])
    assert f"at the end: state 0 {name}" in player.alt
    for words in ("2 states", "4 symbols", "iteration 0, 2, 4", "from -3.0000 to -2.0625"):
        assert words in player.alt
    data, _ = player._repr_mimebundle_()
    assert f'alt="{html.escape(player.alt)}"' in data["text/html"]
    assert data["text/html"].count("<") == 1


def test_the_film_knows_who_asked_for_less_motion() -> None:
    assert "prefers-reduced-motion" in EmissionPlayer(**GOOD).get_state()["_esm"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emissions": TABLES[0]}, r"emissions has shape \(2, 4\), expected \(iterations, states"),
        ({"emissions": np.zeros((0, 2, 4))}, r"emissions has shape \(0, 2, 4\)"),
        ({"emissions": TABLES / 2}, r"row 0 of emissions\[0\] sums to 0.5"),
        ({"emissions": -TABLES}, r"emissions\[0\] contains -"),
        ({"emissions": np.full((5, 2, 4), np.nan)}, r"emissions\[0\] contains nan"),
        ({"symbols": "abc"}, r"emissions\[0\] has shape \(2, 4\)"),
        ({"symbols": "abca"}, "symbols contains 'a' twice"),
        ({"symbols": [str(i) for i in range(41)]}, "41 symbols, expected at most 40"),
        ({"states": ["one", "two", "three"]}, r"emissions\[0\] has shape \(2, 4\)"),
        ({"emissions": np.ones((5, 9, 4)) / 4}, "9 states, expected at most 8: .* readable"),
        ({"emissions": np.ones((5, 1, 4)) / 4}, "1 states, expected at least 2"),
        ({"log_likelihoods": CLIMB[:4]}, r"log_likelihoods has shape \(4,\), expected \(5,\)"),
        ({"log_likelihoods": [*CLIMB[:4], np.nan]}, "log_likelihoods contains nan"),
        ({"log_likelihoods": [-np.inf, *CLIMB[1:]]}, "log_likelihoods contains -inf"),
    ],
)
def test_bad_films(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EmissionPlayer(**{**GOOD, **changes})


@pytest.mark.parametrize("iteration", [-1, 5])
def test_an_iteration_that_is_not_there(iteration: int) -> None:
    with pytest.raises(ValueError, match=f"iteration is {iteration}, expected 0 to 4"):
        EmissionPlayer(**GOOD).iteration = iteration
