"""n-gram models against brute force, exact fractions, NLTK and by hand."""

import math
from collections import Counter
from fractions import Fraction
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.lm import MLE, KneserNeyInterpolated, Lidstone, Vocabulary
from nltk.lm.preprocessing import everygrams
from nltk.util import ngrams

from lmteach.models.ngram.counts import count_levels
from lmteach.models.ngram.model import NGramModel, add_k, count_bigrams, maximum_likelihood
from lmteach.models.ngram.smoothing import fit_weights

TOKENS = st.lists(st.integers(0, 4), min_size=2, max_size=60)
COUNTS = np.array([[0, 2], [1, 1]])


@given(TOKENS)
def test_bigram_counts_equal_a_recount(tokens):
    counts = count_bigrams(tokens, vocab_size=5)
    pairs = Counter(pairwise(tokens))
    assert {pair: counts[pair] for pair in zip(*np.nonzero(counts), strict=True)} == pairs
    assert counts.sum() == len(tokens) - 1


def test_bigram_counts_by_hand():
    assert count_bigrams([0, 1, 0, 1, 1], vocab_size=3).tolist() == [[0, 2, 0], [1, 1, 0], [0] * 3]


def test_smoothing_by_hand():
    assert maximum_likelihood(COUNTS).tolist() == [[0, 1], [0.5, 0.5]]
    assert add_k(COUNTS, 1.0).tolist() == [[0.25, 0.75], [0.5, 0.5]]
    assert add_k(COUNTS, 0.5)[0].tolist() == [0.5 / 3, 2.5 / 3]


@given(TOKENS, st.sampled_from([0.001, 0.5, 1.0, 7.0]))
def test_add_k_equals_exact_fractions(tokens, k):
    counts = count_bigrams(tokens, vocab_size=5)
    table = add_k(counts, k)
    for (a, b), probability in np.ndenumerate(table):
        exact = (Fraction(int(counts[a, b])) + Fraction(k)) / (
            int(counts[a].sum()) + 5 * Fraction(k)
        )
        assert probability == pytest.approx(float(exact), rel=1e-14)


@given(TOKENS, st.sampled_from([1, 2]), st.sampled_from([("mle", {}), ("add_k", {"k": 0.3})]))
def test_every_distribution_sums_to_one_seen_or_not(tokens, order, smoothing):
    name, parameters = smoothing
    model = NGramModel(order, name, vocab_size=6, **parameters).fit(tokens)
    for context in ([], *([token] for token in range(6))):
        probabilities = model.probabilities(context)
        assert probabilities.sum() == pytest.approx(1, abs=1e-12)
        assert probabilities.min() >= 0


def test_a_context_never_seen_backs_off_to_unigrams():
    model = NGramModel(2, "mle", vocab_size=3).fit([0, 0, 0, 1])
    assert model.probabilities([1]).tolist() == [0.75, 0.25, 0]
    assert model.probabilities([2]).tolist() == [0.75, 0.25, 0]


def test_only_the_last_token_of_the_context_counts():
    model = NGramModel(2, "mle").fit([0, 1, 0, 1, 1, 2])
    assert model.probabilities([2, 0, 1]).tolist() == model.probabilities([1]).tolist()
    unigram = NGramModel(1, "mle").fit([0, 1, 0, 1, 1, 2])
    assert unigram.probabilities([2]).tolist() == unigram.probabilities([]).tolist()


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("k", [0.0, 1.0, 0.25])
def test_equals_nltk(order, k):
    text = "abracadabra_alakazam"
    symbols = sorted(set(text))
    tokens = [symbols.index(letter) for letter in text]
    vocabulary = Vocabulary(text)
    theirs = Lidstone(k, order, vocabulary) if k else MLE(order, vocabulary)
    theirs.fit([ngrams(text, n) for n in range(1, order + 1)])
    # NLTK keeps one more entry, <UNK>
    ours = NGramModel(order, "add_k" if k else "mle", len(symbols) + 1, **({"k": k} if k else {}))
    ours.fit(tokens)
    for a in text[:-1]:
        for b in symbols:
            context = [a] if order == 2 else []
            score = theirs.score(b, context)
            probability = ours.probabilities([symbols.index(a)])[symbols.index(b)]
            assert probability == pytest.approx(score, rel=1e-12)


@pytest.mark.parametrize("discount", [0.25, 0.75])
def test_kneser_ney_equals_nltk(discount):
    text = "abracadabra"  # NLTK doesn't discount order 1: no difference if all letters are seen
    theirs = KneserNeyInterpolated(3, discount)
    theirs.fit([everygrams(text, max_len=3)], vocabulary_text=text)
    ours = NGramModel(3, discount=discount).fit(["abcdr".index(letter) for letter in text])
    for length in range(3):
        for context in product("abcdr", repeat=length):
            row = ours.probabilities(["abcdr".index(letter) for letter in context])
            expected = [theirs.score(letter, list(context)) for letter in "abcdr"]
            assert row == pytest.approx(expected, rel=1e-12)


