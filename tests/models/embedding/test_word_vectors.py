"""Nearest words and analogies against gensim's, by hand, and what is refused."""

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.embedding.word_vectors import WordVectors

WORDS = [f"w{n}" for n in range(40)]
TABLE = np.random.default_rng(0).normal(size=(40, 6))
OURS = WordVectors(WORDS, TABLE)
THEIRS = KeyedVectors(6)
THEIRS.add_vectors(WORDS, TABLE)


@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True))
def test_nearest_and_analogies_are_gensims(words: list[str]) -> None:
    plus, minus = words[:2], words[2:]
    found = OURS.nearest(plus, minus, count=40)
    expected = THEIRS.most_similar(positive=plus, negative=minus, topn=40)
    assert [word for word, _ in found] == [word for word, _ in expected]
    assert [value for _, value in found] == pytest.approx([v for _, v in expected], abs=1e-5)
    assert not set(words) & {word for word, _ in found}


@given(one=st.sampled_from(WORDS), other=st.sampled_from(WORDS))
def test_similarity_is_gensims(one: str, other: str) -> None:
    assert OURS.similarity(one, other) == pytest.approx(THEIRS.similarity(one, other), abs=1e-6)
    assert OURS.similarity(one, other) == pytest.approx(OURS.similarity(other, one), rel=1e-12)


def test_by_hand() -> None:
    """On a compass: north-east is as near to north as to east; south - west + east points there."""
    names = ["north", "east", "south", "west", "north-east", "south-east"]
    compass = np.array([[0.0, 2], [3, 0], [0, -1], [-1, 0], [1, 1], [5, -5]])
    vectors = WordVectors(names, compass)
    assert vectors.similarity("north", "north-east") == pytest.approx(np.sqrt(0.5))
    assert vectors.nearest(["south", "east"], ["west"], count=1)[0][0] == "south-east"
    assert vectors["south-east"].tolist() == [5, -5]
    assert vectors.nearest(["north"], count=1)[0][0] == "north-east"
    assert len(vectors.nearest(["north"], count=99)) == 5


@pytest.mark.parametrize(
    ("words", "table", "message"),
    [
        (["a"], np.eye(2), r"shape \(2, 2\) and there are 1 words"),
        ([], np.empty((0, 2)), "at least one"),
        (["a", "b", "a"], np.eye(3), "contains 'a' twice"),
        (["a", "b"], np.array([[1.0, 0], [0, 0]]), "the vector of 'b' is zero or not finite"),
        (["a", "b"], np.array([[np.nan, 0], [1, 0]]), "the vector of 'a' is zero or not finite"),
    ],
)
def test_wrong_tables(words: list[str], table: np.ndarray, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WordVectors(words, table)


def test_wrong_questions() -> None:
    assert "w0" in OURS
    assert "nowhere" not in OURS
    with pytest.raises(KeyError, match="'nowhere' has no vector"):
        OURS.nearest(["nowhere"])
    with pytest.raises(KeyError, match="'nowhere' has no vector"):
        OURS["nowhere"]
    with pytest.raises(ValueError, match="no word was given"):
        OURS.nearest([])
    with pytest.raises(ValueError, match="cancel each other"):
        OURS.nearest(["w1"], ["w1"])


def test_an_unknown_word_is_a_bad_argument_with_a_plain_sentence() -> None:
    with pytest.raises(ValueError, match=r"^'nowhere' has no vector"):
        OURS.similarity("w0", "nowhere")
    with pytest.raises(ValueError, match="count is 0"):
        OURS.nearest(["w0"], count=0)
