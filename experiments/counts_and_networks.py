"""How much computing does it take a network to overtake counts, as the text grows?

Modified Kneser–Ney and GPTs in today's form, over the same tokens of the first sixteenth, quarter
and whole of the text, in bits per character. A network is larger and reads for longer from level to
level, each a run of its own; the operations are the rule of six: 6 · parameters · tokens read.
Counts have the order of 2 to 6 that is best on valid, and no operations to speak of.
"""

import math
from functools import cache

from experiments.scaling_law import RECIPE as LAW
from experiments.scaling_law import read, recipe_of, trained
from lmteach.evaluation.information import evaluate
from lmteach.models.ngram.model import NGramModel
from lmteach.text.corpora.wikipedia import wikipedia

LEVELS = {"small": (16, 64), "medium": (32, 256), "large": (64, 512)}  # width, steps
ORDERS = range(2, 7)
RECIPE = {
    "text": "the first of train of wikipedia()",
    "tokens": 1024,
    "smoothing": "modified_kneser_ney",
    "network": {name: value for name, value in LAW.items() if name != "steps"},
    "width and steps": {name: list(pair) for name, pair in LEVELS.items()},
}
PARTS = (16, 8, 4, 2, 1)  # one of so many of the text
CASES = (
    *({"model": "counts", "of": part} for part in PARTS),
    *({"model": level, "of": part} for level in LEVELS for part in (16, 4, 1)),
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


@cache
def counted(of: int) -> dict[str, float]:
    """The figures of the best order of counts; nothing is drawn at random."""
    tokenizer, train, _ = read()
    corpus, ids = wikipedia(), train[: len(train) // of].tolist()
    best: dict[str, float] = {}
    for order in ORDERS:
        model = NGramModel(order, RECIPE["smoothing"], tokenizer.vocab_size).fit(ids)
        valid = evaluate(model, tokenizer, corpus.valid).bits_per_character
        if valid < best.get("valid_bits", math.inf):
            test = evaluate(model, tokenizer, corpus.test).bits_per_character
            best = {"valid_bits": valid, "test_bits": test, "parameters": model.parameter_count}
    return best | {"operations": 0, "passes": 1.0, "different_tokens": len(ids)}


def measure(seed: int, model: str, of: int) -> dict[str, float]:
    """Bits per character on both held-out texts, size, operations, tokens, and passes."""
    if model == "counts":
        found = counted(of)
    else:
        tokenizer, train, _ = read()
        corpus, ids = wikipedia(), train[: len(train) // of]
        recipe = recipe_of(LEVELS[model][0], LAW["rate"], LEVELS[model][1])
        network = trained(recipe, ids, seed)
        valid, test = (
            evaluate(network, tokenizer, text, stride=recipe.config.context).bits_per_character
            for text in (corpus.valid, corpus.test)
        )
        seen = recipe.steps * recipe.batch * recipe.config.context
        found = {
            "valid_bits": valid,
            "test_bits": test,
            "parameters": network.parameter_count,
            "operations": 6 * network.parameter_count * seen,
            "passes": seen / len(ids),
            "different_tokens": len(ids),
        }
    return {name: round(value, 4) for name, value in found.items()}
