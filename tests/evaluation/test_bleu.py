"""BLEU against sacreBLEU and NLTK, and by hand."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.translate.bleu_score import brevity_penalty as nltk_brevity_penalty
from nltk.translate.bleu_score import modified_precision
from sacrebleu import corpus_bleu
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from lmteach.evaluation.bleu import bleu, bleu_words, brevity_penalty, clipped_matches
from tests.evaluation.pairs import random_pairs

WORDS = st.lists(st.sampled_from("the cat sat mat".split()), max_size=9).map(tuple)
DATES = st.text(alphabet="012年月", max_size=9)  # few symbols, so that n-grams are often right


def corpora(translations):
    """Hypotheses, each with the same number of references."""
    rows = st.integers(1, 3).flatmap(
        lambda count: st.lists(
            st.tuples(translations, st.tuples(*[translations] * count)), min_size=1, max_size=5
        )
    )
    return rows.map(lambda found: tuple(zip(*found, strict=True)))


def sacrebleu(hypotheses, references, tokenize, smooth_method="exp"):
    found = corpus_bleu(
        hypotheses,
        [list(column) for column in zip(*references, strict=True)],
        tokenize=tokenize,
        smooth_method=smooth_method,
        force=True,
    )
    return found.score / 100


@given(corpora(WORDS), st.booleans())
def test_equals_sacrebleu_on_words(corpus, smoothing):
    hypotheses, references = corpus
    joined = [" ".join(words) for words in hypotheses]
    right = [[" ".join(words) for words in acceptable] for acceptable in references]
    expected = sacrebleu(joined, right, "none", "exp" if smoothing else "none")
    assert bleu(hypotheses, references, smoothing=smoothing) == pytest.approx(expected, rel=1e-12)


@given(corpora(DATES), st.booleans())
def test_equals_sacrebleu_on_characters(corpus, smoothing):
    hypotheses, references = corpus
    expected = sacrebleu(hypotheses, references, "char", "exp" if smoothing else "none")
    assert bleu(hypotheses, references, smoothing=smoothing) == pytest.approx(expected, rel=1e-12)


def test_equals_sacrebleu_as_it_comes_on_a_thousand_pairs():
    """Each pair alone and all together, with its own words."""
    pairs, theirs, some = random_pairs(), Tokenizer13a(), 0
    for said, right in pairs:
        assert bleu_words(said) == theirs(said).split()
        # sacreBLEU leaves out a text's last line break before it cuts
        found = bleu([bleu_words(said.rstrip())], [(bleu_words(right.rstrip()),)])
        assert found == pytest.approx(sacrebleu([said], [(right,)], "13a"), abs=1e-9)
        some += 0 < found < 0.99
    assert some > 200
    said, right = zip(*pairs, strict=True)
    words = [bleu_words(one.rstrip()) for one in said]
    found = bleu(words, [(bleu_words(one.rstrip()),) for one in right])
    assert found == pytest.approx(sacrebleu(said, [(one,) for one in right], "13a"), abs=1e-9)


def test_words_by_hand():
    assert bleu_words("1,000 is-not 3-4, A.B. (x)") == [
        *("1,000", "is-not", "3", "-", "4", ",", "A", ".", "B", ".", "(", "x", ")")
    ]
    assert bleu_words("“猫”！") == ["“猫”！"]
    assert bleu_words("") == bleu_words(" \n") == []


@given(WORDS, st.lists(WORDS, min_size=1, max_size=3), st.integers(1, 4))
def test_matches_equal_nltk(hypothesis, acceptable, n):
    matches, total = clipped_matches(hypothesis, acceptable, n)
    share = modified_precision(acceptable, hypothesis, n)  # not reduced; over 1 where there is none
    assert (matches, max(total, 1)) == (share.numerator, share.denominator)
    assert total == max(0, len(hypothesis) - n + 1)


@given(st.integers(0, 50), st.integers(1, 50))
def test_brevity_penalty_equals_nltk(said, right):
    assert brevity_penalty(said, right) == pytest.approx(nltk_brevity_penalty(right, said))


def test_by_hand():
    whole = 4 / 5 * 3 / 4 * 2 / 3 * 1 / 2  # a fifth, since each cancels the next
    assert bleu(["abcde"], [("abcdf",)]) == pytest.approx(whole ** (1 / 4), rel=1e-12)
    assert bleu(["abcd"], [("abcdef",)]) == pytest.approx(math.exp(-1 / 2), rel=1e-12)
    assert bleu(["abcde"], [("abcdf",)], order=2) == pytest.approx((3 / 5) ** 0.5, rel=1e-12)
    # two orders without a match get a half and a quarter: 4/4, 1/3, ½/2, ¼/1
    assert bleu(["abdc"], [("abcd",)]) == pytest.approx((1 / 3 / 4 / 4) ** (1 / 4), rel=1e-12)
    assert bleu(["abdc"], [("abcd",)], smoothing=False) == 0


def test_the_closest_reference_gives_the_length_and_of_two_the_shorter():
    near, far = ("abc", "abcdefgh")
    assert bleu(["abcde"], [(near, far)]) == bleu(["abcde"], [(far, near)]) == 1
    assert bleu(["abcde"], [("abcd_xyz", far)]) == pytest.approx(math.exp(1 - 8 / 5))
    assert bleu(["abcde"], [("abcdef", "abcd")]) > bleu(["abcde"], [("abcdef",)])


def test_it_is_of_totals_and_no_mean():
    hypotheses, references = ["abcdefgh", "zzzz"], [("abcdefgh",), ("abcd",)]
    alone = [bleu([h], [r]) for h, r in zip(hypotheses, references, strict=True)]
    assert alone == [1, 0]
    shares = (8 / 12) * (7 / 10) * (6 / 8) * (5 / 6)
    assert bleu(hypotheses, references) == pytest.approx(shares ** (1 / 4), rel=1e-12)


@given(corpora(DATES))
def test_between_0_and_1_and_deaf_to_order_and_repetition(corpus):
    hypotheses, references = corpus
    found = bleu(hypotheses, references, smoothing=False)
    assert 0 <= found <= 1
    assert bleu(hypotheses[::-1], references[::-1], smoothing=False) == pytest.approx(found)
    assert bleu(2 * hypotheses, 2 * references, smoothing=False) == pytest.approx(found)
    turned = [acceptable[::-1] for acceptable in references]
    assert bleu(hypotheses, turned, smoothing=False) == pytest.approx(found)


@given(st.lists(DATES.filter(lambda text: len(text) >= 4), min_size=1))
def test_what_is_right_gets_1(texts):
    assert bleu(texts, [("0", text) for text in texts]) == 1


@pytest.mark.parametrize(
    ("hypotheses", "references", "order", "message"),
    [
        (["ab"], [], 4, "1 hypotheses and 0 references"),
        ([], [], 4, "at least one"),
        (["ab"], ["ab"], 4, r"references\[0\] is 'ab', expected a tuple"),
        (["ab"], [()], 4, r"references\[0\] is \(\)"),
        (["ab"], [(("a", "b"),)], 4, "both as texts"),
        ([("a", "b")], [("a", "b")], 4, "both as sequences of words"),
        (["ab"], [("ab",)], 0, "order is 0"),
    ],
)
def test_bad_input(hypotheses, references, order, message):
    with pytest.raises(ValueError, match=message):
        bleu(hypotheses, references, order)
