"""Names in English and in Chinese: short translations that can be judged. Notebook 18.

Of countries, languages, currencies and units, and of languages as they are spoken in a country.
They come from CLDR, the Unicode consortium's tables, by way of the package Babel.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from babel import Locale
from babel.languages import get_territory_language_info

from lmteach.text.splits import bucket
from lmteach.typed import typed

Kind = Literal["country", "language", "currency", "unit", "language of a country"]
BUCKETS = 10  # of words: one is for test, one for valid; of names without those, one is for test


@dataclass(frozen=True)
class TranslatedName:
    """A name in both languages, and what it is the name of."""

    english: str
    chinese: str
    kind: Kind


@dataclass(frozen=True)
class TranslatedNames:
    """Names in four parts; no name is in two of them.

    Each name of ``new_words`` and of ``valid`` has a word that no name of ``train`` has. All words
    of the names of ``known_words`` stand in names of ``train``, though never together.
    """

    train: tuple[TranslatedName, ...]
    valid: tuple[TranslatedName, ...]
    known_words: tuple[TranslatedName, ...]
    new_words: tuple[TranslatedName, ...]

    def __repr__(self) -> str:
        """Sizes instead of thousands of names."""
        return (
            f"TranslatedNames(train={len(self.train):,}, valid={len(self.valid):,}, "
            f"known_words={len(self.known_words):,}, new_words={len(self.new_words):,})"
        )


@typed
def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in small letters: what stands between blanks, marks and digits.

    >>> words_of("Sudanese Dinar (1992–2007)")
    ('sudanese', 'dinar')
    """
    return tuple(re.findall(r"[^\W\d_]+", name.casefold()))


@typed
def translated_names() -> TranslatedNames:
    """Return names in English and Chinese, split by their words.

    A word is for test or for valid by a hash of itself, and takes all names along that have it. Of
    the others, a hash of the name chooses those of ``known_words``, as far as every word of theirs
    is also in another name. A name with two translations, as of a country and a language, has the
    first of them.

    Source: CLDR by way of Babel, Unicode licence.

    >>> names = translated_names()
    >>> [name.chinese for name in names.train if name.english == "square miles"]
    ['平方英里']
    """
    parts: dict[str, list[TranslatedName]] = {"train": [], "valid": [], "new": [], "held out": []}
    for name in _once(_all_names()):
        of_words = {bucket(word, BUCKETS) for word in words_of(name.english)}
        of_name = bucket(name.english, BUCKETS)
        part = "new" if 0 in of_words else "valid" if 1 in of_words else None
        parts[part or ("train" if of_name else "held out")].append(name)
    known = {word for name in parts["train"] for word in words_of(name.english)}
    tested = [name for name in parts["held out"] if known.issuperset(words_of(name.english))]
    train = [*parts["train"], *(name for name in parts["held out"] if name not in tested)]
    return TranslatedNames(*map(tuple, (train, parts["valid"], tested, parts["new"])))


def _once(names: Iterator[TranslatedName]) -> Iterator[TranslatedName]:
    """The first of all names that are written alike in English, capitals aside."""
    seen = set()
    for name in names:
        if name.english.casefold() not in seen:
            seen.add(name.english.casefold())
            yield name


def _all_names() -> Iterator[TranslatedName]:
    """Every name that stands in both languages, in the order of the tables."""
    english, chinese = Locale("en"), Locale("zh")
    kinds: tuple[tuple[Kind, str], ...] = (
        ("country", "territories"),
        ("language", "languages"),
        ("currency", "currencies"),
    )
    for kind, table in kinds:
        named, translated = getattr(english, table), getattr(chinese, table)
        for code in named:
            if code in translated:
                yield TranslatedName(named[code], translated[code], kind)
    for unit, forms in english.unit_display_names.items():
        name, translation = (_unit(one) for one in (forms, chinese.unit_display_names.get(unit)))
        if name and translation:
            yield TranslatedName(name, translation, "unit")
    for country in sorted(english.territories.keys() & chinese.territories.keys()):
        for language in get_territory_language_info(country):
            if language in english.languages and language in chinese.languages:
                name, translation = (
                    f"{of.languages[language]} ({of.territories[country]})"
                    for of in (english, chinese)
                )
                yield TranslatedName(name, translation, "language of a country")


def _unit(forms: Mapping[str, str] | None) -> str | None:
    """The long name of a unit; if there is none, the short one."""
    return (forms or {}).get("long") or (forms or {}).get("short")
