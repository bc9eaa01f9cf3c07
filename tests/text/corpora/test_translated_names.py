"""Names in English and in Chinese: a split by words, and names that are known."""

from collections import Counter

import pytest
from babel import Locale
from babel.languages import get_territory_language_info

from lmteach.text.corpora.translated_names import translated_names, words_of

ENGLISH, CHINESE = Locale("en"), Locale("zh")
NAMES = translated_names()
PARTS = {part: getattr(NAMES, part) for part in ("train", "valid", "known_words", "new_words")}


def words_in(*parts: str) -> set[str]:
    """All words of the names of some parts."""
    return {word for part in parts for one in PARTS[part] for word in words_of(one.english)}


def test_no_name_is_in_two_parts() -> None:
    counts = Counter(one.english.casefold() for part in PARTS.values() for one in part)
    assert set(counts.values()) == {1}
    assert counts.total() > 2500


def test_words_are_known_or_new() -> None:
    known = words_in("train")
    for part in ("new_words", "valid"):
        assert all(set(words_of(one.english)) - known for one in PARTS[part]), part
    assert words_in("known_words") <= known


def test_sizes_and_that_it_never_moves() -> None:
    assert translated_names() == NAMES
    assert repr(NAMES) == "TranslatedNames(train=1,539, valid=392, known_words=147, new_words=481)"
    kinds = Counter(one.kind for part in PARTS.values() for one in part)
    assert set(kinds) == {"country", "language", "currency", "unit", "language of a country"}
    assert min(kinds.values()) > 150


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("France", "法国"),
        ("Swiss Franc", "瑞士法郎"),
        ("kilometers per hour", "公里/小时"),
        ("Czech", "捷克语"),
        ("French (Monaco)", "法语 (摩纳哥)"),
        ("Nauru", "瑙鲁"),  # the country, not its language, which has the same name
    ],
)
def test_by_hand(english: str, chinese: str) -> None:
    [found] = [one for part in PARTS.values() for one in part if one.english == english]
    assert found.chinese == chinese


def test_a_language_of_a_country_is_made_of_both() -> None:
    made = {
        f"{ENGLISH.languages[language]} ({country})": (language, code)
        for code, country in ENGLISH.territories.items()
        for language in get_territory_language_info(code)
        if language in ENGLISH.languages
    }
    for part in PARTS.values():
        for one in part:
            if one.kind == "language of a country":
                language, code = made[one.english]
                both = CHINESE.languages[language], CHINESE.territories[code]
                assert one.chinese == f"{both[0]} ({both[1]})"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Sudanese Dinar (1992–2007)", ("sudanese", "dinar")),
        ("Côte d’Ivoire", ("côte", "d", "ivoire")),
        ("pound-force-feet", ("pound", "force", "feet")),
        ("%", ()),
    ],
)
def test_words(name: str, words: tuple[str, ...]) -> None:
    assert words_of(name) == words
    assert words_of(name.upper()) == words
