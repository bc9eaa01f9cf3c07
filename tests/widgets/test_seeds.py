"""Every widget that draws takes the same seeds, and refuses what is none in the same words."""

import re

import numpy as np
import pytest
import torch

from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.widgets.bigram_explorer.widget import BigramExplorer
from lmteach.widgets.next_token_panel.widget import NextTokenPanel
from lmteach.widgets.positions_view.widget import PositionsView
from lmteach.widgets.spectral_radius.widget import SpectralRadius

pytestmark = pytest.mark.usefixtures("without_shape_checks")

MAKERS = {
    "bigrams": lambda seed: BigramExplorer([[0, 1], [0.5, 0.5]], ["\n", "a"], seed=seed),
    "next tokens": lambda seed: NextTokenPanel(
        lambda ids: torch.zeros(2), CharTokenizer("ab"), "ab", seed=seed
    ),
    "positions": lambda seed: PositionsView(seed=seed),
    "radius": lambda seed: SpectralRadius(seed=seed),
}


@pytest.mark.parametrize("name", MAKERS)
def test_numpy_s_seeds_draw_as_python_s(name):
    one, other = (MAKERS[name](seed).get_state() for seed in (7, np.int64(7)))
    drawn = {"seed", "numbers", "_query", "_inputs"} & one.keys()
    assert drawn
    assert all(one[key] == other[key] for key in drawn)


@pytest.mark.parametrize("seed", [-1, True, "0", 0.5])
@pytest.mark.parametrize("name", MAKERS)
def test_what_is_no_seed_is_refused(name, seed):
    with pytest.raises(ValueError, match=re.escape(f"seed is {seed!r}, expected a whole number")):
        MAKERS[name](seed)


def test_a_seed_that_the_browser_would_round_is_refused():
    MAKERS["bigrams"](2**53 - 1)
    with pytest.raises(ValueError, match=f"seed is {2**53}, expected a whole number of at most"):
        MAKERS["bigrams"](2**53)
