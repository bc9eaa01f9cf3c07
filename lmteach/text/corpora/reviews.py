"""Two hundred sentences from film reviews, half of them kind. Taught in notebook 15."""

from dataclasses import dataclass
from typing import Literal

from lmteach.text.packages import read_package_file

_FILE = "test/test_data/pang_lee_polarity.cor"
_SHA256 = "662c1b7c3bd0612eaaaf3f0c694cbd3897e30c0d87d2940b46c9fd0d15ed70c1"
_LABELS: dict[str, Literal["positive", "negative"]] = {
    "__label__pos": "positive",
    "__label__neg": "negative",
}


@dataclass(frozen=True)
class Review:
    """One sentence and whether it praises (``positive``) or blames (``negative``)."""

    text: str
    label: Literal["positive", "negative"]


def review_sentences() -> tuple[Review, ...]:
    """100 negative and 100 positive sentences, lower case, spaces around the punctuation.

    Few on purpose: enough to fine-tune a pretrained model, too few to learn English from. Most are
    also among ``film_sentences()``, in all its parts: don't train on the one and test on the other.

    Raises:
        ModuleNotFoundError: gensim, which brings the file, is not installed.
        ValueError: the file is damaged.

    Source: Pang and Lee 2005, "Seeing stars", sentence polarity; given for research use. The
    excerpt comes with gensim's tests.

    >>> review_sentences()[0]
    Review(text='simplistic , silly and tedious .', label='negative')
    """
    data = read_package_file("gensim", "gensim>=4.4", _FILE, _SHA256).decode("cp1252")
    reviews = []
    for line in data.split("\n"):
        label, _, text = line.partition(" ")
        if line.strip():
            reviews.append(Review(" ".join(text.split()), _LABELS[label]))
    return tuple(reviews)
