"""A dictionary of Chinese words with their counts: jieba's. Taught in notebook 03."""

import functools

from lmteach.text.packages import read_package_file

_REQUIREMENT = "jieba==0.42.1"
_SHA256 = "7197c3211ddd98962b036cdf40324d1ea2bfaa12bd028e68faa70111a88e12a8"


@functools.cache
def chinese_words() -> dict[str, int]:
    """Words with how often each was seen, 349,045 of them, in simplified Chinese mostly.

    Raises:
        ModuleNotFoundError: the package jieba is not installed.
        ValueError: its dictionary is damaged, or of another version.

    Source: the package jieba (Sun Junyi), MIT licence; it is read without importing the package.

    >>> words = chinese_words()
    >>> words["语言"], len(words)  # language
    (7647, 349045)
    """
    data = read_package_file("jieba", _REQUIREMENT, "dict.txt", _SHA256).decode("utf-8")
    rows = (line.rsplit(" ", 2) for line in data.splitlines())
    return {word: int(count) for word, count, _ in rows}
