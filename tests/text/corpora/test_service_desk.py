"""The service desk's pairs, against the files read as text, by hand, and as sets."""

import re

from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.dialogues import dialogues
from lmteach.text.corpora.service_desk import (
    DESK,
    ELSEWHERE,
    ServicePair,
    question_key,
    questions_elsewhere,
    service_pairs,
)
from lmteach.text.packages import package_folder


def test_repeats_are_as_many_as_the_lines_of_the_files() -> None:
    folder = package_folder("chatterbot_corpus", "chatterbot-corpus") / "data" / "english"
    texts = [(folder / f"{topic}.yml").read_text("utf-8") for topic in DESK]
    assert len(service_pairs(repeats=True)) == sum(
        len(re.findall(r"^\s*- +- ", text, re.M)) for text in texts
    )


def test_each_pair_once_in_the_order_in_which_it_came() -> None:
    every, pairs = service_pairs(repeats=True), service_pairs()
    assert len(set(pairs)) == len(pairs)
    assert set(pairs) == set(every)
    places = [every.index(pair) for pair in pairs]
    assert places == sorted(places)


def test_hand_read() -> None:
    answer = "Ensure it's powered on and has paper, then restart it."
    printer = ServicePair("My printer is not printing.", answer)
    assert service_pairs(repeats=True).count(printer) == 121
    assert service_pairs().count(printer) == 1
    assert ServicePair("can you write a queue in Python?", "Here's a queue: [code]") in (
        service_pairs()
    )
    assert "What was the name of the first artificial Earth satellite?" in questions_elsewhere()


def test_no_program_is_left() -> None:
    assert not any("```" in pair.answer for pair in service_pairs())
    assert sum("[code]" in pair.answer for pair in service_pairs()) > 80


def test_topics_are_apart_and_nothing_elsewhere_is_asked_at_the_desk() -> None:
    assert not set(DESK) & set(ELSEWHERE)
    desk = {pair.key for pair in service_pairs()}
    keys = [question_key(question) for question in questions_elsewhere()]
    assert not desk & set(keys)
    assert len(set(keys)) == len(keys)
    there = {talk[0] for talk in dialogues("english", ELSEWHERE)}
    assert set(questions_elsewhere()) <= there


@given(st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), min_size=1))
def test_a_key_forgets_signs_and_capitals_and_nothing_else(words: list[str]) -> None:
    key = " ".join(words)
    assert question_key(key) == key
    assert question_key(", ".join(words).upper() + "?") == key