@given(TOKENS)
def test_log_probability_is_the_mean_over_the_chain(tokens):
    model = NGramModel(2, "add_k", vocab_size=5).fit(tokens)
    steps = [model.probabilities(tokens[:place])[token] for place, token in enumerate(tokens)]
    assert model.log_probabilities(tokens) == pytest.approx(np.log(steps), rel=1e-12)
    assert model.log_probability(tokens) == pytest.approx(np.log(steps).mean(), rel=1e-12)


def test_what_is_held_impossible_has_log_probability_minus_infinity():
    model = NGramModel(2, "mle").fit([0, 1, 0])
    assert model.log_probability([0, 0]) == -math.inf


def test_samples_follow_the_probabilities():
    model = NGramModel(2, "add_k").fit([0, 1, 1, 2, 0, 1, 2, 2, 2, 0])
    drawn = model.sample(20_000, np.random.default_rng(1), context=[0])
    table = maximum_likelihood(count_bigrams(drawn, 3))
    expected = np.array([model.probabilities([token]) for token in range(3)])
    assert np.abs(table - expected).max() < 0.03  # five standard errors of about 0.006


def test_samples_are_the_same_for_the_same_seed_and_the_context_is_not_returned():
    model = NGramModel(2, "mle").fit([0, 1, 2, 0])
    drawn = [model.sample(4, np.random.default_rng(3), context=[0]).tolist() for _ in range(2)]
    assert drawn[0] == drawn[1] == [1, 2, 0, 1]


def test_the_vocabulary_may_be_larger_than_what_was_seen():
    assert NGramModel(2).fit([0, 3]).vocab_size == 4
    assert NGramModel(1, "add_k", vocab_size=9).fit([0, 3]).parameter_count == 9
    assert NGramModel(2, "add_k", vocab_size=9).fit([0, 3]).parameter_count == 81


def test_parameters_are_n_grams_and_contexts():
    # 3 tokens after nothing, and the empty context; 3 pairs, and 3 tokens that are contexts
    assert NGramModel(2).fit([0, 1, 2, 0]).parameter_count == 3 + 1 + 3 + 3


def test_higher_orders_by_hand():
    model = NGramModel(3, "mle").fit([0, 1, 2, 0, 1, 0])
    assert model.probabilities([0, 1]).tolist() == [0.5, 0, 0.5]
    assert model.probabilities([2, 1]).tolist() == [0.5, 0, 0.5]  # never seen: what follows 1
    assert model.probabilities([1, 2, 0, 1]).tolist() == [0.5, 0, 0.5]


def test_one_count_serves_many_models():
    tokens = np.random.default_rng(0).integers(0, 4, 200)
    levels = count_levels(tokens, 4, order=5)
    for order in (1, 3, 5):
        ours, alone = NGramModel(order).fit_counts(levels), NGramModel(order).fit(tokens)
        assert ours.log_probability(tokens) == alone.log_probability(tokens)


def test_what_was_held_out_for_the_weights_is_counted_in_at_the_end():
    """The last tenth, here the only 2, has a share of its own: 1 of 20, kept by the weight."""
    tokens = [0, 1] * 9 + [0, 2]
    model = NGramModel(1, "interpolated").fit(tokens)
    weight = model.weights[0]
    expected = [weight * share + (1 - weight) / 3 for share in (10 / 20, 9 / 20, 1 / 20)]
    assert model.probabilities() == pytest.approx(expected, rel=1e-12)


def test_interpolated_weights_may_come_from_other_tokens():
    rng = np.random.default_rng(1)
    tokens, held_out = rng.integers(0, 3, 300), rng.integers(0, 3, 80)
    model = NGramModel(3, "interpolated").fit(tokens, held_out)
    expected = fit_weights(count_levels(tokens, 3, 3), held_out)
    assert model.weights == pytest.approx(expected, abs=1e-12)
    inside = NGramModel(3, "interpolated").fit(tokens)
    expected = fit_weights(count_levels(tokens[:270], 3, 3), tokens[270:])
    assert inside.weights == pytest.approx(expected, abs=1e-12)


