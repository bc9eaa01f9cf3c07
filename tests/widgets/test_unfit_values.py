"""What widgets and their helpers can't use, and what callbacks return, is refused by name."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from lmteach.widgets.attention_ledger.widget import AttentionLedger
from lmteach.widgets.bigram_explorer.widget import BigramExplorer, grow, step_probabilities
from lmteach.widgets.emission_player.widget import EmissionPlayer
from lmteach.widgets.guessing_game.recorded_game import SHANNON_1951, draw_recorded, wrapped
from lmteach.widgets.ngram_panel.widget import NGramPanel
from lmteach.widgets.positions_view.widget import PositionsView
from lmteach.widgets.sentence_attention.widget import SentenceAttention
from lmteach.widgets.shared.attention import as_array, attention_weights
from lmteach.widgets.shared.base import module
from lmteach.widgets.shared.random_numbers import draw, uniform
from lmteach.widgets.spectral_radius.widget import SpectralRadius, growth_by_lag
from lmteach.widgets.training_panel.widget import TrainingPanel
from lmteach.widgets.translation_view.widget import TranslationView
from lmteach.widgets.trellis.widget import edited_row, viterbi_table

NAN, INF = float("nan"), float("inf")
HALVES, ONE = np.full((2, 2), 0.5), np.eye(2)
TWO = [HALVES.tolist()] * 2


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda: as_array({"a": 1}), r"got {'a': 1}, expected numbers"),
        (lambda: as_array([None]), r"got \[None\], expected numbers"),
        (lambda: as_array([[1, 2], [3]]), "expected numbers: .* rows of one length"),
        (lambda: AttentionLedger(ONE, ONE, NAN * ONE, ONE, "ab"), "weights of K contains nan"),
        (lambda: AttentionLedger(INF + ONE, ONE, ONE, ONE, "ab"), "x contains inf"),
        (lambda: attention_weights(ONE, ONE == 1, temperature=0.0), "temperature is 0.0"),
        (lambda: attention_weights(NAN * ONE, ONE == 1), "scores contains NaN"),
        (lambda: grow(HALVES, start=2, end=0), "start contains the id 2"),
        (lambda: grow(HALVES, start=0, end=-1), "end contains the id -1"),
        (lambda: grow(2 * HALVES, start=0, end=0), "row 0 of probabilities sums to 2"),
        (lambda: grow(HALVES, start=0, end=0, draws=-1), "draws is -1"),
        (lambda: step_probabilities(HALVES, [0, -1]), "path contains the id -1"),
        (lambda: step_probabilities(HALVES, []), "path has 0 ids"),
        (lambda: BigramExplorer(HALVES, "ab", "a", "b", seed=-1), "seed is -1"),
        (lambda: EmissionPlayer(TWO, [-2, -1], "xy", states=[]), "there are 0 states"),
        (lambda: EmissionPlayer(TWO, [-2, -1], "xy").favourites(2), "iteration is 2, expected -2"),
        (lambda: EmissionPlayer(TWO, [-2, -1], "xy").favourites(0, 0), "count is 0"),
        (lambda: wrapped("to be", width=0), "width is 0"),
        (lambda: draw_recorded(SHANNON_1951, width=-1), "width is -1"),
        (lambda: NGramPanel([[1.0]], [[1.0]], [[["a"]]], [0], [0.5]), "the first order is 0"),
        (lambda: NGramPanel([[1.0]], [[1.0]], [[["a"]]], [1], [-0.5]), "first discount is -0.5"),
        (lambda: PositionsView(seed=-1), "seed is -1"),
        (lambda: SpectralRadius(seed=-1), "seed is -1"),
        (lambda: growth_by_lag(NAN * ONE, ONE, 1.0, False), "matrix contains nan"),
        (lambda: growth_by_lag(ONE, ONE[:0], 1.0, False), "inputs has shape"),
        (lambda: growth_by_lag(ONE, ONE, -1.0, False), "radius is -1.0"),
        (lambda: SentenceAttention(lambda _: None, "so"), "look returned None for 'so'"),  # type: ignore[arg-type,return-value]
        (lambda: SentenceAttention(lambda _: ("so", ONE), "so"), "look returned the tokens 'so'"),
        (lambda: TranslationView(lambda _: None, "so"), "watch returned None for 'so'"),  # type: ignore[arg-type,return-value]
        (lambda: module("abc"), "widget is 'abc', expected the file of a widget"),
        (lambda: module("a/widget.py", render=""), "render is '', expected the name of a function"),
        (lambda: uniform(0, -1), "index is -1"),
        (lambda: draw([0.5, -0.5], 0.1), "weights contains -0.5"),
        (lambda: draw([1.0], 1.0), "chance is 1.0"),
        (lambda: TrainingPanel(3).on_step(1, NAN), "step 1 has the loss nan"),
        (lambda: TrainingPanel(3).on_step(-1, 1.0), "step is -1"),
        (lambda: edited_row([0.5, 0.5], 2, 0.5, [0.5, 0.5]), "place is 2, expected 0 to 1"),
        (lambda: edited_row([0.5, 0.5], 0, 0.5, [0.5]), r"original has shape \(1,\)"),
        (lambda: viterbi_table(HALVES[0], HALVES, HALVES[:0]), "seen has shape"),
        (lambda: viterbi_table(HALVES[0], 2 * HALVES, HALVES), "row 0 of transition sums to 2"),
    ],
)
def test_what_is_refused(use: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        use()
