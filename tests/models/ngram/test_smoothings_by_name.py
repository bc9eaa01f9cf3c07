"""Each smoothing by its name: distributions that sum to 1, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.ngram.counts import count_levels
from lmteach.models.ngram.model import SMOOTHINGS, NGramModel, check_model, smooth

V = 4
TOKENS = st.lists(st.integers(0, V - 1), min_size=8, max_size=80)
CONTEXTS = st.lists(st.integers(0, V), max_size=7)  # the id V is in no text


@given(TOKENS, st.integers(1, 6), st.sampled_from(list(SMOOTHINGS)), CONTEXTS)
def test_every_distribution_sums_to_one_seen_or_not(tokens, order, smoothing, context):
    model = NGramModel(order, smoothing, V + 1).fit(tokens)
    row = model.probabilities(context)
    assert row.sum() == pytest.approx(1, abs=1e-12)
    assert (row >= 0).all()
    if smoothing != "mle":
        assert (row > 0).all()


@given(TOKENS, st.sampled_from(list(SMOOTHINGS)))
def test_words_of_a_large_vocabulary_sum_to_one_too(tokens, smoothing):
    spread = [token * 1000 for token in tokens]
    model = NGramModel(3, smoothing, 5000).fit(spread)
    for context in ([], spread[:1], spread[3:5], [4999, 1]):
        assert model.probabilities(context).sum() == pytest.approx(1, abs=1e-11)


def test_with_continuations_the_lowest_order_asks_in_how_many_contexts():
    # san francisco three times: often, but after one word only
    the, san, francisco, sea = range(4)
    tokens = [san, francisco, the, sea, san, francisco, sea, the, san, francisco, the, san, sea]
    kneser_ney = NGramModel(2, "kneser_ney", 4, discount=0.5).fit(tokens)
    absolute = NGramModel(2, "absolute_discounting", 4, discount=0.5).fit(tokens)
    assert kneser_ney.probabilities()[francisco] < absolute.probabilities()[francisco]
    assert kneser_ney.probabilities()[sea] > kneser_ney.probabilities()[francisco]


def test_a_given_discount_is_used_and_otherwise_estimated():
    levels = count_levels([0, 1, 0, 1, 1, 0, 0], 2, 2)
    given_one = smooth(levels, "absolute_discounting", {"discount": 0.25})
    assert given_one[1].shares.tolist() == [0.75 / 3, 1.75 / 3, 1.75 / 3, 0.75 / 3]
    # two pairs once, two twice: 2 / (2 + 2 · 2)
    estimated = smooth(levels, "absolute_discounting", {"discount": None})
    assert estimated[1].shares * 3 == pytest.approx([2 / 3, 5 / 3, 5 / 3, 2 / 3])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, "mle", None, {}), "order is 0"),
        ((-1, "mle", None, {}), "order is -1"),
        ((True, "mle", None, {}), "order is True"),
        ((2, "good_turing", None, {}), "expected one of 'mle', 'add_k', 'interpolated'"),
        ((2, "kneser_ney", None, {"k": 1.0}), "no parameter k; expected discount"),
        ((2, "kneser_ney", None, {"discount": 1.0}), "discount is 1.0"),
        ((2, "add_k", None, {"k": np.inf}), "k is inf"),
        ((2, "mle", -3, {}), "vocab_size is -3"),
    ],
)
def test_bad_models_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        check_model(*arguments)


def test_interpolation_without_weights_is_refused():
    with pytest.raises(ValueError, match="weights is None, expected those of fit_weights"):
        smooth(count_levels([0, 1, 1], 2, 2), "interpolated", {})
