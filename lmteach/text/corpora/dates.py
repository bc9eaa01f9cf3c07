"""English dates and the same dates in Chinese: translation with a known alignment.

As many pairs as you like, drawn at random. Names of months and days come from CLDR, the Unicode
consortium's tables, by way of the package Babel. Taught in notebook 11.
"""

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from babel.dates import format_date, get_date_format

from lmteach.checks import check_choice, check_whole
from lmteach.typed import typed

ENGLISH_FORMATS = (
    "d MMMM y",
    "MMMM d, y",
    "d MMM y",
    "MMM d, y",
    "EEEE, d MMMM y",
    "EEEE, MMMM d, y",
    "EEE d MMM y",
    "EEE, MMM d, y",
    "M/d/y",
    "y-MM-dd",
)  # CLDR patterns: 23 November 2026; November 23, 2026; …; 11/23/2026; 2026-11-23
FIRST = datetime.date(1900, 1, 1)
LAST = datetime.date(2099, 12, 31)

_FIELD = re.compile(r"E+|M+|d+|y+")
_FIELD_NAMES = {"E": "weekday", "M": "month", "d": "day", "y": "year"}
_DIGITS = "〇一二三四五六七八九"

Spans = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class DatePair:
    """One date in English and in Chinese, and where its fields stand in both.

    ``english_spans`` and ``chinese_spans`` map ``"year"``, ``"month"``, ``"day"`` (and in English
    perhaps ``"weekday"``) to where that field starts and ends: the alignment that a model should
    find by itself.
    """

    english: str
    chinese: str
    date: datetime.date
    english_spans: Spans
    chinese_spans: Spans


def _numeral(number: int) -> str:
    """A number from 1 to 99 in Chinese: 十, 十一, 二十三."""
    tens, ones = divmod(number, 10)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + _DIGITS[ones] * bool(ones)


def _spell(day: datetime.date, pattern: str, locale: str, chinese: bool) -> tuple[str, Spans]:
    """The date after a CLDR pattern, field by field, so that each field's place is known."""
    text, spans, position = "", {}, 0
    for match in _FIELD.finditer(pattern):
        text += pattern[position : match.start()]
        name = _FIELD_NAMES[match[0][0]]
        if not chinese:
            field = format_date(day, match[0], locale=locale)
        elif name == "year":
            field = "".join(_DIGITS[int(digit)] for digit in str(day.year))
        else:
            field = _numeral(day.month if name == "month" else day.day)
        spans[name] = (len(text), len(text) + len(field))
        text += field
        position = match.end()
    return text + pattern[position:], spans


@typed
def dates(
    count: int,
    generator: np.random.Generator,
    formats: Sequence[str] = ENGLISH_FORMATS,
    numerals: str = "arabic",
) -> list[DatePair]:
    """``count`` pairs; dates and formats are drawn evenly.

    The days run from 1 January 1900 to 31 December 2099.
    ``formats`` are CLDR patterns of the fields E (weekday), M (month), d (day) and y (year).
    ``numerals="chinese"`` writes 二〇二六年十一月二十三日 instead of 2026年11月23日. The same
    generator state gives the same pairs.

    Raises:
        ValueError: ``generator`` is no NumPy generator, ``count`` is negative, a format lacks
            year, month or day, or numerals unknown.

    Source: CLDR by way of Babel; Unicode licence.

    >>> pair = dates(1, np.random.default_rng(1), formats=["MMMM d, y"])[0]
    >>> pair.english, pair.chinese, pair.english_spans["year"]
    ('August 21, 1994', '1994年8月21日', (11, 15))
    """
    check_whole("count", count, at_least=0)
    check_choice("numerals", numerals, ("arabic", "chinese"))
    if isinstance(formats, str) or not formats:
        raise ValueError(f"formats is {formats!r}; expected one or more patterns, as ['d MMMM y']")
    for pattern in formats:
        fields = [_FIELD_NAMES[field[0]] for field in _FIELD.findall(pattern)]
        letters = re.sub(r"[^a-zA-Z]", "", _FIELD.sub("", pattern))
        if letters or len(set(fields)) < len(fields) or not {"year", "month", "day"} <= set(fields):
            raise ValueError(
                f"the format {pattern!r} must have the fields y, M and d once each, perhaps E, and "
                f"no other letters, such as 'EEEE, d MMMM y'"
            )
    zh_pattern = get_date_format("long", locale="zh").pattern
    days = generator.integers(FIRST.toordinal(), LAST.toordinal() + 1, size=count)
    choices = generator.integers(len(formats), size=count)
    pairs = []
    for ordinal, choice in zip(days.tolist(), choices.tolist(), strict=True):
        day = datetime.date.fromordinal(ordinal)
        english, english_spans = _spell(day, formats[choice], "en", chinese=False)
        chinese, chinese_spans = _spell(day, zh_pattern, "zh", chinese=numerals == "chinese")
        pairs.append(DatePair(english, chinese, day, english_spans, chinese_spans))
    return pairs
