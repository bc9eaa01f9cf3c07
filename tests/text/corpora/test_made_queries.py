"""Queries made from paragraphs: nothing is lost, nothing is left behind, and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.made_queries import made_queries, sentences_of

SENTENCE = st.integers(1, 12).map(lambda n: "Ants " + "are many " * (n // 2) + f"and {n}.")
SHORT = st.lists(SENTENCE, min_size=1, max_size=2)
ASKED = st.lists(st.integers(4, 30), min_size=3, max_size=5, unique=True).map(
    lambda numbers: [f"Ants are as many as {n}." for n in numbers]
)
PARAGRAPHS = st.tuples(st.lists(SHORT), st.lists(ASKED, min_size=2)).map(
    lambda both: [" ".join(sentences) for sentences in both[0] + both[1]]
)
THREE = "Ants live in colonies. Each of them has its own queen. It lays eggs."


@given(PARAGRAPHS, st.integers(0, 99))
def test_a_query_and_its_answer_are_the_paragraph(paragraphs: list[str], seed: int) -> None:
    made = made_queries(paragraphs, 2, np.random.default_rng(seed))
    assert len(made.documents) == len(paragraphs)
    assert len(made.queries) == len(set(made.answers)) == 2
    for query, place in zip(made.queries, made.answers, strict=True):
        kept, whole = sentences_of(made.documents[place]), sentences_of(paragraphs[place])
        assert query not in kept
        assert len(query.split()) >= 6
        assert len(kept) >= 2
        taken = whole.index(query)
        assert whole[:taken] + whole[taken + 1 :] == kept
    for place in set(range(len(paragraphs))) - set(made.answers):
        assert made.documents[place] == paragraphs[place]


def test_a_seed_always_makes_the_same_queries() -> None:
    texts = [THREE.replace("Ants", name) for name in ("Ants", "Bees", "Wasps", "Termites")]
    one, again = (made_queries(texts, 2, np.random.default_rng(3)) for _ in range(2))
    assert one == again
    others = {made_queries(texts, 2, np.random.default_rng(n)).answers for n in range(9)}
    assert len(others) > 1


def test_by_hand() -> None:
    made = made_queries(["No.", THREE], 1, np.random.default_rng(0))
    assert made.queries == ("Each of them has its own queen.",)  # the only one of six words
    assert made.documents == ("No.", "Ants live in colonies. It lays eggs.")
    assert repr(made) == "MadeQueries(1 queries for 2 documents)"
    assert sentences_of('He said "No!" It was 3.5 m. "Why?" Nobody knew') == [
        'He said "No!" It was 3.5 m.',  # a stop within the quotation marks is not seen
        '"Why?" Nobody knew',
    ]


def test_a_line_ends_a_sentence() -> None:
    lines = ["Ants work. They sleep.", "It is so: 1 of 2.", "2 of 2", "and more"]
    assert sentences_of("\n".join(lines)) == [one for line in lines for one in sentences_of(line)]
    assert sentences_of(" Ants work. \n\n They sleep.\n") == ["Ants work.", "They sleep."]
    assert sentences_of(" \n ") == []


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused() -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"1 of 2 paragraphs have 3 .* expected at least 2"):
        made_queries([THREE, "A cat."], 2, generator)
    twice = "Ants have a queen in each. Ants have a queen in each. Ants."
    with pytest.raises(ValueError, match="0 of 1 paragraphs"):  # it would still stand there
        made_queries([twice], 1, generator)
    with pytest.raises(ValueError, match="paragraphs is the text 'Ants live"):
        made_queries(THREE, 1, generator)
    with pytest.raises(ValueError, match="count is 0"):
        made_queries([THREE], 0, generator)
