"""ROUGE against the package rouge-score, by brute force, and by hand."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from lmteach.evaluation.rouge import (
    Overlap,
    longest_in_common,
    overlap,
    rouge_l,
    rouge_n,
    rouge_words,
)
from tests.evaluation.pairs import random_pairs

TEXTS = st.text(alphabet="ab 猫.", max_size=9)
KINDS = ("rouge1", "rouge2", "rouge3", "rougeL")


def test_they_have_what_is_to_be_met() -> None:
    pairs = random_pairs()
    assert any(not a and b for a, b in pairs)
    assert any(a and not b for a, b in pairs)
    assert any(not a and not b for a, b in pairs)
    assert any(a == b != "" for a, b in pairs)
    assert sum("猫" in a for a, _ in pairs) > 100


def test_equals_the_standard_tool_on_a_thousand_pairs() -> None:
    scorer = RougeScorer(KINDS)
    some = 0
    for candidate, reference in random_pairs():
        theirs = scorer.score(target=reference, prediction=candidate)
        ours = [rouge_n(candidate, reference, n) for n in (1, 2, 3)]
        ours.append(rouge_l(candidate, reference))
        for kind, own in zip(KINDS, ours, strict=True):
            assert own == pytest.approx(tuple(theirs[kind]), abs=1e-9)
        some += 0 < ours[1].f1 < 1
    assert some > 200  # most of them are neither nothing nor all


def test_by_hand() -> None:
    """Lin's own example: S2 is in order, S3 is not, and both have the same words."""
    reference = "police killed the gunman"
    assert rouge_l("police kill the gunman", reference) == Overlap(0.75, 0.75, 0.75)
    assert rouge_l("the gunman kill police", reference) == Overlap(0.5, 0.5, 0.5)
    assert rouge_n("the gunman kill police", reference, 1) == Overlap(0.75, 0.75, 0.75)
    assert rouge_n("the the the", "the cat", 1) == pytest.approx((1 / 3, 1 / 2, 2 / 5))
    assert rouge_n("", "the cat", 1) == rouge_n("the cat", "", 1) == Overlap(0, 0, 0)
    assert rouge_n("cat", "cat", 2) == Overlap(0, 0, 0)  # one word has no pair


def test_characters_on_request() -> None:
    assert rouge_n("我喜欢猫", "我喜欢狗", 1).f1 == 0
    assert rouge_n("我喜欢猫", "我喜欢狗", 1, list).f1 == 0.75
    assert rouge_l("我喜欢猫", "猫喜欢我", list).f1 == 0.5


def in_order(row: str) -> set[str]:
    return {"".join(some) for k in range(len(row) + 1) for some in combinations(row, k)}


@given(st.text("abc", max_size=7), st.text("abc", max_size=7))
def test_longest_in_common_equals_trying_all(a: str, b: str) -> None:
    assert longest_in_common(a, b) == max(map(len, in_order(a) & in_order(b)))


@given(TEXTS, TEXTS, st.integers(1, 3))
def test_turned_around_precision_is_recall(a: str, b: str, n: int) -> None:
    for score in (lambda x, y: rouge_n(x, y, n), rouge_l):
        one, other = score(a, b), score(b, a)
        assert (one.precision, one.recall) == (other.recall, other.precision)
        assert min(one[:2]) - 1e-12 <= one.f1 <= max(one[:2]) + 1e-12
    assert rouge_l(a, b).f1 <= rouge_n(a, b, 1).f1 + 1e-12
    assert rouge_l(a, a).f1 == float(bool(rouge_words(a)))


def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="candidate is None, expected a text"):
        rouge_n(None, "a", 1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n is 0"):
        rouge_n("a", "a", 0)
    with pytest.raises(ValueError, match=r"reference is \['a'\], expected a text"):
        rouge_l("a", ["a"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"cut\('a b'\) is 'a b', expected a list"):
        rouge_l("a b", "a", cut=str)
    with pytest.raises(ValueError, match="shared is 3 and said is 2"):
        overlap(3, 2, 4)
    with pytest.raises(ValueError, match="shared is -1 and said is 2"):
        overlap(-1, 2, 4)
