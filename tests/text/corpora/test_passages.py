"""Passages: ten authors, two passages each, alike in length; and paragraphs of our own."""

from lmteach.text.corpora.passages import PASSAGES, UNREAD
from lmteach.text.corpora.wikipedia import wikipedia


def test_ten_authors_each_with_a_famous_and_another_passage() -> None:
    assert len({both.author for both in PASSAGES}) == len(PASSAGES) == 10
    for both in PASSAGES:
        assert both.famous != both.obscure
        assert 150 < len(both.famous) < 400
        assert 150 < len(both.obscure) < 400
        assert both.work
        assert both.other_work


def test_paragraphs_of_our_own_are_alike_in_length_and_stand_in_no_article() -> None:
    assert len(set(UNREAD)) == 12
    lengths = [len(text) for text in UNREAD]
    assert 300 < min(lengths) <= max(lengths) < 400
    articles = "".join((wikipedia().train, wikipedia().valid, wikipedia().test))
    for text in UNREAD:
        words = text.split()
        runs = [" ".join(words[place : place + 6]) for place in range(len(words) - 5)]
        assert not [run for run in runs if run in articles]  # no six words in a row
