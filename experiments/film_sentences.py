"""Praise or blame? Ways to judge a sentence with 50, 200, 1,000 and all labels: thread C.

``film_sentences()``: a method is given the first labels of the training sentences in an order drawn
by the seed, so that with more labels it keeps those it had; with all of them, seeds differ in what
else is drawn. Every setting is chosen by cross-validation within these labels. Each seed reads the
test sentences once; ``right`` says which were judged right, for ``unpack_answers``. With no labels:
VADER's lexicon and rules, whose words were rated by people, and which its authors judged on these
very sentences (Hutto and Gilbert 2014), and one person against the mean of the others, over all
sentences, so that there ``right`` is empty. The first case is short, to be measured again.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from lmteach.evaluation.results import pack_answers
from lmteach.models.bert.minilm import minilm
from lmteach.models.ngram.classifier import NGramClassifier
from lmteach.text.corpora.film_sentences import film_sentences
from lmteach.text.tokenizers.words import WordTokenizer

ALL = 7049
LABELS = (50, 200, 1000, ALL)
LAYERS = (4, 5, 6)  # of MiniLM's six
RECIPE = {
    "text": "train of film_sentences()",
    "naive Bayes": {
        "settings": (
            {"order": 1, "smoothing": "add_k", "k": 0.3},
            {"order": 1, "smoothing": "add_k", "k": 1.0},
            {"order": 2, "smoothing": "kneser_ney", "discount": 0.75},
        ),
        "folds": 5,
    },
    "TF-IDF": {
        "words": (1, 2),
        "letters": (2, 5),
        "settings": tuple({"C": c} for c in (1.0, 10.0, 100.0)),
        "folds": 3,
    },
    "MiniLM, frozen": {
        "settings": tuple({"layer": n, "C": c} for n in LAYERS for c in (0.001, 0.01, 0.1)),
        "folds": 3,
    },
    "MiniLM, frozen, last layer": {
        "settings": tuple({"layer": LAYERS[-1], "C": c} for c in (0.001, 0.01, 0.1)),
        "folds": 3,
    },
}
TRAINED = ("TF-IDF", "naive Bayes", "MiniLM, frozen", "MiniLM, frozen, last layer", "majority")
CASES = (
    *({"method": method, "labels": labels} for method in TRAINED for labels in LABELS),
    {"method": "VADER", "labels": 0},
    {"method": "one person", "labels": 0},
)


def row_name(method: str, labels: int) -> str:
    """What a case is called on the scoreboard."""
    return f"{method}, {labels:,} labels" if labels else f"{method}, no labels"


BOARD = {
    "thread": "C",
    "value": "accuracy",
    "rows": {row_name(**case): case for case in CASES},
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.01

Places = np.ndarray  # of sentences among all, the training sentences first
Setting = dict[str, Any]


@dataclass(frozen=True)
class Judged:
    """What a method says of the sentences it is asked, whether each is praise; and its size."""

    positive: np.ndarray
    parameters: int


@dataclass(frozen=True, eq=False)
class Way:
    """A method: how it judges, given setting, labelled places, asked places and seed; its settings.

    Of several settings that one is taken which is right most often over the folds of the labels,
    or of the first ``chosen_on`` of them. ``reading`` are seconds for each sentence beforehand.
    """

    judge: Callable[[Setting, Places, Places, int], Judged]
    settings: tuple[Setting, ...] = ({},)
    folds: int = 2
    chosen_on: int = ALL
    reading: Callable[[], float] = float


@cache
def read() -> tuple[list[str], np.ndarray]:
    """All sentences, first those of train, then those of test, and whether each is praise."""
    films = film_sentences()
    sentences = [*films.train, *films.test]
    return [one.text for one in sentences], np.array([one.positive for one in sentences])


def drawn(labels: int, seed: int) -> Places:
    """The sentences whose labels a method is given."""
    return np.random.default_rng(seed).permutation(ALL)[:labels]


@cache
def chosen(way: Way, labels: int, seed: int) -> Setting:
    """The setting that judges best the labels that it was not given, over the folds."""
    if len(way.settings) == 1:
        return way.settings[0]
    if labels > way.chosen_on:
        return chosen(way, way.chosen_on, seed)
    places, positive = drawn(labels, seed), read()[1]
    folds = StratifiedKFold(way.folds, shuffle=True, random_state=seed)
    right = np.zeros(len(way.settings))
    for known, held in folds.split(places, positive[places]):
        for number, setting in enumerate(way.settings):
            judged = way.judge(setting, places[known], places[held], seed)
            right[number] += (judged.positive == positive[places[held]]).sum()
    return way.settings[int(right.argmax())]


def figures(way: Way, labels: int, seed: int) -> dict[str, Any]:
    """The share of test sentences judged right, which, the size, and the seconds with one setting.

    The seconds are those of training once with the setting that was chosen, and of judging all test
    sentences, of reading both included.
    """
    texts, positive = read()
    asked = np.arange(ALL, len(texts))
    setting = chosen(way, labels, seed)
    counted.cache_clear()
    reading = way.reading() * (labels + len(asked))
    started = time.perf_counter()
    judged = way.judge(setting, drawn(labels, seed), asked, seed)
    seconds = time.perf_counter() - started + reading
    right = judged.positive == positive[asked]
    return {
        "accuracy": round(float(right.mean()), 4),
        "parameters": judged.parameters,
        "seconds": round(seconds, 2),
        "setting": ", ".join(f"{name} {value}" for name, value in setting.items()),
        "right": pack_answers(right),
    }


def majority(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """What most of the given labels say."""
    return Judged(np.full(len(asked), read()[1][given].mean() > 0.5), 1)


def naive_bayes(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """One n-gram model of words for praise, one for blame."""
    texts, positive = read()
    tokenizer = WordTokenizer("\n".join(texts[place] for place in given), lower=True)
    said = [tokenizer.encode(texts[place]) for place in given]
    classifier = NGramClassifier(tokenizer.vocab_size, **setting)
    classifier.fit(said, positive[given].astype(int).tolist())
    found = classifier.predict([tokenizer.encode(texts[place]) for place in asked])
    return Judged(found == 1, sum(model.parameter_count for model in classifier.models))


@lru_cache(maxsize=8)
def counted(given: tuple[int, ...], asked: tuple[int, ...]) -> tuple[Any, Any]:
    """Weighted counts of words, pairs of words and rows of letters, for some settings in a row."""
    recipe, texts = RECIPE["TF-IDF"], read()[0]
    words = TfidfVectorizer(ngram_range=recipe["words"], sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=recipe["letters"], sublinear_tf=True)
    both = make_union(words, letters)
    known = both.fit_transform([texts[place] for place in given])
    return known, both.transform([texts[place] for place in asked])


def tf_idf(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """Logistic regression on weighted counts."""
    known, unknown = counted(tuple(given.tolist()), tuple(asked.tolist()))
    model = LogisticRegression(**setting, solver="liblinear", max_iter=1000, random_state=0)
    model.fit(known, read()[1][given])
    return Judged(model.predict(unknown), model.coef_.size + 1)


@cache
@torch.no_grad()
def read_by_minilm() -> tuple[dict[int, np.ndarray], float]:
    """The mean over each sentence's tokens (N, D) after some layers, and seconds for a sentence."""
    started, texts, encoder = time.perf_counter(), read()[0], minilm()
    vectors = {n: np.zeros((len(texts), encoder.config.dim), np.float32) for n in LAYERS}
    for places in torch.tensor([len(text) for text in texts]).argsort().split(64):
        ids, mask = encoder.read([texts[place] for place in places])
        states = encoder.hidden_states(ids, mask)
        for n in LAYERS:
            sums = (states[n] * mask[..., None]).sum(dim=1)
            vectors[n][places] = (sums / mask.sum(dim=1, keepdim=True)).numpy()
    return vectors, (time.perf_counter() - started) / len(texts)


