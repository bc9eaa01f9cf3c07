"""What is asked, what is answered, the picture and its words, and what is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.widgets.neighbours.widget import Neighbours

WORDS = ["king", "queen", "man", "woman", "<b>", "$x"]
VECTORS = np.array([[3.0, 3, 0], [3, -3, 0], [0, 2, 0.2], [0, -2, 0.2], [1, 1, 9], [1, 0, 8]])
EXAMPLES = ["king", "king - man + woman", "$x"]


def widget(**changes: object) -> Neighbours:
    given = {"words": WORDS, "vectors": VECTORS, "examples": EXAMPLES}
    return Neighbours(**(given | changes))


def test_answers_are_those_of_the_vectors() -> None:
    vectors = WordVectors(WORDS, VECTORS)
    asked = widget()
    assert asked.query == "king"
    for query, plus, minus in (
        ("king", ["king"], []),
        ("  King − man + WOMAN ", ["king", "woman"], ["man"]),
        ("- man + queen", ["queen"], ["man"]),
    ):
        expected = vectors.nearest(plus, minus)
        found = asked.answer(query)
        assert [word for word, _ in found] == [word for word, _ in expected]
        assert [value for _, value in found] == pytest.approx([v for _, v in expected], abs=1e-6)
    assert asked.answer("king - man + woman")[0][0] == "queen"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Type a word, or a sum"),
        ("king -", "Type a word, or a sum"),
        ("king - - man", "two signs in a row"),
        ("king man", r"Write \+ or −, with blanks"),
        ("king-man+woman", r"Write \+ or −, with blanks"),
        ("king - man +woman", r"Write \+ or −, with blanks"),
        ("emperor", "“emperor” is not among the 6 words that have a vector"),
        ("king - king", "cancel each other"),
    ],
)
def test_questions_without_an_answer(query: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        widget().answer(query)


def test_the_browser_gets_directions_once() -> None:
    state = widget().get_state()
    sent = np.frombuffer(state["_directions"], dtype="<f4").reshape(6, 3)
    expected = VECTORS / np.linalg.norm(VECTORS, axis=1, keepdims=True)
    assert np.allclose(sent, expected, rtol=0, atol=1e-7)
    assert state["words"] == WORDS


def test_picture_and_words() -> None:
    asked = widget()
    figure = asked.picture()
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.axison] == EXAMPLES
    for axes, question in zip(figure.axes, EXAMPLES, strict=False):
        found = asked.answer(question)
        assert [label.get_text() for label in axes.get_yticklabels()] == [w for w, _ in found]
        widths = [bar.get_width() for bar in axes.patches]
        assert widths == pytest.approx([value for _, value in found])
    plt.close(figure)
    first = asked.answer("king - man + woman")[0]
    assert f"for king - man + woman: {first[0]} {first[1]:.2f}" in asked.alt


def test_one_example_is_enough() -> None:
    figure = widget(examples=["king"]).picture()
    assert len(figure.axes) == 1
    plt.close(figure)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vectors": VECTORS[:2]}, "expected one row for each word"),
        ({"words": ["a b", *WORDS[1:]]}, "'a b', which can't be asked for"),
        ({"words": ["+", *WORDS[1:]]}, r"'\+', which can't be asked for"),
        ({"examples": []}, "there are 0 examples, expected 1 to 8"),
        ({"examples": ["emperor"]}, "“emperor” is not among"),
    ],
)
def test_what_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        widget(**changes)
