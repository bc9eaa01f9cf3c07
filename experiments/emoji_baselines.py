"""How far does one come with emoji and their names without training a network?

Of the held-out emoji, each picture looks for its name among all their names, and each name for its
picture. "ridge" is kernel ridge regression from colours and edges to the vector of a name;
"nearest" takes the vector of the most similar picture's name in training. Vectors of names count
letters that stand together (TF-IDF, fitted to the names in training), or are MiniLM's. Penalty and
width of the kernel are the best on valid, by the mean reciprocal rank.
"""

from functools import cache

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge
from sklearn.metrics.pairwise import cosine_similarity, euclidean_distances

from lmteach.evaluation.retrieval import mean_reciprocal_rank, rank_of, recall_at
from lmteach.models.bert.minilm import minilm
from lmteach.models.pictures.colours_and_edges import colours_and_edges
from lmteach.text.corpora.emoji_pairs import EmojiPart, Split, emoji_pairs

PENALTIES, WIDTHS = (0.03, 0.1, 0.3, 1.0), (1, 2, 4)
LETTERS = {"English": (2, 5), "Chinese": (1, 3)}
RECIPE = {
    "pictures": "emoji_pairs(split), 48 by 48",
    "seen": "colours_and_edges(pictures)",
    "penalties": list(PENALTIES),
    "widths": list(WIDTHS),
    "letters": {language: list(lengths) for language, lengths in LETTERS.items()},
}
CASES = tuple(
    {"way": way, "names": names, "language": language, "split": split}
    for way in ("nearest", "ridge")
    for names, language in (("letters", "English"), ("letters", "Chinese"), ("MiniLM", "English"))
    for split in ("random", "family")
)
SEEDS = ()
TOLERANCE = 0.03

Parts = dict[str, np.ndarray]


@cache
def seen(split: Split) -> Parts:
    """What is seen of the pictures of each part, a row for each."""
    pairs = emoji_pairs(split)
    parts = {"train": pairs.train, "valid": pairs.valid, "test": pairs.test}
    return {name: colours_and_edges(part.pictures) for name, part in parts.items()}


@cache
def named(split: Split, names: str, language: str) -> Parts:
    """The vectors of the names of each part, of length 1, the mean of train taken away."""
    pairs = emoji_pairs(split)
    parts = {"train": pairs.train, "valid": pairs.valid, "test": pairs.test}
    texts = {name: texts_of(part, language) for name, part in parts.items()}
    if names == "MiniLM":
        encoder = minilm()
        vectors = {
            name: np.concatenate([encoder.embed([text]).detach().numpy() for text in some])
            for name, some in texts.items()
        }
    else:
        counted = TfidfVectorizer(analyzer="char_wb", ngram_range=LETTERS[language], min_df=2)
        counted.fit(texts["train"])
        vectors = {name: counted.transform(some).toarray() for name, some in texts.items()}
    middle = vectors["train"].mean(axis=0)
    return {name: some - middle for name, some in vectors.items()}


def texts_of(part: EmojiPart, language: str) -> list[str]:
    """The names of a part in a language."""
    return [pair.english if language == "English" else pair.chinese for pair in part.pairs]


def ranks(predicted: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At which place each picture finds its name, and each name its picture."""
    alike = cosine_similarity(predicted, right)
    return tuple(
        np.array([rank_of(row, place) for place, row in enumerate(table)])
        for table in (alike, alike.T)
    )


def by_ridge(inputs: Parts, outputs: Parts) -> dict[str, float | np.ndarray]:
    """What the best of the ridges predicts for test, and how it was set."""
    some = inputs["train"][:300]
    usual = float(np.median(euclidean_distances(some, squared=True)))
    best: dict[str, float | np.ndarray] = {"valid": -1.0}
    for penalty in PENALTIES:
        for width in WIDTHS:
            ridge = KernelRidge(alpha=penalty, kernel="rbf", gamma=width / usual)
            ridge.fit(inputs["train"], outputs["train"])
            both = ranks(ridge.predict(inputs["valid"]), outputs["valid"])
            valid = float(np.mean([mean_reciprocal_rank(found) for found in both]))
            if valid > best["valid"]:
                predicted = ridge.predict(inputs["test"])
                best = {"valid": valid, "penalty": penalty, "width": width, "test": predicted}
    return best


def by_nearest(inputs: Parts, outputs: Parts) -> np.ndarray:
    """For each test picture the vector of the most similar one in training."""
    distances = euclidean_distances(inputs["test"], inputs["train"])
    return outputs["train"][distances.argmin(axis=1)]


def measure(
    seed: int | None, way: str, names: str, language: str, split: Split
) -> dict[str, float]:
    """Recall at 1 and 5 and mean reciprocal rank, from picture to name and from name to picture."""
    inputs, outputs = seen(split), named(split, names, language)
    chosen = (
        {"test": by_nearest(inputs, outputs)} if way == "nearest" else by_ridge(inputs, outputs)
    )
    found: dict[str, float] = {"pictures": len(outputs["test"])}
    for asked, some in zip(
        ("picture", "name"), ranks(chosen["test"], outputs["test"]), strict=True
    ):
        found[f"{asked}_first"] = round(recall_at(some, 1), 4)
        found[f"{asked}_among_five"] = round(recall_at(some, 5), 4)
        found[f"{asked}_reciprocal"] = round(mean_reciprocal_rank(some), 4)
    return found | {name: float(chosen.get(name, 0.0)) for name in ("penalty", "width")}
