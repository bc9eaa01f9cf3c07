"""Questions with one right answer each, to teach a chat model and to examine it. Notebook 17.

Each is a fact in the words of a template. Some facts and some templates are held out, so that what
was learned can be told from what was memorised, and the skill from the wording. The answers come
from tables or arithmetic: Babel's (CLDR) and the CMU Pronouncing Dictionary.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
from babel import Locale
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies

from lmteach.checks import check_choice, checked_by
from lmteach.text.corpora.dates import dates
from lmteach.text.corpora.pronunciations import pronunciations
from lmteach.text.splits import bucket
from lmteach.typed import typed

Skill = Literal["date", "addition", "syllables", "currency", "language"]
TEMPLATES: dict[str, tuple[str, ...]] = {
    "date": (
        "Write {} as year-month-day.",
        "What is {} in ISO format?",
        "Convert this date to numbers, the year first: {}",
        "The file is from {}. Which date do I put in its name?",
        "Give me {} as YYYY-MM-DD.",
        "Sort key for {}?",
    ),
    "addition": (
        "What is {}?",
        "Add these: {}",
        "{} =",
        "How much is {}?",
        "Please compute {}.",
        "I need the sum {}.",
    ),
    "syllables": (
        'How many syllables has the word "{}"?',
        "Count the syllables of {}.",
        'Say "{}" slowly. How many beats are there?',
        "Number of syllables in {}?",
        'In how many syllables do you pronounce "{}"?',
        "{}: how many syllables?",
    ),
    "currency": (
        "What is the currency of {}?",
        "Which money do people use in {}?",
        "I am going to {}. What do I pay with?",
        "Name the currency of {}.",
        "{}: which currency?",
        "What are prices given in, in {}?",
    ),
    "language": (
        "What is the official language of {}?",
        "Which language is official in {}?",
        "Laws in {} are written in which language?",
        "Name the official language of {}.",
        "{}: which official language?",
        "What language do offices in {} use?",
    ),
}
HELD_OUT_TEMPLATES = 2  # of each skill
FACTS_IN_ONE_HELD_OUT = 5  # one fact in five is held out
DATE_FORMATS = ("d MMMM y", "MMMM d, y", "EEEE, d MMMM y", "MMM d, y")  # 23 November 2026, …
VOWELS = {*("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH")}
VOWELS |= {"UW"}  # of the pronouncing dictionary: a syllable has one


@dataclass(frozen=True)
class FactQuestion:
    """A question and its answer: which fact is asked for, and in which template."""

    prompt: str
    answer: str
    fact: str
    template: str


@dataclass(frozen=True)
class FactQuestions:
    """Questions of one skill, in three parts.

    ``train`` has known facts in known templates, ``new_facts`` facts that are not in it, in known
    templates, and ``new_templates`` its facts in templates that are not.
    """

    train: tuple[FactQuestion, ...]
    new_facts: tuple[FactQuestion, ...]
    new_templates: tuple[FactQuestion, ...]

    def __repr__(self) -> str:
        """Sizes instead of thousands of questions."""
        return (
            f"FactQuestions(train={len(self.train):,}, new_facts={len(self.new_facts):,}, "
            f"new_templates={len(self.new_templates):,})"
        )


def _check_skill(skill: str) -> None:
    check_choice("skill", skill, get_args(Skill))


@checked_by(_check_skill)
@typed
def fact_questions(skill: Skill) -> FactQuestions:
    """Return questions of a skill with their answers, split by fact and by template.

    "date": a date in words, to be written as 2026-11-23. "addition": the sum of two numbers of two
    digits. "syllables": how many a word has. "currency" and "language": those of a country that has
    one. What is held out depends on a hash of the fact, or of the template, alone. A fact stands
    under the name that the question has for it: one country, one word, one pair of numbers, one
    day.

    Raises ``ValueError`` for another skill.

    Source: CLDR by way of Babel, Unicode licence; Carnegie Mellon University Pronouncing
    Dictionary.

    >>> questions = fact_questions("currency")
    >>> [q.answer for q in questions.train if q.prompt == "What is the currency of Japan?"]
    ['Japanese Yen']
    """
    ranked = sorted(TEMPLATES[skill], key=lambda text: hashlib.sha256(text.encode()).digest())
    held_out, known = ranked[:HELD_OUT_TEMPLATES], ranked[HELD_OUT_TEMPLATES:]
    train: list[FactQuestion] = []
    new_facts: list[FactQuestion] = []
    new_templates: list[FactQuestion] = []
    for fact, (words, answer) in _FACTS[skill]().items():
        is_new = bucket(f"{skill} {fact}", FACTS_IN_ONE_HELD_OUT) == 0
        for template in known:
            question = FactQuestion(template.format(words), answer, fact, template)
            (new_facts if is_new else train).append(question)
        for template in held_out if not is_new else ():
            new_templates.append(FactQuestion(template.format(words), answer, fact, template))
    return FactQuestions(tuple(train), tuple(new_facts), tuple(new_templates))


Found = dict[str, tuple[str, str]]  # a fact, how it is written in a question, and the answer


def _dates() -> Found:
    """Days, each in one of the formats."""
    pairs = dates(2000, np.random.default_rng(0), formats=DATE_FORMATS)
    return {pair.date.isoformat(): (pair.english, pair.date.isoformat()) for pair in pairs}


def _sums() -> Found:
    """Pairs of numbers, each pair once: 12 + 34 is the same fact as 34 + 12."""
    pairs = [(a, b) for a in range(10, 100) for b in range(a, 100)]
    return {f"{a} + {b}": (f"{a} + {b}", str(a + b)) for a, b in pairs}


@cache  # to read the dictionary takes seconds
def _syllables() -> Found:
    """One word in 60 of the dictionary, of letters alone, whose pronunciations agree."""
    found = {}
    for word, variants in pronunciations().valid.items():  # one word in ten
        counts = {sum(sound in VOWELS for sound in sounds) for sounds in variants}
        if word.isalpha() and len(counts) == 1 and bucket(f"asked {word}", 6) == 0:
            found[word] = (word, str(counts.pop()))
    return found


def _currencies() -> Found:
    """Countries with one currency of today."""
    english, found = Locale("en"), {}
    for code, name in english.territories.items():
        if len(code) == 2 and len(codes := get_territory_currencies(code)) == 1:
            found[name] = (name, english.currencies[codes[0]])
    return found


def _languages() -> Found:
    """Countries with one official language."""
    english, found = Locale("en"), {}
    for code, name in english.territories.items():
        languages = get_official_languages(code) if len(code) == 2 else ()
        if len(languages) == 1 and languages[0] in english.languages:
            found[name] = (name, english.languages[languages[0]])
    return found


_FACTS: dict[str, Callable[[], Found]] = {
    "date": _dates,
    "addition": _sums,
    "syllables": _syllables,
    "currency": _currencies,
    "language": _languages,
}
