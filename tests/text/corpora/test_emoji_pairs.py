"""Emoji and their names: parts that never move, pictures that show something, families apart."""

import emoji
import numpy as np
import pytest

from lmteach.text.corpora.emoji_pairs import EmojiPair, emoji_pairs


def all_of(split: str = "random") -> list[EmojiPair]:
    found = emoji_pairs(split)
    return [pair for part in (found.train, found.valid, found.test) for pair in part.pairs]


def test_sizes_and_parts() -> None:
    for split in ("random", "family"):
        found = emoji_pairs(split)
        assert len(found.test) >= 190
        assert 1200 < len(found.train) < 1400
        pairs = all_of(split)
        assert len({pair.english for pair in pairs}) == len(pairs)
        assert len({pair.chinese for pair in pairs}) == len(pairs)
    assert {pair.emoji for pair in all_of("family")} == {pair.emoji for pair in all_of()}


def test_names_are_those_of_unicode_in_both_languages() -> None:
    for pair in all_of():
        english, chinese = (
            emoji.demojize(pair.emoji, language=language).strip(":").replace("_", " ").lower()
            for language in ("en", "zh")
        )
        assert (pair.english, pair.chinese) == (english, chinese)
    by_name = {pair.english: pair for pair in all_of()}
    assert by_name["lizard"].chinese == "蜥蜴"


def test_no_relative_of_a_test_picture_is_in_training() -> None:
    found = emoji_pairs("family")
    train = {pair.family for pair in found.train.pairs}
    assert not train & {pair.family for pair in found.test.pairs}
    mixed = emoji_pairs()
    assert {pair.family for pair in mixed.train.pairs} & {p.family for p in mixed.test.pairs}


def test_families_by_hand() -> None:
    shrugs = ("person shrugging", "woman shrugging", "man shrugging medium-dark skin tone")
    assert {EmojiPair("", name, "").family for name in shrugs} == {"shrugging"}
    assert EmojiPair("", "woman", "").family == EmojiPair("", "boy", "").family == "people"
    assert EmojiPair("", "red apple", "").family == "red apple"


def test_flags_and_skin_tones_are_few_and_in_every_part() -> None:
    found = emoji_pairs()
    for part in (found.train, found.valid, found.test):
        tones = sum("skin tone" in pair.english for pair in part.pairs)
        assert 0 < tones / len(part) < 0.06


def test_pictures_show_something_and_no_two_are_alike() -> None:
    found = emoji_pairs()
    pictures = np.concatenate([part.pictures for part in (found.train, found.valid, found.test)])
    assert pictures.shape[1:] == (48, 48, 3)
    assert pictures.dtype == np.uint8
    assert ((pictures < 200).mean(axis=(1, 2, 3)) > 0.01).all()
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert (pictures[:, 0] == 255).mean() > 0.9  # the edge is paper


def test_a_smaller_size_has_the_same_pairs_in_the_same_parts() -> None:
    small, large = emoji_pairs(size=24), emoji_pairs()
    assert small.test.pictures.shape[1:] == (24, 24, 3)
    shared = {pair.english for pair in small.test.pairs} & {p.english for p in large.test.pairs}
    assert len(shared) >= 0.98 * len(large.test)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [({"size": 50}, "a divisor of 144"), ({"split": "hash"}, "expected one")],
)
def test_what_does_not_fit_is_refused(arguments: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        emoji_pairs(**arguments)
