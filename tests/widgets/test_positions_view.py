"""The view of positions: what Python can read, the picture, and what the sliders don't have."""

import html

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from traitlets import TraitError

from lmteach.models.transformer.positions import frequencies, rotary, sinusoidal
from lmteach.widgets.positions_view import PositionsView


def test_table_and_products_are_those_of_the_models() -> None:
    view = PositionsView(base=100.0, dim=6, length=20)
    np.testing.assert_array_equal(view.table, sinusoidal(20, 6, 100.0))
    expected = [(k * frequencies(6, 100.0)).cos().sum().item() for k in range(20)]
    assert view.products() == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("shift", [0, 1, 100])
def test_the_score_is_that_of_the_models_and_stays_when_both_move(shift: int) -> None:
    view = PositionsView(dim=8, seed=3, query_at=9 + shift, key_at=2 + shift)
    query, key = (
        torch.tensor([part[:8]], dtype=torch.float64) for part in (view._query, view._key)
    )
    at_query, at_key = rotary(query, torch.tensor([9])), rotary(key, torch.tensor([2]))
    assert view.score == pytest.approx((at_query @ at_key.T).item(), abs=1e-12)


def test_the_same_seed_draws_the_same_query() -> None:
    first, again = PositionsView(seed=5), PositionsView(seed=5)
    assert (first._query, first._key) == (again._query, again._key)
    assert PositionsView(seed=5)._query != PositionsView(seed=6)._query


def test_picture_and_words_show_the_same() -> None:
    view = PositionsView(dim=16, length=32)
    figure = view.picture()
    table, curve = figure.axes[:2]
    np.testing.assert_array_equal(table.images[0].get_array(), view.table)
    assert curve.lines[0].get_ydata() == pytest.approx(view.products())
    assert curve.lines[1].get_ydata()[7] == pytest.approx(view.scores(7))
    plt.close(figure)
    assert "0 to 31 as a heat map of 16 columns with base 10000" in view.alt
    assert f"{view.products()[0]:.1f} at distance 0" in view.alt
    data, _ = view._repr_mimebundle_()
    assert f'alt="{html.escape(view.alt)}"' in data["text/html"]


def test_the_script_comes_whole() -> None:
    state = PositionsView().get_state()
    assert state["_esm"].count("export default { render };") == 1


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("dim", 7, "dim is 7, expected an even number from 4 to 64"),
        ("dim", 66, "dim is 66"),
        ("base", 1.0, r"base is 1.0, expected 10 to 1e\+06"),
        ("length", 300, "length is 300, expected 16 to 256"),
        ("position", -1, "position is -1, expected 0 to 255"),
        ("query_at", 256, "query_at is 256"),
    ],
)
def test_values_off_the_sliders(name: str, value: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        setattr(PositionsView(), name, value)


def test_a_view_that_is_not_there() -> None:
    with pytest.raises(TraitError, match="sinusoids"):
        PositionsView(view="learned")
