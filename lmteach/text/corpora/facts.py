"""Questions with one right answer each, to teach a chat model and to examine it. Notebook 17.

Each is a fact in the words of a template. Some facts and some templates are held out, so that what
was learned can be told from what was memorised, and the skill from the wording. The answers come
from tables or arithmetic: Babel's and emoji's (CLDR), and the CMU Pronouncing Dictionary.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import emoji
import numpy as np
from babel import Locale
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies

from lmteach.checks import check_choice, checked_by
from lmteach.text.corpora.dates import dates
from lmteach.text.corpora.pronunciations import Sounds, pronunciations
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.splits import bucket
from lmteach.typed import typed

Skill = Literal["date", "addition", "syllables", "currency", "language", "rhyme", "emoji"]
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
    "rhyme": (
        'Does "{}" rhyme with "{}"?',
        "Do {} and {} rhyme?",
        "{} and {}: is that a rhyme?",
        'Is "{}" a rhyme for "{}"?',
        "One line ends with {}, the next with {}. Do they rhyme?",
        "Rhyme or not? {}, {}",
    ),
    "emoji": (
        "What is this emoji called? {}",
        "Name this emoji: {}",
        "{} What is its name?",
        "Which words describe the emoji {}?",
        "I can't see pictures. What does {} say?",
        "{}: which emoji?",
    ),
}
HELD_OUT_TEMPLATES = 2  # of each skill
FACTS_IN_ONE_HELD_OUT = 5  # one fact in five is held out
DATE_FORMATS = ("d MMMM y", "MMMM d, y", "EEEE, d MMMM y", "MMM d, y")  # 23 November 2026, …
VOWELS = {*("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH")}
VOWELS |= {"UW"}  # of the pronouncing dictionary: a syllable has one
COMMON = 5  # how often a word that is to rhyme stands in Wikipedia's training articles
EMOJI_VERSION = 15  # of Unicode; later emoji are left out, for not every system can draw them


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
    one. "rhyme": whether two words do, Yes or No, each as often: whether they sound the same from
    the last stressed vowel on. No word is in two pairs. "emoji": the English name of one.

    What is held out depends on a hash of the fact, or of the template, alone. A fact stands under
    the name that the question has for it: one country, one word, one pair of numbers or of words,
    one day, one emoji.

    Raises ``ValueError`` for another skill.

    Source: CLDR by way of Babel and of emoji, Unicode licence; Carnegie Mellon University
    Pronouncing Dictionary.

    >>> questions = fact_questions("currency")
    >>> [q.answer for q in questions.train if q.prompt == "What is the currency of Japan?"]
    ['Japanese Yen']
    >>> [q.answer for q in fact_questions("emoji").train if q.prompt == "Name this emoji: 🐙"]
    ['octopus']
    """
    ranked = sorted(TEMPLATES[skill], key=lambda text: hashlib.sha256(text.encode()).digest())
    held_out, known = ranked[:HELD_OUT_TEMPLATES], ranked[HELD_OUT_TEMPLATES:]
    train: list[FactQuestion] = []
    new_facts: list[FactQuestion] = []
    new_templates: list[FactQuestion] = []
    for fact, (*words, answer) in _FACTS[skill]().items():
        is_new = bucket(f"{skill} {fact}", FACTS_IN_ONE_HELD_OUT) == 0
        for template in known:
            question = FactQuestion(template.format(*words), answer, fact, template)
            (new_facts if is_new else train).append(question)
        for template in held_out if not is_new else ():
            new_templates.append(FactQuestion(template.format(*words), answer, fact, template))
    return FactQuestions(tuple(train), tuple(new_facts), tuple(new_templates))


# A fact, how it is written in a question (two words, if two are asked for), and the answer.
Found = dict[str, tuple[str, ...]]


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
    found: Found = {}
    for word, variants in pronunciations().valid.items():  # one word in ten
        counts = {sum(sound in VOWELS for sound in sounds) for sounds in variants}
        if word.isalpha() and len(counts) == 1 and bucket(f"asked {word}", 6) == 0:
            found[word] = (word, str(counts.pop()))
    return found


