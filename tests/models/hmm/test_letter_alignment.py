"""The aligner against a walk over every alignment, by hand, and EM's promise."""

import math
from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.hmm.letter_alignment import Aligner, alignable

WORD = st.text(alphabet="abx", min_size=1, max_size=4)
SOUNDS = st.lists(st.sampled_from(["A", "B"]), min_size=1, max_size=6).map(tuple)
EXAMPLES = st.lists(
    st.tuples(WORD, SOUNDS).filter(lambda pair: len(pair[1]) <= 2 * len(pair[0])),
    min_size=1,
    max_size=5,
)
TINY = [("at", ("AE", "T")), ("tax", ("T", "AE", "K", "S")), ("ate", ("EY", "T"))]


def alignments(word, sounds):
    """Every way to give each letter none, one or two of the sounds."""
    for sizes in product(range(3), repeat=len(word)):
        if sum(sizes) == len(sounds):
            ends = np.cumsum(sizes).tolist()
            starts = [0, *ends[:-1]]
            yield tuple(sounds[start:end] for start, end in zip(starts, ends, strict=True))


def probability(aligner, word, chunks):
    return math.prod(
        float(aligner.probabilities[aligner.letters.index(letter), aligner.chunks.index(chunk)])
        for letter, chunk in zip(word, chunks, strict=True)
    )


def random_aligner(seed):
    table = np.random.default_rng(seed).dirichlet(np.ones(7), size=3)
    return Aligner("abx", ["A", "B"], table)


@given(EXAMPLES, st.integers(1, 4))
def test_one_round_of_em_equals_counting_over_all_alignments(examples, iterations):
    before, _ = Aligner.fit(examples, iterations)
    after, log_likelihoods = Aligner.fit(examples, iterations + 1)
    counts, log_likelihood = Counter(), 0.0
    for word, sounds in examples:
        shares = {c: probability(before, word, c) for c in alignments(word, sounds)}
        log_likelihood += math.log(sum(shares.values()))
        for chunks, share in shares.items():
            for pair in zip(word, chunks, strict=True):
                counts[pair] += share / sum(shares.values())
    assert log_likelihoods[iterations] == pytest.approx(log_likelihood, rel=1e-9)
    for row, letter in enumerate(after.letters):
        expected = np.array([counts[letter, chunk] for chunk in after.chunks])
        assert after.probabilities[row] == pytest.approx(expected / expected.sum(), abs=1e-9)


@given(EXAMPLES)
def test_the_likelihood_never_falls(examples):
    _, log_likelihoods = Aligner.fit(examples, iterations=15)
    assert len(log_likelihoods) == 16
    assert np.diff(log_likelihoods).min() >= -1e-9


@given(EXAMPLES, st.integers(0, 1000))
def test_the_alignment_is_the_likeliest_of_all(examples, seed):
    aligner = random_aligner(seed)
    for (word, sounds), chunks in zip(examples, aligner.align(examples), strict=True):
        assert sum(chunks, ()) == sounds
        best = max(probability(aligner, word, other) for other in alignments(word, sounds))
        assert probability(aligner, word, chunks) == pytest.approx(best, rel=1e-9)


def test_a_tiny_dictionary_by_hand():
    aligner, _ = Aligner.fit(TINY, iterations=20)
    assert aligner.align(TINY) == [
        (("AE",), ("T",)),
        (("T",), ("AE",), ("K", "S")),
        (("EY",), ("T",), ()),
    ]


def test_the_first_two_rounds_by_hand():
    # "ab" says A: either a does or b. "a" says A leaves no doubt: 1.5 against 0.5 of silence.
    aligner, log_likelihoods = Aligner.fit([("ab", ("A",)), ("a", ("A",))], iterations=1)
    assert aligner.chunks == ((), ("A",), ("A", "A"))
    assert aligner.probabilities.tolist() == [[0.25, 0.75, 0], [0.5, 0.5, 0]]
    assert log_likelihoods[0] == pytest.approx(math.log(2 / 9 * 1 / 3))
    # now "a says A, b is silent" has 3/4 · 1/2, the other way 1/4 · 1/2: shares 3/4 and 1/4
    assert log_likelihoods[1] == pytest.approx(math.log((3 / 8 + 1 / 8) * 3 / 4))
    again, _ = Aligner.fit([("ab", ("A",)), ("a", ("A",))], iterations=2)
    assert again.probabilities == pytest.approx(np.array([[1 / 8, 7 / 8, 0], [3 / 4, 1 / 4, 0]]))


def test_between_equals_the_earlier_letter_speaks():
    aligner, _ = Aligner.fit([("tt", ("T",)), ("t", ("T",))], iterations=3)
    assert aligner.align([("tt", ("T",)), ("ttt", ("T",))]) == [(("T",), ()), (("T",), (), ())]


def test_long_words_neither_underflow_nor_lose_a_letter():
    word, sounds = "ab" * 400, ("A", "B") * 400
    short = [("a", ("A",)), ("b", ("B",))]
    aligner, log_likelihoods = Aligner.fit([(word, sounds), *short * 1000])
    assert np.isfinite(log_likelihoods).all()
    assert aligner.align([(word, sounds)]) == [tuple((sound,) for sound in sounds)]


def test_alignable_counts_two_phonemes_a_letter():
    assert alignable("x", ("K", "S"))
    assert not alignable("x", ("EH", "K", "S"))
    assert not alignable("x", ())


@pytest.mark.parametrize(
    ("examples", "message"),
    [
        ([], "examples is empty"),
        ([("w", ("D", "AH", "B"))], "can't be aligned"),
        ([("w", ())], "can't be aligned"),
        ([("", ("W",))], "can't be aligned"),
    ],
)
def test_what_cannot_be_aligned_is_refused(examples, message):
    with pytest.raises(ValueError, match=message):
        Aligner.fit(examples)


@pytest.mark.usefixtures("without_shape_checks")
def test_other_bad_input_is_refused():
    with pytest.raises(ValueError, match="can't be aligned"):
        Aligner.fit([("cat", "K AE T")])
    with pytest.raises(ValueError, match="iterations is 0"):
        Aligner.fit(TINY, iterations=0)
    with pytest.raises(ValueError, match=r"expected \(letters, chunks\) = \(1, 3\)"):
        Aligner("a", ["A"], np.array([[0.5, 0.5]]))
    with pytest.raises(ValueError, match=r"row 0 of probabilities sums to 1\.5, expected"):
        Aligner("a", ["A"], np.array([[0.5, 0.5, 0.5]]))


@pytest.mark.parametrize("example", [("c", ("T",)), ("a", ("ZH",))])
def test_what_is_not_in_the_table_is_refused(example):
    aligner, _ = Aligner.fit(TINY)
    with pytest.raises(ValueError, match="not in the aligner's table"):
        aligner.align([example])


def test_between_equals_the_earlier_letter_speaks_however_their_sums_are_rounded():
    """Which t has the T? Both ways cost the same three logarithms, added in another order."""
    rng, little = np.random.default_rng(0), 1e-3
    for _ in range(50):
        silent, aloud = rng.uniform(0.1, 0.8), little * rng.uniform(0.5, 1)
        a = [aloud, 1 - 6 * aloud, *[aloud] * 5]  # columns: silence, A, T, AA, AT, TA, TT
        t = [silent, little, 1 - silent - 5 * little, *[little] * 4]
        aligner = Aligner("at", ["A", "T"], np.array([a, t]))
        assert aligner.align([("att", ("A", "T"))]) == [(("A",), ("T",), ())]
