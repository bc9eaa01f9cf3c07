"""Leads and bodies against the whole articles, questions by hand, and what is refused."""

import pytest

from lmteach.text.corpora import wikipedia_leads as leads
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.corpora.wikipedia_leads import (
    LedArticle,
    MadeQuestion,
    cut_at_heading,
    made_questions,
    question_of,
    wikipedia_leads,
)

LINE = "Ants are insects that live in colonies, and each of the colonies has its own queen."


def test_every_paragraph_of_the_corpus_is_in_an_article() -> None:
    wiki = wikipedia()
    ours = {
        line
        for article in wikipedia_leads()
        for part in (article.lead, article.body)
        for line in part.splitlines()
    }
    theirs = set((wiki.train + wiki.valid + wiki.test).split("\n")) - {""}
    assert theirs == ours


def test_what_the_docstrings_say() -> None:
    articles = wikipedia_leads()
    assert len(articles) == len({article.title for article in articles}) == 106
    assert sum(article.has_both for article in articles) == 85
    for article in articles:
        if article.has_both:
            assert not set(article.lead.splitlines()) & set(article.body.splitlines())


def test_cut_at_the_first_heading_of_the_second_level() -> None:
    assert cut_at_heading(f"{LINE}\n== Life ==\n{LINE}\n== More ==\n{LINE}") == (
        LINE,
        f"{LINE}\n{LINE}",
    )
    assert cut_at_heading(LINE) == (LINE, "")
    assert cut_at_heading(f"== Life ==\n{LINE}") == ("", LINE)
    assert cut_at_heading(f"{LINE}\n=== Life ===\n{LINE}") == (f"{LINE}\n{LINE}", "")


@pytest.mark.parametrize(
    ("title", "lead", "question", "answer"),
    [
        ("Ant (insect)", "The ant (Formica) is a small insect.", "is the ant", "a small insect"),
        (
            "Ann Lee",
            "Ann Mae Lee was a poet and a nurse from Ulm.",
            "was Ann Mae Lee",
            "a poet and a nurse",
        ),
        ("Sum", "In algebra, a sum is the result of adding.", "is a sum", "the result of adding"),
        ("Bee", "Bees, or Apoidea, are a large family which flies.", "are Bees", "a large family"),
        ("Book", "A book is an old thing written by people.", "is a book", "an old thing"),
    ],
)
def test_questions_by_hand(title: str, lead: str, question: str, answer: str) -> None:
    made = question_of(LedArticle(title, lead, ""))
    assert made is not None
    assert (made.question, made.answer) == (f"Who or what {question}?", answer)


def test_the_first_sentence_ends_with_its_paragraph() -> None:
    made = question_of(LedArticle("Ant", "An ant is a small insect.\nIt works.", ""))
    assert made is not None
    assert made.sentence == "An ant is a small insect."


@pytest.mark.parametrize(
    "lead", ["", "Ants live here.", "The bee is a small insect.", "An ant is a bug.", "Ant is big."]
)
def test_no_question(lead: str) -> None:
    assert question_of(LedArticle("Ant", lead, "")) is None


def test_every_made_question_has_its_answer_in_its_sentence() -> None:
    made = made_questions(wikipedia_leads())
    assert len(made) == 52
    assert len({one.question for one in made}) == len(made)
    for one in made:
        assert one.answer in one.sentence
        assert 3 <= len(one.answer.split()) <= 9


def test_a_cleaning_that_was_changed_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("LMTEACH_CACHE", str(tmp_path))
    monkeypatch.setattr(leads, "articles", lambda archive: iter([("Ant", LINE)]))
    with pytest.raises(ValueError, match="the cleaning was changed"):
        wikipedia_leads()


@pytest.mark.usefixtures("without_shape_checks")
def test_what_is_refused() -> None:
    with pytest.raises(ValueError, match="articles is empty"):
        made_questions([])
    with pytest.raises(ValueError, match="lead is None"):
        LedArticle("Ant", None, "")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="answer is 'a bee'"):
        MadeQuestion("What is an ant?", "a bee", "An ant is an insect.")
