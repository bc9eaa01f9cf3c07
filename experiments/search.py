"""Which way to search finds the paragraph, and which agrees with people? Four ways, two tasks.

The one task: 200 sentences, each taken out of a paragraph of the held-out articles of
``wikipedia()``, have to find the rest of it among all paragraphs. The other: 1,225 pairs of news
documents that people have judged for likeness. Nothing was trained on what is searched: word
vectors have read the train articles, where settings were chosen, too. (MiniLM was pretrained
elsewhere, on text that may hold Wikipedia's.) Intervals are 95 %, over queries and over documents.
"""

import re
import time
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch

from lmteach.evaluation.bootstrap import bootstrap_interval
from lmteach.evaluation.document_likeness import agreement_with_people, likeness
from lmteach.evaluation.retrieval import mean_reciprocal_rank, ranks_of, recall_at
from lmteach.models.bert.minilm import PretrainedEncoder, minilm
from lmteach.models.embedding.skipgram import SkipGramConfig, train_skipgram
from lmteach.models.embedding.word_pairs import word_text
from lmteach.models.embedding.word_vectors import WordVectors
from lmteach.models.search.bm25 import BM25
from lmteach.models.search.lsi import LSI
from lmteach.models.search.mean_vectors import MeanVectors
from lmteach.models.search.ranking import Ranking
from lmteach.models.search.sentence_vectors import SentenceVectors
from lmteach.text.corpora.lee_documents import lee_documents
from lmteach.text.corpora.made_queries import MadeQueries, made_queries
from lmteach.text.corpora.wikipedia import wikipedia

LONGEST = 2000  # characters of a paragraph: MiniLM has 512 places, and one paragraph needs more
RECIPE = {
    "text": "paragraphs of valid and test of wikipedia(), up to 2,000 characters",
    "queries": 200,
    "query_seed": 0,
    "judged": "lee_documents(), 50 documents; LSI learns from its background, too",
    "vectors": "skip-gram of notebook 05, 50 dimensions, on train of wikipedia()",
}
CASES = (
    {"method": "BM25", "setting": "k1 1.5, b 0.75"},
    {"method": "BM25", "setting": "k1 0.9, b 0.4"},
    {"method": "LSI", "setting": "50 topics"},
    {"method": "LSI", "setting": "200 topics"},
    {"method": "LSI", "setting": "400 topics"},
    {"method": "mean word vectors", "setting": "seed 0"},
    {"method": "mean word vectors", "setting": "seed 1"},
    {"method": "mean word vectors", "setting": "seed 2"},
    {"method": "MiniLM", "setting": "as it is"},
)
SEEDS = ()
TOLERANCE = 1e-6


@lru_cache(maxsize=2)
def asked(queries: int = RECIPE["queries"], first: int | None = None) -> MadeQueries:
    """The paragraphs, all or the first of them, and what is asked of them."""
    wiki = wikipedia()
    lines = (wiki.valid + wiki.test).splitlines()
    paragraphs = [line for line in lines if 0 < len(line) <= LONGEST][:first]
    return made_queries(paragraphs, queries, np.random.default_rng(RECIPE["query_seed"]))


@lru_cache(maxsize=3)
def word_vectors(seed: int) -> WordVectors:
    """Notebook 05's vectors of the train articles."""
    lines = wikipedia().train.lower().splitlines()
    text = word_text([re.findall("[a-z]+", line) for line in lines])
    generator = torch.Generator().manual_seed(seed)
    return WordVectors(text.words, train_skipgram(text, SkipGramConfig(), generator).numpy())


@lru_cache(maxsize=1)
def encoder() -> PretrainedEncoder:
    """MiniLM, read once."""
    return minilm()


def maker(method: str, setting: str) -> Callable[[Sequence[str], Sequence[str]], Ranking]:
    """What makes a search out of documents, and others like them."""
    numbers = [float(number) for number in re.findall(r" ([\d.]+)", f" {setting}")]
    if method == "BM25":
        return lambda documents, background: BM25(documents, *numbers)
    if method == "LSI":
        return lambda documents, background: LSI(documents, int(numbers[0]), background)
    if method == "mean word vectors":
        vectors = word_vectors(int(numbers[0]))
        return lambda documents, background: MeanVectors(documents, vectors)
    whole = encoder()
    return lambda documents, background: SentenceVectors(documents, whole)


def measure(seed: None, method: str, setting: str) -> dict[str, float | list[float]]:
    """Both tasks, each figure with its interval, and the seconds to read all paragraphs."""
    make, made, lee = maker(method, setting), asked(), lee_documents()
    started = time.perf_counter()
    found = make(made.documents, ())
    seconds = time.perf_counter() - started
    ranks = ranks_of(found, made)
    judged = make(lee.documents, lee.background)
    measured = likeness(judged, lee.documents)
    linear, by_rank = (
        agreement_with_people(measured, lee.likeness, np.random.default_rng(0), by_rank=which)
        for which in (False, True)
    )
    interval_of = {
        "recall_at_1": bootstrap_interval(ranks == 1, np.random.default_rng(0)),
        "mrr": bootstrap_interval(1 / ranks, np.random.default_rng(0)),
        "pearson": (linear.low, linear.high),
        "spearman": (by_rank.low, by_rank.high),
    }
    return {
        "recall_at_1": recall_at(ranks, 1),
        "recall_at_5": recall_at(ranks, 5),
        "mrr": mean_reciprocal_rank(ranks),
        "pearson": linear.value,
        "spearman": by_rank.value,
        "seconds": seconds,
        **{f"{name}_interval": list(interval) for name, interval in interval_of.items()},
    }
