"""What all four ways have in common: their order, their doors, and what nobody knows."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.lsi import LSI
from lmteach.models.search.mean_vectors import MeanVectors
from lmteach.models.search.ranking import Ranking, direction, words_of
from lmteach.models.search.sentence_vectors import SentenceVectors

TEXTS = ["A cat sleeps.", "The dog barks at the cat.", "Shares fell in London."]
VECTORS = WordVectors(["cat", "dog", "shares"], np.array([[1.0, 0.2], [0.8, 0.6], [0, 1]]))


class Letters:
    """An encoder that counts letters."""

    def embed(self, sentences: Sequence[str]) -> torch.Tensor:
        alphabet = "abcdefghijklmnopqrstuvwxyz"
        return torch.tensor([[float(s.count(one)) for one in alphabet] for s in sentences])


WAYS: dict[str, Callable[[Sequence[str]], Ranking]] = {
    "bm25": BM25,
    "lsi": lambda documents: LSI(documents, topics=3),
    "mean_vectors": lambda documents: MeanVectors(documents, VECTORS),
    "sentence_vectors": lambda documents: SentenceVectors(documents, Letters()),
}
each = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


class Given(Ranking):
    """Scores that are written in the query."""

    def _scores(self, query: str) -> np.ndarray:
        return np.array([float(number) for number in query.split()])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=9), st.integers(1, 12))
def test_the_best_come_first_and_of_equal_ones_the_first(scores: list[int], top: int) -> None:
    found = Given(["a"] * len(scores)).search(" ".join(map(str, scores)), top)
    expected = sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:top]
    assert found == [(place, float(scores[place])) for place in expected]


@each
def test_a_score_for_each_document_and_a_document_finds_itself(way) -> None:
    found = way(TEXTS)
    for place, text in enumerate(TEXTS):
        assert found.scores(text).shape == (3,)
        assert found.search(text, top=1)[0][0] == place


@each
def test_a_new_order_of_documents_is_the_same_order_of_scores(way) -> None:
    order = [2, 0, 1]
    again = way([TEXTS[place] for place in order]).scores("the cat")
    assert again == pytest.approx(way(TEXTS).scores("the cat")[order], abs=1e-9)


@each
@pytest.mark.parametrize("query", ["", " \n"])
def test_an_empty_query_gets_a_sentence(way, query: str) -> None:
    with pytest.raises(ValueError, match="The query is empty: type at least one word"):
        way(TEXTS).search(query)


@each
@pytest.mark.parametrize("documents", [[], ["", "?"]])
def test_nothing_to_search_gets_a_sentence(way, documents: list[str]) -> None:
    with pytest.raises(ValueError, match="no word is in the"):
        way(documents)


@pytest.mark.usefixtures("without_shape_checks")
@each
def test_other_wrong_calls(way) -> None:
    with pytest.raises(ValueError, match="documents is the text 'a cat'"):
        way("a cat")
    with pytest.raises(ValueError, match="top is 0"):
        way(TEXTS).search("cat", top=0)
    with pytest.raises(ValueError, match="query is None, expected a text"):
        way(TEXTS).scores(None)


@pytest.mark.parametrize("name", ["bm25", "lsi", "mean_vectors"])
def test_where_no_word_is_known_all_come_in_their_order_with_0(name: str) -> None:
    found = WAYS[name](TEXTS).search("zebra")
    assert found == [(0, 0.0), (1, 0.0), (2, 0.0)]


@each
def test_an_empty_document_among_others_gets_0(way) -> None:
    assert way([*TEXTS, ""]).scores("cat")[3] == 0


def test_words_by_hand() -> None:
    assert words_of("It's 5 o'clock: Élan, ÉLAN!") == "it s 5 o clock élan élan".split()
    assert words_of("…") == []


def test_directions_by_hand() -> None:
    assert direction(np.array([0.0, -2.0])).tolist() == [0, -1]
    assert direction(np.zeros((2, 3))).tolist() == [[0, 0, 0]] * 2
