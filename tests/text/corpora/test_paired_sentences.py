"""Paired sentences: the two differ in one word, and every end meets every beginning."""

from collections import Counter

import pytest

from lmteach.text.corpora.paired_sentences import BEGINNINGS, ENDS, PERSONS, paired_sentences


@pytest.mark.parametrize("kind", PERSONS)
def test_they_differ_in_one_word_alone(kind) -> None:
    for pair in paired_sentences(kind):
        first, second = pair.first.split(), pair.second.split()
        differ = [words for words in zip(first, second, strict=True) if words[0] != words[1]]
        assert differ == [PERSONS[kind]]
        assert pair.end.startswith(" ")
        assert pair.end.endswith(".")


@pytest.mark.parametrize("kind", PERSONS)
def test_every_end_meets_every_beginning(kind) -> None:
    pairs = paired_sentences(kind)
    assert len(set(pairs)) == len(pairs) == 4 * 8 * len(BEGINNINGS[kind])
    assert Counter(pair.topic for pair in pairs) == dict.fromkeys(ENDS, 32)


def test_another_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind is 'age', expected one of 'sex', 'origin'"):
        paired_sentences("age")