LEVELS = count_levels([0, 1, 0], vocab_size=2, order=2)
FITTED = NGramModel(2, vocab_size=3).fit([0, 1, 2, 0])


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (lambda: NGramModel(0), "order is 0, expected a whole number of at least 1"),
        (lambda: NGramModel(2.0), "order is 2.0, expected a whole number"),
        (lambda: NGramModel(2, discount=0.0), "discount is 0.0, expected .* above 0 and below 1"),
        (lambda: NGramModel(2, discount=1), "discount is 1, expected .* above 0 and below 1"),
        (lambda: NGramModel(2, discount=math.nan), "discount is nan, expected"),
        (lambda: NGramModel(2, "absolute_discounting", discount=-0.5), "discount is -0.5"),
        (lambda: NGramModel(2, "modified_kneser_ney", discount=0.5), "no parameter discount"),
        (lambda: NGramModel(3).fit([0, 1]), "tokens has 2 ids, expected at least 3"),
        (lambda: NGramModel(2, "interpolated").fit([0, 1]), "of which 1 are left for counting"),
        (
            lambda: NGramModel(2).fit([0, 1, 0], [1]),
            "held_out is given, but smoothing 'kneser_ney'",
        ),
        (lambda: NGramModel(2, "interpolated").fit([0, 1, 0], [2]), "contains the id 2"),
        (lambda: NGramModel(2, "interpolated").fit([0, 1, 0], []), "tokens has 0 ids"),
        (lambda: NGramModel(2).fit_counts(LEVELS[:1]), "got 1 levels, expected at least 2"),
        (
            lambda: NGramModel(2, vocab_size=3).fit_counts(LEVELS),
            "with the vocabulary of the model",
        ),
        (
            lambda: NGramModel(2, "interpolated").fit_counts(LEVELS),
            "held_out is missing, but smoothing 'interpolated'",
        ),
        (lambda: NGramModel(2, "laplace"), "smoothing is 'laplace', expected one of 'mle', 'ad"),
        (lambda: NGramModel(2, "mle", k=1.0), "'mle' has no parameter k; expected none"),
        (lambda: NGramModel(2, "add_k", n=1.0), "has no parameter n; expected k"),
        (lambda: NGramModel(2, "add_k", k=-1.0), "k is -1.0, expected a finite number"),
        (lambda: NGramModel(2, "add_k", k=math.nan), "k is nan, expected a finite number"),
        (lambda: NGramModel(2, vocab_size=0), "vocab_size is 0, expected a whole number"),
        (lambda: NGramModel(2).fit([]), "tokens has 0 ids, expected at least 2"),
        (lambda: NGramModel(2).fit([1]), "tokens has 1 ids, expected at least 2"),
        (lambda: NGramModel(2).fit("anna"), "tokens is the text 'anna', expected ids"),
        (lambda: NGramModel(2).fit([0.5, 1.0]), "type float64, expected one row of whole numbers"),
        (lambda: NGramModel(2).fit([[0, 1], [1, 0]]), r"shape \(2, 2\)"),
        (lambda: NGramModel(2).fit([-1, 0]), "contains the id -1, expected ids from 0 up"),
        (lambda: NGramModel(2, vocab_size=2).fit([0, 2]), "contains the id 2, but the vocabulary"),
        (lambda: count_bigrams([0, 1], 100_000), "expected at most 50,000,000"),
        (lambda: NGramModel(2).probabilities([0]), "not fitted, expected model.fit"),
        (lambda: NGramModel(2).sample(1, np.random.default_rng(0)), "not fitted"),
        (lambda: FITTED.probabilities([3]), "contains the id 3, but the vocabulary has 3"),
        (lambda: FITTED.probabilities("q"), "tokens is the text 'q'"),
        (lambda: FITTED.log_probability([0, 7]), "contains the id 7"),
        (lambda: FITTED.log_probability([]), "tokens has 0 ids, expected at least 1"),
        (lambda: FITTED.sample(0, np.random.default_rng(0)), "length is 0, expected a whole"),
        (lambda: FITTED.sample(1, np.random.default_rng(0), context=[5]), "contains the id 5"),
        (lambda: count_bigrams([0], 2), "tokens has 1 ids, expected at least 2"),
        (lambda: count_bigrams([0, 1], 0), "vocab_size is 0"),
        (lambda: count_bigrams([0, 5], 2), "contains the id 5"),
        (lambda: add_k(COUNTS - 1, 1.0), "contains -1, expected finite numbers"),
        (lambda: add_k(np.array([[np.nan, 1.0]]), 1.0), "contains nan, expected finite"),
        (lambda: add_k(np.array(3), 1.0), r"shape \(\)"),
        (lambda: add_k(np.array(["a"]), 1.0), "expected a row or a table of numbers"),
        (lambda: add_k(COUNTS, -0.5), "k is -0.5, expected a finite number of at least 0"),
        (lambda: maximum_likelihood(np.array([[1, 2], [0, 0]])), "row 1 of counts is all zeros"),
        (lambda: maximum_likelihood(np.zeros(4)), "all zeros"),
        (lambda: maximum_likelihood(-COUNTS), "expected finite numbers of at least 0"),
    ],
)
def test_bad_input_is_refused_with_what_came_and_what_was_expected(bad, message):
    with pytest.raises(ValueError, match=message):
        bad()
