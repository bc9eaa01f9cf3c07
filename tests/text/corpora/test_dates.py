"""Dates, against strptime and against the characters themselves."""

import datetime
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.dates import ENGLISH_FORMATS, FIRST, LAST, dates

STRPTIME = {
    "d MMMM y": "%d %B %Y",
    "MMMM d, y": "%B %d, %Y",
    "d MMM y": "%d %b %Y",
    "MMM d, y": "%b %d, %Y",
    "EEEE, d MMMM y": "%A, %d %B %Y",
    "EEEE, MMMM d, y": "%A, %B %d, %Y",
    "EEE d MMM y": "%a %d %b %Y",
    "EEE, MMM d, y": "%a, %b %d, %Y",
    "M/d/y": "%m/%d/%Y",
    "y-MM-dd": "%Y-%m-%d",
}


@pytest.mark.parametrize("pattern", ENGLISH_FORMATS)
def test_english_reads_back_with_strptime(pattern: str) -> None:
    for pair in dates(50, np.random.default_rng(0), formats=[pattern]):
        read = datetime.datetime.strptime(pair.english, STRPTIME[pattern]).date()
        assert read == pair.date
        assert ("weekday" in pair.english_spans) == ("E" in pattern)


@given(st.integers(0, 2**32))
def test_chinese_and_spans(seed: int) -> None:
    for pair in dates(5, np.random.default_rng(seed)):
        assert FIRST <= pair.date <= LAST
        year, month, day = pair.date.year, pair.date.month, pair.date.day
        assert pair.chinese == f"{year}年{month}月{day}日"
        chinese = {name: pair.chinese[slice(*span)] for name, span in pair.chinese_spans.items()}
        assert chinese == {"year": str(year), "month": str(month), "day": str(day)}
        english = {name: pair.english[slice(*span)] for name, span in pair.english_spans.items()}
        assert english["year"] == str(year)
        assert english["day"].lstrip("0") == str(day)
        assert english["month"].lstrip("0") in (str(month), f"{pair.date:%b}", f"{pair.date:%B}")
        assert english.get("weekday", "") in ("", f"{pair.date:%a}", f"{pair.date:%A}")


def test_chinese_numerals() -> None:
    numbers = dict(zip("一二三四五六七八九", range(1, 10), strict=True))

    def value(numeral: str) -> int:
        tens, ten, ones = numeral.rpartition("十")
        return (numbers.get(tens, 1) * 10 if ten else 0) + numbers.get(ones, 0)

    for pair in dates(300, np.random.default_rng(0), numerals="chinese"):
        match = re.fullmatch("([〇一二三四五六七八九]{4})年(.{1,2})月(.{1,3})日", pair.chinese)
        assert match is not None
        assert [value(match[2]), value(match[3])] == [pair.date.month, pair.date.day]
        digits = "".join(str(numbers.get(digit, 0)) for digit in match[1])
        assert int(digits) == pair.date.year
        assert pair.chinese[slice(*pair.chinese_spans["day"])] == match[3]


def test_the_generator_decides() -> None:
    first = dates(20, np.random.default_rng(3))
    assert first == dates(20, np.random.default_rng(3))
    assert first != dates(20, np.random.default_rng(4))
    assert dates(0, np.random.default_rng(3)) == []
    assert len({pair.english.count(" ") for pair in dates(200, np.random.default_rng(0))}) > 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": -1}, "count is -1, expected a whole number"),
        ({"formats": []}, "expected one or more patterns"),
        ({"formats": ["d MMMM"]}, "must have the fields y, M and d"),
        ({"formats": ["d d M y"]}, "once each"),
        ({"formats": ["d 'of' MMMM y"]}, "no other letters"),
        ({"numerals": "roman"}, "numerals is 'roman', expected one of 'arabic', 'chinese'"),
    ],
)
def test_bad_input(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dates(**{"count": 1, "generator": np.random.default_rng(0), **arguments})  # type: ignore[arg-type]


def test_a_seed_is_no_generator() -> None:
    with pytest.raises(ValueError, match="generator"):
        dates(1, 0)  # type: ignore[arg-type]
