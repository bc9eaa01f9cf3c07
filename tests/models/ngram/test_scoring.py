"""Scores of a whole text at once against the distributions, one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.ngram.model import SMOOTHINGS, NGramModel, distribution, token_probabilities
from lmteach.models.ngram.smoothing import Smoothed

TOKENS = st.lists(st.integers(0, 3), min_size=6, max_size=50)
OTHER = st.lists(st.integers(0, 4), min_size=1, max_size=30)


@given(TOKENS, OTHER, st.integers(1, 5), st.sampled_from(list(SMOOTHINGS)))
def test_all_at_once_equals_one_by_one(tokens, other, order, smoothing):
    model = NGramModel(order, smoothing, vocab_size=5).fit(tokens)
    chances = token_probabilities(model.levels, 5, np.array(other))
    steps = [model.probabilities(other[:place])[token] for place, token in enumerate(other)]
    assert chances == pytest.approx(steps, rel=1e-12, abs=1e-15)


def test_by_hand():
    # half to token 0 whatever comes; after 0, a quarter to token 1, the rest passed down
    one = Smoothed(np.array([0]), np.array([0.5]), np.array([0.5]))
    two = Smoothed(np.array([1]), np.array([0.25]), np.array([0.75]))
    row = distribution([one, two], 2, np.array([0]))
    assert row.tolist() == [0.75 * 0.75, 0.25 + 0.75 * 0.25]
    assert distribution([one, two], 2, np.array([1])).tolist() == [0.75, 0.25]
    scored = token_probabilities([one, two], 2, np.array([0, 1, 1]))
    assert scored.tolist() == [0.75, 0.25 + 0.75 * 0.25, 0.25]
