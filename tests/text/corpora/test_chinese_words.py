"""jieba's dictionary against the file's own lines."""

from collections import Counter

import pytest

from lmteach.text.corpora import chinese_words as module
from lmteach.text.corpora.chinese_words import chinese_words
from lmteach.text.packages import package_folder


def test_every_line_is_a_word_with_its_count():
    lines = (package_folder("jieba", "jieba") / "dict.txt").read_text("utf-8").split("\n")
    words = chinese_words()
    fields = [line.split(" ") for line in lines if line]
    assert {len(parts) for parts in fields} == {3}
    assert words == {word: int(count) for word, count, _ in fields}
    twice = [word for word, times in Counter(word for word, *_ in fields).items() if times > 1]
    assert len(words) == len(fields) - len(twice)


def test_by_hand():
    words = chinese_words()
    assert words["我们"] > words["语言"] > words["北京大学"] > 0
    assert sorted(words, key=words.__getitem__)[-2:] == ["是", "了"]


def test_another_version_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_SHA256", "0" * 64)
    with pytest.raises(
        ValueError, match=r"dict\.txt of the package 'jieba' is damaged or of another"
    ):
        chinese_words.__wrapped__()