def _currencies() -> Found:
    """Countries with one currency of today."""
    english = Locale("en")
    found: Found = {}
    for code, name in english.territories.items():
        if len(code) == 2 and len(codes := get_territory_currencies(code)) == 1:
            found[name] = (name, english.currencies[codes[0]])
    return found


def _languages() -> Found:
    """Countries with one official language."""
    english = Locale("en")
    found: Found = {}
    for code, name in english.territories.items():
        languages = get_official_languages(code) if len(code) == 2 else ()
        if len(languages) == 1 and languages[0] in english.languages:
            found[name] = (name, english.languages[languages[0]])
    return found


@cache  # to read the dictionary takes seconds
def _rhymes() -> Found:
    """Pairs of common words that rhyme, and as many that end in the same two letters and don't.

    So who looks at the last letters only has two in three right, not nearly all.
    """
    heard = _heard()
    ranked = sorted(heard, key=lambda word: hashlib.sha256(word.encode()).digest())
    to_rhyme, others = ranked[::2], ranked[1::2]
    yes = _pairs(to_rhyme, lambda a: heard[a][1], lambda a, b: heard[a][0] != heard[b][0])
    no = _pairs(others, lambda a: a[-2:], lambda a, b: heard[a][1] != heard[b][1])
    asked = {"Yes": yes, "No": no}
    count = min(map(len, asked.values()))
    return {
        f"{a}, {b}": (a, b, answer) for answer, pairs in asked.items() for a, b in pairs[:count]
    }


def _heard() -> dict[str, tuple[str, Sounds]]:
    """Common words of one stressed vowel: the sound before it, and the sounds from it on.

    Words that are said in two ways which differ in these are left out.
    """
    times = Counter(re.findall(r"\b[a-z]{2,}\b", wikipedia().train))
    said = pronunciations(stress=True)
    found = {}
    for word, variants in (said.train | said.valid | said.test).items():
        if times[word] >= COMMON:
            ways = {_from_the_stress(sounds) for sounds in variants}
            way = ways.pop()
            if way is not None and not ways:
                found[word] = way
    return found


def _from_the_stress(sounds: Sounds) -> tuple[str, Sounds] | None:
    """The sound before the stressed vowel ("" at the beginning), and those from it on."""
    stressed = [place for place, sound in enumerate(sounds) if sound[-1] in "12"]
    if len(stressed) != 1:
        return None  # none is, or two are, as in *butterfly*: which of them counts?
    [place] = stressed
    return sounds[place - 1] if place else "", sounds[place:]


def _pairs(
    words: Iterable[str], key: Callable[[str], object], fit: Callable[[str, str], bool]
) -> list[tuple[str, str]]:
    """Pairs of words of one key that fit each other; each word is used once at most."""
    waiting: dict[object, list[str]] = defaultdict(list)
    found = []
    for word in words:
        alone = waiting[key(word)]
        partner = next((other for other in alone if fit(other, word)), None)
        if partner is None:
            alone.append(word)
        else:
            alone.remove(partner)
            found.append((partner, word))
    return found


def _emoji() -> Found:
    """Emoji of one character: no flags, and none that are put together of others."""
    found: Found = {}
    for sign, about in emoji.EMOJI_DATA.items():
        alone = len(sign.removesuffix("\ufe0f")) == 1  # which says: in colour
        if alone and about["status"] == emoji.STATUS["fully_qualified"]:
            if about["E"] <= EMOJI_VERSION:
                found[sign] = (sign, about["en"].strip(":").replace("_", " "))
    return found


_FACTS: dict[str, Callable[[], Found]] = {
    "date": _dates,
    "addition": _sums,
    "syllables": _syllables,
    "currency": _currencies,
    "language": _languages,
    "rhyme": _rhymes,
    "emoji": _emoji,
}
