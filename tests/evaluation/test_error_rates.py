"""Edit distance and error rates against a brute-force recursion, NLTK, jiwer, by hand."""

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.metrics import edit_distance as nltk_edit_distance

from lmteach.evaluation.error_rates import edit_distance, phoneme_error_rate, word_error_rate

SHORT = st.lists(st.sampled_from(["K", "AE", "T"]), max_size=5).map(tuple)
WORDS = st.lists(
    st.tuples(SHORT, st.lists(SHORT.filter(len), min_size=1, max_size=3).map(tuple)),
    min_size=1,
    max_size=6,
)
LIVE, CATS = ("L", "AY", "V"), ("K", "AE", "T", "S")
REFERENCES = [(("L", "IH", "V"), ("L", "AY", "V")), (("K", "AE", "T"),)]


def recursion(a, b):
    """The definition itself: try all three edits at the first symbols."""
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return recursion(a[1:], b[1:])
    return 1 + min(recursion(a[1:], b), recursion(a, b[1:]), recursion(a[1:], b[1:]))


@given(SHORT, SHORT)
def test_edit_distance_equals_the_recursion(a, b):
    assert edit_distance(a, b) == recursion(a, b)


@given(st.text(alphabet="abc", max_size=30), st.text(alphabet="abc", max_size=30))
def test_edit_distance_equals_nltk(a, b):
    assert edit_distance(a, b) == nltk_edit_distance(a, b)


FILLED = SHORT.filter(len)


@given(st.lists(st.tuples(SHORT, FILLED), min_size=1, max_size=6))
def test_edit_distance_and_rates_equal_jiwer(pairs):
    """jiwer counts words in sentences: here each phoneme is a word, each word a sentence."""
    said, right = ([" ".join(side) for side in sides] for sides in zip(*pairs, strict=True))
    for (a, b), hypothesis, reference in zip(pairs, said, right, strict=True):
        found = jiwer.process_words(reference, hypothesis)
        assert edit_distance(a, b) == found.substitutions + found.deletions + found.insertions
    hypotheses, references = [a for a, _ in pairs], [(b,) for _, b in pairs]
    assert phoneme_error_rate(hypotheses, references) == pytest.approx(jiwer.wer(right, said))
    whole = [[sentence.replace(" ", "-") or "-" for sentence in side] for side in (right, said)]
    assert word_error_rate(hypotheses, references) == pytest.approx(jiwer.wer(*whole))


@pytest.mark.parametrize(
    ("a", "b", "edits"),
    [
        ("kitten", "sitting", 3),
        ("saturday", "sunday", 3),
        ("", "abc", 3),
        ("abc", "", 3),
        ("ab", "ba", 2),
        ([1, 2, 3], (1, 3), 1),
    ],
)
def test_edit_distance_by_hand(a, b, edits):
    assert edit_distance(a, b) == edits


@given(SHORT, SHORT, SHORT)
def test_edit_distance_is_a_metric(a, b, c):
    assert edit_distance(a, b) == edit_distance(b, a)
    assert (edit_distance(a, b) == 0) == (a == b)
    assert edit_distance(a, c) <= edit_distance(a, b) + edit_distance(b, c)


@given(SHORT, SHORT)
def test_edit_distance_lies_between_the_difference_and_the_greater_length(a, b):
    assert abs(len(a) - len(b)) <= edit_distance(a, b) <= max(len(a), len(b))


def test_rates_by_hand():
    assert phoneme_error_rate([LIVE, CATS], REFERENCES) == 1 / 6
    assert word_error_rate([LIVE, CATS], REFERENCES) == 1 / 2


def test_of_equally_close_references_the_first_gives_the_length():
    near = [("A", "B"), ("A", "C", "B")]  # one edit from A C each
    assert phoneme_error_rate([("A", "C")], [tuple(near)]) == 1 / 2
    assert phoneme_error_rate([("A", "C")], [tuple(reversed(near))]) == 1 / 3


def test_the_rate_is_of_totals_and_may_exceed_one():
    assert phoneme_error_rate([("A",), ("B",) * 9], [(("A",),), (("B",),)]) == 8 / 2


@given(WORDS)
def test_rates_equal_a_recount(words):
    hypotheses, references = zip(*words, strict=True)
    edits = length = wrong = 0
    for said, acceptable in words:
        distance, place = min((recursion(said, r), i) for i, r in enumerate(acceptable))
        edits, length, wrong = (
            edits + distance,
            length + len(acceptable[place]),
            wrong + bool(distance),
        )
    assert phoneme_error_rate(hypotheses, references) == edits / length
    assert word_error_rate(hypotheses, references) == wrong / len(words)


@given(WORDS)
def test_saying_any_acceptable_pronunciation_is_free(words):
    references = [acceptable for _, acceptable in words]
    assert phoneme_error_rate([acceptable[-1] for acceptable in references], references) == 0
    assert word_error_rate([list(acceptable[0]) for acceptable in references], references) == 0


@pytest.mark.parametrize("rate", [phoneme_error_rate, word_error_rate])
@pytest.mark.parametrize(
    ("hypotheses", "references", "message"),
    [
        ([LIVE], REFERENCES, "1 hypotheses and 2 references"),
        ([], [], "expected one tuple of right answers .* and at least one"),
        ([LIVE], [()], r"references\[0\] is \(\), expected a tuple"),
        ([LIVE, "K AE T"], REFERENCES, r"hypotheses\[1\] is 'K AE T'"),
        ([LIVE], [("L", "AY", "V")], "each reference stands in a tuple of its own"),
    ],
)
def test_bad_answers_are_refused(rate, hypotheses, references, message):
    with pytest.raises(ValueError, match=message):
        rate(hypotheses, references)


def test_a_pronunciation_without_phonemes_has_no_rate():
    with pytest.raises(ValueError, match="without phonemes"):
        phoneme_error_rate([LIVE], [((),)])


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize("bad", [3, {"K", "AE"}, None])
def test_what_is_no_sequence_is_refused(bad):
    with pytest.raises(ValueError, match="expected a sequence"):
        edit_distance(bad, LIVE)
