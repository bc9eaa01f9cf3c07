"""chrF against sacreBLEU, and by hand."""

import numpy as np
import pytest
import sacrebleu
from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.chrf import character_matches, chrf, chrf_of_counts
from tests.evaluation.pairs import random_pairs

TEXTS = st.text(alphabet="ab 猫.", max_size=9)


def test_equals_the_standard_tool_on_a_thousand_pairs() -> None:
    some = 0
    for candidate, reference in random_pairs():
        ours = chrf([candidate], [reference])
        theirs = sacrebleu.sentence_chrf(candidate, [reference]).score
        assert 100 * ours == pytest.approx(theirs, rel=0, abs=1e-9)
        some += 0 < ours < 1
    assert some > 300


@pytest.mark.parametrize(("order", "beta"), [(6, 2), (6, 1), (3, 2), (1, 3)])
def test_equals_the_standard_tool_on_all_of_them_together(order: int, beta: int) -> None:
    candidates, references = map(list, zip(*random_pairs(), strict=True))
    theirs = sacrebleu.corpus_chrf(candidates, [references], char_order=order, beta=beta).score
    ours = chrf(candidates, references, order, float(beta))
    assert 0 < 100 * ours < 100
    assert 100 * ours == pytest.approx(theirs, rel=0, abs=1e-9)


def test_by_hand() -> None:
    """法国 and 法郎 of three said pairs, of four right ones; the blank is none of them."""
    counts = character_matches(["法国 法郎"], ["法国金法郎"], order=2)
    assert counts.tolist() == [[[4, 4, 5], [2, 3, 4]]]
    precision, recall = (1 + 2 / 3) / 2, (4 / 5 + 2 / 4) / 2
    assert chrf_of_counts(counts) == 5 * precision * recall / (4 * precision + recall)
    assert chrf([""], ["猫"]) == chrf(["狗"], ["猫"]) == chrf(["猫"], [""]) == chrf([""], [""]) == 0
    assert chrf(["猫"], ["猫"]) == 1


def test_a_short_reference_asks_for_no_long_ngrams() -> None:
    assert character_matches(["abcd"], ["ab"], order=3).tolist() == [
        [[2, 4, 2], [1, 3, 1], [0, 0, 0]]
    ]


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4))
def test_counts_add_up_and_order_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    candidates, references = map(list, zip(*pairs, strict=True))
    counts = character_matches(candidates, references)
    assert counts.shape == (len(pairs), 6, 3)
    assert (counts[..., 0] <= counts[..., 1:].min(axis=-1)).all()
    assert 0 <= chrf(candidates, references) <= 1 + 1e-12
    assert chrf_of_counts(counts[::-1]) == chrf_of_counts(counts.sum(axis=0, keepdims=True))
    same = chrf(references, references)
    assert same == pytest.approx(float(any(text.split() for text in references)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hypotheses": "猫"}, "hypotheses is the text '猫', expected a list"),
        ({"references": "猫"}, "references is the text '猫', expected a list"),
        ({"hypotheses": ["猫", "狗"]}, "got 2 hypotheses and 1 references"),
        ({"hypotheses": [], "references": []}, "got 0 hypotheses and 0 references"),
        ({"order": 0}, "order is 0"),
        ({"beta": 0.0}, "beta is 0"),
    ],
)
def test_bad_input(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        chrf(**{"hypotheses": ["猫"], "references": ["狗"], **arguments})  # type: ignore[arg-type]


def test_counts_of_another_shape() -> None:
    with pytest.raises(ValueError, match="counts"):
        chrf_of_counts(np.zeros((2, 6, 2)))


def test_counts_below_zero() -> None:
    with pytest.raises(ValueError, match=r"counts contains -1\.0"):
        chrf_of_counts(np.full((2, 6, 3), -1.0))
