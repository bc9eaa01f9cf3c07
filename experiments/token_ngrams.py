"""How far do counts get on tokens? n-grams over notebook 12's tokens beside those over characters.

Modified Kneser–Ney, counted from the same text and judged on the same articles, in bits per
character. Choose an order by the bits on valid, and quote those on test.
"""

import time
from functools import cache

from lmteach.evaluation.information import evaluate
from lmteach.models.ngram.model import NGramModel
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.text.tokenizers.characters import CharTokenizer

RECIPE = {
    "text": "train of wikipedia()",
    "smoothing": "modified_kneser_ney",
    "tokens": 1024,
}
CASES = (
    *({"unit": "tokens", "order": order} for order in range(3, 7)),
    *({"unit": "characters", "order": order} for order in range(3, 9)),
)
BOARD = {
    "thread": "A",
    "value": "test_bits",
    "rows": {"6-gram of tokens": {"unit": "tokens", "order": 6}},  # the best on valid
}
SEEDS = ()
TOLERANCE = 0.0


@cache
def read(unit: str) -> tuple[BPETokenizer | CharTokenizer, list[int]]:
    """The tokenizer, and the ids of the training text."""
    corpus = wikipedia()
    if unit == "tokens":
        tokenizer = BPETokenizer.train(corpus.train, RECIPE["tokens"])
    else:
        tokenizer = CharTokenizer(corpus.train + corpus.valid + corpus.test)
    return tokenizer, tokenizer.encode(corpus.train)


def measure(seed: None, unit: str, order: int) -> dict[str, float]:
    """Bits per character on both held-out texts, the size, and the time to count."""
    corpus, (tokenizer, ids) = wikipedia(), read(unit)
    started = time.perf_counter()
    model = NGramModel(order, RECIPE["smoothing"], tokenizer.vocab_size).fit(ids)
    seconds = time.perf_counter() - started
    valid, test = (
        round(evaluate(model, tokenizer, text).bits_per_character, 4)
        for text in (corpus.valid, corpus.test)
    )
    return {
        "valid_bits": valid,
        "test_bits": test,
        "parameters": model.parameter_count,
        "seconds": round(seconds, 2),
        "text_read": len(corpus.train),
        "passes": 1,
    }
