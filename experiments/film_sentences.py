"""Praise or blame? Seven ways to judge a sentence, with 50, 200, 1,000 and all labels: thread C.

``film_sentences()``: a method is given the first labels of the training sentences in an order drawn
by the seed, so that with more labels it keeps those it had; with all of them, seeds differ in what
else is drawn. Every setting is chosen by cross-validation within these labels, or within the first
``chosen_on`` of them. Each seed reads the test sentences once; ``right`` says which were judged
right, for ``unpack_answers``. With no labels: VADER's lexicon and rules, whose words were rated by
people, and which its authors judged on these very sentences (Hutto and Gilbert 2014), and one
person against the mean of the others, over all sentences, so that there ``right`` is empty. The
first case is short, to be measured again.
"""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_union
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from lmteach.evaluation.results import pack_answers
from lmteach.models.bert.minilm import minilm
from lmteach.models.ngram.classifier import NGramClassifier
from lmteach.models.transformer.layers import EncoderLayer, TransformerConfig
from lmteach.text.batches import batches_of_like_length
from lmteach.text.corpora.film_sentences import film_sentences
from lmteach.text.tokenizers.words import WordTokenizer
from lmteach.training.loop import fit
from lmteach.training.schedules import warmup_cosine

ALL = 7049
LABELS = (50, 200, 1000, ALL)
C = tuple({"C": c} for c in (1.0, 10.0, 100.0))
RECIPE = {
    "text": "train of film_sentences()",
    "naive Bayes": {
        "settings": (
            {"order": 1, "smoothing": "add_k", "k": 0.3},
            {"order": 1, "smoothing": "add_k", "k": 1.0},
            {"order": 2, "smoothing": "kneser_ney", "discount": 0.75},
        ),
        "folds": 5,
        "chosen_on": ALL,
    },
    "TF-IDF": {"words": (1, 2), "letters": (2, 5), "settings": C, "folds": 3, "chosen_on": ALL},
    "encoder from scratch": {
        "dim": 64,
        "heads": 4,
        "layers": 1,
        "dropout": 0.2,
        "min_count": 2,
        "settings": tuple(
            {"rate": rate, "passes": passes} for rate in (1e-3, 3e-3) for passes in (5, 15)
        ),
        "batch": 32,
        "folds": 2,
        "chosen_on": 1000,
    },
    "MiniLM, frozen": {"settings": C, "folds": 5, "chosen_on": ALL},
    "MiniLM, fine-tuned": {
        "layers": 3,  # the upper ones; those below stay as they are, and are run once
        "passes": {"50": 12, "200": 6, "1000": 3, str(ALL): 2},
        "settings": tuple({"rate": rate} for rate in (1e-4, 3e-4)),
        "batch": 16,
        "folds": 2,
        "chosen_on": 200,
    },
    "head": 10,  # times the rate of the layers, for the last map, which starts at 0
    "optimizer": "AdamW, weight decay 0.01",
    "warmup": 0.1,  # of the steps
}
TRAINED = ("TF-IDF", "majority", "naive Bayes", "encoder from scratch", "MiniLM, frozen")
METHODS = (*TRAINED, "MiniLM, fine-tuned")
CASES = (
    *({"method": method, "labels": labels} for method in TRAINED for labels in LABELS),
    {"method": "VADER", "labels": 0},
    {"method": "one person", "labels": 0},
    *({"method": METHODS[-1], "labels": labels} for labels in LABELS),
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


Method = Callable[[Setting, Places, Places, int], Judged]  # setting, given, asked, seed


@cache
def read() -> tuple[list[str], np.ndarray]:
    """All sentences, first those of train, then those of test, and whether each is praise."""
    films = film_sentences()
    sentences = [*films.train, *films.test]
    return [one.text for one in sentences], np.array([one.positive for one in sentences])


def drawn(labels: int, seed: int) -> Places:
    """The sentences whose labels a method is given."""
    return np.random.default_rng(seed).permutation(ALL)[:labels]


def majority(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """What most of the given labels say."""
    return Judged(np.full(len(asked), read()[1][given].mean() > 0.5), 1)


def naive_bayes(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """One n-gram model of words for praise, one for blame."""
    texts, positive = read()
    tokenizer = WordTokenizer("\n".join(texts[place] for place in given), lower=True)
    classifier = NGramClassifier(tokenizer.vocab_size, **setting)
    classifier.fit(
        [tokenizer.encode(texts[place]) for place in given], positive[given].astype(int).tolist()
    )
    said = classifier.predict([tokenizer.encode(texts[place]) for place in asked])
    return Judged(said == 1, sum(model.parameter_count for model in classifier.models))


@lru_cache(maxsize=8)
def counted(given: tuple[int, ...], asked: tuple[int, ...]) -> tuple[Any, Any]:
    """Weighted counts of words, pairs of words and rows of letters, for some settings in a row."""
    recipe, texts = RECIPE["TF-IDF"], read()[0]
    words = TfidfVectorizer(ngram_range=recipe["words"], sublinear_tf=True)
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=recipe["letters"], sublinear_tf=True)
    both = make_union(words, letters)
    known = both.fit_transform([texts[place] for place in given])
    return known, both.transform([texts[place] for place in asked])


def regressed(known: Any, unknown: Any, setting: Setting, given: Places) -> Judged:
    """Logistic regression on rows of features."""
    model = LogisticRegression(**setting, solver="liblinear", max_iter=1000, random_state=0)
    model.fit(known, read()[1][given])
    return Judged(model.predict(unknown), model.coef_.size + 1)


def tf_idf(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """Logistic regression on weighted counts."""
    known, unknown = counted(tuple(given.tolist()), tuple(asked.tolist()))
    return regressed(known, unknown, setting, given)


@cache
@torch.no_grad()
def read_by_minilm() -> tuple[list[Tensor], np.ndarray, float]:
    """States (T, D) below the upper layers, vectors (N, D) of length 1, seconds for a sentence."""
    started, texts, encoder = time.perf_counter(), read()[0], minilm()
    kept = encoder.config.layers - RECIPE["MiniLM, fine-tuned"]["layers"]
    states: list[Tensor] = [torch.empty(0)] * len(texts)
    vectors = np.zeros((len(texts), encoder.config.dim), dtype=np.float32)
    for places in torch.tensor([len(text) for text in texts]).argsort().split(64):
        ids, mask = encoder.read([texts[place] for place in places])
        found = encoder.hidden_states(ids, mask)
        sums = (found[-1] * mask[..., None]).sum(dim=1)
        vectors[places] = F.normalize(sums, dim=-1).numpy()
        for place, rows, length in zip(places, found[kept], mask.sum(dim=1), strict=True):
            states[place] = rows[:length].clone()
    return states, vectors, (time.perf_counter() - started) / len(texts)


def frozen(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """Logistic regression on MiniLM's vectors, whose numbers count as parameters, too."""
    vectors = read_by_minilm()[1]
    judged = regressed(vectors[given], vectors[asked], setting, given)
    size = sum(weight.numel() for weight in minilm().parameters())
    return Judged(judged.positive, judged.parameters + size)


class Judge(nn.Module):
    """Any encoder, the mean of what it says of each place, and a map to one number."""

    def __init__(self, encoder: nn.Module, dim: int) -> None:
        super().__init__()
        self.encoder, self.dropout = encoder, nn.Dropout(0.1)
        self.head = nn.Linear(dim, 1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, rows: Tensor, mask: Tensor) -> Tensor:
        """How much it is praise, as a log of odds (B,)."""
        states = self.encoder(rows, mask) * mask[..., None]
        return self.head(self.dropout(states.sum(dim=1) / mask.sum(dim=1, keepdim=True)))[:, 0]


class Layers(nn.Module):
    """Some layers over states."""

    def __init__(self, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """States (B, T, D) after the layers."""
        for layer in self.layers:
            states = layer(states, mask[:, None])
        return states


class SmallEncoder(nn.Module):
    """Words and places, and layers over them, all from scratch."""

    def __init__(self, vocab_size: int, config: TransformerConfig) -> None:
        super().__init__()
        self.words = nn.Embedding(vocab_size, config.dim)
        self.positions = nn.Embedding(128, config.dim)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = Layers(nn.ModuleList(EncoderLayer(config) for _ in range(config.layers)))
        for table in (self.words, self.positions):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """States (B, T, D) of ids (B, T)."""
        return self.layers(
            self.dropout(self.words(ids) + self.positions.weight[: ids.shape[1]]), mask
        )


def batch_of(rows: list[Tensor], places: Tensor) -> tuple[Tensor, Tensor]:
    """Rows side by side, padded with zeros, and where they are no padding."""
    some = [rows[place] for place in places]
    lengths = torch.tensor([len(row) for row in some])
    padded = pad_sequence(some, batch_first=True)
    return padded, torch.arange(padded.shape[1]) < lengths[:, None]


def tuned(
    encoder: nn.Module,
    rows: list[Tensor],
    dim: int,
    recipe: Setting,
    given: Places,
    asked: Places,
    seed: int,
) -> np.ndarray:
    """Train any encoder, with a new head, on given labels; whether each asked sentence is praise.

    ``rows`` holds for each sentence what enters the encoder: ids (T,) or states (T, D). This is the
    door for other encoders: ``encoder(rows (B, T, …), mask (B, T))`` returns states (B, T, D), with
    ``dim`` as D. ``recipe`` has batch, rate and passes.
    """
    model, lengths = Judge(encoder, dim), torch.tensor([len(rows[place]) for place in given])
    own, target = torch.tensor(given), torch.tensor(read()[1], dtype=torch.float32)
    optimizer = torch.optim.AdamW(
        [
            {"params": model.encoder.parameters(), "lr": recipe["rate"]},
            {"params": model.head.parameters(), "lr": RECIPE["head"] * recipe["rate"]},
        ],
        weight_decay=0.01,
    )
    steps = recipe["passes"] * -(-len(given) // recipe["batch"])
    generator = torch.Generator().manual_seed(seed)
    batches = (
        own[places]
        for _ in range(recipe["passes"])
        for places in batches_of_like_length(lengths, recipe["batch"], generator)
    )

    def loss_of(model: Judge, places: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(model(*batch_of(rows, places)), target[places])

    warmup = int(RECIPE["warmup"] * steps)
    fit(
        model,
        loss_of,
        lambda generator: next(batches),
        steps,
        optimizer,
        generator,
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.0),
        validate_every=steps,
        progress=False,
    )
    said = torch.zeros(len(asked), dtype=torch.bool)
    with torch.no_grad():
        for places in torch.tensor([len(rows[place]) for place in asked]).argsort().split(64):
            said[places] = model(*batch_of(rows, torch.tensor(asked)[places])) > 0
    return said.numpy()


def from_scratch(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """A small encoder of words that knows nothing but the given labels."""
    recipe, texts = RECIPE["encoder from scratch"] | setting, read()[0]
    own = "\n".join(texts[place] for place in given)
    tokenizer = WordTokenizer(own, min_count=recipe["min_count"], lower=True)
    torch.manual_seed(seed)
    dim, layers = recipe["dim"], recipe["layers"]
    config = TransformerConfig(
        dim, recipe["heads"], 2 * dim, layers, dropout=recipe["dropout"], activation="gelu"
    )
    encoder = SmallEncoder(tokenizer.vocab_size, config)
    rows = [torch.tensor(tokenizer.encode(text)) for text in texts]
    said = tuned(encoder, rows, dim, recipe, given, asked, seed)
    return Judged(said, sum(weight.numel() for weight in encoder.parameters()) + dim + 1)


def fine_tuned(setting: Setting, given: Places, asked: Places, seed: int) -> Judged:
    """MiniLM's upper layers, trained on; those below give the states that enter."""
    recipe = RECIPE["MiniLM, fine-tuned"] | setting
    wished = min(int(labels) for labels in recipe["passes"] if int(labels) >= len(given))
    recipe["passes"] = recipe["passes"][str(wished)]
    encoder = minilm()
    upper = copy.deepcopy(encoder.layers[-recipe["layers"] :])
    torch.manual_seed(seed)  # what dropout draws from
    dim = encoder.config.dim
    said = tuned(Layers(upper), read_by_minilm()[0], dim, recipe, given, asked, seed)
    return Judged(said, sum(weight.numel() for weight in encoder.parameters()) + dim + 1)


# The door for further methods: a row here, its settings in RECIPE, its cases in CASES.
WAYS: dict[str, Method] = {
    "majority": majority,
    "naive Bayes": naive_bayes,
    "TF-IDF": tf_idf,
    "encoder from scratch": from_scratch,
    "MiniLM, frozen": frozen,
    "MiniLM, fine-tuned": fine_tuned,
}


@cache
def chosen(method: str, labels: int, seed: int) -> Setting:
    """The setting that judges best the labels that it was not given, over the folds."""
    recipe = RECIPE.get(method, {"settings": ({},)})
    settings = recipe["settings"]
    if len(settings) == 1:
        return settings[0]
    if labels > recipe["chosen_on"]:
        return chosen(method, recipe["chosen_on"], seed)
    places, positive = drawn(labels, seed), read()[1]
    folds = StratifiedKFold(recipe["folds"], shuffle=True, random_state=seed)
    right = np.zeros(len(settings))
    for known, held in folds.split(places, positive[places]):
        for number, setting in enumerate(settings):
            judged = WAYS[method](setting, places[known], places[held], seed)
            right[number] += (judged.positive == positive[places[held]]).sum()
    return settings[int(right.argmax())]


def vader(seed: int) -> Judged:
    """VADER's sum of rated words, corrected by its rules; a coin where it says neither."""
    analyzer, coin = SentimentIntensityAnalyzer(), np.random.default_rng(seed)
    sums = [analyzer.polarity_scores(text)["compound"] for text in read()[0][ALL:]]
    heads = coin.random(len(sums)) < 0.5
    return Judged(np.where(np.array(sums) == 0, heads, np.array(sums) > 0), len(analyzer.lexicon))


def measure(seed: int, method: str, labels: int) -> dict[str, Any]:
    """The share of test sentences judged right, which, the size, and the seconds with one setting.

    The seconds are those of training once with the setting that was chosen, and of judging all test
    sentences, MiniLM's reading of both included.
    """
    if method == "one person":
        agreed = film_sentences().human_agreement
        return {"accuracy": round(agreed, 4), "parameters": 0, "seconds": 0.0} | {
            "setting": "",
            "right": "",
        }
    texts, positive = read()
    asked = np.arange(ALL, len(texts))
    setting = chosen(method, labels, seed) if labels else {}
    counted.cache_clear()
    reading = read_by_minilm()[2] * (labels + len(asked)) if "MiniLM" in method else 0.0
    started = time.perf_counter()
    if method == "VADER":
        judged = vader(seed)
    else:
        judged = WAYS[method](setting, drawn(labels, seed), asked, seed)
    seconds = time.perf_counter() - started + reading
    right = judged.positive == positive[asked]
    return {
        "accuracy": round(float(right.mean()), 4),
        "parameters": judged.parameters,
        "seconds": round(seconds, 2),
        "setting": ", ".join(f"{name} {value}" for name, value in setting.items()),
        "right": pack_answers(right),
    }
