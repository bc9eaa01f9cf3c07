"""Do five sizes of GPT say how good the sixth will be, before it is trained?

Today's form, two layers, widths 16 to 64 for the law, 96 for the one that is predicted: the loss on
the valid articles in nats per token. Every run reads as many tokens, and none of them twice. The
rate was chosen on valid at width 48, among three. The notebook fits the law.
"""

import math
from functools import cache

import torch
from torch import Tensor

from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.bpe import BPETokenizer
from lmteach.training.gpt_recipe import GPTRecipe
from lmteach.training.trained_gpt import trained_tokenizer

WIDTHS = (16, 24, 32, 48, 64, 96)
RECIPE = {
    "text": "train of wikipedia()",
    "tokens": 1024,
    "form": "GPTConfig.modern, as many heads as width / 16, at least two",
    "layers": 2,
    "context": 64,
    "batch": 16,
    "steps": 256,
    "warmup": 16,
    "rate": 0.02,
    "weight_decay": 0.1,
}
CASES = tuple({"dim": dim} for dim in WIDTHS)
SEEDS = (0, 1, 2)
TOLERANCE = 0.03


@cache
def read() -> tuple[BPETokenizer, Tensor, Tensor]:
    """The tokens of notebook 12, and the ids of train and valid."""
    corpus, tokenizer = wikipedia(), trained_tokenizer()
    return tokenizer, *(torch.tensor(tokenizer.encode(t)) for t in (corpus.train, corpus.valid))


def recipe_of(dim: int, rate: float, steps: int) -> GPTRecipe:
    """A model of one width, and how it is trained."""
    config = GPTConfig.modern(
        vocab_size=RECIPE["tokens"],
        context=RECIPE["context"],
        dim=dim,
        heads=max(2, dim // 16),
        layers=RECIPE["layers"],
    )
    named = {"batch": RECIPE["batch"], "weight_decay": RECIPE["weight_decay"]}
    return GPTRecipe(config, steps=steps, warmup=RECIPE["warmup"], rate=rate, **named)


def trained(recipe: GPTRecipe, ids: Tensor, seed: int) -> GPT:
    """The model after its run."""
    model = recipe.model(torch.Generator().manual_seed(seed))
    recipe.train(model, ids, torch.Generator().manual_seed(seed), progress=False)
    return model.eval()


def figures_of(seed: int, dim: int, rate: float, passes: int) -> dict[str, float]:
    """The figures of a run that reads the first tokens of the text ``passes`` times."""
    _, train, valid = read()
    recipe = recipe_of(dim, rate, RECIPE["steps"])
    tokens = recipe.steps * recipe.batch * recipe.config.context
    model = trained(recipe, train[: tokens // passes + recipe.config.context], seed)
    nats = -float(model.log_probabilities(valid, stride=recipe.config.context).mean())
    bits = nats * len(valid) / len(wikipedia().valid) / math.log(2)
    return {
        "nats": round(nats, 4),
        "bits": round(bits, 4),
        "parameters": model.parameter_count,
        "tokens_read": tokens,
        "passes": passes,
    }


def measure(seed: int, dim: int) -> dict[str, float]:
    """The loss on valid, in nats per token and bits per character, the size and the tokens read."""
    return figures_of(seed, dim, RECIPE["rate"], passes=1)
