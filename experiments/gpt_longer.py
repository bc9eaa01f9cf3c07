"""What does a longer run gain notebook 13's GPT, and what if n-gram vectors are left out at times?

``gpt_recipe.WIKIPEDIA`` with twice the steps, with and without ``ngram_dropout``, three seeds each,
in bits per character on both held-out texts; and with ``counts``, what half of the model's
probabilities and half of those of an n-gram of the same tokens come to. The share that is left out,
the steps and the rows were chosen on valid. The first case is short, to be measured again.
"""

from dataclasses import replace
from functools import lru_cache

import torch

from experiments.gpt_forms import figures_of, read
from lmteach.models.gpt.model import GPT
from lmteach.training.gpt_recipe import WIKIPEDIA, GPTRecipe

LONG = 2 * WIKIPEDIA.steps
SHARE = 0.25  # of the n-gram vectors, left out in training
RECIPE = {
    "text": "train of wikipedia()",
    "tokens": 1024,
    "batch": WIKIPEDIA.batch,
    "rate": WIKIPEDIA.rate,
    "warmup": WIKIPEDIA.warmup,
    "weight_decay": WIKIPEDIA.weight_decay,
    "ngram_order": WIKIPEDIA.config.ngram_order,
    "ngram_rows": WIKIPEDIA.config.ngram_rows,
    "smoothing": "modified_kneser_ney",
}
CASES = (
    {"ngram_dropout": SHARE, "steps": 60, "counts": 0},
    {"ngram_dropout": SHARE, "steps": LONG, "counts": 0},
    {"ngram_dropout": SHARE, "steps": LONG, "counts": 6},  # the order that is best on valid
    {"ngram_dropout": 0.0, "steps": LONG, "counts": 0},
)
BOARD = {
    "thread": "A",
    "value": "test_bits",
    "rows": {
        "GPT with n-gram dropout, 1,400 steps": CASES[1],
        "half GPT of 1,400 steps, half 6-gram": CASES[2],
    },
}
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


def recipe_of(ngram_dropout: float, steps: int) -> GPTRecipe:
    """The notebook's recipe, with another length and share."""
    config = replace(WIKIPEDIA.config, ngram_dropout=ngram_dropout)
    return replace(WIKIPEDIA, config=config, steps=steps)


@lru_cache(maxsize=len(SEEDS))
def trained(seed: int, ngram_dropout: float, steps: int) -> tuple[GPT, float]:
    """The model, and the seconds that training took."""
    recipe = recipe_of(ngram_dropout, steps)
    model = recipe.model(torch.Generator().manual_seed(seed))
    torch.manual_seed(seed)  # what dropout draws from
    ids, generator = torch.tensor(read()[2]), torch.Generator().manual_seed(seed)
    history = recipe.train(model, ids, generator, progress=False)
    return model.eval(), history.seconds


def measure(seed: int, ngram_dropout: float, steps: int, counts: int) -> dict[str, float]:
    """Bits per character on both held-out texts, the size, the seconds and the text read."""
    return figures_of(*trained(seed, ngram_dropout, steps), steps, counts)
