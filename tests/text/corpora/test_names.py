"""Census names, against the files read in another way."""

import csv
import string
from collections import Counter
from importlib.metadata import files

import pytest

from lmteach.text.corpora.names import names

FILES = {"last": ["dist.all.last"], "female": ["dist.female.first"], "male": ["dist.male.first"]}
FILES["first"] = FILES["female"] + FILES["male"]


def csv_names(kind: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for file in files("names") or []:
        if file.name in FILES[kind]:
            with open(str(file.locate()), newline="") as lines:
                rows = csv.reader(lines, delimiter=" ", skipinitialspace=True)
                found.update({row[0].lower() for row in rows})
    return found


@pytest.mark.parametrize("kind", FILES)
def test_every_name_is_in_one_part(kind: str) -> None:
    corpus = names(kind)
    parts = [part.strip("\n").split("\n") for part in (corpus.train, corpus.valid, corpus.test)]
    assert Counter(name for part in parts for name in part) == Counter(
        dict.fromkeys(csv_names(kind), 1)
    )
    for part, text in zip(parts, (corpus.train, corpus.valid, corpus.test), strict=True):
        assert text == "\n" + "".join(f"{name}\n" for name in part)
        assert set(text) <= set(string.ascii_lowercase + "\n")


def test_sizes_and_order() -> None:
    corpus = names()
    sizes = [part.count("\n") - 1 for part in (corpus.train, corpus.valid, corpus.test)]
    assert sum(sizes) == 88_799
    assert [round(size / 88_799, 2) for size in sizes] == [0.8, 0.1, 0.1]
    assert corpus.train.startswith("\nsmith\njohnson\nwilliams\n")
    assert names("last") == corpus != names("first")


def test_unknown_kind() -> None:
    with pytest.raises(ValueError, match="kind is 'middle', expected one of 'last', 'female'"):
        names("middle")
