"""n-grams: time and memory to count, speed to score beside NLTK's Kneser–Ney, and quality."""

import math
import tracemalloc

import numpy as np
from nltk.lm import KneserNeyInterpolated
from nltk.lm.preprocessing import everygrams

from benchmarks.measuring import Row, seconds
from lmteach.models.ngram.model import NGramModel
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer

ORDER = 6
FEW, SCORED = 20_000, 60  # characters that NLTK counts, and those that it scores
MOST_SECONDS, MOST_BYTES, LEAST_SPEED, MOST_BITS = 10.0, 1e9, 50_000, 2.25


def measure() -> list[Row]:
    """Order-6 Kneser–Ney on the whole training text; NLTK's on the part that it can do."""
    corpus = wikipedia()
    tokenizer = CharTokenizer(corpus.train + corpus.valid + corpus.test)
    train, test = (np.array(tokenizer.encode(text)) for text in (corpus.train, corpus.test))
    size = tokenizer.vocab_size

    model = NGramModel(ORDER, "kneser_ney", size)
    (fitting,) = seconds(lambda: model.fit(train), rounds=2)
    tracemalloc.start()
    model.fit(train)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (scoring,) = seconds(lambda: model.log_probabilities(train), rounds=2)
    speed = len(train) / scoring

    few = NGramModel(ORDER, "kneser_ney", size).fit(train[:FEW])
    their = KneserNeyInterpolated(ORDER)
    text, scored = corpus.train[:FEW], corpus.test[: SCORED + ORDER - 1]
    their.fit([everygrams(text, max_len=ORDER)], vocabulary_text=text)
    places = range(ORDER - 1, len(scored))

    def score_theirs() -> None:
        for place in places:
            their.score(scored[place], list(scored[place - ORDER + 1 : place]))

    fast, slow = seconds(lambda: few.log_probabilities(test), score_theirs, rounds=3)
    fast, slow = fast / len(test), slow / len(places)
    best = NGramModel(8, "modified_kneser_ney", size).fit(train)
    bits = -best.log_probability(test) / math.log(2)
    return [
        Row(
            f"order-{ORDER} Kneser–Ney, fit on {len(train):,} characters",
            f"{fitting:.2f} s",
            f"limit {MOST_SECONDS:.0f} s",
            MOST_SECONDS / fitting,
        ),
        Row(
            "the same, memory at its peak", f"{peak / 1e6:,.0f} MB", "limit 1 GB", MOST_BYTES / peak
        ),
        Row(
            "the same, characters scored a second",
            f"{speed:,.0f}",
            f"limit {LEAST_SPEED:,}",
            speed / LEAST_SPEED,
        ),
        Row(
            f"the same fit on {FEW:,} characters, time for each scored one",
            f"{fast * 1e6:.3f} µs",
            f"{slow * 1e6:,.0f} µs (nltk.lm)",
            slow / fast,
        ),
        Row(
            "order-8 modified Kneser–Ney, bits per character on the test articles",
            f"{bits:.3f}",
            f"limit {MOST_BITS}",
            MOST_BITS / bits,
        ),
    ]
