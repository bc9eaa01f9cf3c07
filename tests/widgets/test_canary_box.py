"""The box of canaries: what is asked, the words, the picture, what is refused."""

import html

import matplotlib.pyplot as plt
import pytest

from lmteach.text.corpora.canaries import Canary
from lmteach.widgets.canary_box.widget import KEPT, Asked, CanaryBox

FIRST = Canary("Aldren", "4829", 16)


def asked(canary: Canary) -> Asked:
    """A model that has learned what it read often."""
    if "$" in canary.name:
        raise ValueError("the text has no '$'.")
    known = canary.repetitions > 10
    return Asked(canary.secret if known else "0000", 1 if known else 1234, 10_000)


def test_what_is_sent_is_planted_asked_and_kept() -> None:
    box = CanaryBox(asked, [FIRST])
    box.request = {"name": "Bosko", "secret": "0007", "repetitions": 1}
    assert [row["says"] for row in box.rows] == ["4829", "0000"]
    assert box.said == (
        "The code of Bosko is 0007, planted once: the model says 0000; rank 1,234 of 10,000."
    )
    for number in range(2 * KEPT):
        box.request = {"name": "Bosko", "secret": f"{number:04d}", "repetitions": 64}
    assert len(box.rows) == KEPT
    assert box.rows[-1]["secret"] == f"{2 * KEPT - 1:04d}"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": "", "secret": "12", "repetitions": 1}, "name is ''"),
        ({"name": "A", "secret": "12a", "repetitions": 1}, "secret is '12a', expected digits"),
        ({"name": "A", "secret": "1234567", "repetitions": 1}, "at most six digits"),
        ({"name": "$", "secret": "1234", "repetitions": 1}, "the text has no '$'"),
        ({}, "name is ''"),
    ],
)
def test_what_cant_be_asked_gets_a_sentence_and_no_row(sent, words) -> None:
    box = CanaryBox(asked, [FIRST])
    box.request = sent | {"number": 1}
    assert len(box.rows) == 1
    assert words in box.message
    assert box.said == box.message
    box.request = {"name": "A", "secret": "12", "repetitions": 4}
    assert box.message == ""


def test_the_picture_is_the_table_in_words() -> None:
    box = CanaryBox(asked, [FIRST, Canary("Zelman", "0001")])
    figure = box.picture()
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[4:8] == ["The code of Aldren is 4829.", "16", "4829", "1 of 10,000"]
    assert len(texts) == 12
    plt.close(figure)
    data, _ = box._repr_mimebundle_()
    assert f'alt="{html.escape(box.alt)}"' in data["text/html"]
    assert "planted once" in box.alt


def test_what_makes_no_box_is_refused() -> None:
    with pytest.raises(ValueError, match="start is empty"):
        CanaryBox(asked, [])
    with pytest.raises(ValueError, match="numbers from 0 up that differ"):
        CanaryBox(asked, [FIRST], repetitions=[1, 1])
    with pytest.raises(ValueError, match="candidates is 3, expected a whole number of at least 4"):
        Asked("1", 4, 3)
