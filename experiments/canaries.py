"""How often must a secret be read to be remembered? Exposure against repetitions, in a small GPT.

Canaries ("The code of NAME is 4829.") are planted 1 to 64 times in the beginning of
``wikipedia().train``, two for each number, and two that are never planted; a character GPT reads
the text about twelve times. ``exposure`` is the mean of the two, in bits, exact over all 10,000
codes; ``extracted`` is the share that greedy decoding recites; ``valid_bits`` are those of the
model on valid. Another seed has other names, codes, places and first weights. The first case is
short, to be measured again.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import torch

from lmteach.evaluation.exposure import candidate_log_probabilities, exposure, rank_of
from lmteach.models.gpt.config import GPTConfig
from lmteach.models.gpt.model import GPT
from lmteach.text.batches import shuffled_windows
from lmteach.text.corpora.canaries import DIGITS, Canary, draw_canaries, plant
from lmteach.text.corpora.wikipedia import wikipedia
from lmteach.text.tokenizers.characters import CharTokenizer
from lmteach.training.gpt_recipe import next_token_loss
from lmteach.training.loop import fit
from lmteach.training.optimizers import AdamW
from lmteach.training.schedules import warmup_cosine

RECIPE = {
    "text": "the first 120,000 characters of train of wikipedia()",
    "characters": 120_000,
    "valid": 10_000,
    "context": 48,
    "dim": 48,
    "heads": 4,
    "layers": 2,
    "batch": 32,
    "rate": 4e-3,
    "warmup": 30,
    "each": 2,
}
FULL = 1000
REPETITIONS = (0, 1, 2, 4, 8, 16, 32, 64)
CASES = (
    {"steps": 20, "repetitions": 64},
    *({"steps": FULL, "repetitions": times} for times in REPETITIONS),
)
SEEDS = (0, 1, 2)
TOLERANCE = 0.05


@lru_cache(maxsize=len(SEEDS))
def trained(seed: int, steps: int) -> tuple[GPT, CharTokenizer, list[Canary]]:
    """The model that read the canaries, and the canaries."""
    text = wikipedia().train
    tokenizer, generator = CharTokenizer(text), np.random.default_rng(seed)
    canaries = draw_canaries(REPETITIONS * RECIPE["each"], generator)
    planted = plant(text[: RECIPE["characters"]], canaries, generator)
    sizes = {name: RECIPE[name] for name in ("context", "dim", "heads", "layers")}
    config = GPTConfig.modern(vocab_size=tokenizer.vocab_size, **sizes)
    model = GPT(config, torch.Generator().manual_seed(seed))
    order = torch.Generator().manual_seed(seed)
    ids = torch.tensor(tokenizer.encode(planted))
    windows = shuffled_windows(ids, RECIPE["batch"], RECIPE["context"], order)
    warmup = min(RECIPE["warmup"], steps - 1)
    fit(
        model,
        next_token_loss,
        lambda generator: next(windows),
        steps,
        AdamW(model.parameters(), RECIPE["rate"], (0.9, 0.98), weight_decay=0.01),
        order,
        schedule=lambda step: warmup_cosine(step, warmup, steps, floor=0.05),
        progress=False,
    )
    return model, tokenizer, canaries


def measure(seed: int, steps: int, repetitions: int) -> dict[str, Any]:
    """The figures of one case."""
    model, tokenizer, canaries = trained(seed, steps)
    exposures, extracted = [], []
    for canary in canaries:
        if canary.repetitions == repetitions:
            scores = candidate_log_probabilities(
                lambda ids: model(ids, last=1)[:, -1],
                torch.tensor(tokenizer.encode(canary.prefix)),
                tokenizer.encode(DIGITS),
                len(canary.secret),
            )
            exposures.append(exposure(scores, int(canary.secret)))
            extracted.append(rank_of(scores, int(canary.secret)) == 1)
    ids = tokenizer.encode(wikipedia().valid[: RECIPE["valid"]])
    bits = float(-model.log_probabilities(ids).mean()) / math.log(2)
    return {
        "exposure": round(float(np.mean(exposures)), 3),
        "extracted": float(np.mean(extracted)),
        "valid_bits": round(bits, 3),
    }
