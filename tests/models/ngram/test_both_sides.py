"""Between two sides, by Bayes: against the probabilities of whole texts, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.ngram.both_sides import between
from lmteach.models.ngram.model import SMOOTHINGS, NGramModel

TEXT = np.random.default_rng(0).integers(4, size=60)
SIDE = st.lists(st.integers(0, 3), max_size=5)
SMOOTH = [name for name in SMOOTHINGS if name != "mle"]


@given(SIDE, SIDE, st.integers(1, 4), st.sampled_from(SMOOTH))
def test_it_is_the_share_of_each_whole_text(
    left: list[int], right: list[int], order: int, smoothing: str
) -> None:
    model = NGramModel(order, smoothing, vocab_size=4).fit(TEXT)
    texts = [model.log_probabilities([*left, token, *right]).sum() for token in range(4)]
    chances = np.exp(texts) / np.exp(texts).sum()
    np.testing.assert_allclose(between(model, left, right), chances, rtol=1e-9)


@given(SIDE)
def test_with_nothing_on_the_right_it_is_the_model_itself(left: list[int]) -> None:
    model = NGramModel(3, "modified_kneser_ney", vocab_size=4).fit(TEXT)
    np.testing.assert_allclose(between(model, left, []), model.probabilities(left), rtol=1e-9)


def test_by_hand() -> None:
    """0 1 0 1 1, add one: P(0|0) = 1/4, P(1|0) = 3/4, P(0|1) = P(1|1) = 1/2."""
    model = NGramModel(2, "add_k", vocab_size=2, k=1.0).fit([0, 1, 0, 1, 1])
    weights = np.array([1 / 4 * 1 / 4, 3 / 4 * 1 / 2])  # 0 0 0 and 0 1 0
    np.testing.assert_allclose(between(model, [0], [0]), weights / weights.sum(), rtol=1e-12)


def test_what_can_not_be_is_said() -> None:
    model = NGramModel(2, "mle", vocab_size=3).fit([0, 1, 0, 1])
    with pytest.raises(ValueError, match="holds every token impossible"):
        between(model, [0], [2])
    with pytest.raises(ValueError, match="is not fitted"):
        between(NGramModel(2), [0], [1])
    with pytest.raises(ValueError, match="left contains the id 3"):
        between(model, [3], [])
