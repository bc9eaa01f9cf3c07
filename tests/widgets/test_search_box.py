"""What is asked and answered, which words are lit, the picture and its words, what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.mean_vectors import MeanVectors
from lmteach.models.search.ranking import words_of
from lmteach.widgets.search_box.widget import SHOWN, UNKNOWN, SearchBox, passage

TEXTS = ["A cat sleeps on a mat.", "A dog barks at the cat.", "A kitten naps.", "A $5 note, <b>."]
VECTORS = WordVectors(["cat", "kitten", "dog"], np.array([[1.0, 0], [1, 0.1], [0, 1]]))
WAYS = {"BM25": BM25(TEXTS), "word vectors": MeanVectors(TEXTS, VECTORS)}
WORDS = st.lists(st.sampled_from("One two, THREE four-five six.".split()), max_size=30)


def box(**changes: object) -> SearchBox:
    given = {"ways": WAYS, "examples": ["a cat", "zebra"], "top": 2}
    return SearchBox(**(given | changes))


def test_answers_are_those_of_the_ways() -> None:
    asked = box()
    for query in ("a cat", "kitten", "Dog?"):
        asked.query = query
        assert asked.answer["query"] == query
        for column, (name, way) in zip(asked.answer["columns"], WAYS.items(), strict=True):
            assert column["way"] == name
            found = [(one["place"], one["score"]) for one in column["found"]]
            assert found == [(n, score) for n, score in way.search(query, top=2) if score]
            assert found
            for one in column["found"]:
                assert "".join(text for text, _ in one["pieces"]) == TEXTS[one["place"]]


def test_words_are_lit_unless_half_of_all_documents_have_them() -> None:
    """A is in all four; cat is in two, just half."""
    first = box().answer["columns"][0]["found"][0]
    assert first["pieces"] == [("A ", False), ("cat", True), (" sleeps on a mat.", False)]


def test_no_query_and_no_known_word() -> None:
    asked = box()
    asked.query = " "
    assert asked.answer["message"] == "The query is empty: type at least one word."
    assert asked.answer["columns"] == []
    assert asked.alt.endswith("type at least one word.")
    figure = asked.picture()
    assert [text.get_text() for text in figure.axes[0].texts] == [asked.answer["message"]]
    asked.query = "zebra"
    assert asked.answer["message"] == ""
    assert [column["found"] for column in asked.answer["columns"]] == [[], []]
    assert asked.alt.count(UNKNOWN) == 2
    asked.picture()
    plt.close("all")


@given(WORDS, st.sets(st.sampled_from(["one", "three", "five"])), st.integers(1, 8))
def test_a_passage_is_a_part_of_the_text_and_has_most_lit_words(words, lit, length) -> None:
    text = " ".join(words)
    pieces = passage(text, lit, length)
    shown = "".join(piece for piece, _ in pieces)
    inside = shown.removeprefix("… ").removesuffix(" …")
    assert inside in text
    assert len(words_of(inside)) == min(length, len(words_of(text)))
    for piece, is_lit in pieces:
        assert is_lit == (piece.lower() in lit)
    every = words_of(text)
    counts = [sum(w in lit for w in every[n : n + length]) for n in range(len(every))]
    assert sum(is_lit for _, is_lit in pieces) <= max(counts, default=0)
    assert sum(word in lit for word in words_of(inside)) == max(counts, default=0)


def test_passages_by_hand() -> None:
    text = "Ants dig. Bees fly far away, and bees sting. Cats purr."
    assert passage(text, {"bees", "sting"}, length=7) == [
        ("… ", False),
        ("Bees", True),
        (" fly far away, and ", False),
        ("bees", True),
        (" ", False),
        ("sting", True),
        (" …", False),
    ]
    assert passage(text, {"cats"}) == [(text[:-10], False), ("Cats", True), (" purr.", False)]
    long = " ".join(f"w{n}" for n in range(2 * SHOWN))
    assert passage(long, set()) == [(" ".join(f"w{n}" for n in range(SHOWN)) + " …", False)]


def test_picture_and_words() -> None:
    asked = box()
    figure = asked.picture()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["BM25", "word vectors"]
    written = [text.get_text() for text in figure.axes[0].texts]
    found = asked.answer["columns"][0]["found"]
    assert written[0] == f"1.  score {found[0]['score']:.2f}"
    assert written[1:3] == ["A cat sleeps on a mat.", "in common: cat"]
    plt.close(figure)
    score = found[0]["score"]
    assert f"BM25 finds first, with a score of {score:.2f}: “A cat sleeps" in asked.alt
    assert "query “a cat”" in asked.alt


@pytest.mark.usefixtures("without_shape_checks")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ways": {}}, "there are 0 ways, expected 1 to 4"),
        ({"ways": dict.fromkeys("abcde", WAYS["BM25"])}, "there are 5 ways"),
        ({"ways": WAYS | {"other": BM25(["A cat."])}}, "search different documents"),
        ({"ways": {"BM25": None}}, "ways is "),
        ({"examples": []}, "there are 0 examples, expected a list of 1 to 8"),
        ({"examples": "cat"}, "expected a list of 1 to 8"),
        ({"examples": ["cat", " "]}, "examples contains ' ', expected at least one word"),
        ({"top": 0}, "top is 0"),
    ],
)
def test_what_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        box(**changes)
