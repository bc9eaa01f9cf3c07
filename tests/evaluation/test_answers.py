"""Exact match and F1 against SQuAD's rules, written out anew, and by hand."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.evaluation.answers import exact_match, plain_answer, token_f1
from tests.evaluation.pairs import random_pairs

TEXTS = st.text(alphabet="ab .,猫", max_size=9)


def by_the_rules(text: str) -> list[str]:
    """Lower case; punctuation goes; the articles go, as words; words stand between blanks.

    A word begins and ends where a letter, a digit or _ stands beside something else. Punctuation
    is gone by then, so it is enough to look at each word that Python finds.
    """
    kept = "".join(letter for letter in text.lower() if letter not in set(string.punctuation))
    words, word = [], ""
    for letter in kept + " ":
        if letter.isalnum() or letter == "_":
            word += letter
            continue
        words.append(" " if word in {"a", "an", "the"} else word)
        words.append(letter)
        word = ""
    return "".join(words).split()


def f1_by_the_rules(said: list[str], right: list[str]) -> float:
    """Take each word of the one out of the other, if it is still there."""
    if not said or not right:
        return 1.0 if said == right else 0.0
    left, same = list(right), 0
    for word in said:
        if word in left:
            left.remove(word)
            same += 1
    if same == 0:
        return 0.0
    precision, recall = same / len(said), same / len(right)
    return 2 * precision * recall / (precision + recall)


def test_equal_to_the_rules_on_a_thousand_pairs() -> None:
    exact = some = 0
    for answer, right in random_pairs():
        said, wanted = by_the_rules(answer), by_the_rules(right)
        assert exact_match(answer, right) == float(said == wanted)
        assert token_f1(answer, right) == pytest.approx(f1_by_the_rules(said, wanted), abs=1e-9)
        exact += said == wanted
        some += 0 < token_f1(answer, right) < 1
    assert exact > 20
    assert some > 200


@pytest.mark.parametrize(
    ("answer", "right", "exact", "f1"),
    [
        ("The Normans", "normans", 1, 1),
        ("in the 10th and 11th centuries", "10th and 11th centuries", 0, 8 / 9),
        ("10th, and 11th; centuries.", "10th and 11th centuries", 1, 1),
        ("U.S.", "US", 1, 1),
        ("well-known", "well known", 0, 0),  # punctuation leaves no gap
        ("theatre", "atre", 0, 0),
        ("the the", "", 1, 1),
        ("", "cat", 0, 0),
        ("cat cat", "cat", 0, 2 / 3),
        ("猫。", "猫", 0, 0),  # the stop is no ASCII
    ],
)
def test_by_hand(answer: str, right: str, exact: float, f1: float) -> None:
    assert exact_match(answer, right) == exact
    assert token_f1(answer, right) == pytest.approx(f1, abs=1e-12)


def test_the_nearest_of_several() -> None:
    assert exact_match("a kitten", ["cat", "kitten"]) == 1
    assert token_f1("black cat", ["dog", "cat", "black dog barks"]) == pytest.approx(2 / 3)


@given(TEXTS, TEXTS)
def test_f1_is_the_same_turned_around_and_1_where_the_match_is_exact(a: str, b: str) -> None:
    assert token_f1(a, b) == token_f1(b, a)
    assert 0 <= token_f1(a, b) <= 1
    assert exact_match(a, b) <= token_f1(a, b)
    assert token_f1(a, a) == exact_match(a, a) == 1
    assert plain_answer(plain_answer(a)) == plain_answer(a)


def test_what_is_refused() -> None:
    for score in (exact_match, token_f1):
        with pytest.raises(ValueError, match="answer is None, expected a text"):
            score(None, "a")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="acceptable is empty"):
            score("a", [])
        with pytest.raises(ValueError, match="acceptable is 3"):
            score("a", 3)  # type: ignore[arg-type]