def frozen(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """Logistic regression on MiniLM's vectors, whose numbers count as parameters, too."""
    vectors = read_by_minilm()[0][setting["layer"]]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=setting["C"], max_iter=1000))
    model.fit(vectors[given], read()[1][given])
    size = sum(weight.numel() for weight in minilm().parameters())
    return Judged(model.predict(vectors[asked]), size + vectors.shape[1] + 1)


def vader(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """VADER's sum of rated words, corrected by its rules; a coin where it says neither."""
    analyzer, coin = SentimentIntensityAnalyzer(), np.random.default_rng(seed)
    sums = np.array([analyzer.polarity_scores(read()[0][n])["compound"] for n in asked])
    heads = coin.random(len(sums)) < 0.5
    return Judged(np.where(sums == 0, heads, sums > 0), len(analyzer.lexicon))


def way_of(method: str, judge: Callable[..., Judged], reading: Callable[[], float] = float) -> Way:
    """A method with the settings of its recipe."""
    recipe = RECIPE[method]
    return Way(judge, recipe["settings"], recipe["folds"], reading=reading)


def seconds_of_minilm() -> float:
    """What it takes to read a sentence."""
    return read_by_minilm()[1]


WAYS = {
    "TF-IDF": way_of("TF-IDF", tf_idf),
    "naive Bayes": way_of("naive Bayes", naive_bayes),
    "MiniLM, frozen": way_of("MiniLM, frozen", frozen, seconds_of_minilm),
    "MiniLM, frozen, last layer": way_of("MiniLM, frozen, last layer", frozen, seconds_of_minilm),
    "majority": Way(majority),
    "VADER": Way(vader),
}


def measure(seed: int, method: str, labels: int) -> dict[str, Any]:
    """The figures of one case."""
    if method == "one person":
        agreed = round(film_sentences().human_agreement, 4)
        return {"accuracy": agreed, "parameters": 0, "seconds": 0.0, "setting": "", "right": ""}
    return figures(WAYS[method], labels, seed)
